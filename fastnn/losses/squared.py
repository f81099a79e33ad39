"""The mean squared error."""

from fastnn import reference
from fastnn.losses.formula import PointwiseLoss


class Loss_MeanSquaredError(PointwiseLoss, reference.Loss_MeanSquaredError):
    """Mean squared error of predictions and targets (N, O).

        loss[n] = mean_o (y - p)^2;  dinputs = -2 (y - p) / O / N

    Source: book ch. 17.  Differs: none.
    """

    @staticmethod
    def formula(y_pred, y_true):
        """(y - p)^2"""
        return (y_true - y_pred) ** 2

    @staticmethod
    def slope(y_pred, y_true):
        """-2 (y - p)"""
        return -2 * (y_true - y_pred)
