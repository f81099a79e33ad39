"""Dropout by uniform numbers, `np.random.rand(*x.shape) < keep`: what does it.

NumPy's uniform numbers are draws of 53 bits, as those of its binomial ones are: u < keep is to be
below a whole number of them. The kernel of `Layer_Dropout` draws, from the same place of the same
stream; `uniform_forms.py` has the ways to write it.
"""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn import reference
from fastnn.kernels.random import BELOW, FROM
from fastnn.layers import Layer_Dropout

if TYPE_CHECKING:
    from typing import Any

_ALL = 2**53  # draws that there are
_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Kept(NamedTuple):
    """What is kept: uniform numbers that compare so with a bound.

    dropped: whether the rate that objects hold is the share that is dropped, and not that which is
    kept; turned: whether the bound is 1 less the rate.
    """

    sign: str
    turned: bool
    dropped: bool


class _Uniform(Layer_Dropout):
    """Objects hold the rate of theirs, which need not be the book's."""

    kept: Kept

    def __repr__(self) -> str:
        rate = self.rate if self.kept.dropped else round(1 - self.rate, 12)
        return f"Layer_Dropout_Uniform({rate})"

    def _share(self) -> Any:
        return float(1 - self.rate if self.kept.dropped else self.rate)

    def _bound(self) -> Any:
        return float(1 - self.rate if self.kept.turned else self.rate)

    def _limits(self) -> tuple[int, int]:
        bound = self._bound()
        if not 0 <= bound <= 1:
            raise TypeError("not what was proved")
        draws = bound * _ALL  # exact, as is a power of two
        whole = math.ceil(draws) if self.kept.sign in ("<", ">=") else math.floor(draws) + 1
        return min(whole, _ALL), BELOW if self.kept.sign[0] == "<" else FROM

    def _drawn(self, stream: Any, shape: tuple[int, ...]) -> Any:
        return _COMPARED[self.kept.sign](stream.random_sample(shape), self._bound())

    def _plainly(self, inputs: Any, training: bool) -> None:
        if training:  # nothing is drawn yet, and theirs draw
            raise TypeError("not what was proved")
        reference.Layer_Dropout.forward(self, inputs, training)


@lru_cache(16)
def uniform(kept: Kept) -> type[_Uniform]:
    """The class of ours for it."""
    return type("Layer_Dropout_Uniform", (_Uniform,), {
        "kept": kept, "__module__": _Uniform.__module__})


def _scaled(layer: Any, inputs: Any) -> None:
    """Set mask and output: the mask has the scale in it."""
    drawn = layer._draw(inputs)
    if drawn is None:
        raise TypeError("not what was proved")
    layer.binary_mask, layer.output = drawn


def _divided(layer: Any, inputs: Any, make: Any) -> None:
    """Set the mask of truth values, or of ones and zeros, and output = inputs * mask / share."""
    share, one = layer._share(), _Ones()
    one.made_of = layer
    drawn = one._draw(inputs) if 0 < share <= 1 else None
    if drawn is None:
        raise TypeError("not what was proved")
    layer.binary_mask = mask = make(drawn[0], inputs)
    output = drawn[1] if mask.dtype == drawn[1].dtype or inputs.dtype == drawn[1].dtype else (
        inputs * mask)
    layer.output = np.divide(output, share, out=output)


class _Ones(Layer_Dropout):
    """Draws as another does, and the mask is of ones and zeros."""

    made_of: Any

    def __init__(self) -> None:
        pass

    def _share(self) -> float:
        return 1.0

    def _limits(self) -> tuple[int, int]:
        return self.made_of._limits()  # type: ignore[no-any-return]

    def _drawn(self, stream: Any, shape: tuple[int, ...]) -> Any:
        return self.made_of._drawn(stream, shape)


def truths(mask: Any, inputs: Any) -> Any:
    """The mask as truth values."""
    return mask != 0


def of_inputs(mask: Any, inputs: Any) -> Any:
    """The mask in the type of the inputs."""
    return mask if mask.dtype == inputs.dtype else mask.astype(inputs.dtype)


def as_it_is(mask: Any, inputs: Any) -> Any:
    """The mask in float64."""
    return mask


def forward(otherwise: str, make: Any = None) -> Any:
    """What does `forward`: otherwise, where nothing is dropped, the output is a "copy" of the
    inputs, the "same", or that times a mask of "ones". make: what becomes of the mask, where it has
    no scale.
    """
    def drop(layer: Any, inputs: Any, training: Any = True) -> None:
        if type(training) is not bool:
            raise TypeError("not what was proved")
        layer.inputs = inputs
        if training and make is None:
            _scaled(layer, inputs)
        elif training:
            _divided(layer, inputs, make)
        elif otherwise == "ones":
            layer.binary_mask = np.ones_like(inputs)
            layer.output = inputs * layer.binary_mask
        else:
            layer.output = inputs if otherwise == "same" else inputs.copy()
    return drop


def switched(otherwise: str, make: Any = None) -> Any:
    """The same by a switch that the layer has: `self.training`."""
    drop = forward(otherwise, make)

    def by_switch(layer: Any, inputs: Any) -> None:
        drop(layer, inputs, layer.training)
    return by_switch
