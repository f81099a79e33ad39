"""The primitives that are timed, as a table: how to call each, its work, and how it must agree."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sides import Make, Size, combined, crossentropy, dense, one, pointwise

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

    products: results that are sums of products; their order is BLAS's, and the book's to the bit
    only under nnfs.init(). library: takes exp or log from the C library in float64, where NumPy
    has its own.
    """

    make: Make
    sizes: dict[str, Size]
    bytes: Callable[[Size, int], int] | None = None  # (size, bytes of a float): read and written
    flops: Callable[[Size], int] | None = None
    products: tuple[str, ...] = ()
    terms: Callable[[Size], int] = lambda size: 0  # in each such sum, at most
    library: bool = False

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


CASES = {
    "dense forward": Case(
        dense(backward=False), DENSE, flops=lambda s: 2 * s.N * s.I * s.O,
        products=("output",), terms=lambda s: s.I + 1),
    "dense backward": Case(
        dense(backward=True), DENSE, flops=lambda s: 4 * s.N * s.I * s.O,
        products=("output", "dweights", "dinputs"), terms=lambda s: 1 + max(s)),
    "ReLU forward": Case(one("Activation_ReLU", backward=False), WIDE, moves(2)),
    "ReLU backward": Case(one("Activation_ReLU", backward=True), WIDE, moves(3)),
    "leaky ReLU forward": Case(one("Activation_LeakyReLU", backward=False), WIDE, moves(2)),
    "leaky ReLU backward": Case(one("Activation_LeakyReLU", backward=True), WIDE, moves(3)),
    "sigmoid forward": Case(
        one("Activation_Sigmoid", backward=False), WIDE, moves(2), library=True),
    "sigmoid backward": Case(
        one("Activation_Sigmoid", backward=True), WIDE, moves(3), library=True),
    "tanh forward": Case(one("Activation_Tanh", backward=False), WIDE, moves(2)),
    "tanh backward": Case(one("Activation_Tanh", backward=True), WIDE, moves(3)),
    "dropout forward": Case(one("Layer_Dropout", backward=False, rate=0.1), WIDE, draws(1, 2)),
    "dropout backward": Case(one("Layer_Dropout", backward=True, rate=0.1), WIDE, draws(1, 2)),
    "softmax forward": Case(
        one("Activation_Softmax", backward=False), CLASSES, moves(2), library=True),
    "softmax backward": Case(
        one("Activation_Softmax", backward=True), MATRICES, moves(3),
        products=("dinputs",), terms=lambda s: s.O, library=True),
    # Of each row one probability is needed: bytes would say nothing.
    "cross-entropy forward": Case(
        crossentropy(backward=False, onehot=False), CLASSES, library=True),
    "cross-entropy forward, one-hot": Case(
        crossentropy(backward=False, onehot=True), CLASSES, moves(2), library=True),
    "cross-entropy backward": Case(crossentropy(backward=True, onehot=False), CLASSES, moves(2)),
    "cross-entropy backward, one-hot": Case(
        crossentropy(backward=True, onehot=True), CLASSES, moves(3)),
    "softmax and cross-entropy forward": Case(
        combined(backward=False), CLASSES, moves(2), library=True),
    "softmax and cross-entropy backward": Case(
        combined(backward=True), CLASSES, moves(2), library=True),
    "binary cross-entropy forward": Case(
        pointwise("Loss_BinaryCrossentropy", backward=False), WIDE, moves(2), library=True),
    "binary cross-entropy backward": Case(
        pointwise("Loss_BinaryCrossentropy", backward=True), WIDE, moves(3)),
    "squared error forward": Case(
        pointwise("Loss_MeanSquaredError", backward=False), WIDE, moves(2)),
    "squared error backward": Case(
        pointwise("Loss_MeanSquaredError", backward=True), WIDE, moves(3)),
    "absolute error forward": Case(
        pointwise("Loss_MeanAbsoluteError", backward=False), WIDE, moves(2)),
    "absolute error backward": Case(
        pointwise("Loss_MeanAbsoluteError", backward=True), WIDE, moves(3)),
}
