"""The hyperbolic tangent."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference
from fastnn.activations.formula import Activation, Array


class Activation_Tanh(Activation, reference.Activation_Tanh):
    """Hyperbolic tangent.

        output = tanh(inputs);  dinputs = dvalues (1 - output^2)

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: LeCun et al. 1998, "Efficient BackProp".  Differs: not in the book.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(inputs: Array) -> Array:
        """tanh(inputs)"""
        return np.tanh(inputs)

    @staticmethod
    def slope(dvalues: Array, output: Array) -> Array:
        """dvalues (1 - output^2)"""
        return dvalues * (1 - output * output)

    def _compute(self, inputs: Any) -> None:
        """None: NumPy's tanh is vector code in one pass, there is nothing to gain."""
