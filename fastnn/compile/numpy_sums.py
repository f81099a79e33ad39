"""In pieces of how many elements NumPy sums: older NumPys (2.0) put sums of pieces of 8192, their
buffer's size, one to the next; newer ones halve the whole.

Asked once, of this NumPy; compiled code finds the answer at the symbol `TABLE`.
"""

import ctypes

import numpy as np

from fastnn.compile.linking import provide

TABLE = "fastnn_sum_piece"
WHOLE = 1 << 62
_DRAWS = 12  # in one of three both ways give the same digits, or more seldom


def piece() -> int:
    """Elements of a piece; WHOLE where there are none."""
    size = np.getbufsize()
    half = (size + 1000) // 2
    for n in range(_DRAWS):
        numbers = np.arange(2 * half * n, 2 * half * (n + 1), dtype=np.uint32)
        draw = (numbers * np.uint32(2654435761) >> 8).astype(np.float32)
        pieced = np.sum(draw[:size]) + np.sum(draw[size:])
        if pieced != np.sum(draw):
            return WHOLE
        if pieced != np.sum(draw[:half - half % 8]) + np.sum(draw[half - half % 8:]):
            return size
    return WHOLE


_table = (ctypes.c_int64 * 1)(piece())
provide(TABLE, _table)
