"""The tile of A @ B that finishes its outputs while they are in registers: rounding, bias, ReLU.

Emitted as vector code for the reasons that `simd.py` gives. It reads A where it stands: with rows
of A copied first and sums stored before they are finished, three products of (1000, 64) by (64, 64)
ran at 129 GFLOP/s, where the processor has 176; this way at 155.
"""

from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types
from fastnn.kernels.elements import get, is_of_type, pointer_as, pointer_to, put
from fastnn.kernels.packing import runs_word
from fastnn.kernels.registers import parts_of_tile, rows_of_tile
from fastnn.kernels.vectors import (
    _at,
    _convert,
    _Loop,
    _parts,
    _scalar,
    _splat,
    _vector,
    _zero,
    _zero_or,
    add_products,
    constant,
    lanes_of_type,
    rows_there,
)


@helper(inline=True)
def in_type_of(work, a, start, count, used):
    """A pointer to `count` elements of a, from `start` on, in the type of `work`.

    They stay in a where it has the type. Otherwise they are copied to `work`, from `used` on.
    """
    if is_of_type(a, work):
        return pointer_as(work, a, start)
    for i in range(count):
        put(work, used + i, get(a, start + i))
    return pointer_to(work, used)


@intrinsic(prefer_literal=True)
def rows_tile(typingctx, vectors, a, b, sizes, biases, relu, out):
    """`tile_rows()` by `vectors` (1 or 2, a literal) * LANES outputs of a @ b, in the type of b, or
    for 0 twice as many rows by LANES / 2:

        for run in the runs that `sums_order.terms_of` makes of range(K):
            part = 0
            for k in run:
                part = fma(a[:, k, None], b[k], part)
            total = part if run is the first else total + part
        if added:
            total += 0.0
        value = total.astype(out.dtype) + biases
        out[:, :width] = np.where(relu and value < 0, 0, value)[:, :width]

    a, b, out: (pointer, row). biases: a pointer. sizes: the rows of a (where they are fewer than
    the tile's, the last is done several times), K, the terms of a run (K, where there is but one;
    halves of the rest, below two runs), width, the columns wanted, and added, 0 or 1.
    """
    V = vectors.literal_value
    lanes, rows_by = (lanes_of_type(b[0].dtype), 1) if V else (lanes_of_type(b[0].dtype) // 2, 2)

    def codegen(context, builder, signature, args):
        (pa, ar), (pb, bk), (rows, end, run, width, added), (po, o_row) = (
            _parts(context, builder, signature.args[k], args[k]) for k in (1, 2, 3, 6))
        pbias, relu = args[4:6]
        element, rounded = pb.type.pointee, ir.VectorType(po.type.pointee, lanes)
        zero = _zero(ir.VectorType(element, lanes))
        least = _zero_or(builder, float("-inf"), relu, rounded)
        nil = _zero_or(builder, -0.0, added, zero.type)
        there = rows_there(builder, rows_by * rows_of_tile(context), rows)
        lefts = [builder.gep(pa, [builder.mul(r, ar)]) for r in there]
        outs = [builder.gep(po, [builder.mul(r, o_row)]) for r in there]

        def column(v):
            return constant(v * lanes)

        unit = runs_word(builder, 1 if element == ir.FloatType() else 3)

        def terms_of(left):  # as `sums_order.terms_of`
            half = builder.lshr(left, constant(1))
            half = builder.and_(builder.add(half, builder.sub(unit, constant(1))),
                                builder.neg(unit))
            long = builder.icmp_signed(">=", left, builder.add(run, run))
            return builder.select(builder.icmp_signed("<=", left, run), left,
                                  builder.select(long, run, half))

        def sums_of(some, begin, terms):
            loop = _Loop(builder, terms, 1, [zero] * (len(lefts) * len(some)))
            k = builder.add(begin, loop.position)
            loop.close(add_products(
                builder, loop.carried, len(some),
                lambda r: _splat(builder, _scalar(builder, lefts[r], k, element), lanes),
                lambda i: _vector(builder, pb, _at(builder, column(some[i]), (k, bk)), lanes,
                                  element)))
            return loop.carried

        def whole_sums_of(some):
            terms = terms_of(end)
            sums = sums_of(some, constant(0), terms)
            runs = _While(builder, terms, end, sums)
            terms = terms_of(builder.sub(end, runs.position))
            more = sums_of(some, runs.position, terms)
            runs.close(builder.add(runs.position, terms),
                       [builder.fadd(s, m) for s, m in zip(runs.carried, more)])
            return runs.carried

        def finish(some, sums, load, store):
            for i, v in enumerate(some):
                bias = _convert(builder, load(builder.gep(pbias, [column(v)]), v), rounded)
                for r, place in enumerate(outs):
                    total = builder.fadd(sums[r * len(some) + i], nil)
                    value = builder.fadd(_convert(builder, total, rounded), bias)
                    dead = builder.fcmp_ordered("<", value, least)
                    store(builder.select(dead, least, value), builder.gep(place, [column(v)]), v)

        def part(some):
            sums = whole_sums_of(some)
            full = builder.icmp_signed(">=", width, column(some[-1] + 1))
            with builder.if_else(full) as (fits, does_not):
                with fits:
                    finish(some, sums, lambda place, v: _load(builder, place, lanes),
                           lambda value, place, v: _store(builder, value, place))
                with does_not:
                    masks = {v: _mask(builder, builder.sub(width, column(v)), lanes) for v in some}
                    finish(some, sums,
                           lambda place, v: _masked_load(builder, place, masks[v]),
                           lambda value, place, v: _masked_store(builder, value, place, masks[v]))

        for some in parts_of_tile(context) if V == 2 else [(0,)]:
            part(some)
        return context.get_dummy_value()

    return types.void(vectors, a, b, sizes, biases, types.int64, out), codegen


class _While:
    """while position < end, carrying vectors from turn to turn; the body says where it got."""

    def __init__(self, builder, position, end, carried):
        self.builder = builder
        before, self.head = builder.block, builder.append_basic_block("runs")
        body, self.after = builder.append_basic_block("run"), builder.append_basic_block("done")
        builder.branch(self.head)
        builder.position_at_end(self.head)
        self._phis = [builder.phi(value.type) for value in (position, *carried)]
        for phi, value in zip(self._phis, (position, *carried)):
            phi.add_incoming(value, before)
        self.position, *self.carried = self._phis
        builder.cbranch(builder.icmp_signed("<", self.position, end), body, self.after)
        builder.position_at_end(body)

    def close(self, position, values):
        for phi, value in zip(self._phis, (position, *values)):
            phi.add_incoming(value, self.builder.block)
        self.builder.branch(self.head)
        self.builder.position_at_end(self.after)


def _place(builder, pointer, kind):
    return builder.bitcast(pointer, kind.as_pointer())


def _load(builder, pointer, lanes):
    kind = ir.VectorType(pointer.type.pointee, lanes)
    return builder.load(_place(builder, pointer, kind), align=4)


def _store(builder, value, pointer):
    builder.store(value, _place(builder, pointer, value.type), align=4)


def _mask(builder, count, lanes):
    """The first `count` of the lanes."""
    numbers = ir.Constant(ir.VectorType(ir.IntType(64), lanes), list(range(lanes)))
    return builder.icmp_signed("<", numbers, _splat(builder, count, lanes))


def _masked(builder, name, kind, mask, result, arguments):
    bits = 64 if kind.element == ir.DoubleType() else 32
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(result, [argument.type for argument in arguments]),
        f"llvm.masked.{name}.v{kind.count}f{bits}.p0v{kind.count}f{bits}")
    return builder.call(function, arguments)


def _masked_load(builder, pointer, mask):
    kind = ir.VectorType(pointer.type.pointee, mask.type.count)
    return _masked(builder, "load", kind, mask, kind, [
        _place(builder, pointer, kind), ir.Constant(ir.IntType(32), 4), mask, _zero(kind)])


def _masked_store(builder, value, pointer, mask):
    _masked(builder, "store", value.type, mask, ir.VoidType(), [
        value, _place(builder, pointer, value.type), ir.Constant(ir.IntType(32), 4), mask])
