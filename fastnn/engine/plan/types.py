"""Types of arrays, settled as NumPy would settle them."""

from typing import NamedTuple

import numpy as np

from fastnn.engine.parts import first_dense
from fastnn.engine.program import Unfit
from fastnn.support import numerics
from fastnn.support.numerics import FLOAT32, FLOAT64


class Types(NamedTuple):
    """Types of one product: what it is summed in, and what comes out."""

    sums: np.dtype
    product: np.dtype


def types_in(layer, a, b):
    """Types of the product of arrays of types a and b in a layer."""
    sums, _ = numerics.product_types(FLOAT64)
    if sums is None:
        raise Unfit("np.dot was replaced by a function that fastnn does not know")
    common = np.result_type(a, b)
    if not numerics.rounds_products():
        return Types(common, common)
    if layer.weights.dtype != FLOAT32:
        raise Unfit(f"{layer!r} has weights of float64, where products are rounded to float32")
    return Types(FLOAT64 if numerics.follows_book() else common, FLOAT32)


def data_type(dtype, parts):
    """The type in which samples of this type are handed to the first layer."""
    long = dtype.itemsize > 8
    if dtype.kind not in "fiub" or (long and not numerics.follows_book()):
        raise Unfit(f"X has the type {dtype}")
    first = first_dense(parts)
    sums, product = numerics.product_types(first.weights.dtype)
    found = FLOAT64 if long else np.result_type(dtype, first.weights.dtype)
    if dtype in (FLOAT32, FLOAT64) and sums is not None:
        native = sums == product == first.weights.dtype
        found = found if native else np.dtype(dtype.type)
    if found != dtype and parts.layers[0] is not first:
        raise Unfit(f"X of the type {dtype} meets {type(parts.layers[0]).__name__} first")
    return found


def is_native(parameters, gradient):
    """Whether digits may differ from NumPy's by rounding: that is asked for, and all is of one
    type, products too.
    """
    kind = parameters.dtype
    return (numerics.is_fast() and kind == gradient.dtype
            and numerics.product_types(kind) == (kind, kind))
