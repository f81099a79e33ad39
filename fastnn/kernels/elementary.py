"""Scalar mathematics that gives NumPy's digits: exp, log and the pairwise sum.

NumPy's vector code computes float32 `exp` and `log` as rational approximations in fused
multiply-adds; written the same way here they are equal in every bit and vectorise (0.7 ns an
element here, NumPy 0.5, against 3.6 ns for a call of the C library's). For float64 the C library's
are used: NumPy's differ from them in the last bit on some processors, so what must be equal there
is left to NumPy.

Source: the constants are those of NumPy's `npy_simd_data.h`; the method is Cody and Waite's.
"""

import math

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from fastnn.kernels.jit import helper

_f4 = np.float32

LOG2_E = _f4(1.44269504088896340736)
LOG_2_HIGH = _f4(-6.93145752e-1)
LOG_2_LOW = _f4(-1.42860677e-6)
LOG_2 = _f4(0.693147180559945309417)
SQRT_HALF = _f4(0.707106781186547524401)
ROUND = _f4(12582912.0)  # 1.5 * 2^23: adding it rounds a float32 to a whole number
EXP_OVERFLOW = _f4(88.72283935546875)
EXP_UNDERFLOW = _f4(-103.97208404541015625)
EXP_P = tuple(map(_f4, (9.999999999980870924916e-01, 7.257664613233124478488e-01,
                        2.473615434895520810817e-01, 5.114512081637298353406e-02,
                        6.757896990527504603057e-03, 5.082762527590693718096e-04)))
EXP_Q = tuple(map(_f4, (1.0, -2.742335390411667452936e-01, 2.159509375685829852307e-02)))
LOG_P = tuple(map(_f4, (0.0, 9.999999999999998702752e-01, 2.112677543073053063722e+00,
                        1.480000633576506585156e+00, 3.808837741388407920751e-01,
                        2.589979117907922693523e-02)))
LOG_Q = tuple(map(_f4, (1.0, 2.612677543073109236779e+00, 2.453006071784736363091e+00,
                        9.864942958519418960339e-01, 1.546476374983906719538e-01,
                        5.875095403124574342950e-03)))
SMALLEST_NORMAL = _f4(1.17549435e-38)
TWO_100 = _f4(2.0**100)


@intrinsic
def fma(typingctx, a, b, c):
    """a * b + c, rounded once."""
    def codegen(context, builder, signature, args):
        return builder.fma(*args)
    return a(a, a, a), codegen


@intrinsic
def _bits(typingctx, x):
    """The bits of a float32 as an int32."""
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.IntType(32))
    return types.int32(types.float32), codegen


@intrinsic
def _from_bits(typingctx, i):
    """The float32 with these bits."""
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], ir.FloatType())
    return types.float32(types.int32), codegen


@helper(inline=True)
def _power_of_two(k):
    return _from_bits(np.int32((np.int32(k) + np.int32(127)) << np.int32(23)))


@helper()
def exp_f4(x):
    """e^x as NumPy computes it for float32."""
    k = (x * LOG2_E + ROUND) - ROUND
    # The polynomial sees only the range where 2^k can be written as two exact factors.
    k = min(max(k, _f4(-160.0)), _f4(128.0))
    r = fma(k, LOG_2_HIGH, x)
    r = fma(k, LOG_2_LOW, r)
    p = fma(EXP_P[5], r, EXP_P[4])
    p = fma(p, r, EXP_P[3])
    p = fma(p, r, EXP_P[2])
    p = fma(p, r, EXP_P[1])
    p = fma(p, r, EXP_P[0])
    q = fma(EXP_Q[2], r, EXP_Q[1])
    q = fma(q, r, EXP_Q[0])
    # 2^k in two steps: below 2^-126 a float32 has no exponent left, and above 2^127 neither.
    first = min(max(k, _f4(-125.0)), _f4(127.0))
    y = p / q * _power_of_two(first) * _power_of_two(k - first)
    y = _f4(0.0) if x <= EXP_UNDERFLOW else y
    y = _f4(np.inf) if x >= EXP_OVERFLOW else y
    return y if x == x else x


@helper()
def log_f4(x):
    """Natural logarithm as NumPy computes it for float32."""
    tiny = x < SMALLEST_NORMAL
    bits = _bits(x * TWO_100 if tiny else x)
    exponent = _f4((bits >> np.int32(23)) - np.int32(126)) - (_f4(100.0) if tiny else _f4(0.0))
    m = _from_bits((bits & np.int32(0x7FFFFF)) | np.int32(126 << 23))  # in [0.5, 1)
    low = m <= SQRT_HALF
    m = m + (m if low else _f4(0.0))
    exponent = exponent - (_f4(1.0) if low else _f4(0.0))
    r = m - _f4(1.0)
    p = fma(LOG_P[5], r, LOG_P[4])
    p = fma(p, r, LOG_P[3])
    p = fma(p, r, LOG_P[2])
    p = fma(p, r, LOG_P[1])
    p = fma(p, r, LOG_P[0])
    q = fma(LOG_Q[5], r, LOG_Q[4])
    q = fma(q, r, LOG_Q[3])
    q = fma(q, r, LOG_Q[2])
    q = fma(q, r, LOG_Q[1])
    q = fma(q, r, LOG_Q[0])
    y = fma(exponent, LOG_2, p / q)
    y = x if x == _f4(np.inf) else y
    y = _f4(-np.inf) if x == _f4(0.0) else y
    return y if x >= _f4(0.0) else _f4(np.nan)


def exp(x):
    """e^x in the type of x. A name for kernels; Python never runs it."""
    raise TypeError("exp is for kernels")


def log(x):
    """Natural logarithm in the type of x. A name for kernels; Python never runs it."""
    raise TypeError("log is for kernels")


@helper()
def _log_f8(x):
    if x > 0.0:
        return math.log(x)
    return -np.inf if x == 0.0 else np.nan


@overload(exp)
def _exp(x):
    if x == types.float32:
        return lambda x: exp_f4(x)
    return lambda x: math.exp(x)


@overload(log)
def _log(x):
    if x == types.float32:
        return lambda x: log_f4(x)
    return lambda x: _log_f8(x)


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
    """a[start] + ... + a[start + n - 1] in NumPy's order, in the type of a.

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
