"""The sum in NumPy's order, which decides about its last bits: eight partial sums, and pairwise
where there are many elements. The stack of values is there for that.
"""

import numpy as np

from fastnn.compile import numpy_sums
from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types


@intrinsic
def _piece(typingctx):
    """As `numpy_sums.piece`."""
    def codegen(context, builder, signature, args):
        word, name = ir.IntType(64), numpy_sums.TABLE
        table = builder.module.globals.get(name) or cgutils.add_global_variable(
            builder.module, word, name)
        return builder.load(table)
    return types.int64(), codegen


@helper()
def _sum_block(a, start, n):
    if n < 8:
        total = a.dtype.type(-0.0)
        for i in range(start, start + n):
            total += a[i]
        return total
    r0, r1, r2, r3 = a[start], a[start + 1], a[start + 2], a[start + 3]
    r4, r5, r6, r7 = a[start + 4], a[start + 5], a[start + 6], a[start + 7]
    whole = n - n % 8
    for i in range(start + 8, start + whole, 8):
        r0 += a[i]
        r1 += a[i + 1]
        r2 += a[i + 2]
        r3 += a[i + 3]
        r4 += a[i + 4]
        r5 += a[i + 5]
        r6 += a[i + 6]
        r7 += a[i + 7]
    total = ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7))
    for i in range(start + whole, start + n):
        total += a[i]
    return total


@helper()
def pairwise_sum(a, start, n):
    """a[start] + ... + a[start + n - 1] in NumPy's order, in the type of a."""
    piece = _piece()
    if n <= piece:
        return _sum_of_piece(a, start, n)
    total = _sum_of_piece(a, start, piece)
    for i in range(piece, n, piece):
        total += _sum_of_piece(a, start + i, min(piece, n - i))
    return total


@helper()
def _sum_of_piece(a, start, n):
    """The same of what NumPy sums at once.

    Below 8 elements in sequence; to 128 in eight partial sums; above that in halves. The halving
    keeps its own stack: a kernel that calls itself crashes when Numba loads it from a cache.
    """
    if n <= 128:
        return _sum_block(a, start, n)
    rights = stack_of(np.int64(0), 64)  # sizes of the right halves still to be summed; -1: in work
    lefts = stack_of(a.dtype.type(0), 64)  # sums of the left halves that wait for them
    depth = 0
    while True:
        while n > 128:
            half = n // 2
            half -= half % 8
            poke(rights, depth, n - half)
            depth += 1
            n = half
        total = _sum_block(a, start, n)
        start += n
        while depth > 0 and peek(rights, depth - 1) < 0:
            depth -= 1
            total = peek(lefts, depth) + total
        if depth == 0:
            return total
        poke(lefts, depth - 1, total)
        n = peek(rights, depth - 1)
        poke(rights, depth - 1, np.int64(-1))


@intrinsic(prefer_literal=True)
def stack_of(typingctx, example, n):
    """Room for n (a literal) values of the type of `example`, on the stack of the caller."""
    kind = types.unliteral(example)

    def codegen(context, builder, signature, args):
        return cgutils.alloca_once(builder, context.get_value_type(kind), size=n.literal_value)
    return types.CPointer(kind)(example, n), codegen


@intrinsic
def peek(typingctx, stack, position):
    """stack[position]"""
    def codegen(context, builder, signature, args):
        return builder.load(builder.gep(args[0], [args[1]]))
    return stack.dtype(stack, types.int64), codegen


@intrinsic
def poke(typingctx, stack, position, value):
    """stack[position] = value"""
    def codegen(context, builder, signature, args):
        builder.store(args[2], builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()
    return types.void(stack, types.int64, stack.dtype), codegen
