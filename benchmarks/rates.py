"""What the machine gives: BLAS's rate for a product, the rate of a copy, threads and cores."""

import functools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

COPIED = 64_000_000  # bytes: more than caches hold
ONE = "OMP_NUM_THREADS"


@functools.cache
def sgemm(threads: int) -> float:
    """FLOP/s of a float32 product of 1024 x 1024 matrices, measured once a session."""
    return sgemm_rate(1024, 1024, 1024, threads)


def sgemm_rate(N: int, I: int, O: int, threads: int, seconds: float = 0.3) -> float:
    """FLOP/s of a float32 product (N, I) . (I, O): the best found, with up to so many threads.

    Where the second core is busy, two threads may take a hundred times as long as one.
    """
    generator = np.random.default_rng(0)
    a = generator.standard_normal((N, I)).astype(np.float32)
    b = generator.standard_normal((I, O)).astype(np.float32)
    out = np.empty((N, O), np.float32)
    calls = 1 + int(2e-4 * 50e9 / (2 * N * I * O))  # for 0.2 ms at 50 GFLOP/s

    def products():
        for _ in range(calls):
            np.matmul(a, b, out=out)  # not np.dot, which nnfs.init() replaces
    best = np.inf
    for limit in range(1, threads + 1):
        with threadpool_limits(limit):
            best = min(best, fastest(products, seconds))
    return 2 * N * I * O * calls / best


@functools.cache
def copy() -> float:
    """Bytes a second, read and written, of a copy in one thread, measured once a session."""
    source, target = np.ones(COPIED, np.uint8), np.ones(COPIED, np.uint8)
    return 2 * COPIED / fastest(lambda: np.copyto(target, source), seconds=0.3)


def fastest(call: Callable[[], object], seconds: float) -> float:
    """The shortest time of one call, of all that fit into some seconds."""
    best, end = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


@contextmanager
def limited(blas_threads: int, our_threads: int) -> Iterator[None]:
    """So many threads of BLAS, and of fastnn one, or as many as it likes.

    fastnn looks at the environment at each large call, BLAS did when it was loaded.
    """
    before = os.environ.get(ONE)
    try:
        if our_threads == 1:
            os.environ[ONE] = "1"
        with threadpool_limits(blas_threads):
            yield
    finally:
        os.environ.pop(ONE, None)
        if before is not None:
            os.environ[ONE] = before
