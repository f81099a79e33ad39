"""Sums of many elements have NumPy's digits, in whichever pieces this NumPy takes them."""

import numpy as np
import pytest
from numba import njit

from fastnn.compile import numpy_sums
from fastnn.kernels.sums import pairwise_sum

LENGTHS = [0, 1, 7, 8, 127, 129, 5000, 8191, 8192, 8193, 9001, 24_000, 100_003]


@njit
def summed(a, start, n):
    return pairwise_sum(a, start, n)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n", LENGTHS)
def test_a_sum_is_numpys(dtype, n):
    for seed in range(5):
        a = np.random.default_rng(seed).standard_normal(n + 3).astype(dtype)
        assert summed(a, 3, n) == np.sum(a[3:])


@pytest.mark.parametrize("n", LENGTHS[5:])
def test_a_sum_in_pieces(monkeypatch, n):
    before = numpy_sums._table[0]
    a = np.random.default_rng(1).standard_normal(n).astype("f4")
    try:
        numpy_sums._table[0] = 100
        expected = np.float32(0)
        for at in range(0, n, 100):
            expected += np.sum(a[at:at + 100])
        assert summed(a, 0, n) == expected
    finally:
        numpy_sums._table[0] = before


def test_this_numpy_is_asked(monkeypatch):
    plain, size = np.sum, np.getbufsize()

    def halves(a):
        return plain(a)  # of up to a piece both ways are one

    def pieces(a):
        total = plain(a[:size])
        for at in range(size, len(a), size):
            total = total + plain(a[at:at + size])
        return total
    found = numpy_sums.piece()
    assert found in (size, numpy_sums.WHOLE)
    monkeypatch.setattr(np, "sum", pieces)
    assert numpy_sums.piece() == size
    monkeypatch.setattr(np, "sum", halves)
    assert numpy_sums.piece() == found
