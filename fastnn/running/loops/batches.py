"""Which rows of the samples each turn takes: all of them, or batches one after the other."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn.running.loops.counting import RAISED, Counting
from fastnn.running.loops.names import is_array
from fastnn.running.loops.steps import Step
from fastnn.running.loops.symbols import Known, Rows, Unread


class Batches(NamedTuple):
    """The data of a loop. size: of a batch, None where each turn takes all.

    place(n): which batch the turn has where the loop's variable is n; None where it is not one of
    the batches that `fit` makes: rows k * size to (k + 1) * size, or to the last.
    """

    X: np.ndarray
    y: np.ndarray
    size: int | None
    place: Callable[[int], int | None]


def batches_of(step: Step, counting: Counting, first: int) -> Batches:
    """The data of a step, and its batches; first: the loop's variable in some turn."""
    if isinstance(step.X, Known) and isinstance(step.y, Known):
        X, y = _array(step.X.value, "samples"), _array(step.y.value, "targets")
        return Batches(X, y, None, lambda n: 0)
    if not (isinstance(step.X, Rows) and isinstance(step.y, Rows)):
        raise Unread("samples and targets are not both whole, or both batches")
    X, y = _array(step.X.array, "samples"), _array(step.y.array, "targets")
    if len(X) != len(y):
        raise Unread("there are not as many targets as samples")
    bounds = [counting.function(f"({rows.low}, {rows.high})") for rows in (step.X, step.y)]

    def taken(n: int) -> tuple[int, int] | None:
        try:
            here, there = (function(n) for function in bounds)
            if here != there:
                return None
            low, high = here
            low, high = 0 if low is None else low, len(X) if high is None else min(high, len(X))
        except RAISED:
            return None
        return (low, high) if type(low) is type(high) is int and 0 <= low < high else None

    found = taken(first)
    if found is None:
        raise Unread("samples and targets are not the same rows")
    size = found[1] - found[0]

    def place(n: int) -> int | None:
        rows = taken(n)
        if rows is None or rows[0] % size or rows[1] != min(rows[0] + size, len(X)):
            return None
        return rows[0] // size

    return Batches(X, y, size, place)


def _array(value: Any, what: str) -> np.ndarray:
    if not is_array(value):
        raise Unread(f"the {what} are not a plain array of numbers")
    found: np.ndarray = value
    return found
