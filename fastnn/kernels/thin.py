"""A wide hidden layer of ReLUs between thin sides, in one pass: forward, and backward.

The book's spirals have 2 inputs, 64 or 512 hidden neurons and 3 outputs. Layer by layer, each of
their products reads and writes whole blocks for two or three multiply-adds an element. Here one
vector of hidden neurons goes through all samples of a block with its weights and sums in registers:

    thin_forward    hidden = relu(x @ w + b)                                       x (N, I), I <= 4
    thin_backward   dhidden = (d @ w2.T where hidden > 0, else 0); with it, as it is
                    dw2 += hidden.T @ d, db += column sums, dw += x.T @ dhidden    d (N, O), O <= 4

The sums are kept in the type of the scratch, float64 for the book's precision, and each runs over
its terms in sequence: the order of `matmul.py` for products of at most SMALL multiply-adds. Thin
sides of one column have an order of their own there, so in the book's precision they are not for
these tiles. Rows are padded to whole vectors with zeros.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from fastnn.kernels.simd import (
    _INT,
    LANES,
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


def _const(value):
    return ir.Constant(_INT, value)


def _sum_of_products(builder, scalars, vectors):
    """x0 * v0 + x1 * v1 + ..., from the left."""
    total = None
    for x, v in zip(scalars, vectors):
        total = builder.fmul(x, v) if total is None else _multiply_add(builder, x, v, total)
    return total


def _splats(builder, pointer, position, count, lanes, element):
    return [_splat(builder, _scalar(builder, pointer, builder.add(position, _const(k)), element),
                   lanes) for k in range(count)]


def _zeros(vector, negative=False):
    return ir.Constant(vector, [-0.0 if negative else 0.0] * vector.count)


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
            total = _convert(builder, _sum_of_products(builder, scalars, sides), out)
            value = builder.fadd(total, bias)
            dead = builder.fcmp_ordered("<", value, _zeros(out))
            value = builder.select(dead, _zeros(out), value)
            place = builder.gep(ph, [_at(builder, at, (n, h_row_))])
            builder.store(value, builder.bitcast(place, out.as_pointer()), align=4)
            loop.close([])
        _cases(builder, count, range(1, MOST + 1), emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(x, weights, i8, biases, hidden, i8, i8, i8, i8), codegen


@intrinsic
def thin_backward_tile(typingctx, hidden, h_row, d, weights, stride, x, given, dhidden, dw2, db, dw,
                       s_row, w, rows, O, I, fresh):
    """One vector of columns from w on: the gradients of a block, added to the sums.

    hidden: rows `h_row` apart. d and x: rows of MOST, in the type of the sums; weights (O rows,
    `stride` apart): those of the layer behind, transposed. dw2, dw: O and I rows of sums, `s_row`
    apart; db: one. fresh: the sums start here. O = 0: the gradient is not d @ weights but `given`,
    laid out as hidden, and there is no dw2. I = 0: it goes to `dhidden`, and there is no dw. Both:
    the ReLU's own gradient, and the sums of its columns.
    """
    lanes = LANES[weights.dtype]

    def codegen(context, builder, signature, args):
        h_row_, stride_, s_row_, at, end, o_count, i_count, start = (
            args[k] for k in (1, 4, 11, 12, 13, 14, 15, 16))
        ph, pd, pw, px, pg, pdh, pdw2, pdb, pdw = (
            _data(context, builder, signature.args[k], args[k]) for k in (0, 2, 3, 5, 6, 7, 8, 9,
                                                                          10))
        element, short = pw.type.pointee, ph.type.pointee
        vector, slim = ir.VectorType(element, lanes), ir.VectorType(short, lanes)
        start = builder.icmp_signed("!=", start, _const(0))

        def place(pointer, position, kind):
            return builder.bitcast(builder.gep(pointer, [position]), kind.as_pointer())

        def begin(where, kind, negative=False):
            return builder.select(start, _zeros(kind, negative), builder.load(where, align=4))

        def emit(number):
            outer, inner = divmod(number, MOST + 1)
            sides = [_vector(builder, pw, _at(builder, at, (o, stride_)), lanes, element)
                     for o in range(outer)]
            sums = ([place(pdw2, _at(builder, at, (o, s_row_)), vector) for o in range(outer)]
                    + [place(pdw, _at(builder, at, (i, s_row_)), vector) for i in range(inner)])
            bias = place(pdb, at, slim)
            loop = _Loop(builder, end, 1, [begin(bias, slim, True),
                                           *(begin(one, vector) for one in sums)])
            n, thin = loop.position, builder.mul(loop.position, _const(MOST))
            here = _at(builder, at, (n, h_row_))
            h = builder.load(place(ph, here, slim), align=4)
            new = []
            if outer:
                scalars = _splats(builder, pd, thin, outer, lanes, element)
                slope = _convert(builder, _sum_of_products(builder, scalars, sides), slim)
                wide = _convert(builder, h, vector)
                new = [_multiply_add(builder, s, wide, total)
                       for s, total in zip(scalars, loop.carried[1:])]
            else:
                slope = builder.load(place(pg, here, slim), align=4)
            dead = builder.fcmp_ordered("<=", h, _zeros(slim))
            slope = builder.select(dead, _zeros(slim), slope)
            if inner:
                wide = _convert(builder, slope, vector)
                scalars = _splats(builder, px, thin, inner, lanes, element)
                new += [_multiply_add(builder, s, wide, total)
                        for s, total in zip(scalars, loop.carried[1 + outer:])]
            else:
                builder.store(slope, place(pdh, here, slim), align=4)
            loop.close([builder.fadd(loop.carried[0], slope), *new])
            for where, total in zip([bias, *sums], loop.carried):
                builder.store(total, where, align=4)
        number = builder.add(builder.mul(o_count, _const(MOST + 1)), i_count)
        _cases(builder, number, range((MOST + 1) ** 2), emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(hidden, i8, d, weights, i8, x, given, dhidden, dw2, db, dw, i8, i8, i8, i8,
                      i8, i8), codegen
