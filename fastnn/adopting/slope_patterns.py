"""Losses whose way back is another's: of the softmax before them, of a difference that they keep;
and softmax that leaves its slope to such a loss. To be read and never to run: see `patterns.py`.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference
from fastnn.adopting.loss_patterns import CrossEntropy_at_Once, CrossEntropy_by_Mean


class SquaredError_that_Keeps:
    """The difference is kept, and the way back is given nothing."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        self.difference = y_pred - y_true
        return np.mean(self.difference**2)

    def backward(self) -> None:
        self.dinputs = 2 * self.difference / self.difference.size


class HalfSquaredError:
    """Half of the mean, so that the slope is the difference."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return 0.5 * np.mean((y_pred - y_true) ** 2)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = (dvalues - y_true) / dvalues.size


class HalfSquaredError_Divided(HalfSquaredError):
    """Half of it by a quotient."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return np.mean((y_pred - y_true) ** 2) / 2


class _Slope_of_Softmax:
    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)


class CrossEntropy_of_Softmax(_Slope_of_Softmax, reference.Loss_CategoricalCrossentropy):
    """The slope is that of the softmax before it, too."""


class CrossEntropy_of_Softmax_at_Once(_Slope_of_Softmax, CrossEntropy_at_Once):
    """The mean of the batch, and no losses of samples."""


class CrossEntropy_of_Softmax_by_Mean(_Slope_of_Softmax, CrossEntropy_by_Mean):
    """The minus before the mean."""


class Softmax_that_Hands_On(reference.Activation_Softmax):
    """What comes back is the loss's slope of the inputs already."""

    def backward(self, dvalues: Any) -> None:
        self.dinputs = dvalues
