"""Large products as instructions of a training program (see `training.py`): NumPy's own BLAS.

For products that are summed in the type of their arrays. A block must be large: a call costs a
microsecond, and OpenBLAS packs both sides each time.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from fastnn.compile.jit import helper, instruction
from fastnn.kernels.simd import get, put
from fastnn.kernels.status import OK
from fastnn.kernels.training import FIRST, OWN, ROWS
from fastnn.kernels.views import carray

ADDRESS, BITS, I, O = OWN, OWN + 1, OWN + 2, OWN + 3
RELU = OWN + 4
_ROW_MAJOR, _PLAIN, _TRANSPOSED = 101, 111, 112


@intrinsic(prefer_literal=True)
def _gemm(typingctx, address, bits, left, right, m, n, k, a, lda, b, ldb, add, c, ldc):
    """c (m, n) = op(a) op(b), plus c where `add`; left and right: _PLAIN or _TRANSPOSED."""
    width = bits.literal_value

    def codegen(context, builder, signature, args):
        where, _, left, right, m, n, k, a, lda, b, ldb, add, c, ldc = args
        real = context.get_value_type(signature.args[7].dtype)
        short, whole = ir.IntType(32), ir.IntType(width)
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [
            short, short, short, whole, whole, whole, real, pointer, whole, pointer, whole, real,
            pointer, whole])
        function = builder.inttoptr(where, kind.as_pointer())

        def number(value, to):
            return value if value.type == to else builder.trunc(value, to)
        beta = builder.select(builder.icmp_signed("!=", add, ir.Constant(add.type, 0)),
                              ir.Constant(real, 1.0), ir.Constant(real, 0.0))
        builder.call(function, [
            ir.Constant(short, _ROW_MAJOR), number(left, short), number(right, short),
            number(m, whole), number(n, whole), number(k, whole), ir.Constant(real, 1.0),
            builder.bitcast(a, pointer), number(lda, whole), builder.bitcast(b, pointer),
            number(ldb, whole), beta, builder.bitcast(c, pointer), number(ldc, whole)])
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(i8, bits, i8, i8, i8, i8, i8, a, i8, b, i8, i8, c, i8), codegen


@helper(inline=True)
def _product(d, left, right, m, n, k, a, lda, b, ldb, add, c, ldc):
    if d[BITS] == 64:
        _gemm(d[ADDRESS], 64, left, right, m, n, k, a, lda, b, ldb, add, c, ldc)
    else:
        _gemm(d[ADDRESS], 32, left, right, m, n, k, a, lda, b, ldb, add, c, ldc)


@instruction("f4 f4 f4 f4", "f8 f8 f8 f8", numbers="address bits I O relu", writes="output",
             reach=lambda rows, I, O: (rows * I, I * O, O, rows * O),
             multiply_adds=lambda I, O: I * O)
def blas_forward(inputs, weights, biases, output, d):
    """output = inputs @ weights + biases, and max(0, ...) of that where d[RELU]."""
    rows, columns = d[ROWS], d[O]
    _product(d, _PLAIN, _PLAIN, rows, columns, d[I], inputs, d[I], weights, columns, 0, output,
             columns)
    y, b = carray(output, 1), carray(biases, 1)
    zero = y.dtype.type(0)
    for n in range(rows):
        if d[RELU]:
            for o in range(columns):
                v = get(y, n * columns + o) + get(b, o)
                put(y, n * columns + o, zero if v < zero else v)
        else:
            for o in range(columns):
                put(y, n * columns + o, get(y, n * columns + o) + get(b, o))
    return OK


@instruction("f4 f4 f4", "f8 f8 f8", numbers="address bits I O", writes="dinputs",
             reach=lambda rows, I, O: (rows * O, I * O, rows * I),
             multiply_adds=lambda I, O: I * O)
def blas_dinputs(dvalues, weights, dinputs, d):
    """dinputs = dvalues @ weights.T"""
    _product(d, _PLAIN, _TRANSPOSED, d[ROWS], d[I], d[O], dvalues, d[O], weights, d[O], 0, dinputs,
             d[I])
    return OK


@instruction("f4 f4 f4", "f8 f8 f8", numbers="address bits I O", writes="dweights",
             reach=lambda rows, I, O: (rows * I, rows * O, I * O),
             multiply_adds=lambda I, O: I * O)
def blas_dweights(inputs, dvalues, dweights, d):
    """dweights += inputs.T @ dvalues; the first block starts it."""
    _product(d, _TRANSPOSED, _PLAIN, d[I], d[O], d[ROWS], inputs, d[I], dvalues, d[O], d[FIRST],
             dweights, d[O])
    return OK
