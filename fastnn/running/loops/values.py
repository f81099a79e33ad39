"""What a turn computes that `fit` records, bit for bit: losses, penalties, the accuracy of classes.

A program that keeps such a value of each turn in a list gets it from there.
"""

import ast
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fastnn.running.loops.names import is_plain
from fastnn.running.loops.symbols import Computed, Counted, Known, Read, Rows, Several, Unread


@dataclass(frozen=True, eq=False)
class Loss(Computed):
    """The mean loss of the samples, with the penalties of these layers added, or None.

    event: what computed it.
    """

    layers: tuple[Any, ...] | None = None
    event: Any = None


@dataclass(frozen=True, eq=False)
class Penalty(Computed):
    """The sum of the penalties of these layers, one after the other."""

    layers: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Classes(Computed):
    """The classes of the largest outputs that these are."""

    of: Any = None


@dataclass(frozen=True, eq=False)
class Halves(Computed):
    """Which outputs are above one half: (output > 0.5) * 1."""

    of: Any = None


@dataclass(frozen=True, eq=False)
class Predictions(Computed):
    """What an object's own `predictions` makes of its outputs in this turn; None: of others."""

    of: Any = None


@dataclass(frozen=True, eq=False)
class Right(Computed):
    """Which classes of the largest outputs that these are, are those of the targets; or the share
    of them. by_halves: which outputs are above one half where the targets are 1.
    """

    of: Any = None
    targets: Any = None
    by_halves: bool = False


@dataclass(frozen=True, eq=False)
class HowMany(Computed):
    """How many of them are."""

    right: Any = None


@dataclass(frozen=True, eq=False)
class Rate(Computed):
    """The optimizer's learning rate, before or behind its pre_update_params."""

    optimizer: Any = None
    is_updated: bool = False


@dataclass(frozen=True, eq=False)
class Validated(Computed):
    """A number that was found between the turns (`validating.py`), under a name of ours."""

    name: str = ""


@dataclass(frozen=True, eq=False)
class Float(Computed):
    """Such a value as a number of Python's: float(loss), loss.item(), int(right.sum())."""

    of: Any = None
    kind: type = float


@dataclass(frozen=True, eq=False)
class Together(Computed):
    """A tuple of such values, and of constants; or with keys a dictionary."""

    items: tuple[Any, ...] = ()
    keys: tuple[Any, ...] | None = None


def together(value: Any, node: ast.expr) -> Any:
    """The tuple that an expression makes of such values; else what it stands for.

    Of a name that stands for a number another of the same value may take the place: -0.0 of 0.0.
    """
    if isinstance(value, Known) and not isinstance(node, ast.Constant):
        return Computed()
    if isinstance(node, ast.Dict) and isinstance(value, Several):
        keys = tuple(one.value for one in node.keys if isinstance(one, ast.Constant))
        return Together(items=tuple(map(together, value.items, node.values)), keys=keys)
    if not isinstance(node, ast.Tuple) or not isinstance(value, Several):
        return value
    return Together(items=tuple(map(together, value.items, node.elts)))


def as_python(given: Any, name: str) -> Computed | None:
    """float(loss), int(right), loss.item(): None where that may raise, or is none of them."""
    if isinstance(given, HowMany) and name in ("int", "item"):
        return Float(True, True, given, int)
    if name in ("float", "item") and isinstance(
            given, Loss | Rate | Right | Validated) and is_recorded(given):
        return Float(True, True, given)
    return None


def kept(name: str, output: Any, targets: Any, event: Any) -> Computed:
    """What an object that is softmax, loss and accuracy in one keeps under one of our names.

    event: its forward. Of targets in other ways than labels it is not known to be what `fit` has.
    """
    labels = getattr(targets, "value", None)
    if type(labels) is np.ndarray and labels.ndim == 1:
        if name == "loss":
            return Loss(is_scalar=True, event=event)
        if name == "accuracy":
            return Right(True, False, output, labels)
        if name == "predictions":
            return Classes(of=output)
    return Computed(name in ("loss", "accuracy"))


def singly(value: Any) -> list[Any]:
    """The values in it, each by itself: no tuples, and what Python's floats are made of."""
    if isinstance(value, Together):
        return [one for item in value.items for one in singly(item)]
    return [value.of if isinstance(value, Float) else value]


def is_recorded(value: Any) -> bool:
    """Whether `fit` records it, or it is known without."""
    if isinstance(value, Together):
        return all(is_recorded(one) or isinstance(one, Known) and is_plain(one.value)
                   for one in value.items)
    if isinstance(value, Float):
        return is_recorded(value.of)
    return isinstance(value, Loss | Rate | Counted | HowMany | Validated) or (
        isinstance(value, Right) and value.is_scalar)


def is_asked(value: Any) -> bool:
    """Whether a condition on it can be asked of what `fit` has recorded, as the turns go on."""
    inner = value.of if isinstance(value, Float) else value
    return isinstance(inner, Loss | Right | HowMany | Validated) and is_recorded(value)


def sum_of(left: Any, right: Any) -> Computed | None:
    """Of losses and penalties, added as `fit` adds them: the penalties first."""
    if isinstance(left, Penalty) and isinstance(right, Penalty) and len(right.layers) == 1:
        return Penalty(True, False, left.layers + right.layers)
    if isinstance(left, Loss) and left.layers is None and isinstance(right, Penalty):
        return Loss(True, False, right.layers, left.event)
    return None


def compared(node: ast.Compare, left: Any, right: Any) -> Computed | None:
    """predictions == y, or y == predictions; output > 0.5."""
    if isinstance(left, Known | Rows) and isinstance(right, Classes | Halves):
        left, right = right, left
    if isinstance(node.ops[0], ast.Eq) and isinstance(left, Classes | Halves) and isinstance(
            right, Known | Rows):
        return Right(False, False, left.of, getattr(right, "value", right),
                     isinstance(left, Halves))
    if isinstance(node.ops[0], ast.Gt) and isinstance(left, Read) and (
            left.name, left.is_fresh) == ("output", True) and _is(right, 0.5):
        return Halves(of=left)
    return None


def times(left: Any, right: Any) -> Computed | None:
    """(output > 0.5) * 1: numbers of what was true and false."""
    return left if isinstance(left, Halves) and _is(right, 1) else None


def _is(symbol: Any, number: float) -> bool:
    return isinstance(symbol, Known) and type(symbol.value) in (int, float) and (
        symbol.value == number)


def function_of(name: str, node: ast.Call, arguments: list[Any]) -> Computed | None:
    """np.argmax(output, axis=1); np.mean(predictions == y), np.sum(predictions == y)."""
    if arguments and isinstance(arguments[0], Halves) and not node.keywords:
        return _of_halves(name, arguments)
    given = arguments[0] if len(arguments) == 1 else None
    words = {word.arg: word.value for word in node.keywords}
    if name == "argmax" and isinstance(given, Read) and given.name == "output" and given.is_fresh:
        axis = words.get("axis")
        if len(words) == 1 and isinstance(axis, ast.Constant) and axis.value == 1:
            return Classes(of=given)
    if name == "mean" and isinstance(given, Right) and not given.is_scalar and not words:
        return replace(given, is_scalar=True)
    if name == "sum" and isinstance(given, Right) and not given.is_scalar and not words:
        return HowMany(True, False, given)
    return None


def _of_halves(name: str, arguments: list[Any]) -> Computed | None:
    """(output > 0.5).astype(int), np.where(output > 0.5, 1, 0)"""
    first, *others = arguments
    if name == "astype" and len(others) == 1 and isinstance(others[0], Known):
        kind: Any = others[0].value
        is_number = isinstance(kind, type) and (
            kind in (int, float) or issubclass(kind, np.integer | np.floating))
        return first if is_number else None
    if name == "where" and len(others) == 2 and _is(others[0], 1) and _is(others[1], 0):
        return first if isinstance(first, Computed) else None
    return None


def share_of(left: Any, right: Any) -> Computed | None:
    """np.sum(predictions == y) / len(y): the mean, to the bit, which divides the same two."""
    if isinstance(left, HowMany) and isinstance(right, Known) and type(right.value) is int and (
            type(left.right.targets) is np.ndarray and left.right.targets.ndim == 1) and (
            right.value == len(left.right.targets)):
        return Right(True, False, left.right.of, left.right.targets)
    return None


def layers_of(values: list[Any]) -> list[Any]:
    """The layers whose penalties are recorded: the same for all values."""
    found: list[Any] = []
    for inner in (one for value in values for one in singly(value)):
        if isinstance(inner, Loss) and inner.layers is not None:
            layers = list(inner.layers)
            if found and list(map(id, found)) != list(map(id, layers)):
                raise Unread("the losses that are kept have different penalties")
            found = layers
    return found
