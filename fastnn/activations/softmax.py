"""Softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference
from fastnn.activations.careful import Careful
from fastnn.kernels import activations as _kernels
from fastnn.kernels.softmax import slope_work_size, softmax_work_size
from fastnn.registry import register
from fastnn.support import arrays, checks, numerics
from fastnn.support.buffers import empty as _empty
from fastnn.support.numerics import FLOAT32, FLOAT64
from fastnn.support.repeated import Repeated

if TYPE_CHECKING:
    from fastnn.support.annotations import Array, ArrayLike

_array = np.ndarray
_again = Repeated()


@register("layer", compiled="softmax")
class Activation_Softmax(Careful, reference.Activation_Softmax):
    """Softmax along the rows.

        output[n, c] = exp(inputs[n, c] - max_c) / sum_c
        dinputs[n, i] = sum_j (diag(s) - s s^T)[i, j] dvalues[n, j],  s = output[n]

    `backward` takes any incoming gradient and reads `self.output`, which may be assigned by hand.

    Attributes: inputs, output (N, C) after forward; dinputs after backward.
    Source: book ch. 4, 9.  Differs: none.
    """

    _kept = ("output",)

    def _compute(self, inputs: Any) -> Any:
        found = _again.call(inputs, None, None)
        if found is not None:
            return found[1]
        if type(inputs) is not _array:
            return None
        match inputs.shape:
            case N, C:
                work = _empty((softmax_work_size(N, C),), inputs.dtype)
            case _:
                return None
        output, refuses = _empty(inputs.shape, inputs.dtype), _kernels.softmax_forward.refuses
        if refuses(inputs, work, output):
            return None
        _again.met(refuses, (inputs,), None, (work, output))
        return output

    def _checked(self, inputs: Any, who: str) -> Array:
        return checks.batch(inputs, who, "inputs")

    def _tidily(self, inputs: Any) -> Any:
        output = arrays.by_rows(self._compute, inputs)
        return output if output is None else arrays.lying_as(output, inputs)

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dinputs` (N, C) from dvalues (N, C)."""
        dinputs = self._slope(dvalues, getattr(self, "output", None))
        if dinputs is None:
            return self._backward_carefully(dvalues)
        self.dinputs = dinputs

    def _slope(self, dvalues: Any, output: Any) -> Any:
        if not type(output) is type(dvalues) is _array:
            return None
        if dvalues.ndim != 2:
            return None
        dinputs = _empty(dvalues.shape, dvalues.dtype)
        common = FLOAT32 if output.dtype == dvalues.dtype == FLOAT32 else FLOAT64
        rounds = numerics.rounds(common)
        sums = FLOAT64 if numerics.follows_book() else common
        work = _empty((slope_work_size(dvalues.shape[1]),), sums)
        taken = not _kernels.softmax_backward.refuses(output, dvalues, rounds, work, dinputs)
        return dinputs if taken else None

    def _slope_tidily(self, dvalues: Any, output: Any) -> Any:
        dinputs = self._slope(arrays.tidy(dvalues), arrays.tidy(output))
        if dinputs is None:
            return None
        order: Any = "C" if np.empty_like(dvalues).flags.c_contiguous else "F"
        return np.asarray(arrays.in_bytes_of(dinputs, dvalues), order=order)
