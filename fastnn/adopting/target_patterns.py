"""Losses that know one kind of targets, or whose slope is divided at once, to be read and never to
run: see `patterns.py`.

What such a class makes of one-hot targets is what ours does, where they are one-hot: `targets.py`
asks for that. Of any other it is another number.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference
from fastnn.adopting.loss_patterns import CrossEntropy_by_Mean


class AbsoluteError_by_Size(reference.Loss_MeanAbsoluteError):
    """The slope divided once, by outputs and samples together."""

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = np.sign(dvalues - y_true) / dvalues.size


class SquaredError_by_Size_and_Minus(reference.Loss_MeanSquaredError):
    """The same with a minus: of a difference of 0 the slope is -0."""

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = -2 * (y_true - dvalues) / dvalues.size


class BinaryCrossEntropy_by_Size(reference.Loss):
    """The minus before the mean, the slope divided once, labels made a column."""

    def forward(self, y_pred: Any, y_true: Any) -> Any:
        if len(y_true.shape) == 1:
            y_true = y_true.reshape(-1, 1)
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return -np.mean(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped), axis=1)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        clipped = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / clipped - (1 - y_true) / (1 - clipped)) / dvalues.size


class OneHot:
    """One-hot targets alone; the logarithms of all probabilities."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return np.mean(-np.sum(y_true * np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)), axis=1))

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = -y_true / dvalues
        self.dinputs = self.dinputs / len(dvalues)


class BinarySlope_by_Size:
    """The slope divided once, by outputs and samples together."""

    def backward(self, dvalues: Any, y_true: Any) -> None:
        clipped = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / clipped - (1 - y_true) / (1 - clipped)) / dvalues.size


class OneHot_by_Rows(OneHot):
    """The logarithm of the right one's probability, a sum of products."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return np.mean(-np.log(np.sum(np.clip(y_pred, 1e-7, 1 - 1e-7) * y_true, axis=1)))


class OneHot_Minus_Within(OneHot):
    """The minus before the sum."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return np.mean(np.sum(-y_true * np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)), axis=1))


class Made_OneHot(OneHot):
    """Labels are made one-hot."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            y_true = np.eye(clipped.shape[1])[y_true]
        return np.mean(-np.sum(y_true * np.log(clipped), axis=1))

    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 1:
            y_true = np.eye(dvalues.shape[1])[y_true]
        self.dinputs = -(y_true / dvalues) / len(dvalues)


class Made_OneHot_Minus_Within(Made_OneHot):
    """The minus before the sum."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            y_true = np.eye(clipped.shape[1])[y_true]
        return np.mean(np.sum(-y_true * np.log(clipped), axis=1))


class Labels:
    """Labels alone; the samples counted and kept."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        self.count = len(y_pred)
        picked = y_pred[np.arange(self.count), y_true]
        return np.sum(-np.log(np.clip(picked, 1e-7, 1 - 1e-7))) / self.count

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = np.zeros_like(dvalues)
        self.dinputs[np.arange(len(dvalues)), y_true] = -1.0 / dvalues[
            np.arange(len(dvalues)), y_true]
        self.dinputs = self.dinputs / len(dvalues)


class Products_of_Rows(Made_OneHot):
    """One-hot targets by a product of rows, and the means kept in a list."""

    history: Any

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        mean = float(np.mean(self.forward(y_pred, y_true)))
        self.history.append(mean)
        return mean

    def forward(self, y_pred: Any, y_true: Any) -> Any:
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            confidences = clipped[range(len(clipped)), y_true]
        else:
            confidences = np.einsum("ij,ij->i", clipped, y_true)
        return -np.log(confidences)


class Softmax_Less_OneHot:
    """Softmax and loss in one, whose slope is a difference of all outputs and targets."""

    activation: Any
    loss: Any

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 1:
            y_true = np.eye(dvalues.shape[1])[y_true]
        self.dinputs = (dvalues - y_true) / len(dvalues)


class Softmax_Less_Targets:
    """The same for one-hot targets alone."""

    activation: Any
    loss: Any

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = (dvalues - y_true) / len(dvalues)


class Softmax_Less_Targets_of_Output(Softmax_Less_Targets):
    """What goes backward is given the targets alone."""

    def backward(self, y_true: Any) -> None:  # type: ignore[override]
        self.dinputs = (self.output - y_true) / len(self.output)


class Softmax_Less_Targets_that_Keeps(Softmax_Less_Targets):
    """What goes backward is given nothing."""

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.y_true = y_true
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self) -> None:  # type: ignore[override]
        self.dinputs = (self.output - self.y_true) / len(self.output)


class Sigmoid_Loss:
    """Sigmoid and binary cross-entropy in one."""

    activation: Any
    loss: Any

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 1:
            y_true = y_true.reshape(-1, 1)
        self.dinputs = (dvalues - y_true) / dvalues.size


class Sigmoid_Loss_that_Keeps:
    """The same of one output, without parts: a column of floats is kept of the labels."""

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.y_true = np.asarray(y_true, dtype=float).reshape(-1, 1)
        self.output = 1 / (1 + np.exp(-inputs))
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        return float(-np.mean(self.y_true * np.log(clipped)
                              + (1 - self.y_true) * np.log(1 - clipped)))

    def backward(self) -> None:
        self.dinputs = (self.output - self.y_true) / len(self.y_true)


INNER: dict[type, dict[str, type]] = {
    Softmax_Less_OneHot: {"activation": reference.Activation_Softmax,
                          "loss": CrossEntropy_by_Mean},
    Sigmoid_Loss: {"activation": reference.Activation_Sigmoid, "loss": BinaryCrossEntropy_by_Size}}
