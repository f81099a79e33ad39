"""Each vector tile by itself, against the pseudocode in its docstring: bit for bit.

The numbers have few digits and many magnitudes: products are exact, so fused or not is the same,
and sums are not, so another order of summation gives other bits. Operands lie in longer buffers,
with NaN around what is to be read and a guard value around what is to be written.
"""

import functools
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from numba import njit

from fastnn.kernels import simd
from fastnn.kernels.rows import rows_tile
from fastnn.kernels.simd import ADD, FRESH, GO_ON, dot_tile, pointer_to, product_tile
from fastnn.kernels.thin import MOST, thin_backward_tile, thin_forward_tile, thin_through_tile

pytestmark = pytest.mark.filterwarnings("error")

F4, F8 = np.float32, np.float64
GUARD = -77.25
LANES = {F4: 16, F8: 8}

types = pytest.mark.parametrize(("short", "T"), [(F4, F4), (F8, F8), (F4, F8)],
                                ids=["native f4", "native f8", "book"])


def numbers(rng, shape, dtype, digits=11):
    """Whole numbers of so many binary digits, times powers of 2; zeros among them."""
    most = 2 ** digits
    made = rng.integers(1 - most, most, shape) * 2.0 ** rng.integers(-12, 12, shape)
    return made.astype(dtype)


def signs(rng, shape, dtype):
    """Powers of 2, 0 and their negatives: what they multiply keeps its digits."""
    return numbers(rng, shape, dtype, digits=1)


def laid(matrix, start, row, around=np.nan):
    """A buffer with the matrix in it: rows `row` apart, from `start` on."""
    rows, columns = matrix.shape
    buffer = np.full(start + rows * row + 40, around, matrix.dtype)
    window(buffer, start, row, matrix.shape)[...] = matrix
    assert columns <= row
    return buffer


def window(buffer, start, row, shape):
    """The matrix in it."""
    rows, columns = shape
    return buffer[start:start + rows * row].reshape(rows, row)[:, :columns]


def guarded(shape, start, row, dtype):
    return laid(np.full(shape, GUARD, dtype), start, row, around=GUARD)


def assert_holds(buffer, matrix, start, row):
    """The matrix, to the bit (but for what NaN is like), and guards around it."""
    expected = laid(matrix, start, row, around=GUARD)
    np.testing.assert_array_equal(buffer, expected)
    numbers = ~np.isnan(expected)
    assert buffer[numbers].tobytes() == expected[numbers].tobytes()


def test_the_numbers_show_the_order_and_have_exact_products():
    for T in (F4, F8):
        rng = np.random.default_rng(0)
        a, b = numbers(rng, (40, 200), T, 11 if T == F4 else 26), numbers(rng, (40, 200), T)
        products = a * b
        if T == F4:
            assert (products == a.astype(F8) * b).all()
        onward, back = (functools.reduce(np.add, p.T) for p in (products, products[:, ::-1]))
        assert (onward != back).mean() > 0.5


def digits_of(T):
    """Digits of one factor, such that products with 11 are exact and sums in T are not."""
    return 11 if T == F4 else 40


def in_sequence(a, b, total):
    """total + a @ b, k in sequence."""
    for k in range(a.shape[1]):
        total = a[:, k, None] * b[k] + total
    return total


# ---------------------------------------------------------------------------- parts of tiles


@pytest.mark.parametrize(("processor", "features", "whole"), [
    ("x86-64-v3", "", False), ("znver3", "+avx,+avx2,-avx512f", False), ("x86-64-v4", "", True),
    ("skylake-avx512", "+avx2,+avx512f", True), ("cortex-a72", "+neon", False)])
def test_tiles_are_in_parts_where_registers_are_few(processor, features, whole):
    """(.ci/run has all of this file with the features of x86-64-v3, too.)"""
    codegen = SimpleNamespace(magic_tuple=lambda: ("triple", processor, features))
    context = SimpleNamespace(codegen=lambda: codegen)
    for rows, vectors in itertools.product(range(1, 9), range(1, 10)):
        parts = simd._portions(context, rows, vectors)
        assert [r for first, count in parts for r in range(first, first + count)] == [*range(rows)]
        assert not whole or len(parts) == 1
        assert whole or all(count == 1 or count * vectors <= 6 for _, count in parts)


# ---------------------------------------------------------------------------- product_tile


@functools.cache
def product_of(R, V):
    @njit
    def call(a, a_start, a_row, a_step, b, b_start, b_row, K, mode, sums, s_start, s_row):
        product_tile(R, V, (pointer_to(a, a_start), a_row, a_step), (pointer_to(b, b_start), b_row),
                     K, mode, (pointer_to(sums, s_start), s_row))
    return call


@types
@pytest.mark.parametrize(("R", "V"), [(8, 2), (4, 2), (1, 1)])
@pytest.mark.parametrize("K", [0, 1, 37])
@pytest.mark.parametrize("across", [False, True])
def test_product_tile(short, T, R, V, K, across):
    rng = np.random.default_rng(K)
    width = V * LANES[T]
    a = numbers(rng, (R, K), short)
    b, before = numbers(rng, (K, width), T, digits_of(T)), numbers(rng, (R, width), T)
    if across:
        left, row, step = laid(a.T, 3, R + 2), 1, R + 2
    else:
        left, row, step = laid(a, 3, K + 5), K + 5, 1
    right, s_row = laid(b, 5, width + 1), width + 3
    fresh = in_sequence(a.astype(T), b, np.zeros((R, width), T))
    for mode, expected in ((FRESH, fresh), (ADD, before + fresh),
                           (GO_ON, in_sequence(a.astype(T), b, before))):
        sums = laid(before, 7, s_row, around=GUARD)
        product_of(R, V)(left, 3, row, step, right, 5, width + 1, K, mode, sums, 7, s_row)
        assert_holds(sums, expected, 7, s_row)


# -------------------------------------------------------------------------------- dot_tile


@njit
def dot(a, a_start, a_row, b, b_start, b_row, K, sums, start):
    dot_tile((pointer_to(a, a_start), a_row), (pointer_to(b, b_start), b_row), K,
             pointer_to(sums, start))


def dots(a, b, lanes):
    """a @ b.T as dot_tile sums it."""
    parts = np.zeros((a.shape[0], b.shape[0], lanes), b.dtype)
    for k in range(0, a.shape[1], lanes):
        parts = a[:, None, k:k + lanes] * b[None, :, k:k + lanes] + parts
    while parts.shape[2] > 1:
        parts = parts[:, :, 0::2] + parts[:, :, 1::2]
    return parts[:, :, 0]


@types
@pytest.mark.parametrize("turns", [0, 1, 7])
def test_dot_tile(short, T, turns):
    rng = np.random.default_rng(turns)
    K = turns * LANES[T]
    a, b = numbers(rng, (4, K), short), numbers(rng, (4, K), T, digits_of(T))
    sums = guarded((1, 16), 3, 16, T)
    dot(laid(a, 1, K + 3), 1, K + 3, laid(b, 2, K + 1), 2, K + 1, K, sums, 3)
    assert_holds(sums, dots(a.astype(T), b, LANES[T]).reshape(1, 16), 3, 16)


# ------------------------------------------------------------------------------- rows_tile


@functools.cache
def rows_of(R, V):
    @njit
    def call(a, a_start, a_row, b, b_start, b_row, K, run, width, biases, first, relu, out, start,
             row):
        rows_tile(R, V, (pointer_to(a, a_start), a_row), (pointer_to(b, b_start), b_row),
                  (K, run, width), pointer_to(biases, first), relu, (pointer_to(out, start), row))
    return call


def runs_of(K, run):
    """Where each run of terms begins and ends."""
    k = 0
    while k < K:
        left = K - k
        terms = left if left <= run else run if left >= 2 * run else (left + 1) // 2
        yield slice(k, k + terms)
        k += terms


def finished(a, b, run, biases, relu, dtype):
    """What rows_tile puts out."""
    total = None
    for terms in runs_of(a.shape[1], run):
        part = in_sequence(a[:, terms], b[terms], np.zeros((a.shape[0], b.shape[1]), b.dtype))
        total = part if total is None else total + part
    with np.errstate(over="ignore"):
        value = total.astype(dtype)
    if biases is not None:
        value = value + biases
    return np.where(relu and value < 0, dtype(0), value) if relu else value


def assert_rows_tile(R, V, a, b, run, width, biases, relu, out_type):
    K, columns = b.shape
    with np.errstate(invalid="ignore"):
        expected = finished(a, b, run, biases, relu, out_type)[:, :width]
    row = columns + 3
    out = guarded(expected.shape, 5, row, out_type)
    given = np.full(columns, -0.0, out_type) if biases is None else biases  # -0.0 changes nothing
    given = laid(given[None, :width], 3, columns)
    rows_of(R, V)(laid(a, 1, K + 2), 1, K + 2, laid(b, 2, columns + 1), 2, columns + 1, K, run,
                  width, given, 3, int(relu), out, 5, row)
    assert_holds(out, expected, 5, row)


@types
@pytest.mark.parametrize(("R", "V"), [(8, 2), (8, 1), (1, 2), (1, 1)])
@pytest.mark.parametrize("has_biases", [False, True])
def test_rows_tile(short, T, R, V, has_biases):
    rng = np.random.default_rng(R + V)
    lanes = LANES[T]
    columns = V * lanes
    biases = numbers(rng, columns, short) if has_biases else None
    for width in {1, 3, lanes - 1, lanes, columns - lanes + 1, columns - 1, columns}:
        for K, run in ((1, 1), (29, 29), (30, 7), (27, 13), (25, 13), (13, 4)):
            a, b = numbers(rng, (R, K), T), numbers(rng, (K, columns), T, digits_of(T))
            for relu in (False, True):
                assert_rows_tile(R, V, a, b, run, width, biases, relu, short)


@types
def test_rows_tile_where_more_columns_are_left_than_it_has(short, T):
    rng = np.random.default_rng(1)
    columns = 2 * LANES[T]
    a, b = numbers(rng, (8, 9), T), numbers(rng, (9, columns), T)
    out = guarded((8, columns), 5, columns + 20, short)
    none = np.full(columns, -0.0, short)
    rows_of(8, 2)(laid(a, 0, 9), 0, 9, laid(b, 0, columns), 0, columns, 9, 9, columns + 20, none, 0,
                  0, out, 5, columns + 20)
    assert_holds(out, finished(a, b, 9, None, False, short), 5, columns + 20)


@types
@pytest.mark.parametrize("relu", [False, True])
def test_rows_tile_keeps_nan_inf_and_the_sign_of_zero(short, T, relu):
    rng = np.random.default_rng(2)
    columns = 2 * LANES[T]
    a, b = signs(rng, (8, 4), T), signs(rng, (4, columns), T)
    a[0, 1], a[1, 2], a[2, 0], a[3] = np.nan, np.inf, -np.inf, 0
    biases = np.where(np.arange(columns) % 2, -0.0, 0.0).astype(short)
    for given in (None, biases, -biases):
        assert_rows_tile(8, 2, a, b, 4, columns - 1, given, relu, short)
        assert_rows_tile(8, 2, -a, b, 4, columns, given, relu, short)


# ------------------------------------------------------------------------------ thin tiles


def in_fours(matrix):
    """Rows of MOST, NaN behind what there is."""
    return np.pad(matrix, ((0, 0), (0, MOST - matrix.shape[1])), constant_values=np.nan).ravel()


def relu_of(x, weights, biases):
    value = in_sequence(x, weights, np.zeros((x.shape[0], weights.shape[1]), x.dtype))
    value = value.astype(biases.dtype) + biases
    return np.where(value < 0, biases.dtype.type(0), value)


@njit
def forward(x, weights, w_row, biases, hidden, h_row, w, rows, I):
    thin_forward_tile(pointer_to(x, 0), (pointer_to(weights, 0), w_row), pointer_to(biases, 0),
                      (pointer_to(hidden, 0), h_row), w, (rows, I))


@types
@pytest.mark.parametrize("I", range(1, MOST + 1))
@pytest.mark.parametrize("rows", [0, 1, 7])
def test_thin_forward_tile(short, T, I, rows):
    rng = np.random.default_rng(I)
    lanes, w = LANES[T], 5
    x, weights = numbers(rng, (rows, I), T), numbers(rng, (I, lanes), T, digits_of(T))
    biases = numbers(rng, lanes, short)
    hidden = guarded((rows, lanes), w, lanes + 9, short)
    forward(in_fours(x), laid(weights, w, lanes + 7), lanes + 7, laid(biases[None], w, lanes),
            hidden, lanes + 9, w, rows, I)
    assert_holds(hidden, relu_of(x, weights, biases), w, lanes + 9)


@njit
def through(x, n, weights, biases, hidden, behind, W, I, O, sums, start):
    thin_through_tile(pointer_to(x, 0), n, pointer_to(weights, 0), pointer_to(biases, 0),
                      pointer_to(hidden, 0), pointer_to(behind, 0), (W, I, O),
                      pointer_to(sums, start))


@types
@pytest.mark.parametrize("I", range(1, MOST + 1))
@pytest.mark.parametrize("O", range(1, MOST + 1))
@pytest.mark.parametrize("turns", [1, 5])
def test_thin_through_tile(short, T, I, O, turns):
    rng = np.random.default_rng(O)
    W, n = turns * LANES[T], 4
    x, weights = numbers(rng, (4, I), T), numbers(rng, (I, W), T, digits_of(T))
    biases, behind = numbers(rng, W, short), signs(rng, (max(O, 3), W), T)
    hidden, sums = guarded((4, W), n * W, W, short), guarded((4, 4), 3, 4, T)
    before = np.full(n * MOST, np.nan, T)
    through(np.concatenate([before, in_fours(x)]), n, laid(weights, 0, W),
            laid(biases[None], 0, W), hidden, laid(behind, 0, W), W, I, O, sums, 3)
    expected = relu_of(x, weights, biases)
    assert_holds(hidden, expected, n * W, W)
    added = np.zeros((4, 4), T)
    added[:, :max(O, 3)] = dots(expected.astype(T), behind, LANES[T])
    assert_holds(sums, added, 3, 4)


@functools.cache
def backward(V, relu, has_behind, has_ahead):
    """thin_backward_tile with what there is; given and dhidden where a side is not.

    Without `relu` what is not read is not there: hidden ahead of it, db behind it.
    """
    @njit
    def neither(hidden, given, dhidden, row, d, weights, w_row, x, dw2, db, dw, s_row, w, sizes,
                fresh):
        thin_backward_tile(V, relu, (pointer_to(hidden, 0), pointer_to(given, 0),
                                     pointer_to(dhidden, 0), row), None, None,
                           (None, pointer_to(db, 0), None, s_row), w, sizes, fresh)

    @njit
    def no_behind(hidden, given, dhidden, row, d, weights, w_row, x, dw2, db, dw, s_row, w, sizes,
                  fresh):
        thin_backward_tile(V, relu, (pointer_to(hidden, 0), pointer_to(given, 0), None, row), None,
                           pointer_to(x, 0), (None, pointer_to(db, 0), pointer_to(dw, 0), s_row), w,
                           sizes, fresh)

    @njit
    def behind(hidden, given, dhidden, row, d, weights, w_row, x, dw2, db, dw, s_row, w, sizes,
               fresh):
        thin_backward_tile(V, relu, (pointer_to(hidden, 0), None, pointer_to(dhidden, 0), row),
                           (pointer_to(d, 0), pointer_to(weights, 0), w_row), pointer_to(x, 0),
                           (pointer_to(dw2, 0), pointer_to(db, 0), pointer_to(dw, 0), s_row), w,
                           sizes, fresh)
    return behind if has_behind else no_behind if has_ahead else neither


def gradients(hidden, given, d, weights, x, sums, relu):
    """dhidden, and dw2, db and dw from the sums so far, as thin_backward_tile adds them."""
    dw2, db, dw = (one.copy() for one in sums)
    short, T = hidden.dtype, weights.dtype
    dhidden = np.empty_like(hidden)
    for n, (h, slope) in enumerate(zip(hidden, given)):
        if d.shape[1]:
            slope = in_sequence(d[n:n + 1], weights, np.zeros((1, h.size), T))[0].astype(short)
            dw2 += d[n][:, None] * h.astype(T)
        if relu:
            slope = np.where(h <= 0, short.type(0), slope)
        if x.shape[1]:
            dw += x[n][:, None] * slope.astype(T)
        dhidden[n] = slope
        db += slope
    return dhidden, dw2, db, dw


@types
@pytest.mark.parametrize(("V", "relu", "O", "I"), [
    *((V, 1, O, I) for V in (1, 2) for O in range(1, 5) for I in range(1, 5)),
    *((1, 1, O, 0) for O in range(1, 5)), *((1, 1, 0, I) for I in range(1, 5)), (1, 1, 0, 0),
    *((2, 0, O, 0) for O in range(1, 5)), *((2, 0, 0, I) for I in range(1, 5))])
def test_thin_backward_tile(short, T, V, relu, O, I):
    rng = np.random.default_rng(O)
    w, width = 5, V * LANES[T if O or I else short]
    row, w_row, s_row = width + 9, width + 7, width + 11
    has_hidden, has_biases = O or relu, I or relu
    for rows, fresh in ((7, True), (7, False), (1, False), (0, True), (0, False)):
        hidden, given = numbers(rng, (rows, width), short), numbers(rng, (rows, width), short)
        d, x = numbers(rng, (rows, O), T), signs(rng, (rows, I), T)
        weights = numbers(rng, (O, width), T, digits_of(T))
        before = (numbers(rng, (O, width), T), numbers(rng, width, short),
                  numbers(rng, (I, width), T))
        sums = [laid(one.reshape(-1, width), w, s_row, around=GUARD) for one in before]
        dhidden = guarded((rows, width), w, row, short)
        backward(V, relu, O > 0, I > 0)(
            laid(hidden, w, row) if has_hidden else None, None if O else laid(given, w, row),
            None if I else dhidden, row,
            in_fours(d), laid(weights, w, w_row), w_row, in_fours(x) if I else None,
            sums[0], sums[1] if has_biases else None, sums[2] if I else None, s_row, w,
            (rows, O, I), int(fresh))
        start = [np.zeros_like(one) for one in before] if fresh else before
        dh, *expected = gradients(hidden, given, d, weights, x, start, relu)
        if not has_biases:
            expected[1] = before[1]
        for buffer, one in zip(sums, expected):
            assert_holds(buffer, one.reshape(-1, width), w, s_row)
        assert_holds(dhidden, np.full_like(dh, GUARD) if I else dh, w, row)
