"""What is asked at each call of a wrapper: whether all is as it was when the method was proved."""

from __future__ import annotations

import contextvars
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.adopting.things import MISSING
from fastnn.support import warned

NUMBERS = frozenset((int, float))  # settings of other types have arithmetic of their own


@functools.lru_cache(4096)
def is_plain(kind: type, names: frozenset[str], line: Any = None) -> bool:
    """Whether objects of a class hold these attributes as attributes, and nothing looks on.

    line: how many names it and its bases have, so that one that was given more is looked at again.
    """
    if kind.__setattr__ is not object.__setattr__ or kind.__getattribute__ is not (
            object.__getattribute__) or hasattr(kind, "__getattr__"):
        return False
    if "__dict__" not in dir(kind):
        return False
    return not any(hasattr(type(found), "__set__") or hasattr(type(found), "__get__")
                   for name in names
                   if (found := inspect.getattr_static(kind, name, MISSING)) is not MISSING)


def line_of(kind: type) -> tuple[Any, ...]:
    """What a class inherits from, and how much is in each of these: who gives one of them a
    `__setattr__`, or the class another base, changes this.
    """
    return kind.__mro__, *(len(vars(base)) for base in kind.__mro__[:-1])


def fits(names: frozenset[str], made: frozenset[str] = frozenset()) -> Callable[[type], bool]:
    """Asks of a layer's class whether its objects hold these attributes as attributes.

    made: those that the first step makes, where there are none: its class has none, either, which
    theirs would begin with.
    """
    known: dict[type, Any] = {}

    def asked(kind: type) -> bool:
        if kind is types.SimpleNamespace:  # its own way to look attributes up is everybody's
            return True
        line = len(kind.__dict__) if len(kind.__mro__) == 2 else line_of(kind)
        if known.get(kind) == line:
            return True
        if type(kind) is not type or not is_plain(kind, names, line) or any(
                inspect.getattr_static(kind, name, MISSING) is not MISSING for name in made):
            return False
        known[kind] = line
        return True
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
