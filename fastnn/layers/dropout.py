"""Dropout."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.kernels import random as _random
from fastnn.registry import register
from fastnn.support import arrays, checks, numerics, reprs, rules
from fastnn.support.buffers import empty as _empty
from fastnn.support.hints import hinting
from fastnn.support.numerics import FLOAT32, FLOAT64

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

_array = np.ndarray
LEAST = 2.0**-1022  # that is kept: of less 1 / keep overflows, and times 0 is no number


@lru_cache
def thresholds(keep: Any) -> tuple[int, int]:
    """Where NumPy's inversion turns, in draws of 53 bits: below miss 0, from limit on once more.

    With p the rarer of keep and drop it draws u; u <= q is 0, u - q <= p q / (1 - p) is 1, where
    q = exp(log(1 - p)). What rounding leaves beyond that is drawn again.
    """
    p = min(keep, 1.0 - keep)
    q = math.exp(math.log(1.0 - p))
    miss = math.floor(q * 2**53) + 1
    limit = 2**53
    while limit > miss and (limit - 1) / 2**53 - q > (p * q) / (1.0 - p):
        limit -= 1
    return min(miss, 2**53), limit


@register("layer", compiled="dropout", settings={"rate": rules.SHARE})
class Layer_Dropout(reference.Layer_Dropout):
    """Zeroes a share `rate` of the inputs while training and scales the rest by 1 / (1 - rate).

        binary_mask = binomial(1, 1 - rate) / (1 - rate);  output = inputs * binary_mask

    Parameters
    ----------
    rate : float in [0, 1)
        Share that is dropped. The attribute `rate` holds the share that is kept, as in the book.

    Attributes
    ----------
    inputs, output, binary_mask (N, I)      after forward; the mask only after training
    dinputs                                 after backward

    The mask is drawn from NumPy's global stream (`np.random.seed`), number for number as the
    book's `np.random.binomial` draws it, and is float64, so the output is float64.

    Source: book ch. 15.  Differs: none.
    """

    @hinting
    def __init__(self, rate: float) -> None:
        who = type(self).__name__
        checks.number(rate, who, "rate", 0)
        if not rate < 1:
            raise ValueError(f"{who}: rate must be less than 1, got {rate}")
        super().__init__(rate)

    __repr__ = reprs.dropout

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output`; without `training` it is a copy of the inputs."""
        drawn = self._draw(inputs) if training and type(inputs) is _array else None
        if drawn is not None:
            self.inputs = inputs  # type: ignore[assignment]  # an array by now
            self.binary_mask, self.output = drawn
            return
        made = checks.any_batch(inputs, "Layer_Dropout.forward", "inputs")
        if training and 0 < made.ndim < 3:
            drawn = self._draw(arrays.tidy(_as_floats(made)).reshape(-1, made.shape[-1]))
        if drawn is not None:
            self.binary_mask, self.output = (a.reshape(made.shape) for a in drawn)
        else:
            with checks.unchanged_on_error(self):
                self._plainly(made, training)
        self.inputs = arrays.kept(inputs, made)

    def _draw(self, inputs: Any) -> tuple[Array, Array] | None:
        """Mask and output by the kernel; None where it cannot be used."""
        stream, keep = numerics.legacy_stream(), self._share()
        if stream is None or type(keep) is not float or not LEAST <= keep <= 1:
            return None
        state, lock = stream
        own = numerics.own_stream()
        if own is not None:  # while the kernel is compiled its twin draws from NumPy's stream
            mask = self._drawn(own, inputs.shape) / keep
            return mask, inputs * mask
        mask, output = _empty(inputs.shape, FLOAT64), _empty(inputs.shape, FLOAT64)
        miss, limit = self._limits()
        with lock:
            no = _random.dropout_forward.refuses(inputs, state, keep, miss, limit, mask, output)
        return None if no else (mask, output)

    def _plainly(self, inputs: Any, training: bool) -> None:
        """Mask and output by NumPy."""
        super().forward(inputs, training)

    def _share(self) -> Any:
        """The share that is kept."""
        return self.rate

    def _limits(self) -> tuple[int, int]:
        """Which draws are kept, for the kernel."""
        return thresholds(self._share())

    def _drawn(self, stream: Any, shape: tuple[int, ...]) -> Any:
        """What is kept, drawn by NumPy."""
        return stream.binomial(1, self._share(), shape)

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dinputs` = dvalues * binary_mask."""
        dinputs = _masked(dvalues, getattr(self, "binary_mask", None))
        if dinputs is None:
            who = "Layer_Dropout.backward"
            mask = checks.array(checks.before(self, "binary_mask", who, "forward with training"),
                                who, "binary_mask")
            dvalues = checks.like(dvalues, mask.shape, who, "dvalues", "the inputs")
            dinputs = arrays.alike(_masked, _as_floats(dvalues), mask)
            if dinputs is None:
                return super().backward(dvalues)
        self.dinputs = dinputs


def _masked(dvalues: Any, mask: Any) -> Array | None:
    """dvalues * mask by the kernel; None where it does not take them."""
    if not type(dvalues) is type(mask) is _array:
        return None
    dinputs = _empty(mask.shape, FLOAT64)
    return None if _random.dropout_backward.refuses(dvalues, mask, dinputs) else dinputs


def _as_floats(a: Any) -> Array:
    """The array in float64, where that is what its product with a mask is computed in."""
    plain = a.dtype in (FLOAT32, FLOAT64) or a.dtype.itemsize > 8
    return a if plain else np.asarray(a, FLOAT64, order="K")
