"""The Gaussian error linear unit."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations.formula import Activation, Array

_C = float(np.sqrt(2 / np.pi))


class Activation_GELU(Activation):
    """Gaussian error linear unit, in its form with the hyperbolic tangent.

        output = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2,  x = inputs

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: Hendrycks and Gimpel 2016.  Differs: not in the book.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(inputs: Array) -> Array:
        """x (1 + tanh u) / 2"""
        return 0.5 * inputs * (1 + np.tanh(_C * (inputs + 0.044715 * inputs * inputs * inputs)))

    @staticmethod
    def slope(dvalues: Array, inputs: Array) -> Array:
        """dvalues ((1 + tanh u) / 2 + x (1 - tanh^2 u) du / 2)"""
        square = inputs * inputs
        t = np.tanh(_C * (inputs + 0.044715 * square * inputs))
        du = _C * (1 + 3 * 0.044715 * square)
        return dvalues * (0.5 * (1 + t) + 0.5 * inputs * (1 - t * t) * du)
