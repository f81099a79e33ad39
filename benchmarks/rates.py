"""What the machine gives at this moment: BLAS's rate for a product, and cores."""

import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits


def sgemm_rate(N: int, I: int, O: int, threads: int, seconds: float = 0.3) -> float:
    """FLOP/s of a float32 product (N, I) . (I, O): the best found, with up to so many threads.

    Where the second core is busy, two threads may take a hundred times as long as one.
    """
    generator = np.random.default_rng(0)
    a = generator.standard_normal((N, I)).astype(np.float32)
    b = generator.standard_normal((I, O)).astype(np.float32)
    out = np.empty((N, O), np.float32)
    calls = 1 + int(2e-4 * 50e9 / (2 * N * I * O))  # for 0.2 ms at 50 GFLOP/s
    best = np.inf
    for limit in range(1, threads + 1):
        with threadpool_limits(limit):
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                start = time.perf_counter()
                for _ in range(calls):
                    np.matmul(a, b, out=out)  # not np.dot, which nnfs.init() replaces
                best = min(best, time.perf_counter() - start)
    return 2 * N * I * O * calls / best


def cores_used(call: Callable[[], object]) -> float:
    """Seconds of processors per second of the clock, of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return (time.process_time() - cpu) / (time.perf_counter() - wall)
