"""A second thread for the few calls that are large enough to want one.

An update of a million parameters waits for memory, and two cores get more of it than one: Adam
takes 1.3 ms alone and 0.8 ms in two halves. The kernels let go of Python's lock meanwhile.
"""

import os
from concurrent.futures import ThreadPoolExecutor

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_pool = None


def _forget_pool():
    """A forked child has the pool but not its thread."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def allowed():
    """Whether there is a second core, and no variable of the environment keeps us to one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores > 1 and not any(os.environ.get(name) == "1" for name in _LIMITS)


def both(function, mine, other):
    """function(*mine) here and function(*other) in a second thread; both results."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(1, thread_name_prefix="fastnn")
    running = _pool.submit(function, *other)
    try:
        return function(*mine), running.result()
    finally:
        running.exception()  # never leave it writing after we are gone
