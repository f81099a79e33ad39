"""What is asked at each call of a wrapper: whether all is as it was when the method was proved."""

from __future__ import annotations

import contextvars
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.adopting.slots import has_slots_alone, is_slot
from fastnn.adopting.things import MISSING
from fastnn.adopting.versions import line_of, version_now, version_of
from fastnn.support import warned

_MOST = 16  # classes of layers that one method of an optimizer knows at once
NUMBERS = frozenset((int, float))  # settings of other types have arithmetic of their own


def is_plain(kind: type, names: frozenset[str]) -> bool:
    """Whether objects of a class hold these attributes as attributes, and nothing looks on."""
    if kind.__setattr__ is not object.__setattr__ or kind.__getattribute__ is not (
            object.__getattribute__) or hasattr(kind, "__getattr__"):
        return False
    if has_slots_alone(kind):
        return all(is_slot(kind, name) for name in names)
    return not any(hasattr(type(found), "__set__") or hasattr(type(found), "__get__")
                   for name in names
                   if (found := inspect.getattr_static(kind, name, MISSING)) is not MISSING)


class Unchanged:
    """Whether a class has the names that it had, none of these the name of a property.

    Wrappers compare `version[0]` with `now[0]`, and ask `again` where they differ.
    """

    def __init__(self, kind: type, names: frozenset[str]) -> None:
        self._kind, self._names, self._line = kind, names, line_of(kind)
        self.version, self.now = version_of(kind), [-2]

    def settle(self) -> None:
        """Take it as it is now, as ours stand in it."""
        self._line = line_of(self._kind)
        self.now[0] = version_now(self.version, self._kind)

    def holds(self) -> bool:
        """Whether it is as it was."""
        return self.version[0] == self.now[0] or self.again()

    def again(self) -> bool:
        """Look at it: it was changed, if only a number in it."""
        now = version_now(self.version, self._kind)  # before: what comes meanwhile is another
        if line_of(self._kind) != self._line or not is_plain(self._kind, self._names):
            return False
        self.now[0] = now
        return True


def apart(changed: int, *arrays: Any) -> bool:
    """Whether the first of some arrays, which are changed in place, share memory with none of them.
    """
    return not any(np.may_share_memory(one, other) for place, one in enumerate(arrays[:changed])
                   for other in arrays[place + 1:])


def fits(names: frozenset[str], made: frozenset[str] = frozenset()) -> Callable[[type], bool]:
    """Asks of a layer's class whether its objects hold these attributes as attributes.

    made: those that the first step makes, where there are none: its class has none, either, which
    theirs would begin with.
    """
    known: dict[type, Any] = {}

    def asked(kind: type) -> bool:
        if kind is types.SimpleNamespace:  # its own way to look attributes up is everybody's
            return True
        if type(kind) is not type:  # whose own may do anything when it is looked at
            return False
        found = known.get(kind)
        if found is not None and found[0][0] == found[1]:
            return found[2]  # type: ignore[no-any-return]
        version = version_of(kind)
        now = version_now(version, kind)
        if len(known) >= _MOST:  # cells that are run again bring new classes, and it keeps them
            known.clear()
        answer = is_plain(kind, names) and all(
            inspect.getattr_static(kind, name, MISSING) is MISSING for name in made)
        known[kind] = version, now, answer
        return answer
    return asked


_context: Any = getattr(getattr(np, "_core", None), "umath", None)
_errors: contextvars.ContextVar[Any] | None = getattr(_context, "_extobj_contextvar", None)
# What np.errstate and np.seterr have set: asked for within a wrapper, as that is sooner done.
SET: Callable[[], Any] = _errors.get if _errors is not None else np.geterr
_silent: list[Any] = []  # what np.errstate and np.seterr have set, and was found to raise nothing


def raises_nothing() -> bool:
    """Whether floating-point errors are at most warned of, and no warning is raised: compiled code
    raises none.
    """
    if warned.is_raised():
        return False
    if _errors is not None:
        now = _errors.get()
        for one in _silent:
            if one is now:
                return True
    if not {"warn", "ignore"}.issuperset(np.geterr().values()):
        return False
    if _errors is not None:
        _silent[:] = [now, *_silent[:3]]
    return True
