"""What a function is made of: somebody may give it another code, or other defaults, later.

IPython's autoreload does so with each function that was edited, and the function stays the same.
"""

from __future__ import annotations

import operator
from types import FunctionType
from typing import Any


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
