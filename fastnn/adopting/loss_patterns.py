"""Other ways to write the losses, to be read and never to run: see `patterns.py`.

The mean is often taken at once, and of the logarithms before the minus; and what a loss was given
is kept for the way back.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


def _picked(y_pred: Any, y_true: Any) -> Any:
    clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
    if len(y_true.shape) == 1:
        return clipped[range(len(clipped)), y_true]
    return np.sum(clipped * y_true, axis=1)


class CrossEntropy_at_Once:
    """The mean of the batch, and no losses of samples."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return np.mean(-np.log(_picked(y_pred, y_true)))

    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 1:
            y_true = np.eye(len(dvalues[0]))[y_true]
        self.dinputs = -y_true / dvalues
        self.dinputs = self.dinputs / len(dvalues)


class CrossEntropy_by_Mean(CrossEntropy_at_Once):
    """The minus before the mean."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        return -np.mean(np.log(_picked(y_pred, y_true)))


class CrossEntropy_that_Keeps:
    """What it is given is kept, and the way back has no arguments."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        self.y_pred, self.y_true = y_pred, y_true
        return np.mean(-np.log(_picked(y_pred, y_true)))

    def backward(self) -> None:
        y_true = self.y_true
        if len(y_true.shape) == 1:
            y_true = np.eye(len(self.y_pred[0]))[y_true]
        self.dinputs = -y_true / self.y_pred
        self.dinputs = self.dinputs / len(self.y_pred)


class CrossEntropy_by_Mean_that_Keeps(CrossEntropy_that_Keeps):
    """Both."""

    def calculate(self, y_pred: Any, y_true: Any) -> Any:
        self.y_pred, self.y_true = y_pred, y_true
        return -np.mean(np.log(_picked(y_pred, y_true)))


class SquaredError_by_Size(reference.Loss_MeanSquaredError):
    """The slope divided once, by outputs and samples together."""

    def backward(self, dvalues: Any, y_true: Any) -> None:
        self.dinputs = 2 * (dvalues - y_true) / dvalues.size
