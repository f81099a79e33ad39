"""The names of a running program, looked up as it would, and looked up again: are they the same?"""

import builtins
import inspect
import math
import time
from abc import ABCMeta
from types import FrameType, FunctionType
from typing import Any

import numpy as np

MISSING = object()
_GROWS = object()
_MOVES = object()
MOST = 100  # objects of a list that are looked at
_MODULES = np, np.random, time, math  # whose attributes are looked up as they are
METACLASSES = (type, ABCMeta)  # of classes whose objects have methods and attributes as ever
KEYS = "]"  # in a path: the keys of a dictionary, in their order, which are texts
PLAIN = (int, float, bool, str, bytes, type(None))


def look_up(frame: FrameType, name: str) -> Any:
    """What a name stands for in a frame; MISSING for nothing, as in a variable not set yet.

    Of a name like `self.best` the attribute (`attributes.py`).
    """
    if "." in name:
        base, attribute = name.split(".")
        thing = look_up(frame, base)
        return vars(thing).get(attribute, MISSING) if has_plain_attributes(thing) else MISSING
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


def is_number(value: Any) -> bool:
    """Whether it is a number, or None that waits for one."""
    return is_plain(value) and type(value) not in (str, bytes) and not isinstance(
        value, np.character | np.datetime64 | np.timedelta64)


def is_account(value: Any) -> bool:
    """Whether it is a number, or a tuple of numbers: the best loss, and when that was."""
    return is_number(value) or type(value) is tuple and 0 < len(value) < MOST and all(
        map(is_number, value))


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
        return type(value), value, str(value) if value == 0 else ""  # -0.0 is not 0.0
    if type(value) is np.ndarray:
        return value.dtype, value.shape, value.strides
    if type(value) in (list, tuple):
        return len(value), tuple(map(id, value)) if len(value) < MOST else None
    return id(type(value))  # of an object its class may be changed


def can_be_set(thing: Any, name: str) -> bool:
    """Whether to set an attribute, which is there, does no more than that."""
    kind, plain = type(thing), object.__setattr__
    return (type(kind) in METACLASSES and has_plain_attributes(thing) and name in vars(thing)
            and getattr(kind, "__setattr__", None) is plain
            and not hasattr(type(inspect.getattr_static(kind, name, None)), "__set__"))


def method_of(thing: Any, name: str) -> FunctionType | None:
    """The function that a method of an object is, if it is a plain one."""
    if type(type(thing)) not in METACLASSES or not has_plain_attributes(thing):
        return None
    found = inspect.getattr_static(type(thing), name, None)
    return found if isinstance(found, FunctionType) and name not in vars(thing) else None


class Root:
    """Where a path begins that no name of the frame leads to: an object, or a module's names."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Names:
    """The names that a reading of the loop took for granted, in one frame."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame
        self._seen: dict[tuple[Any, ...], tuple[Any, Any]] = {}
        self._roots: dict[int, Root] = {}

    def root(self, value: Any) -> Root:
        """The root at an object, always the same."""
        return self._roots.setdefault(id(value), Root(value))

    # A path is a name, attributes behind it, and items of dictionaries as "[key"; or a root, and
    # what is behind it: of a module a name first.
    def __getitem__(self, path: tuple[Any, ...]) -> Any:
        value = self._find(path)
        self._seen[path] = value, marks(value)
        return value

    @property
    def seen(self) -> dict[tuple[Any, ...], tuple[Any, Any]]:
        """What has been read so far, to be gone back to."""
        return dict(self._seen)

    def go_back(self, seen: dict[tuple[Any, ...], tuple[Any, Any]]) -> None:
        """As if nothing had been read since."""
        self._seen = seen

    def arrays(self) -> list[np.ndarray]:
        """The arrays that were read."""
        return [value for value, _ in self._seen.values() if isinstance(value, np.ndarray)]

    def read(self) -> set[str]:
        """The names themselves."""
        here = self._roots.get(id(self.frame.f_globals))
        return {str(path[1] if path[0] is here else path[0]) for path in self._seen
                if path[0] is here or not isinstance(path[0], Root)}

    def let_grow(self, lists: list[list[Any]]) -> None:
        """These lists may have more in them, as long as they are the same lists."""
        for path, (value, _) in self._seen.items():
            if any(value is one for one in lists):
                self._seen[path] = value, _GROWS

    def leads_to(self, attribute: str) -> bool:
        """Whether anything was read through an attribute of this name."""
        return any(attribute in path[1:] for path in self._seen)

    def is_only(self, name: str, value: Any) -> bool:
        """Whether nothing was read but this name that leads to a value."""
        return [path for path, (one, _) in self._seen.items() if one is value] == [(name,)]

    def let_move(self, names: list[str]) -> None:
        """These may be other arrays, if such as they are now."""
        for name in names:
            self._seen[name,] = self._seen[name,][0], _MOVES

    def are_the_same(self) -> bool:
        """Whether all of them still stand for what they did."""
        for path, (before, marked) in self._seen.items():
            now = self._find(path)
            if marked is _MOVES:
                if not is_array(now) or marks(now) != marks(before):
                    return False
                continue
            if now is not before and not (is_plain(now) and is_plain(before)):
                return False
            if marked is not _GROWS and marks(now) != marked:
                return False
        return True

    def _find(self, path: tuple[Any, ...]) -> Any:
        first, *rest = path
        if not isinstance(first, Root):
            found = look_up(self.frame, first)
        elif type(first.value) is dict:
            name = rest.pop(0)
            found = first.value.get(name, MISSING)
            if found is MISSING:
                found = getattr(builtins, name, MISSING)
        else:
            found = first.value
        for name in rest:
            if type(found) is dict and name == KEYS:
                return repr(list(found)) if len(found) < MOST and all(
                    type(key) is str for key in found) else MISSING
            if type(found) is dict and name.startswith("["):
                found = found.get(name[1:], MISSING)
                continue
            if any(found is one for one in _MODULES):
                found = getattr(found, name, MISSING)
                continue
            if not has_plain_attributes(found) or hasattr(
                    type(inspect.getattr_static(type(found), name, None)), "__set__"):
                return MISSING
            found = vars(found).get(name, MISSING)
        return found
