"""The way back through a dense layer with a thin side, for `layers.dense_backward`.

The tiles of `thin.py` without the ReLU. Each sum over samples runs in sequence, as in `columns.py`
for a single run of terms, of two to four thin columns: `is_thin` says which.

Medians of both ways in turn, 300 samples, AVX-512, book and native, on a busy machine, of what the
products of `columns.py` and `matmul.py` take: 64 by 3 0.6 and 0.7, 512 by 3 0.8 and 0.9 (in blocks
of rows; without them 1 and 1.1), 2 by 64 0.8 and 0.75, 3 by 64 0.55 and 0.45, 2 by 512 0.65. Four
vectors at once instead of two: in native 64 by 3 from 4.7 us to 3.4, 2 by 64 from 3.7 to 3.3 (whole
rows are read in their order), in the book's from 5.9 to 5.6 and 5.7 to 5.9.
"""

import numpy as np

from fastnn.compile.jit import helper
from fastnn.kernels.packing import lanes_of, terms_of
from fastnn.kernels.simd import get, pointer_to, put, wide_vectors
from fastnn.kernels.thin import MOST, thin_backward_tile

_NEAR = 8192  # elements of a block of rows: what the tiles read again and again stays in the cache


@helper(inline=True)
def is_thin(rows, thin, wide, work):
    """Whether sums over `rows` samples, thin by wide, may be taken by the functions here.

    Those of a single column have an order of their own, which counts but in native float32.
    """
    size, least = rows * thin * wide, 1 if work.itemsize == 4 else 2
    return (rows > 1 and least <= thin <= MOST and wide >= 2 * lanes_of(work)
            and terms_of(rows, size, work.itemsize) == rows)


@helper()
def thin_side(source, rows, columns, work, start):
    """Copy (rows, columns) to rows of MOST in the type of work.

    Written out, as in `store_narrow`: as a loop it took 1.2 of 9.8 us for (300, 2).
    """
    for n in range(rows):
        i, j = start + n * MOST, n * columns
        put(work, i, get(source, j))
        if columns > 1:
            put(work, i + 1, get(source, j + 1))
        if columns > 2:
            put(work, i + 2, get(source, j + 2))
        if columns > 3:
            put(work, i + 3, get(source, j + 3))


@helper()
def thin_outputs_backward(inputs, weights, dvalues, work, dweights, dinputs):
    """dweights = inputs.T @ dvalues and dinputs = dvalues @ weights.T, in one pass.

    inputs (N, I) and dinputs, of one type; dvalues (N, O), O thin.
    """
    wide_vectors()
    N, I = inputs.shape
    O, pair = weights.shape[1], 2 * lanes_of(work)
    four = I - I % (2 * pair)
    turned = N * MOST  # weights (O, I) from here on in work, then sums (O, stride)
    sums, stride = turned + O * I, I + pair
    thin_side(dvalues, N, O, work, 0)
    for o in range(O):
        for i in range(I):
            put(work, turned + o * I + i, get(weights, i * O + o))
    # The last columns, where they fill no pair, are some again, with sums of their own behind.
    whole = I - I % pair
    step = max(16, _NEAR // I)
    for n in range(0, N, step):
        wide = pointer_to(inputs, n * I), None, pointer_to(dinputs, n * I), I
        behind = pointer_to(work, n * MOST), pointer_to(work, turned), I
        size = min(step, N - n), O, 0
        for at in range(0, four, 2 * pair):
            thin_backward_tile(4, wide, None, behind, None, (pointer_to(work, sums), None, None,
                                                             stride), at, size, np.int64(n == 0))
        for at in range(four, I, pair):
            w = min(at, I - pair)
            thin_backward_tile(2, wide, None, behind, None, (
                pointer_to(work, sums + at - w), None, None, stride), w, size, np.int64(n == 0))
    last = sums + whole - (I - pair) if whole < I else sums
    for o in range(O):
        for i in range(whole):
            put(dweights, i * O + o, get(work, sums + o * stride + i))
        for i in range(whole, I):
            put(dweights, i * O + o, get(work, last + o * stride + i))


@helper()
def thin_inputs_backward(inputs, dvalues, work, dweights, dbiases):
    """dweights = inputs.T @ dvalues and dbiases = column sums, in one pass.

    inputs (N, I), I thin; dvalues (N, O) and dbiases, of one type.
    """
    wide_vectors()
    N, O = dvalues.shape
    I, pair, sums = inputs.shape[1], 2 * lanes_of(work), N * MOST
    four = O - O % (2 * pair)
    thin_side(inputs, N, I, work, 0)
    wide = None, pointer_to(dvalues, 0), None, O
    found = None, pointer_to(dbiases, 0), pointer_to(work, sums), O
    for at in range(0, four, 2 * pair):
        thin_backward_tile(4, wide, None, None, pointer_to(work, 0), found, at, (N, 0, I),
                           np.int64(1))
    for at in range(four, O, pair):  # the last columns may be some again
        thin_backward_tile(2, wide, None, None, pointer_to(work, 0), found, min(at, O - pair),
                           (N, 0, I), np.int64(1))
    for i in range(I * O):
        put(dweights, i, get(work, sums + i))
