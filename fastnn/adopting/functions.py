"""What a function of a program computes, where that is a loss or the slope of one:

    def mse(y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)

    def mse_prime(y_true, y_pred):
        return 2 * (y_pred - y_true) / np.size(y_true)

It is read as methods are, and has to be, operation by operation, one of the patterns here, or a
formula of each output and its target by itself (`own_slopes.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastnn.adopting.names import Names
from fastnn.adopting.nodes import NONE, Node, Unread
from fastnn.adopting.own_slopes import loss_of
from fastnn.adopting.reader import _Reader
from fastnn.adopting.state import Cell, State
from fastnn.adopting.trees import Gave_Up, Trees
from fastnn.losses import of_functions
from fastnn.support import own_numpy
from fastnn.support.bodies import is_made_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

_FIRST, _SECOND = ("arg", 1), ("arg", 2)


class Slope(NamedTuple):
    """What a function of two arrays is.

    ours: the loss of ours; by_size: whether it is divided by how many numbers there are, and not
    by samples.
    """

    ours: type
    by_size: bool
    read: Computed

    def still_stands(self) -> bool:
        """Whether all that was read is what it was."""
        return self.read.still_stands()


class Computed(NamedTuple):
    """What a function computes, as a tree, and what was relied on."""

    node: Node
    premises: list[tuple[dict[str, Any], str, Any]]
    made_of: dict[Any, tuple[Any, ...]]
    of_numpy: frozenset[str]

    def still_stands(self) -> bool:
        """Whether all that was read is what it was."""
        for table, name, value in self.premises:
            if table.get(name, value if name not in table else None) is not value:
                return False
        return all(is_made_of(*one) for one in self.made_of.items()) and all(
            map(own_numpy.is_own, self.of_numpy))


def slope_of(function: FunctionType, outputs: int) -> Slope | None:
    """The slope that a function is; None where it is no slope. outputs: which argument these are,
    0 or 1; the other is the targets.
    """
    theirs = _known(function)
    for ours, node, by_size in _patterns() if theirs else ():
        if _arguments(node, theirs) == {1: outputs + 1, 2: 2 - outputs}:
            return Slope(ours, by_size, theirs)
    found = loss_of(theirs.node, outputs) if theirs else None
    return None if found is None else Slope(*found, theirs)


def squared_error(function: FunctionType) -> Computed | None:
    """What a function was read as, where it is the mean of the squares of all differences; which
    of its arguments are the targets makes no difference to that. Else None.
    """
    theirs = _known(function)
    return theirs if theirs and any(_arguments(one, theirs) for one in _means()) else None


def _known(function: FunctionType) -> Any:
    """A function of two arrays as it was read; None for any other."""
    code = function.__code__
    if code.co_argcount != 2 or code.co_kwonlyargcount or function.__defaults__:
        return None
    try:
        theirs = _read(function)
    except (Unread, RecursionError):
        return None
    return theirs if all(map(own_numpy.is_own, theirs.of_numpy)) else None


def _arguments(node: Node, theirs: Computed) -> dict[int, int] | None:
    """Which of their arguments are those of a pattern; None where they are two things."""
    try:
        found = next(Trees({}, frozenset()).nodes(node, theirs.node, Names()), None)
    except Gave_Up:
        return None
    if found is None or found.arguments.keys() != {1, 2} or any(
            flag[0] != "as many" for flag in found.flags):
        return None
    return found.arguments


def _read(function: Callable[..., Any]) -> Computed:
    """What a function of two arrays gives back, and does nothing else. Unread."""
    reader, state = _Reader(object, {}, {}), State()
    given = Cell(_FIRST, _FIRST), Cell(_SECOND, _SECOND)
    result = reader.follow(function, list(given), {}, state)
    if not isinstance(result, Cell) or result.origin is not None or state.attributes or (
            state.draws != NONE or reader.guards or reader.two_axes or reader.followed):
        raise Unread("it does more than to compute")
    if [one.node for one in given] != [_FIRST, _SECOND]:
        raise Unread("it changes what it was given")
    return Computed(result.node, reader.premises, reader.made_of, frozenset(reader.of_numpy))


@lru_cache(1)
def _patterns() -> list[tuple[type, Node, bool]]:
    """The trees of all slopes: of outputs and targets, in this order."""
    of = of_functions
    return [(ours, _read(function).node, by_size) for ours, function, by_size in (
        (of._SquaredErrorUpwards, _upwards_by_size, True),
        (of._SquaredErrorUpwards, _upwards_by_samples, False),
        (of._SquaredErrorDownwards, _downwards_by_size, True),
        (of._SquaredErrorDownwards, _downwards_by_samples, False),
        (of._HalfSquaredErrorUpwards, _half_by_size, True),
        (of._HalfSquaredErrorUpwards, _half_by_samples, False))]


@lru_cache(1)
def _means() -> list[Node]:
    return [_read(one).node for one in (_mean, _mean_of_squares)]


def _mean(y_pred: Any, y_true: Any) -> Any:
    return np.mean((y_true - y_pred) ** 2)


def _mean_of_squares(y_pred: Any, y_true: Any) -> Any:
    return np.mean(np.square(y_true - y_pred))


def _upwards_by_size(y_pred: Any, y_true: Any) -> Any:
    return 2 * (y_pred - y_true) / y_true.size


def _upwards_by_samples(y_pred: Any, y_true: Any) -> Any:
    return 2 * (y_pred - y_true) / len(y_true)


def _downwards_by_size(y_pred: Any, y_true: Any) -> Any:
    return -2 * (y_true - y_pred) / y_true.size


def _downwards_by_samples(y_pred: Any, y_true: Any) -> Any:
    return -2 * (y_true - y_pred) / len(y_true)


def _half_by_size(y_pred: Any, y_true: Any) -> Any:
    return (y_pred - y_true) / y_true.size


def _half_by_samples(y_pred: Any, y_true: Any) -> Any:
    return (y_pred - y_true) / len(y_true)
