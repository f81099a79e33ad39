"""The logistic sigmoid."""

import numpy as np

from fastnn import reference
from fastnn.activations.formula import Activation


class Activation_Sigmoid(Activation, reference.Activation_Sigmoid):
    """Logistic sigmoid.

        output = 1 / (1 + exp(-inputs));  dinputs = dvalues (1 - output) output

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 16.  Differs: none.
    """

    @staticmethod
    def formula(inputs):
        """1 / (1 + exp(-inputs))"""
        return 1 / (1 + np.exp(-inputs))

    @staticmethod
    def slope(dvalues, output):
        """dvalues (1 - output) output"""
        return dvalues * (1 - output) * output
