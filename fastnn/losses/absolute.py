"""The mean absolute error."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.losses.formula import Array, PointwiseLoss
from fastnn.support import rules
from fastnn.support.hints import hinting


class Loss_MeanAbsoluteError(PointwiseLoss, reference.Loss_MeanAbsoluteError):
    """Mean absolute error of predictions and targets (N, O).

        loss[n] = mean_o |y - p|;  dinputs = sign(p - y) / O / N

    Parameters
    ----------
    book_gradient : bool, keyword only, default False
        Use the gradient as the book prints it, sign(y - p) / O / N.

    Source: book ch. 17.
    Differs: the gradient. The book's has the wrong sign: it climbs the loss.
    """

    _rules = {"book_gradient": rules.answer}

    if TYPE_CHECKING:  # the reference's
        book_gradient: bool

    @hinting
    def __init__(self, *, book_gradient: bool = False) -> None:
        super().__init__(book_gradient=book_gradient)

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """|y - p|"""
        return np.abs(y_true - y_pred)

    @staticmethod
    def slope(y_pred: Array, y_true: Array, book_gradient: bool = False) -> Array:
        """sign(p - y), or the other sign"""
        return np.sign(np.where(book_gradient, y_true - y_pred, y_pred - y_true))
