"""What this machine can do: the rate of a large matrix product and that of a large copy.

Measured once in a process, in about a tenth of a second, when a table first asks.
"""

import threading
from collections.abc import Callable
from functools import cache
from time import perf_counter

import numpy as np

from fastnn.compile.undivided import hold_over_forks
from fastnn.support import blas

_WIDTH = 768
_COPY = 1 << 25  # bytes: more than most caches hold

# OpenBLAS ends its threads before a fork, and waits for ever for one that another thread has just
# given a product to: forks wait for the end of a measurement.
_measuring = threading.RLock()
hold_over_forks(lambda: [_measuring])


def _best(call: Callable[[], object], times: int) -> float:
    """The shortest of so many calls, in seconds, after one that is not counted."""
    found = []
    with _measuring:
        call()
        for _ in range(times):
            begin = perf_counter()
            call()
            found.append(perf_counter() - begin)
    return min(found)


@cache
def product_rate() -> float:
    """Operations a second of a float32 product (768, 768) @ (768, 768), as BLAS is set up now."""
    a = np.ones((_WIDTH, _WIDTH), np.float32)
    out = np.empty_like(a)
    return 2 * _WIDTH**3 / _best(lambda: np.matmul(a, a, out=out), 5)


@cache
def copy_rate() -> float:
    """Bytes a second of a copy of 32 MB, those read and those written."""
    a = np.ones(_COPY, np.uint8)
    out = np.empty_like(a)
    return 2 * _COPY / _best(lambda: np.copyto(out, a), 5)


def product_seconds(N: int, I: int, O: int, threads: int) -> float | None:
    """A float32 product (N, I) @ (I, O) with so many threads of BLAS; None where they are fixed."""
    a, b = np.ones((N, I), np.float32), np.ones((I, O), np.float32)
    out = np.empty((N, O), np.float32)
    with blas.limited(threads) as limited:
        return _best(lambda: np.matmul(a, b, out=out), 5) if limited else None
