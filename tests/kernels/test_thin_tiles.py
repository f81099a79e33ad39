"""Each tile of `thin.py` and `thin_rows.py` by itself, against its pseudocode: bit for bit."""

import functools

import numpy as np
import pytest
from numba import njit
from tile_calls import (
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

from fastnn.kernels.elements import pointer_to
from fastnn.kernels.thin import (
    MOST,
    copy_four,
    thin_backward_tile,
    thin_forward_tile,
    thin_through_tile,
)
from fastnn.kernels.thin_products import thin_side
from fastnn.kernels.thin_rows import ROWS, thin_rows_tile

pytestmark = pytest.mark.filterwarnings("error")


def in_fours(matrix):
    """Rows of MOST, NaN behind what there is."""
    return np.pad(matrix, ((0, 0), (0, MOST - matrix.shape[1])), constant_values=np.nan).ravel()


def output_of(x, weights, biases, relu):
    value = in_sequence(x, weights, np.zeros((x.shape[0], weights.shape[1]), x.dtype))
    value = value.astype(biases.dtype) + biases
    return np.where(relu & (value < 0), biases.dtype.type(0), value)


@njit
def forward(x, weights, w_row, biases, relu, hidden, h_row, w, rows, I, added=0):
    thin_forward_tile(pointer_to(x, 0), (pointer_to(weights, 0), w_row), pointer_to(biases, 0),
                      relu, (pointer_to(hidden, 0), h_row), w, (rows, I, added))


@types
@pytest.mark.parametrize("I", range(1, MOST + 1))
@pytest.mark.parametrize("rows", [0, 1, 7])
@pytest.mark.parametrize("relu", [0, 1])
def test_thin_forward_tile(short, T, I, rows, relu):
    rng = np.random.default_rng(I)
    lanes, w = LANES[T], 5
    x, weights = numbers(rng, (rows, I), T), numbers(rng, (I, lanes), T, digits_of(T))
    biases = numbers(rng, lanes, short)
    hidden = guarded((rows, lanes), w, lanes + 9, short)
    forward(in_fours(x), laid(weights, w, lanes + 7), lanes + 7, laid(biases[None], w, lanes),
            relu, hidden, lanes + 9, w, rows, I)
    assert_holds(hidden, output_of(x, weights, biases, relu), w, lanes + 9)


@njit
def through(x, n, weights, biases, hidden, behind, W, I, O, sums, start, added=0):
    thin_through_tile(pointer_to(x, 0), n, pointer_to(weights, 0), pointer_to(biases, 0),
                      pointer_to(hidden, 0), pointer_to(behind, 0), (W, I, O, added),
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
    hidden, sums = guarded((4, W), n * W, W, short), guarded((1, 16), 3, 16, T)
    before = np.full(n * MOST, np.nan, T)
    through(np.concatenate([before, in_fours(x)]), n, laid(weights, 0, W),
            laid(biases[None], 0, W), hidden, laid(behind, 0, W), W, I, O, sums, 3)
    expected = output_of(x, weights, biases, True)
    assert_holds(hidden, expected, n * W, W)
    added = dots(expected.astype(T), behind, LANES[T]).ravel()
    assert (sums[19:] == GUARD).all() and (sums[:3] == GUARD).all()
    assert sums[3:3 + added.size].tobytes() == added.tobytes()


@njit
def four(source, start, target, at):
    copy_four(pointer_to(source, start), pointer_to(target, at))


@types
def test_copy_four(short, T):
    source, target = np.arange(1, 9, dtype=short), guarded((1, MOST), 3, MOST, T)
    four(source, 2, target, 3)
    assert_holds(target, np.arange(3, 3 + MOST, dtype=T)[None], 3, MOST)


@njit
def side(source, work, start):
    thin_side(source, source.shape[0], source.shape[1], work, start)


@types
@pytest.mark.parametrize("columns", range(1, MOST + 1))
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 5, 21])
def test_thin_side(short, T, rows, columns):
    """Each row where the tiles look for it, and nothing beyond the last."""
    x = numbers(np.random.default_rng(rows), (rows, columns), short)
    work = guarded((rows, MOST), 5, MOST, T)
    side(x, work, 5)
    found = work[5:5 + rows * MOST].reshape(rows, MOST)
    assert found[:, :columns].tobytes() == x.astype(T).tobytes()
    assert (work[:5] == GUARD).all() and (work[5 + rows * MOST:] == GUARD).all()


@njit
def through_rows(x, n, weights, biases, hidden, behind, sizes, run, sums, start):
    thin_rows_tile(pointer_to(x, 0), n, pointer_to(weights, 0), pointer_to(biases, 0),
                   pointer_to(hidden, 0), pointer_to(behind, 0), sizes, run,
                   pointer_to(sums, start))


@types
@pytest.mark.parametrize("I", range(1, MOST + 1))
@pytest.mark.parametrize("O", range(2, MOST + 1))
@pytest.mark.parametrize("run", [(0, 16), (0, 4), (4, 8), (12, 4), (16, 0)])
def test_thin_rows_tile(short, T, I, O, run):
    rng = np.random.default_rng(O)
    W, n, some = 16, 4, slice(run[0], sum(run))
    x, weights = numbers(rng, (ROWS, I), T), numbers(rng, (I, W), T, digits_of(T))
    biases, behind = numbers(rng, W, short), signs(rng, (W, O), T)
    hidden, sums = guarded((ROWS, W), n * W, W, short), guarded((O, ROWS), 3, ROWS, T)
    before = np.full(n * MOST, np.nan, T)
    through_rows(np.concatenate([before, in_fours(x)]), n, laid(weights, 0, W),
                 laid(biases[None], 0, W), hidden, laid(behind, 0, O), (W, I, O, 0), run, sums, 3)
    expected = np.full((ROWS, W), GUARD, short)
    expected[:, some] = output_of(x, weights, biases, True)[:, some]
    assert_holds(hidden, expected, n * W, W)
    added = in_sequence(expected[:, some].astype(T), behind[some], np.zeros((ROWS, O), T))
    assert_holds(sums, np.ascontiguousarray(added.T), 3, ROWS)


@functools.cache
def backward(V, has_behind, has_ahead):
    """thin_backward_tile with what there is; given and dhidden where a side is not.

    Where relu is None what is not read is not there: hidden ahead of it, db behind it.
    """
    @njit
    def neither(hidden, given, dhidden, row, relu, d, weights, w_row, x, dw2, db, dw, s_row,
                w, sizes, fresh):
        thin_backward_tile(V, (pointer_to(hidden, 0), pointer_to(given, 0), pointer_to(dhidden, 0),
                               row), relu, None, None,
                           (None, pointer_to(db, 0), None, s_row), w, sizes, fresh)

    @njit
    def no_behind(hidden, given, dhidden, row, relu, d, weights, w_row, x, dw2, db, dw, s_row,
               w, sizes, fresh):
        thin_backward_tile(V, (pointer_to(hidden, 0), pointer_to(given, 0), None, row), relu,
                           None, pointer_to(x, 0),
                           (None, pointer_to(db, 0), pointer_to(dw, 0), s_row), w,
                           sizes, fresh)

    @njit
    def behind(hidden, given, dhidden, row, relu, d, weights, w_row, x, dw2, db, dw, s_row,
               w, sizes, fresh):
        thin_backward_tile(V, (pointer_to(hidden, 0), None, pointer_to(dhidden, 0), row), relu,
                           (pointer_to(d, 0), pointer_to(weights, 0), w_row, 1), pointer_to(x, 0),
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
    *((2, relu, O, 0) for relu in (0, None) for O in range(1, 5)),
    *((2, relu, 0, I) for relu in (0, None) for I in range(1, 5)), (1, 0, 2, 3)])
def test_thin_backward_tile(short, T, V, relu, O, I):
    rng = np.random.default_rng(O)
    w, width = 5, V * LANES[T if O or I else short]
    row, w_row, s_row = width + 9, width + 7, width + 11
    has_hidden, has_biases = O or relu is not None, I or relu is not None
    for rows, *fresh in ((7, 1, 1), (7, 0, 0), (7, 1, 0), (7, 0, 1), (1, 0, 0), (0, 1, 1),
                         (0, 0, 0)):
        hidden, given = numbers(rng, (rows, width), short), numbers(rng, (rows, width), short)
        d, x = numbers(rng, (rows, O), T), signs(rng, (rows, I), T)
        weights = numbers(rng, (O, width), T, digits_of(T))
        before = (numbers(rng, (O, width), T), numbers(rng, width, short),
                  numbers(rng, (I, width), T))
        sums = [laid(one.reshape(-1, width), w, s_row, around=GUARD) for one in before]
        dhidden = guarded((rows, width), w, row, short)
        backward(V, O > 0, I > 0)(
            laid(hidden, w, row) if has_hidden else None, None if O else laid(given, w, row),
            None if I else dhidden, row, relu,
            in_fours(d), laid(weights, w, w_row), w_row, in_fours(x) if I else None,
            sums[0], sums[1] if has_biases else None, sums[2] if I else None, s_row, w,
            (rows, O, I), tuple(fresh))
        start = [np.zeros_like(one) if anew else one
                 for one, anew in zip(before, (fresh[0], fresh[1], fresh[0]))]
        dh, *expected = gradients(hidden, given, d, weights, x, start, relu)
        if not has_biases:
            expected[1] = before[1]
        for buffer, one in zip(sums, expected):
            assert_holds(buffer, one.reshape(-1, width), w, s_row)
        assert_holds(dhidden, np.full_like(dh, GUARD) if I else dh, w, row)


@types
def test_thin_tiles_add_zero_to_what_underflows(short, T):
    tiny, W = np.finfo(T).tiny, LANES[T]
    x, weights, none = (np.full(n, value, kind) for n, value, kind in (
        (ROWS * MOST, -tiny, T), (2 * W, tiny, T), (W, -0.0, short)))
    sums, behind = np.zeros(ROWS * MOST, T), np.zeros(MOST * W, T)
    hidden = np.ones((4, ROWS, W), short)
    forward(x, weights, W, none, 0, hidden[0].ravel(), W, 0, ROWS, 2, 1)
    through(x, 0, weights, none, hidden[1].ravel(), behind, W, 2, 3, sums, 0, 1)
    through(x, 4, weights, none, hidden[1].ravel(), behind, W, 2, 3, sums, 0, 1)
    through_rows(x, 0, weights, none, hidden[2].ravel(), behind, (W, 2, 3, 1), (0, W), sums, 0)
    backward(1, True, False)(
        hidden[0].ravel(), None, hidden[3].ravel(), W, 0, x, weights, W, None, np.zeros(2 * W, T),
        none.copy(), None, W, 0, (ROWS, 2, 0), (1, 1))
    assert not hidden.any()
    assert not np.signbit(hidden).any()  # of fused sums alone it is
