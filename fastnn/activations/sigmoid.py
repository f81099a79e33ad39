"""The logistic sigmoid."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.activations.formula import Activation, Array


class Activation_Sigmoid(Activation, reference.Activation_Sigmoid):
    """Logistic sigmoid.

        output = 1 / (1 + exp(-inputs));  dinputs = dvalues (1 - output) output

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 16.  Differs: none.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(inputs: Array) -> Array:
        """1 / (1 + exp(-inputs))"""
        return 1 / (1 + np.exp(-inputs))

    @staticmethod
    def slope(dvalues: Array, output: Array) -> Array:
        """dvalues (1 - output) output"""
        return dvalues * (1 - output) * output
