"""Products as NumPy computes them: which BLAS routine `np.dot` calls for these shapes, and how.

`np.dot` of two matrices looks at their shapes first: a single number, vectors, a vector and a
matrix have routines of their own, which sum in orders of their own. That is done here as there
(`cblas_matrixproduct` of NumPy's `cblasfuncs.c`), with the routines of NumPy's own BLAS.
"""

from fastnn.compile import numpy_blas
from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, types
from fastnn.compile.numpy_blas import COLUMN_MAJOR, PLAIN, ROW_MAJOR, TRANSPOSED
from fastnn.kernels.elements import get, is_of_type, pointer_as, pointer_to, put, wide_vectors


def _call(builder, routine, real, result, *values):
    """Call a routine of NumPy's BLAS: values are (kind, value), the kinds s(hort), w(hole) numbers,
    p(laces) and r(eal) numbers.
    """
    kinds = {"s": ir.IntType(32), "w": ir.IntType(numpy_blas.BITS),
             "p": ir.IntType(8).as_pointer(), "r": real}
    table = builder.module.globals.get(numpy_blas.TABLE) or cgutils.add_global_variable(
        builder.module, ir.ArrayType(ir.IntType(64), numpy_blas.WORDS), numpy_blas.TABLE)
    place = numpy_blas.position(routine, "s" if real == ir.FloatType() else "d")
    function = builder.load(cgutils.gep_inbounds(builder, table, 0, place))
    kind = ir.FunctionType(result, [kinds[mark] for mark, _ in values])
    given = []
    for mark, value in values:
        to = kinds[mark]
        if isinstance(value, int | float):
            value = ir.Constant(to, value)
        elif mark == "p":
            value = builder.bitcast(value, to)
        elif mark in "sw" and value.type != to:
            value = builder.trunc(value, to)
        given.append(value)
    return builder.call(builder.inttoptr(function, kind.as_pointer()), given)


@intrinsic
def _gemm(typingctx, left, right, m, n, k, a, lda, b, ldb, c):
    """c (m, n) = op(a) op(b); left and right: PLAIN or TRANSPOSED."""
    def codegen(context, builder, signature, args):
        left, right, m, n, k, a, lda, b, ldb, c = args
        _call(builder, "gemm", c.type.pointee, ir.VoidType(), ("s", ROW_MAJOR), ("s", left),
              ("s", right), ("w", m), ("w", n), ("w", k), ("r", 1.0), ("p", a), ("w", lda),
              ("p", b), ("w", ldb), ("r", 0.0), ("p", c), ("w", n))
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(i8, i8, i8, i8, i8, a, i8, b, i8, c), codegen


@intrinsic
def _gemv(typingctx, order, turned, m, n, a, lda, x, y):
    """y = op(a) x; a (m, n) lies in this order."""
    def codegen(context, builder, signature, args):
        order, turned, m, n, a, lda, x, y = args
        _call(builder, "gemv", y.type.pointee, ir.VoidType(), ("s", order), ("s", turned), ("w", m),
              ("w", n), ("r", 1.0), ("p", a), ("w", lda), ("p", x), ("w", 1), ("r", 0.0), ("p", y),
              ("w", 1))
        return context.get_dummy_value()

    i8 = types.int64
    return types.void(i8, i8, i8, i8, a, i8, x, y), codegen


@intrinsic
def _dot(typingctx, n, x, y):
    """sum_i x[i] y[i]"""
    def codegen(context, builder, signature, args):
        n, x, y = args
        real = x.type.pointee
        return _call(builder, "dot", real, real, ("w", n), ("p", x), ("w", 1), ("p", y), ("w", 1))

    return x.dtype(types.int64, x, y), codegen


@intrinsic
def _axpy(typingctx, n, alpha, x, y):
    """y += alpha x"""
    def codegen(context, builder, signature, args):
        n, alpha, x, y = args
        _call(builder, "axpy", x.type.pointee, ir.VoidType(), ("w", n), ("r", alpha), ("p", x),
              ("w", 1), ("p", y), ("w", 1))
        return context.get_dummy_value()

    return types.void(types.int64, x.dtype, x, y), codegen


@helper()
def numpys_product(a, b, c, m, n, k, left, right):
    """c (m, n) = op(a) op(b), as `np.dot` gives it: op(a) is (m, k), op(b) (k, n).

    Each argument is a pointer; what lies there is row-major and has no gaps. left, right: 1 where
    op(a), op(b) is the transpose of what lies there, else 0. No size is 0.
    """
    if k == 1 and (m == 1 or n == 1):
        _by_a_number(a, b, c, m, n)
    elif m == 1 and n == 1:
        c[0] = 0.0 + _dot(k, a, b)
    elif n == 1:
        if left:
            _gemv(COLUMN_MAJOR, PLAIN, m, k, a, m, b, c)
        else:
            _gemv(ROW_MAJOR, PLAIN, m, k, a, k, b, c)
    elif m == 1:
        if right:
            _gemv(COLUMN_MAJOR, TRANSPOSED, k, n, b, k, a, c)
        else:
            _gemv(ROW_MAJOR, TRANSPOSED, k, n, b, n, a, c)
    else:
        _by_gemm(a, b, c, m, n, k, left, right)


@helper(inline=True)
def _by_gemm(a, b, c, m, n, k, left, right):
    """Of two matrices.

    A single column, and a single row, NumPy takes for the transpose of itself.
    """
    left, right = left or k == 1, right or k == 1
    _gemm(TRANSPOSED if left else PLAIN, TRANSPOSED if right else PLAIN, m, n, k,
          a, m if left else k, b, k if right else n, c)


@helper(inline=True)
def _by_a_number(a, b, c, m, n):
    if m == 1 and n == 1:
        c[0] = a[0] * b[0]
        return
    for i in range(m * n):
        c[i] = 0.0
    if m == 1:
        _axpy(n, a[0], b, c)
    else:
        _axpy(m, b[0], a, c)


def blas_work_size(n, i, o):
    """Elements of scratch for the products of a dense layer (i, o) with n samples, at most.

    Where all is of the type of the sums none is used.
    """
    return n * (i + o) + i * o


@helper(inline=True)
def as_sums(work, start, a):
    """A pointer to a, or to a copy of it in the type of work, there from `start` on."""
    if is_of_type(a, work):
        return pointer_as(work, a, 0)
    for i in range(a.size):
        put(work, start + i, get(a, i))
    return pointer_to(work, start)


@helper(inline=True)
def _out(work, start, result):
    """A pointer to where a product goes that is to be `result`: there, or to work."""
    if is_of_type(result, work):
        return pointer_as(work, result, 0)
    return pointer_to(work, start)


@helper(inline=True)
def _round(work, start, result):
    """From the place that `_out` gave to `result`."""
    if not is_of_type(result, work):
        for i in range(result.size):
            put(result, i, get(work, start + i))


@helper()
def forward_of(inputs, weights, biases, work, relu, output):
    """output = inputs @ weights + biases, and max(0, ...) of that where `relu`.

    weights: a pointer. work: as `blas_work_size` says.
    """
    wide_vectors()
    (N, K), W = inputs.shape, biases.size
    numpys_product(as_sums(work, 0, inputs), weights, _out(work, N * K, output), N, W, K, 0, 0)
    _round(work, N * K, output)
    zero = output.dtype.type(0)
    for n in range(N):
        if relu:
            for o in range(W):
                v = get(output, n * W + o) + get(biases, o)
                put(output, n * W + o, zero if v < zero else v)
        else:
            for o in range(W):
                put(output, n * W + o, get(output, n * W + o) + get(biases, o))


@helper()
def dinputs_of(dvalues, weights, work, dinputs):
    """dinputs = dvalues @ weights.T, likewise"""
    wide_vectors()
    (N, W), K = dvalues.shape, dinputs.shape[1]
    numpys_product(as_sums(work, 0, dvalues), weights, _out(work, N * W, dinputs), N, K, W, 0, 1)
    _round(work, N * W, dinputs)


@helper()
def dweights_of(inputs, dvalues, work, dweights):
    """dweights = inputs.T @ dvalues, likewise"""
    wide_vectors()
    (N, K), W = inputs.shape, dvalues.shape[1]
    numpys_product(as_sums(work, 0, inputs), as_sums(work, N * K, dvalues),
                   _out(work, N * (K + W), dweights), K, W, N, 1, 0)
    _round(work, N * (K + W), dweights)
