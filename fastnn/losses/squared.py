"""The mean squared error."""

from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.losses.formula import Array, PointwiseLoss


class Loss_MeanSquaredError(PointwiseLoss, reference.Loss_MeanSquaredError):
    """Mean squared error of predictions and targets (N, O).

        loss[n] = mean_o (y - p)^2;  dinputs = -2 (y - p) / O / N

    Source: book ch. 17.  Differs: none.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """(y - p)^2"""
        return (y_true - y_pred) ** 2

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """-2 (y - p)"""
        return -2 * (y_true - y_pred)
