"""The three products of a dense layer, for arrays small enough that calling BLAS costs more.

    forward    A @ B + bias      rows_product     a (N, K), b (K, O)
    dinputs    A @ B.T           rows_product     the same, b packed from its transpose
    dweights   A.T @ B           columns_product  a (N, I), b (N, O)

The type of `work` is the type the sums are kept in: float64 makes the book's precision (each
element is summed in float64 and rounded once), float32 native float32. Any order of summation
would do for that but for about one element in 20 million, where the last bit turns; over thousands
of epochs that shows, so the orders follow what OpenBLAS does on processors with AVX-512 (found by
experiment on 0.3.31, 2026-11, for most shapes): terms in sequence; in blocks (`_terms`) for large
products; in 8 partial sums for small products at most 4 wide; in fours where A.T is a single
column, and where B is (see `_column`). Not followed: the last columns of some widths (9 to 12, 300)
and small A @ B.T with inner sizes over about 338.

`work` is scratch: at least `work_size(...)` elements.
"""

from fastnn.kernels.elementary import fma
from fastnn.kernels.jit import helper
from fastnn.kernels.simd import (
    ADD,
    FRESH,
    GO_ON,
    dot_tile,
    get,
    product_tile,
    put,
    wide_vectors,
)

NARROW = 4  # outputs up to this width have their lanes along the inner axis
SHORT = 4  # inner sizes up to this need no tiles: (300, 2) by (2, 64) takes 5 us, with tiles 21
ROWS = 8  # rows in one tile of `rows_product`
SMALL = 1_000_000  # multiply-adds up to which OpenBLAS takes its kernels for small matrices
LONG = 384  # terms it adds before it starts a new block, in larger ones
_CONTRACT = {"contract"}


def work_size(n, k, o):
    """Elements of scratch that the products of a dense layer, (n, k) by (k, o), need at most."""
    packed = (k + 32) * (o + 32)
    block = 8 * (max(k, o) + 32)  # eight rows, or their sums
    wide, thin = max(k, o), max(4, min(k, o))
    return max(packed + 2 * block, n * (32 + thin) + 4 * wide + 128)


@helper(inline=True)
def _padded(n, lanes):
    return (n + lanes - 1) // lanes * lanes


@helper(inline=True)
def lanes_of(work):
    """Elements in one 512-bit vector of the work's type."""
    return 64 // work.itemsize


@helper(inline=True)
def pack(b, transposed, n, work):
    """Copy b (K, O), or b.T where `transposed`, to the head of `work` in the work's type.

    For a product with n rows on the left.

    Wide: panels of one or two vectors of columns, K rows each, the last padded with zeros. Short:
    K rows, padded. Narrow: O rows of K, padded, and rows of zeros for the rest of NARROW.
    """
    wide_vectors()
    rows, columns = b.shape
    K, O = (columns, rows) if transposed else (rows, columns)
    lanes = lanes_of(work)
    if _is_narrow(n, K, O):
        _pack_rows(b, O, K, not transposed, _padded(K, lanes), work)
        for i in range(O * _padded(K, lanes), NARROW * _padded(K, lanes)):
            put(work, i, 0.0)
        return NARROW * _padded(K, lanes)
    if K <= SHORT:
        _pack_rows(b, K, O, transposed, _padded(O, lanes), work)
        return K * _padded(O, lanes)
    panel = panel_of(O, lanes)
    across, along = (1, columns) if transposed else (columns, 1)  # from k to k + 1, from o to o + 1
    for o in range(0, O, panel):
        width = min(panel, O - o)
        for k in range(K):
            i, j = o * K + k * panel, k * across + o * along
            for c in range(width):
                put(work, i + c, get(b, j + c * along))
            for c in range(width, panel):
                put(work, i + c, 0.0)
    return (O + panel - 1) // panel * panel * K


@helper(inline=True)
def _pack_rows(b, length, width, across, padded, work):
    """`length` rows of b, or with `across` columns, each padded with zeros."""
    columns = b.shape[1]
    for i in range(length):
        if across:
            for j in range(width):
                put(work, i * padded + j, get(b, j * columns + i))
        else:
            for j in range(width):
                put(work, i * padded + j, get(b, i * columns + j))
        for j in range(width, padded):
            put(work, i * padded + j, 0.0)


@helper(inline=True)
def panel_of(O, lanes):
    """Columns of one panel of packed weights: one vector, or two where there are so many."""
    return lanes if O <= lanes else 2 * lanes


@helper(inline=True)
def _is_narrow(n, K, O):
    """Whether `rows_product` has its lanes along the inner axis."""
    return O <= NARROW and n * K * O <= SMALL


@helper(inline=True)
def _terms(left, multiply_adds):
    """How many of the terms that are left the next block of a sum takes."""
    if multiply_adds <= SMALL or left <= LONG:
        return left
    return LONG if left >= 2 * LONG else (left + 1) // 2


@helper()
def rows_product(a, K, O, biases, packed, o_step, k_step, work, used, total, out):
    """out[n, o] = sum_k a[n, k] b[k, o] (+ biases[0, o]); b as `pack` lays it out in `packed`.

    o_step, k_step: of a wide b, from one panel's columns to the next and from k to k + 1, as
    `panel_steps` gives them; or 1 and O for a b that lies as it is, in whole panels. Scratch is in
    work from `used` on. total: the rows of the whole product, of which a may be a part.
    """
    if _is_narrow(total, K, O):
        _narrow(a, K, O, biases, packed, work, used, out)
    elif K <= SHORT:
        _short(a, K, O, biases, packed, out)
    else:
        _wide(a, K, O, biases, packed, o_step, k_step, work, used, total, out)


@helper(inline=True)
def panel_steps(K, O, work):
    """The steps of a packed b (K, O), see `rows_product`."""
    return K, panel_of(O, lanes_of(work))


@helper(fastmath=_CONTRACT)
def _short(a, K, O, biases, packed, out):
    """Up to four terms an element, added in sequence while they are in registers."""
    wide_vectors()
    P = _padded(O, lanes_of(packed))
    T = packed.dtype.type
    for n in range(a.shape[0]):
        x0 = T(a[n, 0])
        if K == 1:
            for o in range(O):
                put(out, n * O + o, _rounded(x0 * get(packed, o), biases, o, out))
        elif K == 2:
            x1 = T(a[n, 1])
            for o in range(O):
                s = x0 * get(packed, o) + x1 * get(packed, P + o)
                put(out, n * O + o, _rounded(s, biases, o, out))
        elif K == 3:
            x1, x2 = T(a[n, 1]), T(a[n, 2])
            for o in range(O):
                s = x0 * get(packed, o) + x1 * get(packed, P + o) + x2 * get(packed, 2 * P + o)
                put(out, n * O + o, _rounded(s, biases, o, out))
        else:
            x1, x2, x3 = T(a[n, 1]), T(a[n, 2]), T(a[n, 3])
            for o in range(O):
                s = (x0 * get(packed, o) + x1 * get(packed, P + o) + x2 * get(packed, 2 * P + o)
                     + x3 * get(packed, 3 * P + o))
                put(out, n * O + o, _rounded(s, biases, o, out))


@helper(inline=True)
def _rounded(sum, biases, o, out):
    """The sum in the type of the output, plus biases[0, o] if there are any."""
    U = out.dtype.type
    if biases is None:
        return U(sum)
    return U(sum) + get(biases, o)


@helper(inline=True)
def _wide(a, K, O, biases, packed, o_step, k_step, work, used, total, out):
    """Eight rows of a by one or two vectors of columns at a time.

    Two: 16 sums in registers need 10 loads for 16 multiply-adds, one needs 9 for 8.
    """
    wide_vectors()
    panel = panel_of(O, lanes_of(work))
    P = (O + panel - 1) // panel * panel
    left = used  # eight rows of a in the work's type
    sums = used + ROWS * K
    N = a.shape[0]
    for n in range(0, N, ROWS):
        rows = min(ROWS, N - n)
        for i in range(rows * K):
            put(work, left + i, get(a, n * K + i))
        k = 0
        while k < K:
            terms = _terms(K - k, total * K * O)
            mode = ADD if k else FRESH
            if O <= lanes_of(work):
                product_tile(8, 1, work, left + k, K, 1, packed, k * k_step, k_step, terms, mode,
                             work, sums, P)
            else:
                for o in range(0, P, panel):
                    product_tile(8, 2, work, left + k, K, 1, packed, o * o_step + k * k_step,
                                 k_step, terms, mode, work, sums + o, P)
            k += terms
        _store(work, sums, P, rows, O, biases, out, n)


@helper(inline=True)
def _narrow(a, K, O, biases, packed, work, used, out):
    """Four rows of a by four columns at a time, of which O are wanted; the lanes run along k."""
    wide_vectors()
    P = _padded(K, lanes_of(work))
    left = used  # four rows of a in the work's type, padded
    sums = left + 4 * P
    N = a.shape[0]
    whole = N - N % 4 if P == K else 0  # rows that the tile can read where they stand
    for n in range(0, whole, 4):
        dot_tile(a, n * K, K, packed, 0, P, P, work, sums)
        _store_narrow(work, sums, 4, O, biases, out, n)
    if whole == N:
        return
    for i in range(left, left + 4 * P):
        put(work, i, 0.0)
    for n in range(whole, N, 4):
        rows = min(4, N - n)
        for r in range(rows):
            for k in range(K):
                put(work, left + r * P + k, get(a, (n + r) * K + k))
        dot_tile(work, left, P, packed, 0, P, P, work, sums)
        _store_narrow(work, sums, rows, O, biases, out, n)


@helper(inline=True)
def _store(work, sums, stride, rows, O, biases, out, n):
    """out[n + r, o] = sums[r, o], rounded to the output's type, plus biases[0, o]."""
    wide_vectors()
    for r in range(rows):
        for o in range(O):
            put(out, (n + r) * O + o, _rounded(get(work, sums + r * stride + o), biases, o, out))


@helper(inline=True)
def _store_narrow(work, sums, rows, O, biases, out, n):
    """The same for up to four columns, written out: a loop over 3 costs as much as one over 30."""
    for r in range(rows):
        i, j = (n + r) * O, sums + 4 * r
        put(out, i, _rounded(get(work, j), biases, 0, out))
        if O > 1:
            put(out, i + 1, _rounded(get(work, j + 1), biases, 1, out))
        if O > 2:
            put(out, i + 2, _rounded(get(work, j + 2), biases, 2, out))
        if O > 3:
            put(out, i + 3, _rounded(get(work, j + 3), biases, 3, out))


@helper()
def columns_product(a, b, work, out):
    """out[i, o] = sum_n a[n, i] b[n, o]; the wider of a and b gets the lanes."""
    N, I = a.shape
    O = b.shape[1]
    if O == 1 and I > 1:
        _column(a, b, True, work)
        for i in range(I):
            put(out, i, get(work, i))
    elif O >= I:
        _columns(b, a, N, O, I, False, work, out)
    else:
        _columns(a, b, N, I, O, True, work, out)


@helper(inline=True)
def _columns(wide, thin, N, W, T, transposed, work, out):
    """sums[t, w] = sum_n thin[n, t] wide[n, w]; out is sums, or sums.T where `transposed`.

    Tiles of 4 rows by 2 vectors. A thin side of fewer columns is padded, since each further tile
    is more to compile.
    """
    wide_vectors()
    block = 2 * lanes_of(work)
    padded = max(T, 4)
    left = N * block
    sums = left + N * padded
    if T < 4:
        _pad_to_four(thin, T, work, left)
    else:
        for i in range(N * T):
            put(work, left + i, get(thin, i))
    if T <= 4 and W % block == 0 and N * W * T <= SMALL:
        _columns_in_place(wide, T, N, W, work, left, sums)
        _store_columns(work, sums, W, T, W, transposed, T, W, 0, 0, out)
        return
    for w in range(0, W, block):
        width = min(block, W - w)
        for n in range(N):
            for j in range(width):
                put(work, n * block + j, get(wide, n * W + w + j))
            for j in range(width, block):
                put(work, n * block + j, 0.0)
        for start in range(0, T, 4):
            t = min(start, padded - 4)  # the last tile may do some rows again
            n = 0
            while n < N:
                terms = min(4, N - n) if T == 1 else _terms(N - n, N * W * T)
                product_tile(4, 2, work, left + n * padded + t, 1, padded, work, n * block, block,
                             terms, ADD if n else FRESH, work, sums, block)
                n += terms
            _store_columns(work, sums, block, min(4, T), width, transposed, T, W, t, w, out)


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


@helper(inline=True)
def _pad_to_four(thin, T, work, left):
    """thin (N, T) with zeros up to 4 columns. Written out: a loop over 2 costs as much as 20."""
    zero = work.dtype.type(0)
    for n in range(thin.shape[0]):
        i = n * T
        put(work, left + 4 * n, get(thin, i))
        put(work, left + 4 * n + 1, get(thin, i + 1) if T > 1 else zero)
        put(work, left + 4 * n + 2, get(thin, i + 2) if T > 2 else zero)
        put(work, left + 4 * n + 3, zero)


@helper(inline=True)
def _columns_in_place(wide, T, N, W, work, left, sums):
    """The same where up to 4 rows of sums fit at once: `wide` is read where it stands.

    64 samples at a time: a column block of all of them would fall on a few sets of the cache.
    """
    block = 2 * lanes_of(work)
    n = 0
    while n < N:
        terms = min(4 if T == 1 else 64, N - n)
        mode = FRESH if n == 0 else (ADD if T == 1 else GO_ON)
        for w in range(0, W, block):
            product_tile(4, 2, work, left + 4 * n, 1, 4, wide, n * W + w, W, terms, mode,
                         work, sums + w, W)
        n += terms


@helper(inline=True)
def _store_columns(work, sums, block, rows, width, transposed, T, W, t, w, out):
    """Round one block of sums into its place in the output."""
    U = out.dtype.type
    for r in range(rows):
        for j in range(width):
            value = U(get(work, sums + r * block + j))
            if transposed:
                put(out, (w + j) * T + t + r, value)
            else:
                put(out, (t + r) * W + w + j, value)


@helper(inline=True)
def columns_stride(width, work):
    """Elements from one row of the sums of `columns_part` to the next: whole pairs of vectors."""
    return _padded(width, 2 * lanes_of(work))


@helper()
def columns_part(a, b, first, total, work, sums, part):
    """sums[t, w] += sum_n thin[n, t] wide[n, w] over the rows of a and b, part of `total` rows.

    The rows are `first` and those after it, and parts come in order: their terms are added as
    `columns_product` would add them all. `wide` is b (N, O), or a (N, I) where that is wider and b
    no wider than WIDE. Sums lie in rows of `columns_stride` elements.
    """
    if b.shape[1] == 1 and a.shape[1] > 1:
        _column(a, b, first == 0, sums)
    elif b_is_wide(a.shape[1], b.shape[1]):
        _columns_part(b, a, first, total, work, sums, part)
    else:
        _columns_part(a, b, first, total, work, sums, part)


WIDE = 32


@helper(inline=True)
def b_is_wide(I, O):
    """Whether `columns_part` has its lanes along b."""
    return O >= I or O >= WIDE


@helper()
def _columns_part(wide, thin, first, total, work, sums, part):
    wide_vectors()
    N, W = wide.shape
    T = thin.shape[1]
    block = 2 * lanes_of(work)
    padded, stride = _padded(T, 4 if T <= 4 else 8), columns_stride(W, work)
    left = N * block
    if T < 4:
        _pad_to_four(thin, T, work, left)
    else:
        for n in range(N):
            for t in range(T):
                put(work, left + n * padded + t, get(thin, n * T + t))
            for t in range(T, padded):
                put(work, left + n * padded + t, 0.0)
    size = total * W * T
    n = 0
    while n < N:
        begin, end = (first + n, first + n + 4) if T == 1 else _run_of(first + n, total, size)
        terms = min(N - n, end - first - n)
        one = begin == 0 and end == total  # a single run needs no part
        target = sums if one or T == 1 else part
        mode = FRESH if begin == first + n else GO_ON
        if T == 1:
            mode = FRESH if first + n == 0 else ADD
        for w in range(0, W, block):
            width = min(block, W - w)
            if T > 4 or width < block:
                _copy_columns(wide, n, terms, w, width, block, work)
            if T > 4:
                for t in range(0, padded, 8):
                    product_tile(8, 2, work, left + n * padded + t, 1, padded, work, 0, block,
                                 terms, mode, target, t * stride + w, stride)
            elif width == block:
                product_tile(4, 2, work, left + n * 4, 1, 4, wide, n * W + w, W, terms, mode,
                             target, w, stride)
            else:
                product_tile(4, 2, work, left + n * 4, 1, 4, work, 0, block, terms, mode, target,
                             w, stride)
        n += terms
        if not one and T > 1 and first + n == end:
            for i in range(padded * stride):
                put(sums, i, get(part, i) if begin == 0 else get(sums, i) + get(part, i))


@helper(inline=True)
def _copy_columns(wide, n, terms, w, width, block, work):
    """Columns w to w + width of some rows, padded with zeros, to the head of `work`."""
    W = wide.shape[1]
    for r in range(terms):
        for j in range(width):
            put(work, r * block + j, get(wide, (n + r) * W + w + j))
        for j in range(width, block):
            put(work, r * block + j, 0.0)


@helper(inline=True)
def _run_of(position, total, multiply_adds):
    """Where the run of terms that `position` is in begins and ends (see `_terms`)."""
    begin = 0
    while True:
        end = begin + _terms(total - begin, multiply_adds)
        if position < end:
            return begin, end
        begin = end


def part_sizes(rows, i, o):
    """Elements that `columns_part` needs: in work, and in sums (or part)."""
    wide, thin = (o, i) if o >= i or o >= WIDE else (i, o)
    padded = (thin + 7) // 8 * 8
    return rows * (32 + padded), padded * ((wide + 31) // 32 * 32)


def rows_sizes(k, o, lanes):
    """Elements that `pack` fills at most, and those of scratch for `rows_product`."""
    panel = lanes if o <= lanes or k <= SHORT else 2 * lanes
    packed = k * ((o + panel - 1) // panel * panel)
    narrow = NARROW * ((k + lanes - 1) // lanes * lanes)
    return max(packed, narrow) if o <= NARROW else packed, 16 * (max(k, o) + 32)
