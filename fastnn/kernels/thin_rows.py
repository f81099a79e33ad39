"""A thin layer, its ReLU and the dense layer of few outputs behind it, eight rows side by side.

What `thin_through` of `thin.py` does, for sums over the hidden neurons that run in sequence
(`sums_order.py`): lanes are rows here, where there they are neurons, whose sums end in eight parts.
"""

from fastnn.compile.late import intrinsic, ir, types
from fastnn.kernels.thin import MOST, MOST_CASES, _output_of, _zeros
from fastnn.kernels.vectors import (
    _at,
    _cases,
    _convert,
    _Loop,
    _multiply_add,
    _parts,
    _scalar,
    _splat,
    constant,
)

ROWS = 8
COLUMNS = 4  # of hidden, that are turned at once
# From a0 a1 ..., b0 b1 ... to a0 b0 a1 b1 ..., and pairs likewise; within the halves of AVX2.
_SINGLES = [0, 8, 1, 9, 4, 12, 5, 13], [2, 10, 3, 11, 6, 14, 7, 15]
_PAIRS = [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]


@intrinsic
def thin_rows_tile(typingctx, x, n, weights, biases, hidden, behind, sizes, run, sums):
    """ROWS rows, from n on, through both layers, in the columns of a run:

        for r in range(n, n + ROWS):
            for w in range(begin, begin + terms):
                total = 0
                for i in range(I):
                    total = fma(x[r, i], weights[i, w], total)
                value = total.astype(hidden.dtype) + biases[w]
                hidden[r, w] = np.where(value < 0, 0, value)
            for o in range(O):
                sums[o, r - n] = the sum of hidden[r, w] * behind[w, o], in sequence from 0

    Pointers: x to rows of MOST, weights (I, W), behind (W, O), all in the type of the sums; biases;
    hidden, with room for all these rows; sums (O, ROWS). sizes: W, I, O from 2 on, and whether 0.0
    is added to the total (1 or 0). run: begin and terms, whole COLUMNS.
    """
    def codegen(context, builder, signature, args):
        px, n_, pw, pb, ph, pv, sizes, run, ps = args
        stride, inner_, outer_, added = _parts(context, builder, signature.args[6], sizes)
        begin, terms = _parts(context, builder, signature.args[7], run)
        element, rounded = ps.type.pointee, ph.type.pointee
        vector, out = ir.VectorType(element, ROWS), ir.VectorType(rounded, ROWS)

        def splat(pointer, position, kind):
            return _splat(builder, _scalar(builder, pointer, position, kind), ROWS)

        def emit(number):
            outer, inner = divmod(number, MOST_CASES)
            sides = [_column(builder, px, n_, i, vector) for i in range(inner)]
            loop = _Loop(builder, terms, COLUMNS, [_zeros(vector)] * outer)
            first, totals, columns = builder.add(begin, loop.position), loop.carried, []
            for column in range(COLUMNS):
                w = builder.add(first, constant(column))
                numbers = [splat(pw, _at(builder, w, (i, stride)), element) for i in range(inner)]
                value = _output_of(builder, numbers, sides, splat(pb, w, rounded), _zeros(out),
                                   added)
                columns.append(value)
                wide, place = _convert(builder, value, vector), builder.mul(w, constant(outer))
                totals = [_multiply_add(builder, wide, splat(
                    pv, builder.add(place, constant(o)), element), total)
                    for o, total in enumerate(totals)]
            for r, part in _turned(builder, columns):
                row = builder.mul(builder.add(n_, constant(r)), stride)
                place = builder.gep(ph, [builder.add(row, first)])
                builder.store(part, builder.bitcast(place, part.type.as_pointer()), align=4)
            loop.close(totals)
            for o, total in enumerate(loop.carried):
                place = builder.gep(ps, [constant(o * ROWS)])
                builder.store(total, builder.bitcast(place, vector.as_pointer()), align=4)

        number = builder.add(builder.mul(outer_, constant(MOST_CASES)), inner_)
        _cases(builder, number, [MOST_CASES * o + i for o in range(2, MOST + 1)
                                 for i in range(1, MOST + 1)], emit)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(x, i8, weights, biases, hidden, behind, sizes, run, sums), codegen


def _column(builder, pointer, n, i, vector):
    """Column i of ROWS rows of MOST, from row n on."""
    made = ir.Constant(vector, ir.Undefined)
    for r in range(ROWS):
        place = builder.mul(builder.add(n, constant(r)), constant(MOST))
        one = _scalar(builder, pointer, builder.add(place, constant(i)), vector.element)
        made = builder.insert_element(made, one, ir.Constant(ir.IntType(32), r))
    return made


def _turned(builder, columns):
    """(row, what COLUMNS columns of ROWS rows have there) of each row."""
    def shuffled(a, b, places):
        return builder.shuffle_vector(a, b, ir.Constant(
            ir.VectorType(ir.IntType(32), len(places)), places))

    a, b, c, d = columns
    for half, places in enumerate(_SINGLES):
        left, right = shuffled(a, b, places), shuffled(c, d, places)
        for pair, places_ in enumerate(_PAIRS):
            two = shuffled(left, right, places_)  # of this row and of that four behind it
            for behind in (0, COLUMNS):
                yield 2 * half + pair + behind, shuffled(two, two, list(
                    range(behind, behind + COLUMNS)))
