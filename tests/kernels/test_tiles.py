"""Each vector tile of products by itself, against the pseudocode in its docstring: bit for bit."""

import functools
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from numba import njit
from tile_calls import (
    F4,
    F8,
    GUARD,
    LANES,
    assert_holds,
    digits_of,
    dots,
    guarded,
    in_sequence,
    laid,
    numbers,
    signs,
    types,
)

from fastnn.compile import sums_order
from fastnn.kernels import registers
from fastnn.kernels.elements import pointer_to
from fastnn.kernels.rows import rows_tile
from fastnn.kernels.simd import (
    ADD,
    FRESH,
    GO_ON,
    dot_row,
    dot_tile,
    product_tile,
    store_sums,
    tile_rows,
)

pytestmark = pytest.mark.filterwarnings("error")


def test_the_numbers_show_the_order_and_have_exact_products():
    for T in (F4, F8):
        rng = np.random.default_rng(0)
        a, b = numbers(rng, (40, 200), T, 11 if T == F4 else 26), numbers(rng, (40, 200), T)
        products = a * b
        if T == F4:
            assert (products == a.astype(F8) * b).all()
        onward, back = (functools.reduce(np.add, p.T) for p in (products, products[:, ::-1]))
        assert (onward != back).mean() > 0.5


# ---------------------------------------------------------------------------- parts of tiles


@pytest.mark.parametrize(("processor", "features", "whole"), [
    ("x86-64-v3", "", False), ("znver3", "+avx,+avx2,-avx512f", False), ("x86-64-v4", "", True),
    ("skylake-avx512", "+avx2,+avx512f", True), ("cortex-a72", "+neon", False)])
def test_tiles_are_in_parts_where_registers_are_few(processor, features, whole):
    """(.ci/run has all of this file with the features of x86-64-v3, too.)"""
    codegen = SimpleNamespace(magic_tuple=lambda: ("triple", processor, features))
    context = SimpleNamespace(codegen=lambda: codegen)
    vectors = len(registers.parts_of_tile(context)[0])
    assert registers.rows_of_tile(context) * vectors == (16 if whole else 6)
    for rows, vectors in itertools.product(range(1, 9), range(1, 10)):
        parts = registers.portions(context, rows, vectors)
        assert [r for first, count in parts for r in range(first, first + count)] == [*range(rows)]
        assert not whole or len(parts) == 1
        assert whole or all(count == 1 or count * vectors <= 6 for _, count in parts)


# ---------------------------------------------------------------------------- product_tile


@njit
def rows_here():
    return tile_rows()


HERE = rows_here()  # 8, or 6 where registers are few


@functools.cache
def product_of(R, V):
    @njit
    def call(a, a_start, a_row, a_step, b, b_start, b_row, rows, K, mode, sums, s_start, s_row):
        product_tile(R, V, (pointer_to(a, a_start), a_row, a_step),
                     (pointer_to(b, b_start), b_row), (rows, K), mode,
                     (pointer_to(sums, s_start), s_row))
    return call


@types
@pytest.mark.parametrize(("R", "rows"), [(8, 8), (8, 9), (8, 7), (8, 5), (8, 1), (4, 4), (4, 3)])
@pytest.mark.parametrize("V", [1, 2])
@pytest.mark.parametrize("K", [0, 1, 37])
@pytest.mark.parametrize("across", [False, True])
def test_product_tile(short, T, R, rows, V, K, across):
    rng = np.random.default_rng(K)
    width, done = V * LANES[T], min(R, rows, HERE)
    a = numbers(rng, (done, K), short)
    b, before = numbers(rng, (K, width), T, digits_of(T)), numbers(rng, (done, width), T)
    if across:
        left, row, step = laid(a.T, 3, R + 2), 1, R + 2
    else:
        left, row, step = laid(a, 3, K + 5), K + 5, 1
    right, s_row = laid(b, 5, width + 1), width + 3
    fresh = in_sequence(a.astype(T), b, np.zeros((done, width), T))
    for mode, expected in ((FRESH, fresh), (ADD, before + fresh),
                           (GO_ON, in_sequence(a.astype(T), b, before))):
        sums = laid(before, 7, s_row, around=GUARD)
        product_of(R, V)(left, 3, row, step, right, 5, width + 1, rows, K, mode, sums, 7, s_row)
        assert_holds(sums, expected, 7, s_row)


# -------------------------------------------------------------------------------- dot_tile


@njit
def dot(a, a_start, a_row, b, b_start, b_row, K, columns, sums, start):
    dot_tile((pointer_to(a, a_start), a_row), (pointer_to(b, b_start), b_row), K, columns,
             pointer_to(sums, start))


@types
@pytest.mark.parametrize("turns", [0, 1, 7])
@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_dot_tile(short, T, turns, columns):
    rng = np.random.default_rng(turns)
    K = turns * LANES[T]
    a, b = numbers(rng, (4, K), short), numbers(rng, (max(2, columns), K), T, digits_of(T))
    sums, row = guarded((1, 16), 3, 16, T), dot_row(columns)
    dot(laid(a, 1, K + 3), 1, K + 3, laid(b, 2, K + 1), 2, K + 1, K, columns, sums, 3)
    assert (sums[19:] == GUARD).all() and (sums[:3] == GUARD).all()
    found = sums[3:3 + 4 * row].reshape(4, row)[:, :columns]
    expected = dots(a.astype(T), b[:columns], LANES[T])
    assert found.tobytes() == expected.tobytes()


@njit
def store(sums, start, addends, at, out, place, count):
    store_sums(pointer_to(sums, start), pointer_to(addends, at), pointer_to(out, place), count)


@types
@pytest.mark.parametrize("count", [8, 12, 16])
def test_store_sums(short, T, count):
    rng = np.random.default_rng(count)
    sums, addends = numbers(rng, (1, count), T), numbers(rng, (1, count), short)
    out = guarded((1, count), 3, count, short)
    store(laid(sums, 1, count), 1, laid(addends.astype(T), 2, count), 2, out, 3, count)
    assert_holds(out, sums.astype(short) + addends, 3, count)


# ------------------------------------------------------------------------------- rows_tile


@functools.cache
def rows_of(V):
    @njit
    def call(a, a_start, a_row, b, b_start, b_row, rows, K, run, width, biases, first, relu, out,
             start, row, added=0):
        rows_tile(V, (pointer_to(a, a_start), a_row), (pointer_to(b, b_start), b_row),
                  (rows, K, run, width, added), pointer_to(biases, first), relu,
                  (pointer_to(out, start), row))
    return call


@pytest.fixture
def unit(request, monkeypatch):
    """Halves of runs come in such units; the table is read by compiled code."""
    table = sums_order._table
    before = list(table)
    table[1] = table[3] = request.param
    yield request.param
    table[:] = before


def runs_of(K, run, unit):
    """Where each run of terms begins and ends."""
    k = 0
    while k < K:
        left = K - k
        terms = left if left <= run else run if left >= 2 * run else (
            -(-(left // 2) // unit) * unit)
        yield slice(k, k + terms)
        k += terms


def finished(a, b, run, biases, relu, dtype):
    """What rows_tile puts out."""
    total = None
    for terms in runs_of(a.shape[1], run, sums_order._table[1]):
        part = in_sequence(a[:, terms], b[terms], np.zeros((a.shape[0], b.shape[1]), b.dtype))
        total = part if total is None else total + part
    with np.errstate(over="ignore"):
        value = total.astype(dtype)
    if biases is not None:
        value = value + biases
    return np.where(relu and value < 0, dtype(0), value) if relu else value


def assert_rows_tile(V, rows, a, b, run, width, biases, relu, out_type):
    K, columns = b.shape
    with np.errstate(invalid="ignore"):
        expected = finished(a, b, run, biases, relu, out_type)[:, :width]
    row = columns + 3
    out = guarded(expected.shape, 5, row, out_type)
    given = np.full(columns, -0.0, out_type) if biases is None else biases  # -0.0 changes nothing
    given = laid(given[None, :width], 3, columns)
    rows_of(V)(laid(a, 1, K + 2), 1, K + 2, laid(b, 2, columns + 1), 2, columns + 1, rows, K, run,
               width, given, 3, int(relu), out, 5, row)
    assert_holds(out, expected, 5, row)


@types
@pytest.mark.parametrize("V", [0, 1, 2])
@pytest.mark.parametrize("rows", [2 * HERE + 1, HERE + 1, HERE, HERE - 1, 3, 1])
@pytest.mark.parametrize("has_biases", [False, True])
@pytest.mark.parametrize("unit", [1, 2], indirect=True)
def test_rows_tile(short, T, rows, V, has_biases, unit):
    rng = np.random.default_rng(rows + V)
    done = min(rows, HERE if V else 2 * HERE)
    lanes = LANES[T] if V else LANES[T] // 2
    columns = (V or 1) * lanes
    biases = numbers(rng, columns, short) if has_biases else None
    for width in {1, 3, lanes - 1, lanes, columns - lanes + 1, columns - 1, columns}:
        for K, run in ((1, 1), (29, 29), (30, 7), (27, 13), (25, 13), (13, 4)):
            a, b = numbers(rng, (done, K), T), numbers(rng, (K, columns), T, digits_of(T))
            for relu in (False, True):
                assert_rows_tile(V, rows, a, b, run, width, biases, relu, short)


@types
def test_rows_tile_where_more_columns_are_left_than_it_has(short, T):
    rng = np.random.default_rng(1)
    columns = 2 * LANES[T]
    a, b = numbers(rng, (HERE, 9), T), numbers(rng, (9, columns), T)
    out = guarded((HERE, columns), 5, columns + 20, short)
    none = np.full(columns, -0.0, short)
    rows_of(2)(laid(a, 0, 9), 0, 9, laid(b, 0, columns), 0, columns, HERE, 9, 9, columns + 20, none,
               0, 0, out, 5, columns + 20)
    assert_holds(out, finished(a, b, 9, None, False, short), 5, columns + 20)


@types
@pytest.mark.parametrize("relu", [False, True])
def test_rows_tile_keeps_nan_inf_and_the_sign_of_zero(short, T, relu):
    rng = np.random.default_rng(2)
    columns = 2 * LANES[T]
    a, b = signs(rng, (HERE, 4), T), signs(rng, (4, columns), T)
    a[0, 1], a[1, 2], a[2, 0], a[3] = np.nan, np.inf, -np.inf, 0
    biases = np.where(np.arange(columns) % 2, -0.0, 0.0).astype(short)
    for given in (None, biases, -biases):
        assert_rows_tile(2, HERE, a, b, 4, columns - 1, given, relu, short)
        assert_rows_tile(2, HERE, -a, b, 4, columns, given, relu, short)


@types
@pytest.mark.parametrize("V", [0, 1, 2])
def test_rows_tile_adds_zero_to_what_underflows(short, T, V):
    rows, columns = (HERE, V * LANES[T]) if V else (2 * HERE, LANES[T] // 2)
    tiny = np.finfo(T).tiny
    a, b = np.full((rows, 5), -tiny, T), np.full((5, columns), tiny, T)
    out, none = np.ones(rows * columns, short), np.full(columns, -0.0, short)
    rows_of(V)(a.ravel(), 0, 5, b.ravel(), 0, columns, rows, 5, 5, columns, none, 0, 0, out, 0,
               columns, 1)
    assert not out.any()
    assert not np.signbit(out).any()  # of fused sums alone it is
