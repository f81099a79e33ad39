"""A loss of weighted samples around any other. Runs with it go step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference

if TYPE_CHECKING:
    from fastnn.support.annotations import Array


class Weighing(reference.Loss):
    """loss[n] = w[n] times that of another loss; targets are (N, O + 1), the weights at the end."""

    def __init__(self, loss: Any) -> None:
        self.loss = loss

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        losses = self.loss.forward(y_pred, np.ascontiguousarray(y_true[:, :-1]))
        return losses * y_true[:, -1]

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs` (N, O)."""
        self.loss.backward(dvalues, np.ascontiguousarray(y_true[:, :-1]))
        self.dinputs = self.loss.dinputs * y_true[:, -1:]
