"""Binary cross-entropy."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference
from fastnn.losses.formula import Array, PointwiseLoss
from fastnn.support.numerics import FLOAT32, FLOAT64


class Loss_BinaryCrossentropy(PointwiseLoss, reference.Loss_BinaryCrossentropy):
    """Binary cross-entropy of probabilities and targets (N, O) in [0, 1].

        loss[n] = mean_o -(y log p + (1 - y) log(1 - p)),  p clipped to [1e-7, 1 - 1e-7]
        dinputs = -(y / p - (1 - y) / (1 - p)) / O / N

    Source: book ch. 16.  Differs: none.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """-(y log p + (1 - y) log(1 - p)), p clipped"""
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """-(y / p - (1 - y) / (1 - p)), p clipped"""
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return -(y_true / p - (1 - y_true) / (1 - p))

    def _left_to_numpy(self, predictions: Any, y_true: Any) -> bool:
        # 1 - y is taken in the type of y, in float32 beside float64 too.
        if y_true.dtype.kind not in "fiu" or (
                y_true.dtype not in (FLOAT32, FLOAT64) and not self._may_widen(y_true)):
            return True
        return predictions.dtype is not FLOAT32 and y_true.dtype == FLOAT32

    def _may_widen(self, y_true: Any) -> bool:
        # Whether 1 - y, which NumPy takes in the type of y, is what it is in float64.
        return y_true.dtype.kind != "b" and np.array_equal(1 - y_true,
                                                           1 - y_true.astype(FLOAT64))
