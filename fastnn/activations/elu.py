"""The exponential linear unit."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations.formula import Activation, Array


class Activation_ELU(Activation):
    """Exponential linear unit.

        output = inputs where inputs > 0, else alpha (exp(inputs) - 1)

    Parameters
    ----------
    alpha : float, default 1.0
        What the output of very negative inputs comes to, with the other sign.

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: Clevert, Unterthiner and Hochreiter 2015.  Differs: not in the book.
    """

    if TYPE_CHECKING:  # the formula makes it
        alpha: float

        def __init__(self, alpha: float = 1.0) -> None: ...

    @staticmethod
    def formula(inputs: Array, alpha: float = 1.0) -> Array:
        """inputs where inputs > 0, else alpha (exp(inputs) - 1)"""
        return np.where(inputs > 0, inputs, alpha * (np.exp(np.minimum(inputs, 0)) - 1))

    @staticmethod
    def slope(dvalues: Array, inputs: Array, output: Array, alpha: float) -> Array:
        """dvalues where inputs > 0, else dvalues (output + alpha)"""
        return np.where(inputs > 0, dvalues, dvalues * (output + alpha))
