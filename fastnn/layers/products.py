"""The products of a dense layer: kernels, and what fits them (see `arrays.py`)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fastnn.kernels.blas import blas_work_size
from fastnn.kernels.layers import (
    dense_backward,
    dense_backward_by_blas,
    dense_forward,
    dense_forward_by_blas,
    work_size,
)
from fastnn.support import numerics
from fastnn.support.arrays import tidy
from fastnn.support.buffers import empty as _empty
from fastnn.support.buffers import scratch, small
from fastnn.support.numerics import FLOAT32, FLOAT64, is_fast, product_types
from fastnn.support.proofs import BACKWARD, FORWARD, holds
from fastnn.support.repeated import APART, Repeated

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array

# Products of more multiply-adds than this go to BLAS, which then is no slower and may use both
# cores: (1000, 64) by (64, 64) in book precision takes 170 us here and 250 in BLAS, with the
# copies it needs; (128, 784) by (784, 96), 9.6 million, 670 against 500. Where exactly the two
# cross was not searched for.
LARGE = 12_000_000

# Elements of scratch: a single row by a single column of millions would want 30 times as many.
_MOST = 16_000_000

_array = np.ndarray
_forward, _backward = Repeated(), Repeated()


def _room(inputs: Any, weights: Any) -> int | None:
    """Elements of scratch for products of these shapes; None for those that are not for kernels."""
    if not len(inputs) == len(weights) == 2 or inputs[1] != weights[0]:
        return None
    (N, I), O = inputs, weights[1]
    if not 0 < N * I * O <= LARGE:
        return None
    size = max(work_size(N, I, O), blas_work_size(N, I, O))
    return size if size < _MOST else None


def product(inputs: Any, weights: Any, biases: Any, columns: str = "") -> Array | None:
    """inputs @ weights + biases by the kernel; None where it does not take them.

    columns: see `columns_of`.
    """
    found = None if columns else _forward.call(inputs, weights, biases)
    return _product(inputs, weights, biases, columns) if found is None else found


def _product(inputs: Any, weights: Any, biases: Any, columns: str) -> Any:
    if not type(inputs) is type(weights) is type(biases) is _array:
        return None
    kind = inputs.dtype
    if not (kind is FLOAT32 or kind is FLOAT64) or not inputs.flags.carray:
        inputs, columns = _copied(inputs, columns, weights)
        if inputs is None:
            return None  # the kernel would say so too, but takes twenty times as long
    since = _forward.begun()
    sums, rounded = product_types(weights.dtype)
    shape, other = shapes = inputs.shape, weights.shape
    work = None if sums is None else scratch(shapes, _room, sums)
    if work is None:
        return None
    ours = is_fast() or holds(
        FORWARD, shapes, (inputs.dtype, weights.dtype, sums, rounded), False, columns)
    if ours is None or columns and not ours:
        return None
    output = _empty((shape[0], other[1]), rounded)
    kernel = dense_forward if ours else dense_forward_by_blas
    if kernel.refuses(inputs, weights, biases, work, output):
        return None
    if not columns:
        _forward.met(kernel.refuses, (inputs, weights, biases), work, (output,), since=since)
    return output


def slopes(inputs: Any, weights: Any, dvalues: Any, columns: str = ""
           ) -> tuple[Array, Array, Array] | None:
    """Products and column sums of the way back by the kernel; None where it does not take them."""
    found = None if columns else _backward.call(inputs, weights, dvalues)
    return _slopes(inputs, weights, dvalues, columns) if found is None else found


def _slopes(inputs: Any, weights: Any, dvalues: Any, columns: str) -> Any:
    if not type(inputs) is type(weights) is type(dvalues) is _array:
        return None
    kind = inputs.dtype
    if not (kind is FLOAT32 or kind is FLOAT64) or not inputs.flags.carray:
        inputs, columns = _copied(inputs, columns, dvalues)
        if inputs is None:
            return None  # the kernel would say so too, but takes twenty times as long
    since = _backward.begun()
    sums, rounded = product_types(weights.dtype)
    shape, other = shapes = inputs.shape, weights.shape
    work = None if sums is None else scratch(shapes, _room, sums)
    if work is None:
        return None
    ours = is_fast() or holds(
        BACKWARD, shapes, (inputs.dtype, weights.dtype, dvalues.dtype, sums, rounded), False,
        columns)
    if ours is None or columns and not ours:
        return None
    square = shape[1] == other[1] or shape[0] == shape[1]
    if square and _are_one(shapes, inputs, weights, dvalues):
        return None
    kernel = dense_backward if ours else dense_backward_by_blas
    dweights = small(other, rounded)
    dbiases = small((1, other[1]), dvalues.dtype)
    dinputs = _empty(shape, rounded)
    if kernel.refuses(inputs, weights, dvalues, work, dweights, dbiases, dinputs):
        return None
    found = dweights, dbiases, dinputs
    if not columns:
        _backward.met(kernel.refuses, (inputs, weights, dvalues), work, found,
                      APART if square else 0, since)
    return found


def _are_one(shapes: Any, inputs: Any, weights: Any, dvalues: Any) -> bool:
    """Whether a product may be of a matrix and its own transpose: NumPy has another routine."""
    (N, I), (_, O) = shapes
    return (I == O and np.may_share_memory(inputs, dvalues)
            or N == I and np.may_share_memory(weights, dvalues)) and not is_fast()


def _copied(a: Any, columns: str, other: Any) -> tuple[Array | None, str]:
    """What is read-only, strided or of the other byte order as kernels take it, or None; and what
    `columns_of` says, also of it. other: what it is multiplied by.

    Here and not on the careful way: 1 us, and there 4.
    """
    found = columns_of(other, x=a) if a.dtype.kind == "f" else None
    if found is None:
        return None, columns
    a = tidy(a)
    return a if a.dtype is FLOAT32 or a.dtype is FLOAT64 else None, columns + found


def columns_of(*beside: Any, **arrays: Any) -> str | None:
    """The names of those that BLAS is given column by column; None where only NumPy knows.

    The copies that `nnfs.init()` makes lie as the arrays do, without gaps. NumPy itself takes some
    arrays with gaps as they are, and copies others in its own way. Of a matrix and its own
    transpose it has another routine, which copies of ours would hide.

    beside: what is multiplied by them, and is taken as it is.
    """
    if _meet(*beside, *arrays.values()) and not is_fast():
        return None
    found = ""
    for name, a in arrays.items():
        if a.flags.c_contiguous or is_fast() or numerics.follows_book() and np.empty_like(
                a, subok=False).flags.c_contiguous:
            continue
        if not (a.flags.f_contiguous or numerics.follows_book()):
            return None
        found += name
    return found


def _meet(*arrays: Any) -> bool:
    """Whether any two of them have memory in common."""
    return any(np.may_share_memory(one, other) for one, other in combinations(arrays, 2)
               if type(one) is type(other) is _array)


def as_product_takes(a: Any, *others: Any) -> Array:
    """The array in the type in which `np.dot` would multiply it by the others."""
    if a.dtype in (FLOAT32, FLOAT64):
        return a
    if numerics.follows_book():
        return a.astype(FLOAT64)
    if not all(type(other) is _array for other in others):
        return a  # nothing that the kernels take
    common = np.result_type(a, *others)
    return a.astype(common) if all(other.dtype == common for other in others) else a
