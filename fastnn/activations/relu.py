"""The rectified linear unit."""

from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference
from fastnn.activations.formula import Activation, Array
from fastnn.support import arrays


class Activation_ReLU(Activation, reference.Activation_ReLU):
    """Rectified linear unit.

        output = max(0, inputs);  dinputs = dvalues where inputs > 0, else 0

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 4, 9.  Differs: none.
    """

    if TYPE_CHECKING:  # the formula makes it
        def __init__(self) -> None: ...

    @staticmethod
    def formula(inputs: Array) -> Array:
        """max(0, inputs)"""
        return np.where(inputs < 0, 0, inputs)

    @staticmethod
    def slope(dvalues: Array, inputs: Array) -> Array:
        """dvalues, 0 where inputs <= 0"""
        return np.where(inputs <= 0, 0, dvalues)

    def _slope_tidily(self, dvalues: Any, inputs: Any) -> Any:
        # NumPy's is a copy of dvalues, in C order.
        found = arrays.alike(self._slope, np.asarray(dvalues, order="C"),
                             np.asarray(inputs, order="C"))
        return found if found is None else arrays.in_bytes_of(found, dvalues)
