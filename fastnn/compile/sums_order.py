"""In which order our tiles add the terms of a product: as this machine's OpenBLAS does, as far as
that is known.

It is a guess that makes them worth trying, and no more: whether a product of ours is NumPy's to the
bit is found by trying (`support/proofs.py`). OpenBLAS adds in sequence, in runs: a sum of more
terms than a run has is that of its runs' sums. Where a run ends depends on the kind of processor
that OpenBLAS takes this one for. Those with AVX-512 have kernels of their own for small products,
which know no runs, and add up the terms of outputs up to four wide in eight or sixteen sums. In
float32 our tiles do so everywhere, as it is the quickest way: that is the fast lane's type.

Found by experiment with OpenBLAS 0.3.31 and each of its kinds that run here, 2026-11.
"""

import ctypes
from typing import NamedTuple

from fastnn.compile.linking import provide
from fastnn.compile.numpy_blas import core


class Order(NamedTuple):
    """Terms in a run of float32 and of float64 products, and the unit of its halves; multiply-adds
    that float64 products with kernels of their own have at most.
    """

    single: tuple[int, int]
    double: tuple[int, int]
    small: int


SMALL = 1_000_000  # the same of float32 products
_SKYLAKE, _HASWELL = Order((448, 16), (384, 16), SMALL), Order((320, 8), (256, 4), 0)
_KNOWN = dict.fromkeys(("SkylakeX", "Cooperlake", "SapphireRapids"), _SKYLAKE)

ORDER = _KNOWN.get(core(), _HASWELL)
# Compiled code reads them here: so kernels that a wheel brings along serve every processor.
TABLE, WORDS = "fastnn_runs", 5
_table = (ctypes.c_int64 * WORDS)(*ORDER.single, *ORDER.double, ORDER.small)
provide(TABLE, _table)


def is_small(multiply_adds: int, itemsize: int) -> bool:
    """Whether a product has a kernel of its own."""
    return multiply_adds <= (SMALL if itemsize == 4 else ORDER.small)


def terms_of(left: int, multiply_adds: int, itemsize: int) -> int:
    """How many of the terms that are left the next run takes: all of those below one run, and below
    two of them half.
    """
    run, unit = ORDER.single if itemsize == 4 else ORDER.double
    if is_small(multiply_adds, itemsize) or left <= run:
        return left
    return run if left >= 2 * run else (left // 2 + unit - 1) // unit * unit
