"""Numbers and buffers for calls of vector tiles.

The numbers have few digits and many magnitudes: products are exact, so fused or not is the same,
and sums are not, so another order of summation gives other bits. Operands lie in longer buffers,
with NaN around what is to be read and a guard value around what is to be written.
"""

import numpy as np
import pytest

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


def digits_of(T):
    """Digits of one factor, such that products with 11 are exact and sums in T are not."""
    return 11 if T == F4 else 40


def in_sequence(a, b, total):
    """total + a @ b, k in sequence."""
    for k in range(a.shape[1]):
        total = a[:, k, None] * b[k] + total
    return total


def dots(a, b, lanes):
    """a @ b.T as dot_tile sums it."""
    parts = np.zeros((a.shape[0], b.shape[0], lanes), b.dtype)
    for k in range(0, a.shape[1], lanes):
        parts = a[:, None, k:k + lanes] * b[None, :, k:k + lanes] + parts
    while parts.shape[2] > 1:
        parts = parts[:, :, 0::2] + parts[:, :, 1::2]
    return parts[:, :, 0]
