"""The passes of `thin.py` as instructions of a training program (see `training.py`).

For hidden layers of whole vectors: WIDTH is a multiple of 16.
"""

from fastnn.compile.jit import instruction
from fastnn.kernels.elements import get, pointer_to, put, wide_vectors
from fastnn.kernels.matmul import store_narrow
from fastnn.kernels.packing import (
    can_underflow,
    is_added,
    lanes_of,
    nil_of,
    padded_to,
    terms_of,
)
from fastnn.kernels.simd import store_sums
from fastnn.kernels.status import OK
from fastnn.kernels.thin import MOST, thin_backward_tile, thin_forward_tile, thin_through_tile
from fastnn.kernels.thin_products import add_run, run_of_rows, thin_side
from fastnn.kernels.thin_rows import ROWS as EIGHT
from fastnn.kernels.thin_rows import thin_rows_tile
from fastnn.kernels.training import FIRST, OWN, ROWS, SPAN, TOTAL
from fastnn.kernels.views import carray

INNER, WIDTH, OUTER, TRANSPOSED, SUMMED = OWN, OWN + 1, OWN + 2, OWN + 3, OWN + 4
RELU = OWN + 3
LANES = 16  # WIDTH is a multiple of it


def _through(rows, inner, width, outer):
    """Reach of `thin_through`, which works on whole fours of rows."""
    fours = (rows + 3) // 4 * 4
    return (rows * inner, inner * width, width, MOST * width, outer, fours * MOST + 32,
            fours * width, rows * outer)


def _through_rows(rows, inner, width, outer):
    """Reach of `thin_through_rows`, which works on whole eights of rows."""
    eights = (rows + EIGHT - 1) // EIGHT * EIGHT
    return (rows * inner, inner * width, width, width * outer, outer,
            eights * MOST + 2 * EIGHT * MOST, eights * width, rows * outer)


@instruction("f4 f8", "f4 f4", "f8 f8", "f8 f4",
             numbers="inner width _ transposed summed", writes="target",
             reach=lambda inner, width: (inner * width, inner * width))
def copy_matrix(source, target, d):
    """target (INNER, WIDTH) = source, or the transpose of source (WIDTH, INNER); converted.

    SUMMED: they are sums over all samples, to which BLAS may add 0.0 (see `packing.is_added`).
    """
    rows, columns = d[INNER], d[WIDTH]
    a, b = carray(source, 1), carray(target, 1)
    nil = nil_of(d[SUMMED] and is_added(rows, d[TOTAL], columns, False, a), a)
    for r in range(rows):
        for c in range(columns):
            k = c * rows + r if d[TRANSPOSED] else r * columns + c
            put(b, r * columns + c, get(a, k) + nil)
    return OK


@instruction("f4 f8 f4 f8 f4", "f8 f8 f4 f8 f4", "f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8",
             numbers="inner width _ relu", writes="work hidden",
             multiply_adds=lambda inner, width: inner * width, reach=lambda rows, inner, width: (
                 rows * inner, inner * width, width, rows * MOST, rows * width))
def thin_forward(inputs, weights, biases, work, hidden, d):
    """hidden = inputs @ weights + biases, and max(0, ...) of that where RELU

    inputs (rows, INNER); work: rows * MOST.
    """
    wide_vectors()
    rows, inner, width = d[ROWS], d[INNER], d[WIDTH]
    scratch = carray(work, 1)
    x = carray(inputs, (rows, inner))
    added = can_underflow(x, scratch) * is_added(d[TOTAL], inner, width, False, scratch)
    thin_side(x, rows, inner, scratch, 0)
    for at in range(0, width, lanes_of(scratch)):
        thin_forward_tile(work, (weights, width), biases, d[RELU], (hidden, width), at,
                          (rows, inner, added))
    return OK


@instruction("f4 f8 f4 f8 f4 f8 f4 f4", "f8 f8 f4 f8 f4 f8 f4 f4", "f4 f4 f4 f4 f4 f4 f4 f4",
             "f8 f8 f8 f8 f8 f8 f8 f8", numbers="inner width outer", reach=_through,
             writes="work hidden output",
             multiply_adds=lambda inner, width, outer: inner * width + width * outer)
def thin_through(inputs, weights, biases, behind, biases2, work, hidden, output, d):
    """hidden = relu(inputs @ weights + biases);  output = hidden @ behind.T + biases2

    behind: the weights of the layer behind as `pack` lays them out for narrow products. output
    (rows, OUTER). hidden and work have room for whole fours of rows; work for 32 numbers more.
    """
    wide_vectors()
    rows, inner, width, outer = d[ROWS], d[INNER], d[WIDTH], d[OUTER]
    scratch = carray(work, 1)
    sums = padded_to(rows, 4) * MOST
    x = carray(inputs, (rows, inner))
    thin_side(x, rows, inner, scratch, 0)
    second, out = carray(biases2, (1, outer)), carray(output, (rows, outer))
    added = can_underflow(x, scratch) * is_added(d[TOTAL], inner, width, False, scratch)
    row, addends = max(3, outer), sums + 16  # the biases of four rows, as the sums lie
    for i in range(4 * row):
        put(scratch, addends + i, get(second, i % outer))
    for n in range(0, rows, 4):
        thin_through_tile(work, n, weights, biases, hidden, behind, (width, inner, outer, added),
                          pointer_to(work, sums))
        if outer == row and n + 4 <= rows:
            store_sums(pointer_to(work, sums), pointer_to(work, addends),
                       pointer_to(output, n * outer), 4 * outer)
        else:
            store_narrow(scratch, sums, row, min(4, rows - n), outer, second, out, n)
    return OK


@instruction("f4 f8 f4 f8 f4 f8 f4 f4", "f8 f8 f4 f8 f4 f8 f4 f4", "f8 f8 f8 f8 f8 f8 f8 f8",
             numbers="inner width outer", reach=_through_rows, writes="work hidden output",
             multiply_adds=lambda inner, width, outer: inner * width + width * outer)
def thin_through_rows(inputs, weights, biases, behind, biases2, work, hidden, output, d):
    """The same, in the other order of sums, and behind (WIDTH, OUTER) as it is, OUTER from 2 on.

    hidden has room for whole eights of rows; work as well, and for the sums of two runs more.
    """
    wide_vectors()
    rows, inner, width, outer = d[ROWS], d[INNER], d[WIDTH], d[OUTER]
    scratch = carray(work, 1)
    sums = padded_to(rows, EIGHT) * MOST
    run = sums + EIGHT * MOST
    x = carray(inputs, (rows, inner))
    thin_side(x, rows, inner, scratch, 0)
    second, out = carray(biases2, 1), carray(output, 1)
    added = can_underflow(x, scratch) * is_added(d[TOTAL], inner, width, False, scratch)
    size = d[TOTAL] * width * outer
    nil = nil_of(is_added(d[TOTAL], width, outer, False, scratch), scratch)
    for n in range(0, rows, EIGHT):
        at = 0
        while at < width:
            terms = terms_of(width - at, size, scratch.itemsize)
            thin_rows_tile(work, n, weights, biases, hidden, behind,
                           (width, inner, outer, added), (at, terms),
                           pointer_to(work, run if at else sums))
            if at:
                for i in range(EIGHT * outer):
                    put(scratch, sums + i, get(scratch, sums + i) + get(scratch, run + i))
            at += terms
        for r in range(min(EIGHT, rows - n)):
            for o in range(outer):
                put(out, (n + r) * outer + o, out.dtype.type(
                    get(scratch, sums + o * EIGHT + r) + nil) + get(second, o))
    return OK


@instruction("f4 f4 f4 f4", "f8 f8 f8 f8", numbers="_ width", writes="dhidden db",
             reach=lambda rows, width: (rows * width, rows * width, rows * width, width))
def relu_and_bias_backward(hidden, dvalues, dhidden, db, d):
    """dhidden = dvalues, 0 where hidden <= 0;  db += its column sums, anew in the first block."""
    wide_vectors()
    width = d[WIDTH]
    for at in range(0, width, lanes_of(carray(hidden, 1))):
        thin_backward_tile(1, (hidden, dvalues, dhidden, width), 1, None, None,
                           (None, db, None, width), at, (d[ROWS], 0, 0),
                           (0, d[FIRST] == 0))
    return OK


@instruction("f4 f4 f8 f8 f8 f4 f4", "f4 f4 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8",
             numbers="_ width outer relu", writes="work dw2 db dhidden",
             multiply_adds=lambda width, outer: 2 * width * outer,
             reach=lambda rows, width, outer: (
                 rows * width, rows * outer, outer * width, rows * MOST, 2 * outer * width, width,
                 rows * width))
def thin_last(hidden, d_out, weights, work, dw2, db, dhidden, d):
    """From d_out (rows, OUTER) through the ReLU, if RELU, to dhidden and the sums with it.

    weights (OUTER, WIDTH): of the layer behind, transposed; work: rows * MOST. Writes dhidden, and
    dw2 (OUTER, WIDTH) and db (WIDTH,), anew in the first block; behind dw2 as much for one run.
    """
    wide_vectors()
    rows, width, outer = d[ROWS], d[WIDTH], d[OUTER]
    side, sums, slope = carray(work, rows * MOST), carray(dw2, 1), carray(d_out, (rows, outer))
    thin_side(slope, rows, outer, side, 0)
    added = can_underflow(slope, side)
    n, count = 0, outer * width
    while n < rows:
        some, fresh, end, start = run_of_rows(n, d[FIRST], rows, d[SPAN], count, side)
        run = pointer_to(dw2, start * count)
        for at in range(0, width, lanes_of(side)):
            thin_backward_tile(
                1, (pointer_to(hidden, n * width), None, pointer_to(dhidden, n * width), width),
                d[RELU], (pointer_to(work, n * MOST), weights, width, added), None,
                (run, db, None, width), at, (some, outer, 0), (fresh, d[FIRST] + n == 0))
        n += some
        if end:
            add_run(sums, count, end)
    return OK


@instruction("f4 f4 f4 f8 f4 f8", "f4 f4 f8 f8 f4 f8", "f4 f4 f4 f4 f4 f4",
             "f8 f8 f8 f8 f8 f8", numbers="inner width _ relu", writes="work db dw",
             multiply_adds=lambda inner, width: inner * width,
             reach=lambda rows, inner, width: (
                 rows * width, rows * width, rows * inner, rows * MOST, width, 2 * inner * width))
def thin_first(hidden, dvalues, inputs, work, db, dw, d):
    """From dvalues, shaped like hidden, through the ReLU, if RELU, to the sums of the layer before.

    hidden is of no interest where there is none. work: rows * MOST. Writes db (WIDTH,) and
    dw (INNER, WIDTH), anew in the first block; behind dw as much for one run.
    """
    wide_vectors()
    rows, inner, width = d[ROWS], d[INNER], d[WIDTH]
    side, sums = carray(work, rows * MOST), carray(dw, 1)
    thin_side(carray(inputs, (rows, inner)), rows, inner, side, 0)
    n, count = 0, inner * width
    while n < rows:
        some, fresh, end, start = run_of_rows(n, d[FIRST], rows, d[SPAN], count, side)
        run = pointer_to(dw, start * count)
        for at in range(0, width, lanes_of(side)):
            thin_backward_tile(
                1, (pointer_to(hidden, n * width), pointer_to(dvalues, n * width), None, width),
                d[RELU], None, pointer_to(work, n * MOST), (None, db, run, width), at,
                (some, 0, inner), (fresh, d[FIRST] + n == 0))
        n += some
        if end:
            add_run(sums, count, end)
    return OK


@instruction("f4 f4 f8 f4 f8 f8 f4 f8", "f4 f4 f8 f8 f8 f8 f4 f8", "f4 f8 f8 f4 f8 f8 f4 f8",
             "f4 f8 f8 f8 f8 f8 f4 f8", "f4 f4 f4 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8 f8",
             numbers="inner width outer",
             writes="work dw2 db dw",
             multiply_adds=lambda inner, width, outer: 2 * width * outer + inner * width,
             reach=lambda rows, inner, width, outer: (
                 rows * width, rows * outer, outer * width, rows * inner, 2 * rows * MOST,
                 2 * outer * width, width, 2 * inner * width))
def thin_backward(hidden, d_out, weights, inputs, work, dw2, db, dw, d):
    """From d_out (rows, OUTER) through the ReLU to the sums of both layers.

    weights (OUTER, WIDTH): of the layer behind, transposed; work: 2 * rows * MOST. Writes dw2
    (OUTER, WIDTH), db (WIDTH,) and dw (INNER, WIDTH), anew in the first block; behind dw2 and dw as
    much for one run. (Both sides have the same runs.)
    """
    wide_vectors()
    rows, inner, width, outer = d[ROWS], d[INNER], d[WIDTH], d[OUTER]
    scratch = carray(work, 2 * rows * MOST)
    side, slope = pointer_to(work, rows * MOST), carray(d_out, (rows, outer))
    thin_side(slope, rows, outer, scratch, 0)
    added = can_underflow(slope, scratch)
    thin_side(carray(inputs, (rows, inner)), rows, inner, scratch, rows * MOST)
    pair = 2 * lanes_of(scratch)
    paired = width - width % pair  # two vectors at a time share what they read of both sides
    n = 0
    while n < rows:
        some, fresh, end, start = run_of_rows(n, d[FIRST], rows, d[SPAN], outer * width, scratch)
        wide = pointer_to(hidden, n * width), None, None, width
        behind = pointer_to(work, n * MOST), weights, width, added
        ahead = pointer_to(side, n * MOST)
        sums = (pointer_to(dw2, start * outer * width), db, pointer_to(dw, start * inner * width),
                width)
        size, begin = (some, outer, inner), (fresh, d[FIRST] + n == 0)
        for at in range(0, paired, pair):
            thin_backward_tile(2, wide, 1, behind, ahead, sums, at, size, begin)
        if pair > LANES and paired < width:
            thin_backward_tile(1, wide, 1, behind, ahead, sums, paired, size, begin)
        n += some
        if end:
            add_run(carray(dw2, 1), outer * width, end)
            add_run(carray(dw, 1), inner * width, end)
    return OK
