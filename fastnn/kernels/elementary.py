"""Scalar mathematics that gives NumPy's digits: exp, log and tanh.

NumPy's vector code computes float32 `exp` and `log` as rational approximations in fused
multiply-adds; written the same way here they are equal in every bit and vectorise (0.7 ns an
element here, NumPy 0.5, against 3.6 ns for a call of the C library's). Its float32 `tanh` is a
polynomial for each of 32 intervals; here too, though the table costs time (1.5 ns an element,
NumPy 0.35: it keeps the table in registers, LLVM loads from it): native training runs take a
quotient of polynomials, `tanh_native` (0.35 ns). For float64, and where this machine's NumPy has
another way in float32, it is NumPy's own loop that computes (`compile/numpy_loops.py`): one element
a call, or many (`finish_exp`), which is quicker.

Source: the constants are those of NumPy's `npy_simd_data.h`, for tanh of its `loops_hyperbolic`,
which has them from Intel's SVML; the method for exp and log is Cody and Waite's. Those of
`tanh_native` are our own least squares, weighted until the relative errors to 8 were even (2e-8).
"""

import numpy as np

from fastnn.compile import numpy_loops
from fastnn.compile.jit import helper
from fastnn.compile.late import cgutils, intrinsic, ir, overload, types
from fastnn.kernels.elements import pointer_to

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
TANH_FIRST = np.int32(0x3D400000)  # bits, one step below where the second interval begins
TANH_ONE = np.int32(0x41200000)  # bits of 10.0, where the last begins; tanh is 1 there
# TANH_P[j, i], in bits: the factor of y^j in interval i; y = |x| - its middle (0 in the first).
TANH_P = np.array([
    0x00000000, 0x3D6FB9C9, 0x3D8FC35F, 0x3DAF9169, 0x3DCF49AB, 0x3DEEE849, 0x3E0F0EE8, 0x3E2E4984,
    0x3E4D2F8E, 0x3E6BB32E, 0x3E8C51CD, 0x3EA96163, 0x3EC543F1, 0x3EDFD735, 0x3F028438, 0x3F18ABF0,
    0x3F2BC480, 0x3F3BEC1C, 0x3F4F2E5B, 0x3F613C53, 0x3F6CE37D, 0x3F743C4F, 0x3F7A5FEB, 0x3F7DEA85,
    0x3F7F3B3D, 0x3F7FB78C, 0x3F7FEFD4, 0x3F7FFDD0, 0x3F7FFFB4, 0x3F7FFFF6, 0x3F7FFFFF, 0x3F800000,
    0x3F800000, 0x3F7F1F84, 0x3F7EBD11, 0x3F7E1E5F, 0x3F7D609F, 0x3F7C842D, 0x3F7B00E5, 0x3F789580,
    0x3F75B8AD, 0x3F726FD9, 0x3F6CC59B, 0x3F63FB92, 0x3F59FF97, 0x3F4F11D7, 0x3F3D7573, 0x3F24F360,
    0x3F0CBFE7, 0x3EEC1A69, 0x3EB0A801, 0x3E6753A2, 0x3E132F1A, 0x3DB7E7D3, 0x3D320845, 0x3C84D3D4,
    0x3BC477B7, 0x3B10D3DA, 0x3A01601E, 0x388C1A3B, 0x3717B0DA, 0x35A43BCE, 0x338306C6, 0x00000000,
    0xB0343C7B, 0xBD6EE69D, 0xBD8F0DA7, 0xBDAE477D, 0xBDCD2A1F, 0xBDEBA80D, 0xBE0C443B, 0xBE293CF3,
    0xBE44F282, 0xBE5F3651, 0xBE81C7C0, 0xBE96D7CA, 0xBEA7FB8E, 0xBEB50E9E, 0xBEC12EFE, 0xBEC4BE92,
    0xBEBCE070, 0xBEAD510E, 0xBE8EF7D6, 0xBE4B8704, 0xBE083237, 0xBDAF7449, 0xBD2E1EC4, 0xBC83BF06,
    0xBBC3E0B5, 0xBB10AADC, 0xBA0157DB, 0xB88C18F2, 0xB717B096, 0xB5A43BAE, 0xB383012C, 0x00000000,
    0xBEAAAAA5, 0xBEAB0612, 0xBEA7F01F, 0xBEA4E120, 0xBEA387B7, 0xBEA15962, 0xBE9D57F7, 0xBE976B5A,
    0xBE90230D, 0xBE880DFF, 0xBE7479B3, 0xBE4C3D88, 0xBE212482, 0xBDEB8CBA, 0xBD5E78AD, 0x3C6B5E6E,
    0x3D839143, 0x3DC21EE1, 0x3DE347AF, 0x3DCBEC96, 0x3D99EF2D, 0x3D542EA1, 0x3CDDE701, 0x3C2CCA67,
    0x3B81CB27, 0x3AC073A1, 0x39AC3032, 0x383A94D9, 0x36CA081D, 0x355ABD4C, 0x332B3CB6, 0x00000000,
    0xB76DD6B9, 0xBE1C276D, 0x3C1DCF2F, 0x3DC1A78D, 0x3D96F985, 0x3DA2B61B, 0x3DC13397, 0x3DD2F670,
    0x3DF48A0A, 0x3E06C5A8, 0x3E1A3ABA, 0x3E27C405, 0x3E2E78D0, 0x3E2C3E44, 0x3E1D3097, 0x3DF4A8F4,
    0x3DA38508, 0x3D31416A, 0x3B562657, 0xBCAEEAC9, 0xBCCE9419, 0xBCAAEAC4, 0xBC49E7D0, 0xBBA71DDD,
    0xBB003B0E, 0xBA3F9A05, 0xB92C08A7, 0xB7BA9232, 0xB64A0B0F, 0xB4DAC169, 0xB2AB78AC, 0x00000000,
    0x3E0910E9, 0x43761143, 0x4165ECDC, 0xC190F756, 0xC08C097D, 0xC02BA813, 0xBF7F6BDA, 0x3F2B1DC0,
    0x3ECE105D, 0x3F426A94, 0xBADB0DC4, 0x3DA43B17, 0xBD51AB88, 0xBCAEA23D, 0xBD3B6D8D, 0xBD6CAAAD,
    0xBD795BED, 0xBD5FDDDA, 0xBD038F3B, 0xBC1CAD63, 0x3ABB4766, 0x3B95F10B, 0x3B825873, 0x3AFAEA66,
    0x3A49F878, 0x39996BF3, 0x388F3E6C, 0x371BB0E3, 0x35A8A5E6, 0x34369B17, 0x322487B0, 0x00000000,
    0xBC0E2F66, 0x460BDA12, 0x43D638EF, 0xC3E11C3E, 0xC2BAA4E9, 0xC249DA2D, 0xC1859B82, 0x40DD5B57,
    0x40494640, 0x40C730A8, 0xBF0F160E, 0x3E30E76F, 0xBEA81387, 0xBDB26A1C, 0xBD351E57, 0xBB4C01A0,
    0x3C1D7BFB, 0x3C722CD1, 0x3C973F1C, 0x3C33A31B, 0x3B862EF4, 0x3A27B3D0, 0xBA3B5907, 0xBA0EFC22,
    0xB97F9F0F, 0xB8C8AF50, 0xB7BDDDFB, 0xB64F2950, 0xB4E085B1, 0xB3731DFA, 0xB15A1F04, 0x00000000,
], np.uint32).view(np.float32).reshape(7, 32)

TANH_LIMIT = _f4(20.0)  # from 8.3 to here the quotient is more than 1
TANH_TOP = tuple(map(_f4, (1.0, 0.12979251146316528, 0.002985890954732895, 9.878920536721125e-06,
                           -1.470498833811007e-08, 2.3510573696206016e-11)))
TANH_BOTTOM = tuple(map(_f4, (1.0, 0.46312567591667175, 0.024028044193983078,
                              0.00023720721947029233)))


@intrinsic
def fma(typingctx, a, b, c):
    """a * b + c, rounded once."""
    def codegen(context, builder, signature, args):
        return builder.fma(*args)
    return a(a, a, a), codegen


@intrinsic
def muladd(typingctx, a, b, c):
    """a * b + c, rounded once where the processor can: as the tiles of `simd.py` have it.

    (What LLVM may contract by itself it contracts with what is added next, too.)
    """
    def codegen(context, builder, signature, args):
        kind = args[0].type
        name = f"llvm.fmuladd.f{64 if kind == ir.DoubleType() else 32}"
        return builder.call(cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(kind, [kind] * 3), name), args)
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


@helper()
def tanh_f4(x):
    """Hyperbolic tangent as NumPy computes it for float32."""
    bits = _bits(x)
    a = min(bits & np.int32(0x7FFFFFFF), TANH_ONE)  # |x|; NaN, too, goes to the last interval
    # Four intervals to a power of two. & 31 changes nothing; with it LLVM gathers by 32-bit index.
    i = ((max(a, TANH_FIRST) - TANH_FIRST) >> 21) & 31
    middle = _from_bits((a & np.int32(0x7FE00000)) | np.int32(0x100000))
    y = _from_bits(a) - (middle if i > 0 else _f4(0.0))
    p = fma(TANH_P[6, i], y, TANH_P[5, i])
    p = fma(p, y, TANH_P[4, i])
    p = fma(p, y, TANH_P[3, i])
    p = fma(p, y, TANH_P[2, i])
    p = fma(p, y, TANH_P[1, i])
    p = fma(p, y, TANH_P[0, i])
    y = _from_bits(_bits(p) | (bits & np.int32(-0x80000000)))
    return y if x == x else _f4(np.nan)


@helper()
def _tanh_native_f4(x):
    c = TANH_LIMIT if x > TANH_LIMIT else x
    c = -TANH_LIMIT if c < -TANH_LIMIT else c
    u = c * c
    p = fma(TANH_TOP[5], u, TANH_TOP[4])
    p = fma(p, u, TANH_TOP[3])
    p = fma(p, u, TANH_TOP[2])
    p = fma(p, u, TANH_TOP[1])
    p = fma(p, u, TANH_TOP[0])
    q = fma(TANH_BOTTOM[3], u, TANH_BOTTOM[2])
    q = fma(q, u, TANH_BOTTOM[1])
    q = fma(q, u, TANH_BOTTOM[0])
    y = c * p / q
    y = _f4(1.0) if y > _f4(1.0) else y
    return _f4(-1.0) if y < _f4(-1.0) else y


def subnormal(x):
    """Whether x is float32 and below the normal numbers, but not 0. A name for kernels."""
    raise TypeError("subnormal is for kernels")


@overload(subnormal)
def _subnormal(x):
    if x == types.float32:
        return lambda x: np.uint32(_bits(x) & np.int32(0x7FFFFFFF)) - _ONE_BIT < _SUBNORMALS
    return lambda x: False


_ONE_BIT, _SUBNORMALS = np.uint32(1), np.uint32(0x7FFFFF)


def shrink(rate, x):
    """rate * x for a subnormal x and 0.5 < rate <= 1, without subnormal arithmetic, which takes
    some processors a hundred times as long. A name for kernels.

    The bits of a subnormal number are a whole number k, its value k 2^-149: so rate * k, rounded.
    """
    raise TypeError("shrink is for kernels")


@overload(shrink)
def _shrink(rate, x):
    if x == types.float32:
        return lambda rate, x: _shrunk(rate, x)
    return lambda rate, x: rate * x


@helper()
def _shrunk(rate, x):
    bits = _bits(x)
    k = np.float64(bits & np.int32(0x7FFFFFFF)) * np.float64(rate)  # exact: 23 and 24 bits
    whole = np.int32((k + _ROUND_F8) - _ROUND_F8)
    return _from_bits(np.int32(whole | (bits & np.int32(-0x80000000))))


_ROUND_F8 = 1.5 * 2.0**52


AT_ONCE = 64  # elements that NumPy is given in one call: what fits on the stack


def _is_ours(name, kind):
    """Whether kernels compute a function of this type themselves, with NumPy's digits."""
    return kind == types.float32 and numpy_loops.is_ours(name)


def _call(builder, name, real, source, target, count):
    """NumPy's loop, from `count` elements at one place to another."""
    word, single = ir.IntType(64), real == ir.FloatType()
    pair = ir.ArrayType(word, 2)
    table = builder.module.globals.get(numpy_loops.TABLE) or cgutils.add_global_variable(
        builder.module, ir.ArrayType(word, numpy_loops.WORDS), numpy_loops.TABLE)
    first = numpy_loops.position(name, "f" if single else "d")
    function, data = (builder.load(cgutils.gep_inbounds(builder, table, 0, first + k))
                      for k in range(2))
    places, steps = (cgutils.alloca_once(builder, pair) for _ in range(2))
    counts = cgutils.alloca_once(builder, word)
    builder.store(count, counts)
    for k, place in enumerate((source, target)):
        builder.store(builder.ptrtoint(place, word), cgutils.gep_inbounds(builder, places, 0, k))
        builder.store(ir.Constant(word, 4 if single else 8),
                      cgutils.gep_inbounds(builder, steps, 0, k))
    kind = ir.FunctionType(ir.VoidType(), [pair.as_pointer(), word.as_pointer(), pair.as_pointer(),
                                           word])
    builder.call(builder.inttoptr(function, kind.as_pointer()), [places, counts, steps, data])


def _of_one(name):
    """One element by NumPy's loop."""
    @intrinsic
    def of_one(typingctx, x):
        def codegen(context, builder, signature, args):
            source, target = (cgutils.alloca_once(builder, args[0].type) for _ in range(2))
            builder.store(args[0], source)
            _call(builder, name, args[0].type, source, target, ir.Constant(ir.IntType(64), 1))
            return builder.load(target)
        return x(x), codegen
    return of_one


def _of_many(name):
    """Up to AT_ONCE elements, in place: from a copy, as NumPy has another way for what overlaps."""
    @intrinsic
    def of_many(typingctx, pointer, count):
        def codegen(context, builder, signature, args):
            place, count = args
            real = place.type.pointee
            copy = builder.bitcast(cgutils.alloca_once(builder, ir.ArrayType(real, AT_ONCE)),
                                   place.type)
            cgutils.raw_memcpy(builder, copy, place, count, 4 if real == ir.FloatType() else 8)
            _call(builder, name, real, copy, place, count)
            return context.get_dummy_value()
        return types.void(pointer, types.int64), codegen
    return of_many


def exp(x):
    """e^x in the type of x. A name for kernels; Python never runs it."""
    raise TypeError("exp is for kernels")


def log(x):
    """Natural logarithm in the type of x. A name for kernels; Python never runs it."""
    raise TypeError("log is for kernels")


def tanh(x):
    """Hyperbolic tangent in the type of x. A name for kernels; Python never runs it."""
    raise TypeError("tanh is for kernels")


def tanh_native(x):
    """The same within 3e-7 of float32's tanh; 1 from 8.3 on, so that what is saturated has no
    slope. A name for kernels.
    """
    raise TypeError("tanh_native is for kernels")


def begin_exp(x):
    """e^x where that is ours to compute; else x, for `finish_exp`. A name for kernels."""
    raise TypeError("begin_exp is for kernels")


def finish_exp(a, start, count):
    """a[start:start + count] from what `begin_exp` gave to e^x. A name for kernels."""
    raise TypeError("finish_exp is for kernels")


def begin_log(x):
    """log(x) where that is ours to compute; else x, for `finish_log`. A name for kernels."""
    raise TypeError("begin_log is for kernels")


def finish_log(a, start, count):
    """a[start:start + count] from what `begin_log` gave to log(x). A name for kernels."""
    raise TypeError("finish_log is for kernels")


def _define(name, ours, whole, begin=None, finish=None):
    """What these names are for kernels, by the type of their elements."""
    of_one, of_many = _of_one(name), _of_many(name)

    @overload(whole)
    def _whole(x):
        return (lambda x: ours(x)) if _is_ours(name, x) else lambda x: of_one(x)

    if begin is None:
        return

    @overload(begin)
    def _begin(x):
        return (lambda x: ours(x)) if _is_ours(name, x) else lambda x: x

    @helper()
    def all_of(a, start, count):
        for first in range(0, count, AT_ONCE):
            of_many(pointer_to(a, start + first), min(AT_ONCE, count - first))

    @overload(finish)
    def _finish(a, start, count):
        if _is_ours(name, a.dtype):
            return lambda a, start, count: None
        return lambda a, start, count: all_of(a, start, count)


_define("exp", exp_f4, exp, begin_exp, finish_exp)
_define("log", log_f4, log, begin_log, finish_log)
_define("tanh", tanh_f4, tanh)

_one_tanh = _of_one("tanh")


@overload(tanh_native)
def _tanh_native(x):
    if x == types.float32:
        return lambda x: _tanh_native_f4(x)
    return lambda x: _one_tanh(x)
