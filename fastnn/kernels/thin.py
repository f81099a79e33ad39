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
its terms in sequence, or over those of one run of them (`sums_order.py`): the order of `matmul.py`.
Thin sides of one column have an order of their own there, so in the book's precision they are not
for these tiles. The sides lie in rows of MOST; what fills these is never looked at.
"""

import itertools

from fastnn.compile.late import intrinsic, ir, types
from fastnn.kernels.registers import pieces, portions
from fastnn.kernels.simd import _add_neighbours
from fastnn.kernels.vectors import (
    _at,
    _cases,
    _convert,
    _Loop,
    _multiply_add,
    _parts,
    _scalar,
    _splat,
    _vector,
    _zero_or,
    constant,
    joined,
    lanes_of_type,
)

MOST = 4  # columns of a thin side
MOST_CASES = MOST + 1


def _sum_of_products(builder, scalars, vectors):
    """0 + x0 * v0 + x1 * v1 + ..., from the left."""
    total = _zeros(scalars[0].type)
    for x, v in zip(scalars, vectors):
        total = _multiply_add(builder, x, v, total)
    return total


def _output_of(builder, scalars, sides, bias, least, added):
    """max(least, x0 * side0 + x1 * side1 + ... + bias), in the type of the bias.

    added: whether 0.0 is added to the sum (see `packing.is_added`).
    """
    total = _sum_of_products(builder, scalars, sides)
    total = builder.fadd(total, _zero_or(builder, -0.0, added, total.type))
    value = builder.fadd(_convert(builder, total, bias.type), bias)
    return builder.select(builder.fcmp_ordered("<", value, least), least, value)


def _splats(builder, pointer, position, count, lanes, element):
    return [_splat(builder, _scalar(builder, pointer, builder.add(position, constant(k)), element),
                   lanes) for k in range(count)]


def _zeros(vector):
    return ir.Constant(vector, [0.0] * vector.count)


@intrinsic
def copy_four(typingctx, source, target):
    """Copy MOST elements from one pointer to another, converted."""
    def codegen(context, builder, signature, args):
        source, target = args
        four = _vector(builder, source, constant(0), MOST, target.type.pointee)
        builder.store(four, builder.bitcast(target, four.type.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(source, target), codegen


@intrinsic
def thin_forward_tile(typingctx, x, weights, biases, relu, hidden, w, sizes):
    """One vector of hidden columns, from w on, for all rows of x (rows, I), I from 1 to MOST:

        w = slice(w, w + LANES)
        for n in range(rows):
            total = 0
            for i in range(I):
                total = fma(x[n, i], weights[i, w], total)
            value = total.astype(hidden.dtype) + biases[w]
            hidden[n, w] = np.where(relu and value < 0, 0, value)

    x: a pointer to rows of MOST. weights, in the type of x, and hidden: (pointer, row). biases: a
    pointer. sizes: rows, I, and whether 0.0 is added to the total (1 or 0).
    """
    lanes = lanes_of_type(weights[0].dtype)

    def codegen(context, builder, signature, args):
        (pw, stride_), (ph, h_row_), (end, count, added) = (
            _parts(context, builder, signature.args[k], args[k]) for k in (1, 4, 6))
        px, pb, relu, at = args[0], args[2], args[3], args[5]
        element, out = pw.type.pointee, ir.VectorType(ph.type.pointee, lanes)
        bias = _vector(builder, pb, at, lanes, out.element)
        least = _zero_or(builder, float("-inf"), relu, out)

        def emit(inner):
            sides = [_vector(builder, pw, _at(builder, at, (i, stride_)), lanes, element)
                     for i in range(inner)]
            loop = _Loop(builder, end, 1, [])
            n = loop.position
            scalars = _splats(builder, px, builder.mul(n, constant(MOST)), inner, lanes, element)
            value = _output_of(builder, scalars, sides, bias, least, added)
            place = builder.gep(ph, [_at(builder, at, (n, h_row_))])
            builder.store(value, builder.bitcast(place, out.as_pointer()), align=4)
            loop.close([])
        _cases(builder, count, range(1, MOST + 1), emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(x, weights, biases, i8, hidden, i8, sizes), codegen


@intrinsic
def thin_through_tile(typingctx, x, n, weights, biases, hidden, behind, sizes, sums):
    """Four rows, from n on, through both layers:

        for r in range(n, n + 4):
            total = 0
            for i in range(I):
                total = fma(x[r, i], weights[i], total)
            value = total.astype(hidden.dtype) + biases
            hidden[r] = np.where(value < 0, 0, value)
        dot_tile(hidden[n:n + 4], behind, W, sums)  # columns from O on: 0, or not

    Pointers: x to rows of MOST, weights (I, W), behind (O, W), all in the type of the sums; biases;
    hidden, with room for all four rows; sums. sizes: W, I, O (up to 3 are as much work as 3, and
    then behind has 3 rows), and whether 0.0 is added to the first total (1 or 0).
    """
    lanes = lanes_of_type(sums.dtype)

    def codegen(context, builder, signature, args):
        px, n_, pw, pb, ph, pv, sizes, ps = args
        end, count, columns, added = _parts(context, builder, signature.args[6], sizes)
        element, rounded = ps.type.pointee, ph.type.pointee
        vector = ir.VectorType(element, lanes)

        def through(rows, inner, outer, first, piece):
            scalars = [_splats(builder, px, _at(builder, constant(MOST * r), (n_, constant(MOST))),
                               inner, piece, element) for r in rows]
            some, out = ir.VectorType(element, piece), ir.VectorType(rounded, piece)
            places = list(itertools.product(rows, range(outer)))
            loop = _Loop(builder, end, lanes, [_zeros(some)] * len(places))
            k = builder.add(loop.position, constant(first))
            sides = [_vector(builder, pw, _at(builder, k, (i, end)), piece, element)
                     for i in range(inner)]
            right = [_vector(builder, pv, _at(builder, k, (c, end)), piece, element)
                     for c in range(outer)]
            bias, totals, new = _vector(builder, pb, k, piece, rounded), iter(loop.carried), []
            for r, numbers in zip(rows, scalars):
                value = _output_of(builder, numbers, sides, bias, _zeros(out), added)
                row = builder.add(n_, constant(r))
                place = builder.gep(ph, [_at(builder, k, (row, end))])
                builder.store(value, builder.bitcast(place, out.as_pointer()), align=4)
                wide = _convert(builder, value, some)
                new += [_multiply_add(builder, wide, side, next(totals)) for side in right]
            loop.close(new)
            return dict(zip(places, loop.carried))

        def emit(number):
            outer, inner = divmod(number, MOST_CASES)
            sums: dict = {}
            for first, rows in portions(context, 4, outer):
                parts = [through(range(first, first + rows), inner, outer, begin, piece)
                         for begin, piece in pieces(context, lanes)]
                sums |= {place: joined(builder, [part[place] for part in parts])
                         for place in parts[0]}
            ordered = [sums[place] for place in itertools.product(range(4), range(outer))]
            for i, part in enumerate(_add_neighbours(builder, ordered)):
                place = builder.gep(ps, [constant(i * lanes)])
                builder.store(part, builder.bitcast(place, vector.as_pointer()), align=4)
        three = builder.icmp_signed("<", columns, constant(MOST))
        outer = builder.select(three, constant(MOST_CASES * 3), constant(MOST_CASES * 4))
        _cases(builder, builder.add(outer, count),
               [MOST_CASES * o + i for o in (3, 4) for i in range(1, MOST + 1)], emit)
        return context.get_dummy_value()

    return types.void(x, types.int64, weights, biases, hidden, behind, sizes, sums), codegen


@intrinsic(prefer_literal=True)
def thin_backward_tile(typingctx, vectors, wide, relu, behind, ahead, sums, w, sizes, fresh):
    """`vectors` of hidden columns, from w on: their gradients, added to the sums.

        for n in range(rows):
            h, slope = hidden[n, w], given[n, w]
            if behind:
                slope = the sum of d[n, o] * weights[o, w], o in sequence from 0; rounded; and
                        where added 0.0 with them
                dw2[o, w] = fma(d[n, o], h, dw2[o, w]) for each o
            if relu:
                slope = np.where(h <= 0, 0, slope)
            dw[i, w] = fma(x[n, i], slope, dw[i, w]) for each i
            db[w] += slope

    `vectors` is a literal; relu is 0 or 1, or None for 0. fresh: whether the sums start from 0, and
    whether db does.
    wide: (hidden, given, dhidden, row), of one layout. behind: (d, weights (O, ...), row, added),
    weights those of the layer behind, transposed; or None: then O is 0 and there is no dw2, but
    `given`. ahead: x; or None: then I is 0 and there is no dw, but dhidden[n, w] = slope. sums:
    (dw2, db, dw, row); db may be None, too. sizes: rows, O and I, 1 to MOST. d and x: rows of MOST,
    in the type of dw2, dw and weights. All are pointers and numbers; what there is not, or is not
    read, is None.
    """
    V, masked = vectors.literal_value, relu != types.none
    side, x, biased = behind != types.none, ahead != types.none, sums[1] != types.none
    short = (wide[0] if side else wide[1]).dtype
    lanes = lanes_of_type(behind[0].dtype if side else ahead.dtype if x else short)
    counts = [MOST_CASES * o + i for o, i in itertools.product(
        range(1, MOST + 1) if side else (0,), range(1, MOST + 1) if x else (0,))]

    def codegen(context, builder, signature, args):
        (ph, pg, pdh, h_row_), (pdw2, pdb, pdw, s_row_), (end, o_count, i_count) = (
            _parts(context, builder, signature.args[k], args[k]) for k in (1, 5, 7))
        pd, pw, stride_, added = (_parts(context, builder, signature.args[3], args[3]) if side
                                  else [None] * 4)
        px, at, short = args[4], args[6], (ph if side else pg).type.pointee
        element = pd.type.pointee if pd is not None else px.type.pointee if x else short
        start, begin_biases = (builder.icmp_signed("!=", flag, constant(0)) for flag in _parts(
            context, builder, signature.args[8], args[8]))

        def place(pointer, position, kind):
            return builder.bitcast(builder.gep(pointer, [position]), kind.as_pointer())

        def begin(where, kind, start=start):
            return builder.select(start, _zeros(kind), builder.load(where, align=4))

        def gradients(vectors, outer, inner, first, piece):
            vector, slim = ir.VectorType(element, piece), ir.VectorType(short, piece)
            # No number is at most NaN: then no neuron is dead.
            limit = _zero_or(builder, float("nan"), args[2], slim) if masked else None
            columns = [builder.add(at, constant(v * lanes + first)) for v in vectors]
            rows = [[_vector(builder, pw, _at(builder, w, (o, stride_)), piece, element)
                      for o in range(outer)] for w in columns]
            sums = [[place(pdw2, _at(builder, w, (o, s_row_)), vector) for o in range(outer)]
                    + [place(pdw, _at(builder, w, (i, s_row_)), vector) for i in range(inner)]
                    for w in columns]
            biases = [place(pdb, w, slim) for w in columns if biased]
            loop = _Loop(builder, end, 1, [begin(pointer, slim, begin_biases) for pointer in biases]
                         + [begin(pointer, vector) for some in sums for pointer in some])
            n, thin = loop.position, builder.mul(loop.position, constant(MOST))
            behind = _splats(builder, pd, thin, outer, piece, element)
            ahead = _splats(builder, px, thin, inner, piece, element)
            totals, slopes = iter(loop.carried[len(biases):]), []
            new = []
            for v, w in enumerate(columns):
                here = _at(builder, w, (n, h_row_))
                if outer or masked:
                    h = builder.load(place(ph, here, slim), align=4)
                if outer:
                    total = _sum_of_products(builder, behind, rows[v])
                    total = builder.fadd(total, _zero_or(builder, -0.0, added, vector))
                    slope = _convert(builder, total, slim)
                    wide = _convert(builder, h, vector)
                    new += [_multiply_add(builder, s, wide, next(totals)) for s in behind]
                else:
                    slope = builder.load(place(pg, here, slim), align=4)
                if masked:
                    dead = builder.fcmp_ordered("<=", h, limit)
                    slope = builder.select(dead, _zeros(slim), slope)
                if inner:
                    wide = _convert(builder, slope, vector)
                    new += [_multiply_add(builder, s, wide, next(totals)) for s in ahead]
                else:
                    builder.store(slope, place(pdh, here, slim), align=4)
                if biased:
                    slopes.append(builder.fadd(loop.carried[v], slope))
            loop.close([*slopes, *new])
            for where, total in zip([*biases, *(pointer for some in sums for pointer in some)],
                                    loop.carried):
                builder.store(total, where, align=4)

        def emit(number):
            outer, inner = divmod(number, MOST_CASES)
            for first, some in portions(context, V, outer + inner + 1):
                for begin, piece in pieces(context, lanes):
                    gradients(range(first, first + some), outer, inner, begin, piece)

        number = builder.add(builder.mul(o_count, constant(MOST_CASES)), i_count)
        _cases(builder, number, counts, emit)
        return context.get_dummy_value()

    i8 = types.int64
    relu = i8 if masked else relu
    return types.void(vectors, wide, relu, behind, ahead, sums, i8, sizes, fresh), codegen
