"""Softmax and cross-entropy in one that go backward from their own output, and losses whose mean is
taken of the means of rows at once; to be read and never to run: see `patterns.py`.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class BinaryCrossEntropy_at_Once(reference.Loss_BinaryCrossentropy):
    """The mean of the batch, and no losses of samples."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        losses = -(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped))
        return np.mean(np.mean(losses, axis=-1))


class SquaredError_at_Once(reference.Loss_MeanSquaredError):
    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        return np.mean(np.mean((y_true - y_pred) ** 2, axis=-1))


class AbsoluteError_at_Once(reference.Loss_MeanAbsoluteError):
    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        return np.mean(np.mean(np.abs(y_true - y_pred), axis=-1))


class BinaryCrossEntropy_of_All(reference.Loss_BinaryCrossentropy):
    """The mean of all numbers at once."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return np.mean(-(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped)))


class SquaredError_of_All(reference.Loss_MeanSquaredError):
    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        return np.mean((y_true - y_pred) ** 2)


class AbsoluteError_of_All(reference.Loss_MeanAbsoluteError):
    def calculate(self, y_pred: Any, y_true: Any) -> Any:  # type: ignore[override]
        return np.mean(np.abs(y_true - y_pred))


class Softmax_Loss_of_Output:
    """What goes backward is given the targets alone."""

    activation: Any
    loss: Any

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, y_true: Any) -> None:
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = self.output.copy()
        self.dinputs[range(len(self.output)), y_true] -= 1
        self.dinputs = self.dinputs / len(self.output)


class Softmax_Loss_that_Keeps(Softmax_Loss_of_Output):
    """What goes backward is given nothing: the targets are kept."""

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.y_true = y_true
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self) -> None:  # type: ignore[override]
        y_true = self.y_true
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = self.output.copy()
        self.dinputs[range(len(self.output)), y_true] -= 1
        self.dinputs = self.dinputs / len(self.output)


class Softmax_Loss_Accuracy_of_Labels:
    """Softmax, accuracy and loss of a batch in one object that knows class numbers alone."""

    def forward(self, inputs: Any, y_true: Any) -> None:
        self.y_true = y_true
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = powers / np.sum(powers, axis=1, keepdims=True)
        self.predictions = np.argmax(self.output, axis=1)
        self.accuracy = np.mean(self.predictions == self.y_true)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        self.confidences = clipped[range(len(clipped)), self.y_true]
        self.loss = np.mean(-np.log(self.confidences))

    def backward(self) -> None:
        self.dinputs = self.output.copy()
        self.dinputs[range(len(self.y_true)), self.y_true] -= 1
        self.dinputs = self.dinputs / len(self.y_true)
