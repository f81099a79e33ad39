"""The targets of all the data, as instructions take them."""

from typing import NamedTuple

import numpy as np

from fastnn.engine.kinds import compiled_of
from fastnn.engine.parts import is_dense, loss_of
from fastnn.engine.program import Operand, Unfit, by_data
from fastnn.losses import Loss_CategoricalCrossentropy, PointwiseLoss
from fastnn.losses.formula import Pointwise
from fastnn.support.numerics import FLOAT32, FLOAT64


class Targets(NamedTuple):
    """The targets of all the data, as instructions take them."""

    labels: Operand | None  # class indices
    values: Operand | None  # an array (N, O)
    converted: list  # of functions: make a copy anew, when its source may have changed

    @property
    def labels_only(self):
        """Whether the targets came as class indices."""
        return self.values is None


def targets(parts, y, N):
    """The targets as instructions take them. Unfit for a kind they do not take."""
    if len(y) != N:
        raise Unfit(f"there are {N} samples and {len(y)} targets")
    loss = loss_of(parts)
    if isinstance(compiled_of(loss, "loss"), Pointwise) and hasattr(loss, "shares"):
        return _shares(parts, y, loss.shares)
    if y.ndim == 1 and isinstance(loss, Loss_CategoricalCrossentropy):
        labels, renew = _labels(y)
        return Targets(by_data(labels), None, renew)
    if y.ndim != 2 or y.dtype.kind not in "fiub" or y.dtype.itemsize > 8:
        raise Unfit(f"y has the shape {y.shape} and the type {y.dtype}")
    predictions: np.dtype = FLOAT32  # of the products; float64 ones meet targets of the same type
    first = next(layer for layer in parts.layers if hasattr(layer, "weights"))
    if first.weights.dtype == FLOAT64:
        predictions = FLOAT64
    dtype = y.dtype if y.dtype in (FLOAT32, FLOAT64) else np.result_type(y.dtype, predictions)
    if (isinstance(loss, PointwiseLoss) and y.dtype not in (FLOAT64, predictions)
            and not loss._may_widen(y)):
        raise Unfit(f"{type(loss).__name__} meets {y.dtype} targets and {predictions} predictions")
    values, classes = y, np.argmax(y, axis=1)
    renew = [lambda: np.argmax(y, axis=1, out=classes)]
    if dtype != FLOAT64:
        dtype = np.result_type(dtype, predictions)
    flags = y.flags
    if y.dtype != dtype or not (flags.c_contiguous and flags.aligned and y.dtype.isnative):
        values = np.ascontiguousarray(y, dtype)
        renew.append(lambda: np.copyto(values, y, casting="unsafe"))
    return Targets(by_data(classes), by_data(values), renew)


def _shares(parts, y, made):
    """What the loss has made of classes, anew with y; and the classes, for the accuracy."""
    classes = [layer for layer in parts.layers if is_dense(layer)][-1].weights.shape[1]
    if y.ndim == 1:
        labels, renew = _labels(y)
        if np.min(labels) < 0 or np.max(labels) >= classes:
            raise Unfit("a class index is none of the network's")
    else:
        labels = np.argmax(y, axis=1)
        renew = [lambda: np.argmax(y, axis=1, out=labels)]
    values = made(y, classes)
    renew.append(lambda: np.copyto(values, made(y, classes)))
    return Targets(by_data(labels), by_data(values), renew)


def _labels(y):
    plain = y.flags.c_contiguous and y.flags.aligned and y.dtype.isnative
    if plain and y.dtype in (np.uint8, np.int64):
        return y, []
    labels = y.astype(np.int64)
    return labels, [lambda: np.copyto(labels, y, casting="unsafe")]
