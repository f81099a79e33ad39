"""The three products of a dense layer, for arrays small enough that calling BLAS costs more.

    forward    A @ B + bias      rows_product     a (N, K), b (K, O)
    dinputs    A @ B.T           rows_product     the same, b packed from its transpose
    dweights   A.T @ B           `columns.py`

The type of `work` is the type the sums are kept in: float64 makes the book's precision (each
element is summed in float64 and rounded once), float32 native float32. The orders of the terms
follow what OpenBLAS does (found by experiment on 0.3.31, 2026-11, for most shapes; `proofs.py`
tries each, and where one differs BLAS computes): terms in sequence; in runs (`sums_order.py`); in 8
partial sums for small products at most 4 wide where there are kernels for small products; in fours
where A.T or B is a single column (see `columns.py`), as on processors with AVX-512. Not followed:
the last columns of some widths (9 to 12, 300 in float64), which have such partial sums as well.

`work` is scratch.
"""

from fastnn.compile.jit import helper
from fastnn.kernels.elementary import fma, muladd
from fastnn.kernels.elements import get, pointer_to, put, wide_vectors
from fastnn.kernels.packing import (
    SHORT,
    can_underflow,
    is_added,
    is_narrow,
    is_one_row,
    lanes_of,
    multiply_adds,
    nil_of,
    padded_to,
    run_of,
    terms_of,
)
from fastnn.kernels.rows import in_type_of, rows_tile
from fastnn.kernels.simd import dot_row, dot_tile, tile_rows

_dot_row = helper(inline=True)(dot_row)


@helper()
def rows_product(a, b, biases, sizes, scratch, relu, turned, out):
    """out[n, o] = sum_k a[n, k] b[k, o] + biases[0, o]

    Biases of -0.0 change nothing (`no_biases`), so one function does for what has none.
    b: (packed, o_step, k_step), an array as `pack` lays it out, and, of a wide one, the steps from
    one panel's columns to the next and from k to k + 1, as `panel_steps` gives them; or 1 and O for
    a b that lies as it is, in whole panels. sizes: (K, O, total), total the rows of the whole
    product, of which a may be a part. scratch: (work, used), free from `used` on. relu: take
    max(0, ...) of the outputs; only for more than SHORT terms and NARROW outputs. turned: b was
    packed from its transpose.
    """
    packed, o_step, k_step = b
    K, O, total = sizes
    if total == 1 and K == 1 and O == 1:  # NumPy multiplies two numbers: no 0 to lose a sign to
        T = packed.dtype.type
        put(out, 0, _rounded(T(get(a, 0)) * get(packed, 0), biases, 0, out))
    elif is_narrow(total, K, O, turned, packed):
        _narrow(a, packed, biases, K, O, scratch, out)
    elif is_one_row(total, O) and not turned:
        stride = O if o_step == 1 and k_step == O else padded_to(O, lanes_of(packed))
        _one_row(a, packed, stride, biases, (K, O), scratch, relu, out)
    elif K <= SHORT:
        _short(a, packed, biases, sizes, turned, out)
    else:
        _wide(a, b, biases, sizes, scratch, relu, turned, out)
    if K == 1 and (total == 1) != (O == 1):
        _zero_times(a, O, biases, packed, out)


@helper(inline=True)
def no_biases(biases):
    """biases[0, o] = -0.0: what changes nothing that it is added to."""
    for o in range(biases.size):
        put(biases, o, -0.0)


@helper(inline=True)
def _zero_times(a, O, biases, packed, out):
    """Where one side is the number 0, NumPy never looks at the other: its NaN and inf count not."""
    T = packed.dtype.type
    number = get(packed, 0) if O == 1 else T(get(a, 0))
    if number == 0:
        for i in range(a.shape[0] * O):
            put(out, i, _rounded(T(0), biases, i % O, out))


@helper()
def _short(a, packed, biases, sizes, turned, out):
    """Up to four terms an element, added in sequence while they are in registers."""
    wide_vectors()
    K, O, total = sizes
    nil = nil_of(can_underflow(a, packed) * is_added(total, K, O, turned, packed), packed)
    P = padded_to(O, lanes_of(packed))
    T = packed.dtype.type
    zero = T(0)  # from which BLAS adds, too: of -0.0 alone a sum is 0.0
    for n in range(a.shape[0]):
        x0 = T(a[n, 0])
        if K == 1:
            for o in range(O):
                put(out, n * O + o, _rounded(
                    muladd(x0, get(packed, o), zero) + nil, biases, o, out))
        elif K == 2:
            x1 = T(a[n, 1])
            for o in range(O):
                s = muladd(x0, get(packed, o), zero)
                s = muladd(x1, get(packed, P + o), s)
                put(out, n * O + o, _rounded(s + nil, biases, o, out))
        elif K == 3:
            x1, x2 = T(a[n, 1]), T(a[n, 2])
            for o in range(O):
                s = muladd(x0, get(packed, o), zero)
                s = muladd(x1, get(packed, P + o), s)
                s = muladd(x2, get(packed, 2 * P + o), s)
                put(out, n * O + o, _rounded(s + nil, biases, o, out))
        else:
            x1, x2, x3 = T(a[n, 1]), T(a[n, 2]), T(a[n, 3])
            for o in range(O):
                s = muladd(x0, get(packed, o), zero)
                s = muladd(x1, get(packed, P + o), s)
                s = muladd(x2, get(packed, 2 * P + o), s)
                s = muladd(x3, get(packed, 3 * P + o), s)
                put(out, n * O + o, _rounded(s + nil, biases, o, out))


@helper()
def _one_row(a, packed, stride, biases, sizes, scratch, relu, out):
    """One row of a: OpenBLAS adds four terms at a time, then two, then one, to what is there.

    The last O % 4 columns in sequence. b stands in rows, `stride` apart; sums in scratch. (Data
    with decimals, as 0.4, lie near the middle between two float32 more often than not: there the
    last bit of a float64 sum decides.)
    """
    wide_vectors()
    (K, O), (work, used) = sizes, scratch
    T, whole = packed.dtype.type, O - O % 4
    for o in range(O):
        put(work, used + o, 0.0)
    for k in range(0, K - K % 4, 4):
        x0, x1, x2, x3 = T(get(a, k)), T(get(a, k + 1)), T(get(a, k + 2)), T(get(a, k + 3))
        i = k * stride
        for o in range(whole):
            t = fma(x0, get(packed, i + o), x1 * get(packed, i + stride + o))
            t = fma(x2, get(packed, i + 2 * stride + o), t)
            t = fma(x3, get(packed, i + 3 * stride + o), t)
            put(work, used + o, get(work, used + o) + t)
    k = K - K % 4
    if K % 4 >= 2:
        x0, x1, i = T(get(a, k)), T(get(a, k + 1)), k * stride
        for o in range(whole):
            t = fma(x0, get(packed, i + o), x1 * get(packed, i + stride + o))
            put(work, used + o, get(work, used + o) + t)
    if K % 2:
        x0, i = T(get(a, K - 1)), (K - 1) * stride
        for o in range(whole):
            put(work, used + o, get(work, used + o) + x0 * get(packed, i + o))
    for o in range(whole, O):
        s = T(0)
        for k in range(K):
            s = fma(T(get(a, k)), get(packed, k * stride + o), s)
        put(work, used + o, s)
    zero = out.dtype.type(0)
    for o in range(O):
        v = _rounded(get(work, used + o), biases, o, out)
        put(out, o, zero if relu and v < zero else v)


@helper(inline=True)
def _rounded(sum, biases, o, out):
    """The sum in the type of the output, plus biases[0, o]."""
    return out.dtype.type(sum) + get(biases, o)


@helper(inline=True)
def _wide(a, b, biases, sizes, scratch, relu, turned, out):
    """A tile's rows of a by one or two vectors of columns at a time; the last may be some again.

    Rows are copied only where their type is not that of the sums.
    """
    wide_vectors()
    packed, o_step, k_step = b
    K, O, total = sizes
    work, used = scratch
    N, lanes = a.shape[0], lanes_of(work)
    last = padded_to(max(0, O - lanes), 2 * lanes)  # from where on one vector does
    few = 2 * O <= lanes  # (300, 64) by (64, 3) in float64: 7 us instead of 12 with AVX2
    rows = min(N, 2 * tile_rows() if few else tile_rows())
    run = terms_of(K, multiply_adds(total, K, O, turned), work.itemsize)
    added = can_underflow(a, work) * is_added(total, K, O, turned, work)
    if run < K:
        run = run_of(work)
    for n in range(0, N, rows):
        n = min(n, N - rows)
        some = (in_type_of(work, a, n * K, rows * K, used), K)
        if few:
            rows_tile(0, some, (pointer_to(packed, 0), k_step), (rows, K, run, O, added),
                      pointer_to(biases, 0), relu, (pointer_to(out, n * O), O))
            continue
        for o in range(0, O - lanes, 2 * lanes):
            rows_tile(2, some, (pointer_to(packed, o * o_step), k_step),
                      (rows, K, run, O - o, added), pointer_to(biases, o), relu,
                      (pointer_to(out, n * O + o), O))
        if last < O:
            rows_tile(1, some, (pointer_to(packed, last * o_step), k_step),
                      (rows, K, run, O - last, added), pointer_to(biases, last), relu,
                      (pointer_to(out, n * O + last), O))


@helper(inline=True)
def _narrow(a, packed, biases, K, O, scratch, out):
    """Four rows of a by four columns at a time, of which O are wanted; the lanes run along k."""
    wide_vectors()
    work, left = scratch  # from left on four rows of a in the work's type, padded
    P = padded_to(K, lanes_of(work))
    sums, row = left + 4 * P, _dot_row(O)
    N = a.shape[0]
    whole = N - N % 4 if P == K else 0  # rows that the tile can read where they stand
    for n in range(0, whole, 4):
        dot_tile((pointer_to(a, n * K), K), (pointer_to(packed, 0), P), P, O,
                 pointer_to(work, sums))
        store_narrow(work, sums, row, 4, O, biases, out, n)
    if whole == N:
        return
    for i in range(left, left + 4 * P):
        put(work, i, 0.0)
    for n in range(whole, N, 4):
        rows = min(4, N - n)
        for r in range(rows):
            for k in range(K):
                put(work, left + r * P + k, get(a, (n + r) * K + k))
        dot_tile((pointer_to(work, left), P), (pointer_to(packed, 0), P), P, O,
                 pointer_to(work, sums))
        store_narrow(work, sums, row, rows, O, biases, out, n)


@helper(inline=True)
def store_narrow(work, sums, row, rows, O, biases, out, n):
    """out[n + r, o] = sums[r, o], rounded to the output's type, plus biases[0, o].

    Sums lie in rows of `row`.

    Written out: a loop over 3 columns costs as much as one over 30.
    """
    for r in range(rows):
        i, j = (n + r) * O, sums + row * r
        put(out, i, _rounded(get(work, j), biases, 0, out))
        if O > 1:
            put(out, i + 1, _rounded(get(work, j + 1), biases, 1, out))
        if O > 2:
            put(out, i + 2, _rounded(get(work, j + 2), biases, 2, out))
        if O > 3:
            put(out, i + 3, _rounded(get(work, j + 3), biases, 3, out))
