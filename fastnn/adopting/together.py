"""Objects of ours for classes that do in one what the book does in several."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from fastnn import reference
from fastnn.activations import Activation_Softmax
from fastnn.kernels.formula import elementwise
from fastnn.layers import Layer_Dense
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss_CategoricalCrossentropy,
)
from fastnn.support.buffers import empty


class Softmax_Loss_Accuracy:
    """Softmax, loss and accuracy of a batch, all kept: `patterns.Softmax_Loss_Accuracy`."""

    y_true: Any
    output: Any
    of_labels = False  # whether it is given class numbers alone

    def forward(self, inputs: Any, y_true: Any) -> None:
        """Set all but `dinputs` from inputs (N, C) and targets (N,) or (N, C)."""
        labels = np.argmax(y_true, axis=1) if y_true.ndim == 2 else y_true
        both = Activation_Softmax_Loss_CategoricalCrossentropy()
        self.loss = both.forward(inputs, labels)
        self.y_true, self.output = labels, both.output
        self.predictions = np.argmax(both.output, axis=1)
        self.accuracy = np.mean(self.predictions == labels)
        picked = both.output[np.arange(len(labels)), labels]
        self.confidences = np.clip(picked, 1e-7, 1 - 1e-7)

    def backward(self) -> None:
        """Set `dinputs` (N, C) by what is kept: class numbers, which others may have changed."""
        if self.y_true.ndim != 1:
            raise TypeError("not what was proved")
        slope_of_output(self, self.y_true)


class Softmax_Loss_Accuracy_of_Labels(Softmax_Loss_Accuracy):
    """The same of class numbers: `output_patterns.Softmax_Loss_Accuracy_of_Labels`."""

    of_labels = True

    def forward(self, inputs: Any, y_true: Any) -> None:
        """Of any other targets theirs does something else."""
        if y_true.ndim != 1:
            raise TypeError("not what was proved")
        super().forward(inputs, y_true)


class Sigmoid_Loss:
    """Sigmoid and binary cross-entropy in one: `target_patterns.Sigmoid_Loss`."""


class Sigmoid_Loss_that_Keeps:
    """The same of one output: `target_patterns.Sigmoid_Loss_that_Keeps`."""


def accuracy_by_rows(accuracy: Any, predictions: Any, y: Any) -> float:
    """The share of rows whose largest output is that of the label."""
    labels = np.argmax(y, axis=1) if y.ndim == 2 else y
    if type(predictions) is not np.ndarray or predictions.ndim != 2 or (
            predictions.dtype.char not in "fd" or labels.dtype.kind != "i" or not labels.size
            or not predictions.size or len(predictions) != len(labels)):
        raise TypeError("not what was proved")
    return int(np.count_nonzero(np.argmax(predictions, axis=1) == labels)) / len(labels)


def softmax_of_rows(softmax: Any, inputs: Any) -> None:
    """Set `output`: arrays like the inputs, or made of rows that are there."""
    if not inputs.size or not inputs.dtype.isnative:
        raise TypeError("not what was proved")
    Activation_Softmax.forward(softmax, inputs)


def each_call(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer, the rate decayed whatever the decay is."""
    optimizer.current_learning_rate = optimizer.learning_rate * (
        1.0 / (1.0 + optimizer.decay * optimizer.iterations))
    optimizer.update_params(layer)
    optimizer.iterations += 1


def each_call_if_decay(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer."""
    optimizer.pre_update_params()
    optimizer.update_params(layer)
    optimizer.iterations += 1


def counted_before(optimizer: Any, layer: Any) -> None:
    """An update in a step that is counted already."""
    if type(optimizer.iterations) is not int:
        raise TypeError("not what was proved")
    optimizer.iterations -= 1
    optimizer.update_params(layer)


def rate_within(optimizer: Any, layer: Any) -> None:
    """An update with its own rate, in a step that is counted later."""
    optimizer.current_learning_rate = optimizer.learning_rate * (
        1.0 / (1.0 + optimizer.decay * optimizer.iterations))
    optimizer.update_params(layer)


def each_count(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer, the rate what it is."""
    optimizer.update_params(layer)
    optimizer.iterations += 1


def each_rate(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer, of an optimizer that does not count."""
    optimizer.current_learning_rate = optimizer.learning_rate
    optimizer.update_params(layer)


def mean_loss(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """The mean of the sample losses."""
    return Loss_CategoricalCrossentropy.calculate(loss, y_pred, y_true)


def negative_mean(loss: Any, y_pred: Any, y_true: Any) -> Any:
    """-mean(logs), where ours is mean(-logs).

    Sums and quotients of numbers with another sign are those with another sign, for numbers are
    rounded to the nearest. But a sum of zeros is 0, and -0 with the minus before it.
    """
    found = mean_loss(loss, y_pred, y_true)
    return found if found else -found


def keeping(compute: Any) -> Any:
    """The same, and what it is given is kept."""
    def calculate(loss: Any, y_pred: Any, y_true: Any) -> Any:
        loss.y_pred, loss.y_true = y_pred, y_true
        return compute(loss, y_pred, y_true)
    return calculate


def slope_of_kept(loss: Any) -> None:
    """Set `dinputs` by what `keeping` has kept."""
    Loss_CategoricalCrossentropy.backward(loss, loss.y_pred, loss.y_true)


def at_once(ours: Any) -> Any:
    """The mean of a loss of ours, as it has it."""
    def calculate(loss: Any, y_pred: Any, y_true: Any) -> Any:
        return ours.calculate(loss, y_pred, y_true)
    return calculate


def softmax_keeping(both: Any, inputs: Any, y_true: Any) -> Any:
    """Set `output` and `y_true`, and give back the loss."""
    found = Activation_Softmax_Loss_CategoricalCrossentropy.forward(both, inputs, y_true)
    both.y_true = y_true
    return found


def slope_of_output(both: Any, y_true: Any) -> None:
    """Set `dinputs` by the output that was kept: one that kernels take as it is."""
    output = both.output
    if output.ndim != 2 or not output.flags.c_contiguous or not output.dtype.isnative:
        raise TypeError("not what was proved")
    Activation_Softmax_Loss_CategoricalCrossentropy.backward(both, output, y_true)


def slope_of_all_kept(both: Any) -> None:
    """The same by the targets that were kept."""
    slope_of_output(both, both.y_true)


def l2_always(layer: Any, dvalues: Any) -> None:
    """Set the gradients: ours of the products, what is added as NumPy adds it."""
    strength = layer.weight_regularizer_l2
    vars(layer).update(dict.fromkeys(reference.STRENGTHS, 0))
    Layer_Dense.backward(layer, dvalues)
    layer.dweights = layer.dweights + 2 * strength * layer.weights


def all_always(layer: Any, dvalues: Any) -> None:
    """The same with the four penalties. Of float32 the signs, whole numbers, make float64."""
    strengths = {name: vars(layer)[name] for name in reference.STRENGTHS}
    vars(layer).update(dict.fromkeys(strengths, 0))
    Layer_Dense.backward(layer, dvalues)
    for slopes, weights, of in ((layer.dweights, layer.weights, "weight"),
                                (layer.dbiases, layer.biases, "bias")):
        slopes += strengths[f"{of}_regularizer_l1"] * np.where(weights < 0, -1, 1)
        slopes += 2 * strengths[f"{of}_regularizer_l2"] * weights


def weights_always(layer: Any, dvalues: Any) -> None:
    """The same with those of the weights. Of float32 the signs make float64."""
    l1, l2 = layer.weight_regularizer_l1, layer.weight_regularizer_l2
    vars(layer).update(dict.fromkeys(reference.STRENGTHS, 0))
    Layer_Dense.backward(layer, dvalues)
    sign = np.where(layer.weights >= 0, 1.0, -1.0)
    layer.dweights = layer.dweights + l1 * sign + 2 * l2 * layer.weights


def squared_slope_by_size(loss: Any, dvalues: Any, y_true: Any) -> None:
    """Set `dinputs` = 2 (p - y) / size, in this order, of two arrays of one shape and type."""
    if dvalues.shape != y_true.shape or dvalues.dtype != y_true.dtype:
        raise TypeError("not what kernels take")
    dinputs = empty(dvalues.shape, dvalues.dtype)
    if _squared_slope().kernel.refuses(dvalues, y_true, float(dvalues.size), dinputs):
        raise TypeError("not what kernels take")
    loss.dinputs = dinputs


@lru_cache(1)
def _squared_slope() -> Any:
    return elementwise("squared_slope_by_size", lambda y_pred, y_true, size: (
        2 * (y_pred - y_true) / size), ("y_pred", "y_true"), "dinputs")
