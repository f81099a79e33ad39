"""What does the losses of `target_patterns.py`: ours, where the targets are such that it is theirs.

All else raises TypeError before anything is done, and their own lines run.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations import Activation_Sigmoid
from fastnn.adopting.together import mean_loss
from fastnn.kernels.formula import elementwise
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss_BinaryCrossentropy,
    Loss_CategoricalCrossentropy,
)
from fastnn.support.buffers import empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def need(holds: object) -> None:
    """TypeError where that does not hold."""
    if not holds:
        raise TypeError("not what was proved")


def need_one_hot(y_pred: Any, y_true: Any) -> None:
    """Targets of outputs' type and shape, a 1 in each row and else zeros: sums of products with
    them are one number, in whatever order they are added, and by whomever.
    """
    need(y_true.ndim == 2 and y_true.dtype == y_pred.dtype and y_true.shape == y_pred.shape
         and y_true.size and np.count_nonzero(y_true) == len(y_true)
         and (y_true.max(axis=1) == 1).all())


def need_labels(y_pred: Any, y_true: Any) -> None:
    """Labels, one for each row of what float64 stays beside one-hot targets made of them; no NaN,
    of which a product with 0 is one, too.
    """
    need(y_true.ndim == 1 and y_true.dtype.kind in "iu" and len(y_true) == len(y_pred)
         and y_pred.dtype == np.float64 and y_pred.size and not np.isnan(y_pred.min()))


def one_hot_mean(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """The mean of the losses of one-hot targets."""
    need_one_hot(y_pred, y_true)
    return mean_loss(loss, y_pred, y_true)


def made_one_hot_mean(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """The same, also of labels of which such are made."""
    (need_labels if y_true.ndim == 1 else need_one_hot)(y_pred, y_true)
    return mean_loss(loss, y_pred, y_true)


def arrays_slope(loss: Any, dvalues: Any, y_true: Any) -> None:
    """The slope, of targets like the outputs alone."""
    need(y_true.ndim == 2)
    Loss_CategoricalCrossentropy.backward(loss, dvalues, y_true)


def labels_mean(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """The mean of the losses of labels, and their number kept."""
    need(y_true.ndim == 1 and len(y_pred))
    found = mean_loss(loss, y_pred, y_true)
    loss.count = len(y_pred)
    return found


def products_of_rows(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """The losses of the samples."""
    if y_true.ndim != 1:
        need_one_hot(y_pred, y_true)
    return Loss_CategoricalCrossentropy.forward(loss, y_pred, y_true)


def softmax_mean(both: Any, inputs: Any, y_true: Any) -> Any:
    """The loss with the minus before the mean."""
    found = Activation_Softmax_Loss_CategoricalCrossentropy.forward(both, inputs, y_true)
    return found if found else -found


def less_one_hot(both: Any, dvalues: Any, y_true: Any) -> None:
    """Set `dinputs` = (p - onehot) / N: all but one number of a row are those that they were. (But
    a -0 less a -0, which is 0.)
    """
    if y_true.ndim == 1:
        need(dvalues.dtype == np.float64)
    else:
        need_one_hot(dvalues, y_true)
        need(not np.signbit(y_true).any())
    Activation_Softmax_Loss_CategoricalCrossentropy.backward(both, dvalues, y_true)


def softmax_of_one_hot(both: Any, inputs: Any, y_true: Any) -> Any:
    """Set `output` and give back the loss of one-hot targets."""
    need_one_hot(inputs, y_true)
    return Activation_Softmax_Loss_CategoricalCrossentropy.forward(both, inputs, y_true)


def softmax_of_one_hot_kept(both: Any, inputs: Any, y_true: Any) -> Any:
    """The same, and the targets are kept."""
    found = softmax_of_one_hot(both, inputs, y_true)
    both.y_true = y_true
    return found


def less_targets(both: Any, dvalues: Any, y_true: Any) -> None:
    """Set `dinputs` = (p - y) / N of one-hot targets."""
    need(y_true.ndim == 2)
    less_one_hot(both, dvalues, y_true)


def output_less_targets(both: Any, y_true: Any) -> None:
    """The same of the output."""
    less_targets(both, both.output, y_true)


def output_less_kept(both: Any) -> None:
    """The same of the targets that were kept."""
    less_targets(both, both.output, both.y_true)


def _column(y_pred: Any, y_true: Any) -> Any:
    """Labels as a column of ones and zeros, which beside float64 are floats."""
    if y_true.ndim == 2:
        need(y_true.shape == y_pred.shape and y_true.dtype == y_pred.dtype)
        return y_true
    need(y_pred.shape == (len(y_true), 1) and y_pred.dtype == np.float64 and y_true.size
         and y_true.dtype.kind in "iu" and y_true.min() >= 0 and y_true.max() <= 1)
    return y_true.reshape(-1, 1).astype(np.float64)


def binary_losses(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """-mean(x), where ours is mean(-x): see `together.negative_mean`."""
    ours = object.__new__(Loss_BinaryCrossentropy)
    found = ours.forward(y_pred, _column(y_pred, y_true))
    found[found == 0] = -0.0
    return found


def binary_mean(loss: Any, output: Any, y: Any) -> Any:
    """The mean of these."""
    return np.mean(binary_losses(loss, output, y))


def sigmoid_mean(both: Any, inputs: Any, y_true: Any) -> Any:
    """Set `output` and give back the loss."""
    both.activation.forward(inputs)
    both.output = both.activation.output
    return binary_mean(both, both.output, y_true)


def sigmoid_mean_kept(both: Any, inputs: Any, y_true: Any) -> float:
    """Set `output` and `y_true`, a column, and give back the loss of one output."""
    need(inputs.shape == (len(y_true), 1) and len(y_true) and inputs.dtype == np.float64
         and inputs.dtype.isnative and y_true.size == len(y_true))
    column = np.asarray(y_true, dtype=float).reshape(-1, 1)
    sigmoid, loss = object.__new__(Activation_Sigmoid), object.__new__(Loss_BinaryCrossentropy)
    sigmoid.forward(inputs)
    found = float(np.mean(loss.forward(sigmoid.output, column)))
    both.output, both.y_true = sigmoid.output, column
    return found if found else -found


def by_size(name: str, formula: Callable[..., Any]) -> Callable[..., None]:
    """Sets `dinputs` by a formula of outputs, targets, and the number of all of them."""
    @lru_cache(1)
    def made() -> Any:
        return elementwise(name, formula, ("y_pred", "y_true"), "dinputs")

    def slope(loss: Any, dvalues: Any, y_true: Any) -> None:
        need(dvalues.shape == y_true.shape and dvalues.dtype == y_true.dtype)
        dinputs = empty(dvalues.shape, dvalues.dtype)
        need(not made().kernel.refuses(dvalues, y_true, float(dvalues.size), dinputs))
        loss.dinputs = dinputs
    return slope


def _binary(y_pred: Any, y_true: Any, size: Any) -> Any:
    p = np.clip(y_pred, 1e-7, 1 - 1e-7)
    return -(y_true / p - (1 - y_true) / (1 - p)) / size


squared_slope = by_size("squared_slope_by_size_and_minus", lambda y_pred, y_true, size: (
    -2 * (y_true - y_pred) / size))
absolute_slope = by_size("absolute_slope_by_size", lambda y_pred, y_true, size: (
    np.sign(y_pred - y_true) / size))
binary_slope = by_size("binary_slope_by_size", _binary)
sigmoid_slope = by_size("sigmoid_slope_by_size", lambda y_pred, y_true, size: (
    (y_pred - y_true) / size))
