"""Rules for the values of attributes: what an object may hold, whoever put it there.

A rule is a function (value, who, name) that raises TypeError or ValueError, in a sentence that
starts with `who` and names the attribute. Numbers are not held to what the constructors want of
them: who has set a negative decay by hand wants his model back. A share that is none would fail in
the first step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.support import checks

Rule = Callable[[Any, object, str], Any]


def number(low: float | None = None, high: float | None = None) -> Rule:
    """A number that a float64 holds, between these."""
    def rule(value: Any, who: object, name: str) -> None:
        checks.number(value, who, name, low, high)
        try:
            float(value)
        except OverflowError:
            raise ValueError(f"{who}: {name} is beyond all floats") from None
    return rule


SHARE, ANY = number(0, 1), number()


def scalar(owner: Any, name: str, where: object, rule: Rule) -> None:
    """Refuse an attribute that is no number, or no share where the rule wants one."""
    low, high = (0, 1) if rule is SHARE else (None, None)
    checks.scalar(owner, name, where, low, high)


def is_zero(thing: Any, name: str) -> bool:
    """Whether the attribute is the number 0, whatever else it may be."""
    value: Any = getattr(thing, name, None)
    return np.ndim(value) == 0 and not value


def count(value: Any, who: object, name: str) -> None:
    """A whole number."""
    checks.number(value, who, name)
    if value % 1 != 0:  # so for infinity and what is no number
        raise ValueError(f"{who}: {name} must be a whole number, got {value}")


def answer(value: Any, who: object, name: str) -> None:
    """True or False."""
    if not isinstance(value, bool | int | np.bool_) or value not in (0, 1):
        raise TypeError(f"{who}: {name} must be True or False, got "
                        f"{checks.shown(value)}")


def number_or_none(value: Any, who: object, name: str) -> None:
    """A number, or None."""
    if value is not None:
        ANY(value, who, name)
