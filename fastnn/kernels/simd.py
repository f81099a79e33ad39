"""Two tiles of vector instructions, out of which products are built; `rows.py` has a third.

LLVM does not keep a block of partial sums in registers when the loops are written out in Numba
(48 us for a (300, 64) by (64, 3) product; 9 us with these). So the two inner loops of a product are
emitted here as vector code. Both sum in float64 or float32 as their scratch has it, and both fix
the order of summation:

`product_tile`   lanes side by side in an output row; each sum runs over k in sequence. The order
                 OpenBLAS has wherever an output is wide.
`dot_tile`       lanes along k: lane l sums k = l, l + LANES, ...; at the end neighbours are added
                 pairwise. The order OpenBLAS has, with 8 float64 lanes, on processors with AVX-512
                 for outputs 2 to 4 wide.

They check nothing: callers have. An operand is a pointer to its first element (`pointer_to`), in a
tuple with the steps from row to row. In the pseudocode of each tile, operands are the matrices that
these tuples stand for, and fma(x, y, z) is x y + z, rounded once where the processor can.
"""

import itertools

from fastnn.compile.late import intrinsic, ir, types
from fastnn.kernels.registers import parts_of_tile, portions, rows_of_tile
from fastnn.kernels.vectors import (
    _at,
    _cases,
    _Loop,
    _multiply_add,
    _parts,
    _scalar,
    _splat,
    _vector,
    _zero,
    add_products,
    constant,
    lanes_of_type,
    rows_there,
)

FRESH, ADD, GO_ON = 0, 1, 2


@intrinsic
def tile_rows(typingctx):
    """Rows of the largest tiles on the processor that this is compiled for."""
    def codegen(context, builder, signature, args):
        return context.get_constant(types.int64, rows_of_tile(context))
    return types.int64(), codegen


@intrinsic(prefer_literal=True)
def product_tile(typingctx, rows, vectors, a, b, sizes, mode, sums):
    """`rows` (at most tile_rows()) by `vectors` (1 or 2; both are literals) * LANES sums of K
    products each:

        total = sums if mode == GO_ON else 0
        for k in range(K):
            total = fma(a[:, k, None], b[k], total)
        sums[:] = sums + total if mode == ADD else total

    a: (pointer, row, step), a[r, k] at r row + k step. b, sums: (pointer, row). sizes: the rows of
    a (where they are fewer than the tile's, the last is done several times), and K. mode: FRESH,
    ADD or GO_ON.
    """
    lanes = lanes_of_type(sums[0].dtype)

    def codegen(context, builder, signature, args):
        (pa, ar, ak), (pb, bk), (count, end), (ps, sr) = (
            _parts(context, builder, signature.args[k], args[k]) for k in (2, 3, 4, 6))
        mode, element = args[5], ps.type.pointee
        vector = ir.VectorType(element, lanes)
        go_on = builder.icmp_signed("==", mode, constant(GO_ON))
        add = builder.icmp_signed("==", mode, constant(ADD))
        there = rows_there(builder, min(rows.literal_value, rows_of_tile(context)), count)
        lefts = [builder.gep(pa, [builder.mul(r, ar)]) for r in there]
        outs = [builder.gep(ps, [builder.mul(r, sr)]) for r in there]

        def column(v):
            return constant(v * lanes)

        def part(some):
            places = [builder.bitcast(builder.gep(row, [column(v)]), vector.as_pointer())
                      for row in outs for v in some]
            loop = _Loop(builder, end, 1, [
                builder.select(go_on, builder.load(place, align=4), _zero(vector))
                for place in places])
            k = loop.position
            loop.close(add_products(
                builder, loop.carried, len(some),
                lambda r: _splat(builder, _scalar(
                    builder, lefts[r], builder.mul(k, ak), element), lanes),
                lambda i: _vector(builder, pb, _at(builder, column(some[i]), (k, bk)), lanes,
                                  element)))
            # All are read before any is written: the last row may be there several times.
            before = [builder.load(place, align=4) for place in places]
            for place, old, total in zip(places, before, loop.carried):
                builder.store(builder.select(add, builder.fadd(old, total), total), place, align=4)

        for some in parts_of_tile(context) if vectors.literal_value == 2 else [(0,)]:
            part(some)
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(rows, vectors, a, b, sizes, i8, sums), codegen


@intrinsic
def dot_tile(typingctx, a, b, K, columns, sums):
    """The sums a @ b.T, a (4, K), b (columns, K), in LANES partial sums each; K: whole vectors.

        parts = 0
        for k in range(0, K, LANES):
            parts = fma(a[:, None, k:k + LANES], b[None, :, k:k + LANES], parts)
        while parts.shape[2] > 1:
            parts = parts[:, :, 0::2] + parts[:, :, 1::2]
        sums.reshape(4, dot_row(columns))[:, :columns] = parts[:, :, 0]

    columns: 1 to 4; 1 is as much work as 2, and b has 2 rows then. a, b: (pointer, row). sums: a
    pointer to room for 16.
    """
    lanes = lanes_of_type(sums.dtype)

    def codegen(context, builder, signature, args):
        (pa, ar), (pb, br) = (_parts(context, builder, signature.args[k], args[k]) for k in (0, 1))
        end, number, ps = args[2:]
        element = ps.type.pointee
        vector = ir.VectorType(element, lanes)

        def products(rows, columns):
            loop = _Loop(builder, end, lanes, [_zero(vector)] * (len(rows) * len(columns)))
            k = loop.position
            left = [_vector(builder, pa, _at(builder, k, (r, ar)), lanes, element) for r in rows]
            right = [_vector(builder, pb, _at(builder, k, (c, br)), lanes, element)
                     for c in columns]
            loop.close([_multiply_add(builder, x, y, loop.carried[len(columns) * i + j])
                        for i, x in enumerate(left) for j, y in enumerate(right)])
            return dict(zip(itertools.product(rows, columns), loop.carried))

        def emit(count):
            whole = len(portions(context, 4, count)) == 1
            halves = [range(2), range(2, 4)]
            sides = [range(count)] if whole or count < 4 else halves
            found: dict = {}
            for rows, some in itertools.product([range(4)] if whole else halves, sides):
                found |= products(rows, some)
            sums = [found[place] for place in itertools.product(range(4), range(count))]
            for i, part in enumerate(_add_neighbours(builder, sums)):
                place = builder.gep(ps, [constant(i * lanes)])
                place = builder.bitcast(place, vector.as_pointer())
                builder.store(part, place, align=4)
        two = builder.icmp_signed("<", number, constant(2))
        _cases(builder, builder.select(two, constant(2), number), (2, 3, 4), emit)
        return context.get_dummy_value()

    return types.void(a, b, types.int64, types.int64, sums), codegen


def dot_row(columns):
    """From one row of `dot_tile`'s sums to the next."""
    return max(2, columns)


@intrinsic
def store_sums(typingctx, sums, addends, out, count):
    """out[:count] = sums[:count] + addends[:count], both rounded to the output's type first.

    All are pointers. count: 8, 12 or 16.
    """
    def codegen(context, builder, signature, args):
        ps, pa, po, number = args
        element = po.type.pointee

        def emit(count):
            for begin in range(0, count, 8):
                lanes, at = min(8, count - begin), constant(begin)
                one, other = (_vector(builder, pointer, at, lanes, element) for pointer in (ps, pa))
                place = builder.bitcast(builder.gep(po, [at]), one.type.as_pointer())
                builder.store(builder.fadd(one, other), place, align=4)
        _cases(builder, number, (8, 12, 16), emit)
        return context.get_dummy_value()

    return types.void(sums, addends, out, types.int64), codegen


def _add_neighbours(builder, vectors):
    """The sum of each vector, ((v0 + v1) + (v2 + v3)) + ..., side by side in fewer vectors.

    There are 8 to 16; what is left of the last vector of sums is of no interest. Two vectors at a
    time give one of their neighbours' sums, until each is down to one element: first within each
    128 bits, whose elements are cheap to exchange, then whole 128 bits.
    """
    kind = vectors[0].type
    lanes, quarter = kind.count, 2 if isinstance(kind.element, ir.DoubleType) else 4
    within: tuple[list[int], list[int]] = [], []  # of both vectors: even neighbours, and odd ones
    for q in range(0, lanes, quarter):
        both = [*range(q, q + quarter), *range(lanes + q, lanes + q + quarter)]
        for side in 0, 1:
            within[side].extend(both[side::2])
    quarters = [n for n in range(2 * lanes) if n // quarter % 2 == 0]
    across = quarters, [n + quarter for n in quarters]
    for level in range(lanes.bit_length() - 1):
        even, odd = [ir.Constant(ir.VectorType(ir.IntType(32), lanes), places)
                     for places in (within if 2 ** level < quarter else across)]
        vectors = [builder.fadd(builder.shuffle_vector(u, v, even),
                                builder.shuffle_vector(u, v, odd))
                   for u, v in zip(vectors[::2], [*vectors[1::2], vectors[-1]])]
    return vectors
