"""A wide hidden layer of ReLUs between thin sides, in one pass: forward, and backward.

The book's spirals have 2 inputs, 64 or 512 hidden neurons and 3 outputs. Layer by layer, each of
their products reads and writes whole blocks for two or three multiply-adds an element. Here one
vector of hidden neurons goes through all samples of a block with its weights and sums in registers:

    thin_forward    hidden = relu(x @ w + b)                                       x (N, I), I <= 4
    thin_through    the same, and with it, as it is, output = hidden @ w2 + b2     w2 (W, O), O <= 4
    thin_backward   dhidden = (d @ w2.T where hidden > 0, else 0); with it, as it is
                    dw2 += hidden.T @ d, db += column sums, dw += x.T @ dhidden    d (N, O), O <= 4
    thin_last       the same without the last sum, where x is wide: dhidden is written
    thin_first      the last two sums alone, where dhidden comes from a wide layer

The sums are kept in the type of the scratch, float64 for the book's precision, and each runs over
its terms in sequence: the order of `matmul.py` for products of at most SMALL multiply-adds. Thin
sides of one column have an order of their own there, so in the book's precision they are not for
these tiles. Rows are padded to whole vectors with zeros.
"""

import itertools

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from fastnn.kernels.simd import (
    _INT,
    LANES,
    _add_neighbours,
    _at,
    _convert,
    _data,
    _Loop,
    _multiply_add,
    _scalar,
    _splat,
    _vector,
)

MOST = 4  # columns of a thin side
MOST_CASES = MOST + 1
NEITHER, AHEAD, BEHIND, BOTH = range(4)


def _const(value):
    return ir.Constant(_INT, value)


def _sum_of_products(builder, scalars, vectors):
    """0 + x0 * v0 + x1 * v1 + ..., from the left: -0.0 alone gives 0.0, as in BLAS."""
    total = _zeros(scalars[0].type)
    for x, v in zip(scalars, vectors):
        total = _multiply_add(builder, x, v, total)
    return total


def _relu_of(builder, scalars, sides, bias):
    """relu(x0 * side0 + x1 * side1 + ... + bias), in the type of the bias."""
    kind = bias.type
    total = _convert(builder, _sum_of_products(builder, scalars, sides), kind)
    value = builder.fadd(total, bias)
    dead = builder.fcmp_ordered("<", value, _zeros(kind))
    return builder.select(dead, _zeros(kind), value)


def _splats(builder, pointer, position, count, lanes, element):
    return [_splat(builder, _scalar(builder, pointer, builder.add(position, _const(k)), element),
                   lanes) for k in range(count)]


def _zeros(vector):
    return ir.Constant(vector, [0.0] * vector.count)


def _cases(builder, number, counts, emit):
    """Emit one version for each count, and a jump to that of the number."""
    after = builder.append_basic_block("after")
    switch = builder.switch(number, after)
    for count in counts:
        block = builder.append_basic_block(f"case{count}")
        switch.add_case(_const(count), block)
        builder.position_at_end(block)
        emit(count)
        builder.branch(after)
    builder.position_at_end(after)


@intrinsic
def thin_forward_tile(typingctx, x, weights, stride, biases, hidden, h_row, w, rows, I):
    """One vector of columns from w on: hidden[n, w:] = relu(sum_i x[n, i] weights[i, w:] + b).

    x: rows of MOST, in the type of the sums, as weights (rows `stride` apart); hidden: rows
    `h_row` apart. I: 1 to MOST.
    """
    lanes = LANES[weights.dtype]

    def codegen(context, builder, signature, args):
        x_, w_, stride_, b_, h_, h_row_, at, end, count = args
        px, pw, pb, ph = (_data(context, builder, signature.args[k], args[k])
                          for k in (0, 1, 3, 4))
        element, out = pw.type.pointee, ir.VectorType(ph.type.pointee, lanes)
        bias = _vector(builder, pb, at, lanes, out.element)

        def emit(inner):
            sides = [_vector(builder, pw, _at(builder, at, (i, stride_)), lanes, element)
                     for i in range(inner)]
            loop = _Loop(builder, end, 1, [])
            n = loop.position
            scalars = _splats(builder, px, builder.mul(n, _const(MOST)), inner, lanes, element)
            value = _relu_of(builder, scalars, sides, bias)
            place = builder.gep(ph, [_at(builder, at, (n, h_row_))])
            builder.store(value, builder.bitcast(place, out.as_pointer()), align=4)
            loop.close([])
        _cases(builder, count, range(1, MOST + 1), emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(x, weights, i8, biases, hidden, i8, i8, i8, i8), codegen


@intrinsic
def thin_through_tile(typingctx, x, n, weights, biases, hidden, W, behind, I, O, sums, start):
    """Four rows from n on: hidden[r] = relu(x[r] @ weights + biases), and the sums of hidden @
    behind, sums[4 r + c] for O columns c, as `dot_tile` makes them.

    x: rows of MOST, in the type of the sums, as weights (I, W) and behind (4, W). hidden has room
    for all four rows. O: 1 to 4; up to 3 are as many work as 3.
    """
    lanes = LANES[sums.dtype]

    def codegen(context, builder, signature, args):
        _, n_, _, _, _, end, _, count, columns, _, start_ = args
        px, pw, pb, ph, pv, ps = (_data(context, builder, signature.args[k], args[k])
                                  for k in (0, 2, 3, 4, 6, 9))
        element, out = ps.type.pointee, ir.VectorType(ph.type.pointee, lanes)
        vector = ir.VectorType(element, lanes)

        def emit(number):
            outer, inner = divmod(number, MOST_CASES)
            scalars = [_splats(builder, px, _at(builder, _const(MOST * r), (n_, _const(MOST))),
                               inner, lanes, element) for r in range(4)]
            loop = _Loop(builder, end, lanes, [_zeros(vector)] * (4 * outer))
            k = loop.position
            sides = [_vector(builder, pw, _at(builder, k, (i, end)), lanes, element)
                     for i in range(inner)]
            right = [_vector(builder, pv, _at(builder, k, (c, end)), lanes, element)
                     for c in range(outer)]
            bias, new = _vector(builder, pb, k, lanes, out.element), []
            for r in range(4):
                value = _relu_of(builder, scalars[r], sides, bias)
                row = builder.add(n_, _const(r))
                place = builder.gep(ph, [_at(builder, k, (row, end))])
                builder.store(value, builder.bitcast(place, out.as_pointer()), align=4)
                wide = _convert(builder, value, vector)
                new += [_multiply_add(builder, wide, right[c], loop.carried[outer * r + c])
                        for c in range(outer)]
            loop.close(new)
            four = [loop.carried[outer * r + c] if c < outer else _zeros(vector)
                    for r in range(4) for c in range(4)]
            for i, part in enumerate(_add_neighbours(builder, four)):
                place = builder.gep(ps, [builder.add(start_, _const(i * lanes))])
                builder.store(part, builder.bitcast(place, vector.as_pointer()), align=4)
        three = builder.icmp_signed("<", columns, _const(MOST))
        outer = builder.select(three, _const(MOST_CASES * 3), _const(MOST_CASES * 4))
        _cases(builder, builder.add(outer, count),
               [MOST_CASES * o + i for o in (3, 4) for i in range(1, MOST + 1)], emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(x, i8, weights, biases, hidden, i8, behind, i8, i8, sums, i8), codegen


@intrinsic(prefer_literal=True)
def thin_backward_tile(typingctx, vectors, sides, hidden, h_row, d, weights, stride, x, given,
                       dhidden, dw2, db, dw, s_row, w, rows, O, I, fresh):
    """Some vectors of columns from w on: the gradients of a block, added to the sums.

    vectors, sides: literals. hidden: rows `h_row` apart. d and x: rows of MOST, in the type of the
    sums; weights (O rows, `stride` apart): those of the layer behind, transposed. dw2, dw: O and I
    rows of sums, `s_row` apart; db: one. fresh: the sums start here.
    sides: BOTH are thin. Or only the one AHEAD, x: then the gradient of hidden is `given`, laid out
    as hidden; O is 0, and there is no dw2. Or only the one BEHIND, d: then dhidden is written; I is
    0, and there is no dw. Or NEITHER: both of this, and the sums of dhidden's columns.
    """
    V, lanes = vectors.literal_value, LANES[weights.dtype]
    counts = [MOST_CASES * o + i for o, i in {
        BOTH: itertools.product(range(1, MOST + 1), repeat=2),
        AHEAD: ((0, i) for i in range(1, MOST + 1)),
        BEHIND: ((o, 0) for o in range(1, MOST + 1)),
        NEITHER: ((0, 0),)}[sides.literal_value]]

    def codegen(context, builder, signature, args):
        h_row_, stride_, s_row_, at, end, o_count, i_count, start = (
            args[k] for k in (3, 6, 13, 14, 15, 16, 17, 18))
        ph, pd, pw, px, pg, pdh, pdw2, pdb, pdw = (
            _data(context, builder, signature.args[k], args[k]) for k in (2, 4, 5, 7, 8, 9, 10, 11,
                                                                          12))
        element, short = pw.type.pointee, ph.type.pointee
        vector, slim = ir.VectorType(element, lanes), ir.VectorType(short, lanes)
        start = builder.icmp_signed("!=", start, _const(0))

        def place(pointer, position, kind):
            return builder.bitcast(builder.gep(pointer, [position]), kind.as_pointer())

        def begin(where, kind):
            return builder.select(start, _zeros(kind), builder.load(where, align=4))

        def emit(number):
            outer, inner = divmod(number, MOST_CASES)
            columns = [builder.add(at, _const(v * lanes)) for v in range(V)]
            rows = [[_vector(builder, pw, _at(builder, w, (o, stride_)), lanes, element)
                      for o in range(outer)] for w in columns]
            sums = [[place(pdw2, _at(builder, w, (o, s_row_)), vector) for o in range(outer)]
                    + [place(pdw, _at(builder, w, (i, s_row_)), vector) for i in range(inner)]
                    for w in columns]
            biases = [place(pdb, w, slim) for w in columns]
            loop = _Loop(builder, end, 1, [begin(one, slim) for one in biases]
                         + [begin(one, vector) for some in sums for one in some])
            n, thin = loop.position, builder.mul(loop.position, _const(MOST))
            behind = _splats(builder, pd, thin, outer, lanes, element)
            ahead = _splats(builder, px, thin, inner, lanes, element)
            totals, slopes = iter(loop.carried[V:]), []
            new = []
            for v, w in enumerate(columns):
                here = _at(builder, w, (n, h_row_))
                h = builder.load(place(ph, here, slim), align=4)
                if outer:
                    slope = _convert(builder, _sum_of_products(builder, behind, rows[v]), slim)
                    wide = _convert(builder, h, vector)
                    new += [_multiply_add(builder, s, wide, next(totals)) for s in behind]
                else:
                    slope = builder.load(place(pg, here, slim), align=4)
                dead = builder.fcmp_ordered("<=", h, _zeros(slim))
                slope = builder.select(dead, _zeros(slim), slope)
                if inner:
                    wide = _convert(builder, slope, vector)
                    new += [_multiply_add(builder, s, wide, next(totals)) for s in ahead]
                else:
                    builder.store(slope, place(pdh, here, slim), align=4)
                slopes.append(builder.fadd(loop.carried[v], slope))
            loop.close([*slopes, *new])
            for where, total in zip([*biases, *(one for some in sums for one in some)],
                                    loop.carried):
                builder.store(total, where, align=4)
        number = builder.add(builder.mul(o_count, _const(MOST_CASES)), i_count)
        _cases(builder, number, counts, emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(vectors, sides, hidden, i8, d, weights, i8, x, given, dhidden, dw2, db, dw,
                      i8, i8, i8, i8, i8, i8), codegen
