"""Swish."""

from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations.formula import Activation, Array


class Activation_Swish(Activation):
    """Swish, also called SiLU.

        output = inputs / (1 + exp(-inputs))

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: Ramachandran, Zoph and Le 2017.  Differs: not in the book.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(inputs: Array) -> Array:
        """inputs / (1 + exp(-inputs))"""
        return inputs / (1 + np.exp(-inputs))

    @staticmethod
    def slope(dvalues: Array, inputs: Array, output: Array) -> Array:
        """dvalues (output + s (1 - output)),  s = 1 / (1 + exp(-inputs))"""
        return dvalues * (output + (1 - output) / (1 + np.exp(-inputs)))
