"""The passes of `thin.py` as instructions of a training program (see `training.py`).

For hidden layers of whole vectors: WIDTH is a multiple of 16.
"""

import numpy as np
from numba import carray

from fastnn.kernels.jit import helper, instruction
from fastnn.kernels.matmul import lanes_of, padded_to, store_narrow
from fastnn.kernels.simd import get, put, wide_vectors
from fastnn.kernels.status import OK
from fastnn.kernels.thin import (
    AHEAD,
    BEHIND,
    BOTH,
    MOST,
    NEITHER,
    thin_backward_tile,
    thin_forward_tile,
    thin_through_tile,
)
from fastnn.kernels.training import FIRST, OWN, ROWS

INNER, WIDTH, OUTER, TRANSPOSED = OWN, OWN + 1, OWN + 2, OWN + 3
LANES = 16  # WIDTH is a multiple of it


def _through(rows, inner, width, outer):
    """Reach of `thin_through`, which works on whole fours of rows."""
    fours = (rows + 3) // 4 * 4
    return (rows * inner, inner * width, width, MOST * width, outer, fours * MOST + 16,
            fours * width, rows * outer)


@instruction("f4 f8", "f4 f4", "f8 f8", "f8 f4",
             numbers="inner width _ transposed", writes="target",
             reach=lambda inner, width: (inner * width, inner * width))
def copy_matrix(source, target, d):
    """target (INNER, WIDTH) = source, or the transpose of source (WIDTH, INNER); converted."""
    rows, columns = d[INNER], d[WIDTH]
    a, b = carray(source, 1), carray(target, 1)
    for r in range(rows):
        for c in range(columns):
            put(b, r * columns + c, get(a, c * rows + r if d[TRANSPOSED] else r * columns + c))
    return OK


@helper()
def _thin_side(source, rows, columns, work, start):
    """Copy (rows, columns) to rows of MOST in the type of work."""
    for n in range(rows):
        for k in range(columns):
            put(work, start + n * MOST + k, get(source, n * columns + k))


@instruction("f4 f8 f4 f8 f4", "f8 f8 f4 f8 f4", "f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8",
             numbers="inner width", writes="work hidden",
             multiply_adds=lambda inner, width: inner * width, reach=lambda rows, inner, width: (
                 rows * inner, inner * width, width, rows * MOST, rows * width))
def thin_forward(inputs, weights, biases, work, hidden, d):
    """hidden = relu(inputs @ weights + biases); inputs (rows, INNER); work: rows * MOST."""
    wide_vectors()
    rows, inner, width = d[ROWS], d[INNER], d[WIDTH]
    scratch, w = carray(work, 1), carray(weights, 1)
    _thin_side(carray(inputs, (rows, inner)), rows, inner, scratch, 0)
    for at in range(0, width, lanes_of(w)):
        thin_forward_tile(scratch, w, width, carray(biases, 1), carray(hidden, 1), width, at, rows,
                          inner)
    return OK


@instruction("f4 f8 f4 f8 f4 f8 f4 f4", "f8 f8 f4 f8 f4 f8 f4 f4", "f4 f4 f4 f4 f4 f4 f4 f4",
             "f8 f8 f8 f8 f8 f8 f8 f8", numbers="inner width outer", reach=_through,
             writes="work hidden output",
             multiply_adds=lambda inner, width, outer: inner * width + width * outer)
def thin_through(inputs, weights, biases, behind, biases2, work, hidden, output, d):
    """hidden = relu(inputs @ weights + biases);  output = hidden @ behind.T + biases2

    behind: the weights of the layer behind as `pack` lays them out for narrow products. output
    (rows, OUTER). hidden and work have room for whole fours of rows; work for 16 sums more.
    """
    wide_vectors()
    rows, inner, width, outer = d[ROWS], d[INNER], d[WIDTH], d[OUTER]
    x, w = carray(work, 1), carray(weights, 1)
    sums = padded_to(rows, 4) * MOST
    _thin_side(carray(inputs, (rows, inner)), rows, inner, x, 0)
    second, out = carray(biases2, (1, outer)), carray(output, (rows, outer))
    for n in range(0, rows, 4):
        thin_through_tile(x, n, w, carray(biases, 1), carray(hidden, 1), width, carray(behind, 1),
                          inner, outer, x, sums)
        store_narrow(x, sums, min(4, rows - n), outer, second, out, n)
    return OK


@instruction("f4 f4 f4 f4", "f8 f8 f8 f8", numbers="_ width", writes="dhidden db",
             reach=lambda rows, width: (rows * width, rows * width, rows * width, width))
def relu_and_bias_backward(hidden, dvalues, dhidden, db, d):
    """dhidden = dvalues, 0 where hidden <= 0;  db += its column sums, anew in the first block."""
    wide_vectors()
    width, h, out = d[WIDTH], carray(hidden, 1), carray(dhidden, 1)
    given, sums = carray(dvalues, 1), carray(db, 1)
    for at in range(0, width, lanes_of(h)):
        thin_backward_tile(1, NEITHER, h, width, h, h, width, h, given, out, h, sums, h, width, at,
                           d[ROWS], 0, 0, np.int64(d[FIRST] == 0))
    return OK


@instruction("f4 f4 f8 f8 f8 f4 f4", "f4 f4 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8",
             numbers="_ width outer", writes="work dw2 db dhidden",
             multiply_adds=lambda width, outer: 2 * width * outer,
             reach=lambda rows, width, outer: (
                 rows * width, rows * outer, outer * width, rows * MOST, outer * width, width,
                 rows * width))
def thin_last(hidden, d_out, weights, work, dw2, db, dhidden, d):
    """From d_out (rows, OUTER) through the ReLU to dhidden and the sums that go with it.

    weights (OUTER, WIDTH): of the layer behind, transposed; work: rows * MOST. Writes dhidden, and
    dw2 (OUTER, WIDTH) and db (WIDTH,), anew in the first block.
    """
    wide_vectors()
    rows, width, outer = d[ROWS], d[WIDTH], d[OUTER]
    side, w, h, out = carray(work, rows * MOST), carray(weights, 1), carray(hidden, 1), carray(
        dhidden, 1)
    _thin_side(carray(d_out, (rows, outer)), rows, outer, side, 0)
    for at in range(0, width, lanes_of(w)):
        thin_backward_tile(1, BEHIND, h, width, side, w, width, side, h, out, carray(dw2, 1),
                           carray(db, 1), w, width, at, rows, outer, 0, np.int64(d[FIRST] == 0))
    return OK


@instruction("f4 f4 f4 f8 f4 f8", "f4 f4 f8 f8 f4 f8", "f4 f4 f4 f4 f4 f4",
             "f8 f8 f8 f8 f8 f8", numbers="inner width", writes="work db dw",
             multiply_adds=lambda inner, width: inner * width,
             reach=lambda rows, inner, width: (
                 rows * width, rows * width, rows * inner, rows * MOST, width, inner * width))
def thin_first(hidden, dvalues, inputs, work, db, dw, d):
    """From dvalues, shaped like hidden, through the ReLU to the sums of the layer before it.

    work: rows * MOST. Writes db (WIDTH,) and dw (INNER, WIDTH), anew in the first block.
    """
    wide_vectors()
    rows, inner, width = d[ROWS], d[INNER], d[WIDTH]
    side, h, given = carray(work, rows * MOST), carray(hidden, 1), carray(dvalues, 1)
    _thin_side(carray(inputs, (rows, inner)), rows, inner, side, 0)
    for at in range(0, width, lanes_of(side)):
        thin_backward_tile(1, AHEAD, h, width, side, side, width, side, given, h, side,
                           carray(db, 1), carray(dw, 1), width, at, rows, 0, inner,
                           np.int64(d[FIRST] == 0))
    return OK


@instruction("f4 f4 f8 f4 f8 f8 f4 f8", "f4 f4 f8 f8 f8 f8 f4 f8", "f4 f8 f8 f4 f8 f8 f4 f8",
             "f4 f8 f8 f8 f8 f8 f4 f8", "f4 f4 f4 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8 f8",
             numbers="inner width outer",
             writes="work dw2 db dw",
             multiply_adds=lambda inner, width, outer: 2 * width * outer + inner * width,
             reach=lambda rows, inner, width, outer: (
                 rows * width, rows * outer, outer * width, rows * inner, 2 * rows * MOST,
                 outer * width, width, inner * width))
def thin_backward(hidden, d_out, weights, inputs, work, dw2, db, dw, d):
    """From d_out (rows, OUTER) through the ReLU to the sums of both layers.

    weights (OUTER, WIDTH): of the layer behind, transposed; work: 2 * rows * MOST. Writes dw2
    (OUTER, WIDTH), db (WIDTH,) and dw (INNER, WIDTH), anew in the first block.
    """
    wide_vectors()
    rows, inner, width, outer = d[ROWS], d[INNER], d[WIDTH], d[OUTER]
    scratch, w, h = carray(work, 2 * rows * MOST), carray(weights, 1), carray(hidden, 1)
    side = scratch[rows * MOST:]
    _thin_side(carray(d_out, (rows, outer)), rows, outer, scratch, 0)
    _thin_side(carray(inputs, (rows, inner)), rows, inner, scratch, rows * MOST)
    sums2, sums1, sums = carray(dw2, 1), carray(db, 1), carray(dw, 1)
    fresh, pair = np.int64(d[FIRST] == 0), 2 * lanes_of(w)
    paired = width - width % pair  # two vectors at a time share what they read of both sides
    for at in range(0, paired, pair):
        thin_backward_tile(2, BOTH, h, width, scratch, w, width, side, h, h, sums2, sums1, sums,
                           width, at, rows, outer, inner, fresh)
    if pair > LANES and paired < width:
        thin_backward_tile(1, BOTH, h, width, scratch, w, width, side, h, h, sums2, sums1, sums,
                           width, paired, rows, outer, inner, fresh)
    return OK
