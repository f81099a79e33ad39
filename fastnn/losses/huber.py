"""The Huber loss."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn.losses.formula import Array, PointwiseLoss


class Loss_Huber(PointwiseLoss):
    """Huber loss of predictions and targets (N, O): squared near 0, absolute farther off.

        loss[n] = mean_o (e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2)),  e = y - p

    Parameters
    ----------
    delta : float, default 1.0
        The error from which on the loss grows linearly.

    Source: Huber 1964.  Differs: not in the book.
    """

    if TYPE_CHECKING:  # the formula makes it
        delta: float

        def __init__(self, delta: float = 1.0) -> None: ...

    @staticmethod
    def formula(y_pred: Array, y_true: Array, delta: float = 1.0) -> Array:
        """e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2)"""
        error = y_true - y_pred
        size = np.abs(error)
        return np.where(size <= delta, 0.5 * error * error, delta * (size - 0.5 * delta))

    @staticmethod
    def slope(y_pred: Array, y_true: Array, delta: float) -> Array:
        """-e, kept within delta"""
        return -np.clip(y_true - y_pred, -delta, delta)
