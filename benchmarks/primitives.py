"""The primitives that are timed, as a table: how to call each, its work, and how it must agree."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from rosters import of_formulas

from fastnn import registry
from fastnn.activations.formula import Elementwise
from fastnn.bench.sides import Make, Size, batch_norm, combined, crossentropy, dense, one, pointwise

DENSE = {"thin in": Size(300, 2, 64), "thin out": Size(300, 64, 3), "middle": Size(128, 128, 128),
         "large": Size(256, 1024, 1024)}
WIDE = {"small": Size(300, 0, 64), "middle": Size(1000, 0, 512), "large": Size(2048, 0, 1024)}
CLASSES = {"small": Size(300, 0, 3), "middle": Size(10000, 0, 10), "large": Size(2048, 0, 1000)}
# The reference makes a matrix (C, C) for each sample, in a Python loop.
MATRICES = CLASSES | {"middle": Size(2000, 0, 10), "large": Size(8, 0, 1000)}


class Mode(NamedTuple):
    """The type of the arrays, and what NumPy does with it."""

    text: str
    dtype: type
    nnfs: bool | None  # dot_precision_workaround of nnfs.init(), None: without it


BOOK = Mode("float32, nnfs.init()", np.float32, True)
NATIVE = Mode("native float32", np.float32, False)
DOUBLE = Mode("float64", np.float64, None)


class Case(NamedTuple):
    """A primitive.

    products: results that are sums of products; in the fast lane they are summed otherwise.
    """

    make: Make
    sizes: dict[str, Size]
    bytes: Callable[[Size, int], int] | None = None  # (size, bytes of a float): read and written
    flops: Callable[[Size], int] | None = None
    products: tuple[str, ...] = ()
    terms: Callable[[Size], int] = lambda size: 0  # in each such sum, at most

    @property
    def modes(self) -> list[Mode]:
        """Native float32 is a case of its own only where there are products."""
        return [BOOK, NATIVE, DOUBLE] if self.products else [BOOK, DOUBLE]


def moves(arrays: int) -> Callable[[Size, int], int]:
    """So many arrays (N, O) of the floats are read or written."""
    return lambda size, item: arrays * size.N * size.O * item


def draws(arrays: int, masks: int) -> Callable[[Size, int], int]:
    """The same, and some of float64: dropout's mask, and what is multiplied by it."""
    return lambda size, item: (arrays * item + masks * 8) * size.N * size.O


# What the rows of some classes are called; of others it is the class's name without its beginning.
_NAMES = {"Activation_LeakyReLU": "leaky ReLU", "Activation_Sigmoid": "sigmoid",
          "Activation_Tanh": "tanh", "Loss_BinaryCrossentropy": "binary cross-entropy",
          "Loss_MeanSquaredError": "squared error", "Loss_MeanAbsoluteError": "absolute error"}
# (row, class, whether it is the way back) of each class that is a formula.
FORMULAS = [(f"{_NAMES.get(kind.__name__, kind.__name__.partition('_')[2])} "
             f"{'backward' if backward else 'forward'}", kind, backward)
            for kind in (one.kind for one in of_formulas())
            if kind in registry.public().values() for backward in (False, True)]


def _of_formula(kind: type, backward: bool) -> Case:
    """These arrays are large: in float64 exp and log are NumPy's on both sides."""
    compiled = registry.entry_of(kind).compiled
    arrays = compiled[backward].arrays
    if isinstance(compiled, Elementwise):
        return Case(one(kind.__name__, backward), WIDE, moves(len(arrays) + 1))
    return Case(pointwise(kind.__name__, backward), WIDE, moves(len(arrays) + backward))


CASES = {
    "dense forward": Case(
        dense(backward=False), DENSE, flops=lambda s: 2 * s.N * s.I * s.O,
        products=("output",), terms=lambda s: s.I + 1),
    "dense backward": Case(
        dense(backward=True), DENSE, flops=lambda s: 4 * s.N * s.I * s.O,
        products=("output", "dweights", "dinputs"), terms=lambda s: 1 + max(s)),
    "batch normalization forward": Case(batch_norm(backward=False), WIDE, moves(2)),
    "batch normalization backward": Case(batch_norm(backward=True), WIDE, moves(3)),
    "dropout forward": Case(one("Layer_Dropout", backward=False, rate=0.1), WIDE, draws(1, 2)),
    "dropout backward": Case(one("Layer_Dropout", backward=True, rate=0.1), WIDE, draws(1, 2)),
    "softmax forward": Case(
        one("Activation_Softmax", backward=False), CLASSES, moves(2)),
    "softmax backward": Case(
        one("Activation_Softmax", backward=True), MATRICES, moves(3),
        products=("dinputs",), terms=lambda s: s.O),
    # Of each row one probability is needed: bytes would say nothing.
    "cross-entropy forward": Case(
        crossentropy(backward=False, onehot=False), CLASSES),
    "cross-entropy forward, one-hot": Case(
        crossentropy(backward=False, onehot=True), CLASSES, moves(2)),
    "cross-entropy backward": Case(crossentropy(backward=True, onehot=False), CLASSES, moves(2)),
    "cross-entropy backward, one-hot": Case(
        crossentropy(backward=True, onehot=True), CLASSES, moves(3)),
    "softmax and cross-entropy forward": Case(
        combined(backward=False), CLASSES, moves(2)),
    "softmax and cross-entropy backward": Case(
        combined(backward=True), CLASSES, moves(2)),
    "smoothed cross-entropy forward": Case(
        crossentropy(backward=False, onehot=False, label_smoothing=0.1), CLASSES, moves(1)),
    "smoothed cross-entropy backward": Case(
        crossentropy(backward=True, onehot=False, label_smoothing=0.1), CLASSES, moves(2)),
    "softmax and smoothed cross-entropy forward": Case(
        combined(backward=False, label_smoothing=0.1), CLASSES, moves(2)),
    "softmax and smoothed cross-entropy backward": Case(
        combined(backward=True, label_smoothing=0.1), CLASSES, moves(2)),
}
CASES |= {name: _of_formula(kind, backward) for name, kind, backward in FORMULAS}
