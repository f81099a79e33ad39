"""The product over samples, A.T @ B: the gradient of a dense layer's weights.

For all samples at once, or part by part: then the sums that run on stay in `sums` and `part`. The
type of `work` is the type the sums are kept in; the order of the terms is as `matmul.py` says.
"""

from fastnn.compile.jit import helper
from fastnn.kernels.elementary import fma
from fastnn.kernels.elements import get, is_of_type, pointer_as, pointer_to, put, wide_vectors
from fastnn.kernels.packing import (
    is_added,
    lanes_of,
    nil_of,
    padded_to,
    run_at,
)
from fastnn.kernels.rows import in_type_of
from fastnn.kernels.simd import ADD, FRESH, GO_ON, product_tile, tile_rows

WIDE = 32  # columns from which b has the lanes, whatever a has
# Columns from which it pays to copy the other side where its rows fall on few sets of the cache:
# (256, 512).T by (256, 256) runs at 76 instead of 56 GFLOP/s with AVX2, at 133 instead of 110 with
# AVX-512.
_SEVERAL = 64
_FEW = 64  # samples at a time where a side is thin: more would fall on a few sets of the cache


@helper()
def columns_product(a, b, work, out):
    """out[i, o] = sum_n a[n, i] b[n, o]; work: as many elements as `layers.work_size` says."""
    N, I = a.shape
    used, size = part_sizes_of(N, I, b.shape[1])
    sums = work[used:used + size]
    columns_part(a, b, 0, N, work, sums, work[used + size:])
    round_columns(sums, is_added(I, N, b.shape[1], False, work), out)


def part_sizes(rows, i, o):
    """Elements that `columns_part` needs: in work, and in sums (or part)."""
    wide, thin = (o, i) if o >= i or o >= WIDE else (i, o)
    return rows * (40 + thin), thin * ((wide + 31) // 32 * 32)


part_sizes_of = helper(inline=True)(part_sizes)


def sums_size(i, o, lanes):
    """Elements of the sums that `round_columns` reads."""
    wide, thin = (o, i) if o >= i or o >= WIDE else (i, o)
    return (thin - 1) * -(-wide // (2 * lanes)) * 2 * lanes + wide


@helper(inline=True)
def round_columns(sums, added, out):
    """out (I, O) from the sums of `columns_part`, rounded; added: see `packing.is_added`."""
    (I, O), nil = out.shape, nil_of(added, sums)
    across = not b_is_wide(I, O)
    stride = columns_stride(I if across else O, sums)
    for i in range(I):
        for o in range(O):
            put(out, i * O + o, get(sums, o * stride + i if across else i * stride + o) + nil)


@helper(inline=True)
def columns_stride(width, work):
    """Elements from one row of the sums of `columns_part` to the next: whole pairs of vectors."""
    return padded_to(width, 2 * lanes_of(work))


@helper()
def columns_part(a, b, first, total, work, sums, part):
    """sums[t, w] += sum_n thin[n, t] wide[n, w] over the rows of a and b, part of `total` rows.

    The rows are `first` and those after it, and parts come in order: their terms are added as
    one product would add them all. `wide` is b (N, O), or a (N, I) where that is wider and b
    no wider than WIDE. Sums lie in rows of `columns_stride` elements.
    """
    if total == 1 and a.size == 1 and b.size == 1:
        T = sums.dtype.type  # NumPy multiplies two numbers, and adds no 0 that would lose a sign
        put(sums, 0, T(get(a, 0)) * T(get(b, 0)))
    elif b.shape[1] == 1 and a.shape[1] > 1:
        _column(a, b, first == 0, sums)
    elif b_is_wide(a.shape[1], b.shape[1]):
        _columns_part(b, a, first, total, work, sums, part)
    else:
        _columns_part(a, b, first, total, work, sums, part)
    if total == 1 and (a.size == 1) != (b.size == 1):
        number = get(a, 0) if a.size == 1 else get(b, 0)
        for i in range(max(a.size, b.size) if number == 0 else 0):  # as in `matmul._zero_times`
            put(sums, i, 0.0)


@helper(inline=True)
def b_is_wide(I, O):
    """Whether `columns_part` has its lanes along b."""
    return O >= I or O >= WIDE


@helper()
def _columns_part(wide, thin, first, total, work, sums, part):
    wide_vectors()
    N, W = wide.shape
    T = thin.shape[1]
    lanes = lanes_of(work)
    block = 2 * lanes
    stride = columns_stride(W, work)
    panels = T > 4 and W >= _SEVERAL and T * work.itemsize % 1024 == 0
    if panels:
        a, row, across = _panels(work, thin, N * block), tile_rows(), N
    else:
        a, row, across = in_type_of(work, thin, 0, N * T, N * block), T, 1
    size = total * W * T
    n = 0
    while n < N:
        begin, end = first + n, first + n + 4
        if T > 1:
            begin, end = run_at(first + n, total, size, work.itemsize)
        terms = min(N - n, end - first - n)
        if T <= 4:
            terms = min(terms, _FEW)
        single = begin == 0 and end == total  # a single run needs no part
        target = sums if single or T == 1 else part
        mode = FRESH if begin == first + n else GO_ON
        if T == 1:
            mode = FRESH if first + n == 0 else ADD
        for w in range(0, W, block):
            width = min(block, W - w)
            if T > 4:
                b = _columns_in_type_of(work, wide, n, terms, w, width, block)
                for t in range(0, T, tile_rows()):
                    left = pointer_to(a, n * row + t * across), 1, row
                    into = pointer_to(target, t * stride + w), stride
                    if width <= lanes:
                        product_tile(8, 1, left, b, (T - t, terms), mode, into)
                    else:
                        product_tile(8, 2, left, b, (T - t, terms), mode, into)
            elif width == block:
                product_tile(4, 2, (pointer_to(a, n * T), 1, T), (pointer_to(wide, n * W + w), W),
                             (T, terms), mode, (pointer_to(target, w), stride))
            else:
                _copy_columns(wide, n, terms, w, width, block, work)
                product_tile(4, 2, (pointer_to(a, n * T), 1, T), (pointer_to(work, 0), block),
                             (T, terms), mode, (pointer_to(target, w), stride))
        n += terms
        if not single and T > 1 and first + n == end:
            for i in range(T * stride):
                put(sums, i, get(part, i) if begin == 0 else get(sums, i) + get(part, i))


@helper(inline=True)
def _panels(work, thin, left):
    """thin (N, T) as panels of a tile's rows, column after column of it, in work from `left` on."""
    N, T = thin.shape
    R = tile_rows()
    for t in range(0, T, R):
        start = left + t * N
        if t + R <= T:  # a number of turns that LLVM knows
            for n in range(N):
                for r in range(R):
                    put(work, start + n * R + r, get(thin, n * T + t + r))
        else:
            for n in range(N):
                for r in range(T - t):
                    put(work, start + n * R + r, get(thin, n * T + t + r))
    return pointer_to(work, left)


@helper(inline=True)
def _copy_columns(a, n, terms, w, width, padded, work):
    """Columns w to w + width of some rows to rows of `padded` in work; zeros behind them."""
    W = a.shape[1]
    for r in range(terms):
        for j in range(width):
            put(work, r * padded + j, get(a, (n + r) * W + w + j))
        for j in range(width, padded):
            put(work, r * padded + j, 0.0)


@helper(inline=True)
def _columns_in_type_of(work, a, n, terms, w, width, padded):
    """The same, but they stay in a where it has the type of work and they fill whole vectors.

    A pointer to them, and the step from one row to the next.
    """
    if width == padded and is_of_type(a, work):
        return pointer_as(work, a, n * a.shape[1] + w), a.shape[1]
    _copy_columns(a, n, terms, w, width, padded, work)
    return pointer_to(work, 0), padded


@helper()
def _column(a, b, fresh, sums):
    """sums[i] += sum_n a[n, i] b[n, 0]: the product with a single column, as OpenBLAS adds it.

    Terms four at a time; the last I % 4 sums in sequence; two and two where I is 2 or 3. A part of
    the rows must be a multiple of 4, but for the last.
    """
    wide_vectors()
    N, I = a.shape
    T = sums.dtype.type
    if fresh:
        for i in range(I):
            put(sums, i, 0.0)
    pairs = I < 4
    whole = I if pairs else I - I % 4
    for n in range(0, N - N % 4, 4):
        b0, b1, b2, b3 = T(b[n, 0]), T(b[n + 1, 0]), T(b[n + 2, 0]), T(b[n + 3, 0])
        j = n * I
        for i in range(whole):
            x0, x1 = T(get(a, j + i)), T(get(a, j + I + i))
            x2, x3 = T(get(a, j + 2 * I + i)), T(get(a, j + 3 * I + i))
            t = fma(x0, b0, x1 * b1)
            if pairs:
                put(sums, i, get(sums, i) + t + fma(x2, b2, x3 * b3))
            else:
                put(sums, i, get(sums, i) + fma(x3, b3, fma(x2, b2, t)))
        for i in range(whole, I):
            s = fma(T(get(a, j + i)), b0, get(sums, i))
            s = fma(T(get(a, j + I + i)), b1, s)
            s = fma(T(get(a, j + 2 * I + i)), b2, s)
            put(sums, i, fma(T(get(a, j + 3 * I + i)), b3, s))
    n = rest = N - N % 4
    if not pairs and N % 4 >= 2:
        b0, b1 = T(b[n, 0]), T(b[n + 1, 0])
        for i in range(whole):
            put(sums, i, get(sums, i) + fma(T(get(a, n * I + i)), b0,
                                            T(get(a, n * I + I + i)) * b1))
        for i in range(whole, I):
            s = fma(T(get(a, n * I + i)), b0, get(sums, i))
            put(sums, i, fma(T(get(a, n * I + I + i)), b1, s))
        rest += 2
    for n in range(rest, N):
        b0 = T(b[n, 0])
        for i in range(I):
            x = T(get(a, n * I + i))
            put(sums, i, get(sums, i) + x * b0 if i < whole and not pairs
                else fma(x, b0, get(sums, i)))
