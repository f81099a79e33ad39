"""What tiles are written with: vectors, loops and cases in LLVM's words.

A function here emits code and computes nothing; `builder` is where the code goes.
"""

from fastnn.compile.late import cgutils, ir, types


def lanes_of_type(kind):
    """Elements of a Numba type in one AVX-512 register, or in two of AVX2."""
    return 8 if kind == types.float64 else 16


def constant(number):
    """A whole number, for LLVM."""
    return ir.Constant(ir.IntType(64), number)


def _parts(context, builder, kinds, value):
    """What is in a tuple of these types: pointers, numbers as int64, None as None."""
    return [None if kind == types.none else part if isinstance(kind, types.CPointer)
            else context.cast(builder, part, kind, types.int64)
            for kind, part in zip(kinds, cgutils.unpack_tuple(builder, value, len(kinds)))]


def _scalar(builder, pointer, position, result):
    """Element at `position`, converted to the LLVM type `result`."""
    return _convert(builder, builder.load(builder.gep(pointer, [position])), result)


def _vector(builder, pointer, position, lanes, result):
    """`lanes` elements from `position` on, converted to vectors of `result`."""
    element = pointer.type.pointee
    place = builder.bitcast(builder.gep(pointer, [position]),
                            ir.VectorType(element, lanes).as_pointer())
    loaded = builder.load(place, align=4 if element == ir.FloatType() else 8)
    return _convert(builder, loaded, ir.VectorType(result, lanes))


def _convert(builder, value, to):
    if value.type == to:
        return value
    double = to == ir.DoubleType() or getattr(to, "element", None) == ir.DoubleType()
    return builder.fpext(value, to) if double else builder.fptrunc(value, to)


def _splat(builder, scalar, lanes):
    vector = ir.VectorType(scalar.type, lanes)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar,
                                 ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)


def _zero_or(builder, other, condition, kind):
    """A vector of 0.0 where a number is not 0, else of another number."""
    yes = builder.icmp_signed("!=", condition, constant(0))
    number = builder.select(yes, ir.Constant(kind.element, 0.0), ir.Constant(kind.element, other))
    return _splat(builder, number, kind.count)


def _multiply_add(builder, a, b, c):
    """a * b + c, fused where the processor can. (A product of two float32 is exact in float64.)"""
    name = f"llvm.fmuladd.v{c.type.count}f{64 if c.type.element == ir.DoubleType() else 32}"
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(c.type, [c.type] * 3), name)
    return builder.call(function, [a, b, c])


def _zero(vector):
    return ir.Constant(vector, [0.0] * vector.count)


def rows_there(builder, rows, count):
    """The rows of a tile, of which there are `count`: then the last stands for those behind it."""
    last = builder.sub(count, constant(1))
    return [builder.select(builder.icmp_signed("<", constant(r), last),
                           constant(r), last) for r in range(rows)]


def add_products(builder, totals, vectors, left, right):
    """totals[i, v] + left(i) * right(v), of each row i and vector v; totals row by row."""
    new, rights = [], [right(v) for v in range(vectors)]
    for i in range(len(totals) // vectors):
        one = left(i)
        new += [_multiply_add(builder, one, other, total)
                for other, total in zip(rights, totals[i * vectors:])]
    return new


def joined(builder, vectors):
    """One vector of all lanes of one or two."""
    if len(vectors) == 1:
        return vectors[0]
    count = 2 * vectors[0].type.count
    return builder.shuffle_vector(*vectors, ir.Constant(
        ir.VectorType(ir.IntType(32), count), list(range(count))))


class _Loop:
    """for position in range(0, end, step), carrying vectors from turn to turn in registers."""

    def __init__(self, builder, end, step, carried):
        self.builder, self.end, self.step = builder, end, step
        self.before = builder.block
        self.head = builder.append_basic_block("head")
        self.body = builder.append_basic_block("body")
        self.after = builder.append_basic_block("after")
        builder.branch(self.head)
        builder.position_at_end(self.head)
        self.position = builder.phi(ir.IntType(64))
        self.position.add_incoming(constant(0), self.before)
        self.carried = [builder.phi(value.type) for value in carried]
        for phi, value in zip(self.carried, carried):
            phi.add_incoming(value, self.before)
        more = builder.icmp_signed("<", self.position, end)
        builder.cbranch(more, self.body, self.after)
        builder.position_at_end(self.body)

    def close(self, values):
        builder = self.builder
        ahead = builder.add(self.position, constant(self.step))
        self.position.add_incoming(ahead, builder.block)
        for phi, value in zip(self.carried, values):
            phi.add_incoming(value, builder.block)
        builder.branch(self.head)
        builder.position_at_end(self.after)


def _at(builder, start, *terms):
    """start + the sum of number * stride."""
    for number, stride in terms:
        start = builder.add(start, builder.mul(
            number if isinstance(number, ir.Value) else constant(number), stride))
    return start


def _cases(builder, number, counts, emit):
    """Emit one version for each count, and a jump to that of the number."""
    after = builder.append_basic_block("after")
    switch = builder.switch(number, after)
    for count in counts:
        block = builder.append_basic_block(f"case{count}")
        switch.add_case(constant(count), block)
        builder.position_at_end(block)
        emit(count)
        builder.branch(after)
    builder.position_at_end(after)
