"""The rectified linear unit that leaks."""

import numpy as np

from fastnn import reference
from fastnn.activations.formula import Activation, Array
from fastnn.support import checks
from fastnn.support.hints import hinting


class Activation_LeakyReLU(Activation, reference.Activation_LeakyReLU):
    """Leaky rectified linear unit.

        output = inputs where inputs > 0, else alpha * inputs

    Parameters
    ----------
    alpha : float, default 0.01
        Slope for inputs at or below 0.

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: Maas, Hannun and Ng 2013.  Differs: not in the book.
    """

    @hinting
    def __init__(self, alpha: float = 0.01) -> None:
        super().__init__(checks.number(alpha, type(self).__name__, "alpha"))

    @staticmethod
    def formula(inputs: Array, alpha: float = 0.01) -> Array:
        """inputs where inputs > 0, else alpha * inputs"""
        return np.where(inputs > 0, inputs, alpha * inputs)

    @staticmethod
    def slope(dvalues: Array, inputs: Array, alpha: float) -> Array:
        """dvalues where inputs > 0, else alpha * dvalues"""
        return np.where(inputs > 0, dvalues, alpha * dvalues)
