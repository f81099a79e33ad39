"""Which rows of the samples each turn takes: all of them, or batches one after the other."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn.running.loops.counting import RAISED, Counting
from fastnn.running.loops.names import is_array
from fastnn.running.loops.steps import Step
from fastnn.running.loops.symbols import Drawn, Known, Rows, Unread


class Batches(NamedTuple):
    """The data of a loop. size: of a batch, None where each turn takes all.

    order: in which each turn takes them, as it is drawn then; None: as they are. taken: how many,
    where the rest of an order is left out.
    place(n): which batch the turn has where the loop's variable is n; None where it is not one of
    the batches that `fit` makes: rows k * size to (k + 1) * size, or to the last.
    """

    X: np.ndarray
    y: np.ndarray
    size: int | None
    place: Callable[[int], int | None]
    order: Drawn | None = None
    taken: int = 0


def batches_of(step: Step, counting: Counting, first: int) -> Batches:
    """The data of a step, and its batches; first: the loop's variable in some turn."""
    if isinstance(step.X, Known) and isinstance(step.y, Known):
        X, y = _array(step.X.value, "samples"), _array(step.y.value, "targets")
        return Batches(X, y, None, lambda n: 0)
    X, y = _rows_of(step)
    if step.X.order is not None:
        return whole_of(step, counting, range(1))
    taken = _taken(step, counting)
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


def whole_of(step: Step, counting: Counting, over: range) -> Batches:
    """The data of a step that each turn does for each of these values of a variable of its own:
    all batches of the samples, or of those that are before the rest.
    """
    def place(n: int) -> int | None:
        return 0

    if isinstance(step.X, Known) and isinstance(step.y, Known):
        if len(over) > 1:
            raise Unread("each turn takes all samples more than once")
        return Batches(_array(step.X.value, "samples"), _array(step.y.value, "targets"), None,
                       place)
    X, y = _rows_of(step)
    if any("_n" in bound for rows in (step.X, step.y) for bound in (rows.low, rows.high)):
        raise Unread("each turn takes other batches")
    taken = _taken(step, counting)
    found = [taken(m) for m in over]
    first = found[0]
    if first is None or first[0] or any(
            rows != (k * first[1], min((k + 1) * first[1], len(X)))
            for k, rows in enumerate(found)):
        raise Unread("the batches of a turn are not those that fit makes of the samples")
    last = found[-1]
    assert last is not None
    some = last[1] if last[1] < len(X) else 0
    if some and step.X.order is None:
        X, y, some = X[:some], y[:some], 0
    return Batches(X, y, first[1] if len(over) > 1 else None, place, step.X.order, some)


def _rows_of(step: Step) -> tuple[np.ndarray, np.ndarray]:
    """The arrays of which a step takes rows."""
    if not (isinstance(step.X, Rows) and isinstance(step.y, Rows)):
        raise Unread("samples and targets are not both whole, or both batches")
    X, y = _array(step.X.array, "samples"), _array(step.y.array, "targets")
    if step.X.order is not step.y.order:
        raise Unread("samples and targets are not in the same order")
    if len(X) != len(y):
        raise Unread("there are not as many targets as samples")
    return X, y


def _taken(step: Step, counting: Counting) -> Callable[[int], tuple[int, int] | None]:
    """Which rows a step takes where the variable of its batches is a number; None where samples
    and targets are not the same.
    """
    size = len(step.X.array)
    bounds = [counting.function(f"({rows.low}, {rows.high})", "_m") for rows in (step.X, step.y)]

    def taken(n: int) -> tuple[int, int] | None:
        try:
            here, there = (function(n, n) for function in bounds)
            if here != there:
                return None
            low, high = here
            low, high = 0 if low is None else low, size if high is None else min(high, size)
        except RAISED:
            return None
        return (low, high) if type(low) is type(high) is int and 0 <= low < high else None

    return taken


def _array(value: Any, what: str) -> np.ndarray:
    if not is_array(value):
        raise Unread(f"the {what} are not a plain array of numbers")
    found: np.ndarray = value
    return found
