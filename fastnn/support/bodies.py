"""What a function is made of: somebody may give it another code, or other defaults, later.

IPython's autoreload does so with each function that was edited, and the function stays the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary, ref


def made_of(function: FunctionType) -> tuple[Any, ...]:
    """Its code and its defaults; those in a dict may be changed in place."""
    named = function.__kwdefaults__ or {}
    return function.__code__, *(function.__defaults__ or ()), *named, *named.values()


def is_made_of(function: FunctionType, before: tuple[Any, ...]) -> bool:
    """Whether it is made of the very same."""
    now = made_of(function)
    return len(now) == len(before) and all(map(operator.is_, now, before))


def takes_as(one: FunctionType, other: FunctionType) -> bool:
    """Whether the two have the very same defaults."""
    return is_made_of(one, (one.__code__, *made_of(other)[1:]))


def found_once(find: Callable[..., Any]) -> Callable[..., Any]:
    """Have `find(function, ...)` look once at each function, and again at one with another code.

    Neither function nor code is kept for that: ours have the classes among their constants that
    they were made for, and a cell of a notebook makes new ones each time.
    """
    known: WeakKeyDictionary[Any, tuple[ref[Any], dict[Any, Any]]] = WeakKeyDictionary()

    @wraps(find)
    def found(function: Any, *more: Any) -> Any:
        if not isinstance(function, FunctionType):
            return find(function, *more)
        code, answers = known.get(function) or (None, {})
        if code is None or code() is not function.__code__:
            answers = {}
            known[function] = ref(function.__code__), answers
        if more not in answers:
            answers[more] = find(function, *more)
        return answers[more]
    return found
