"""The names of a running program, looked up as it would, and looked up again: are they the same?"""

import builtins
import inspect
from types import FrameType
from typing import Any

import numpy as np

MISSING = object()
_GROWS = object()
MOST = 100  # objects of a list that are looked at
PLAIN = (int, float, bool, str, bytes, type(None))


def look_up(frame: FrameType, name: str) -> Any:
    """What a name stands for in a frame; MISSING for nothing, as in a variable not set yet."""
    found = frame.f_locals.get(name, MISSING)
    if found is not MISSING:
        return found
    code = frame.f_code
    if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
        return MISSING
    found = frame.f_globals.get(name, MISSING)
    if found is MISSING:
        found = getattr(builtins, name, MISSING)
    return found


def is_plain(value: Any) -> bool:
    """Whether it is a number, a text or the like, of Python or of NumPy: computing does no more."""
    return type(value) in PLAIN or (
        isinstance(value, np.generic) and type(value).__module__ == "numpy"
        and type(value) not in (np.object_, np.void))


def is_array(value: Any) -> bool:
    """Whether it is a plain array of numbers."""
    return type(value) is np.ndarray and value.dtype.kind in "fiub"


def has_plain_attributes(thing: Any) -> bool:
    """Whether reading an attribute that is in the object's dictionary does no more than that."""
    kind: Any = type(thing)
    return (kind.__getattribute__ is object.__getattribute__
            and type(getattr(thing, "__dict__", None)) is dict)


def marks(value: Any) -> Any:
    """What tells whether a value is what it was: the object, and what may change on it."""
    if is_plain(value):
        return type(value), value
    if type(value) is np.ndarray:
        return value.dtype, value.shape, value.strides
    if type(value) in (list, tuple):
        return len(value), tuple(map(id, value)) if len(value) < MOST else None
    return None


class Names:
    """The names that a reading of the loop took for granted, in one frame."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame
        self._seen: dict[tuple[str, ...], tuple[Any, Any]] = {}

    # A path is a name, attributes behind it, and items of dictionaries as "[key".
    def __getitem__(self, path: tuple[str, ...]) -> Any:
        value = self._find(path)
        self._seen[path] = value, marks(value)
        return value

    def read(self) -> set[str]:
        """The names themselves."""
        return {path[0] for path in self._seen}

    def let_grow(self, lists: list[list[Any]]) -> None:
        """These lists may have more in them, as long as they are the same lists."""
        for path, (value, _) in self._seen.items():
            if any(value is one for one in lists):
                self._seen[path] = value, _GROWS

    def are_the_same(self) -> bool:
        """Whether all of them still stand for what they did."""
        for path, (before, marked) in self._seen.items():
            now = self._find(path)
            if now is not before and not (is_plain(now) and is_plain(before)):
                return False
            if marked is not _GROWS and marks(now) != marked:
                return False
        return True

    def _find(self, path: tuple[str, ...]) -> Any:
        found = look_up(self.frame, path[0])
        for name in path[1:]:
            if type(found) is dict and name.startswith("["):
                found = found.get(name[1:], MISSING)
                continue
            if found is np:
                return getattr(np, name, MISSING)
            if not has_plain_attributes(found) or hasattr(
                    type(inspect.getattr_static(type(found), name, None)), "__set__"):
                return MISSING
            found = vars(found).get(name, MISSING)
        return found
