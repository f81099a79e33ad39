"""What NumPy's OpenBLAS says of its threads, and when it may be called. (Its products:
`compile/numpy_blas.py`.)
"""

import ctypes
import threading
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from fastnn.compile.numpy_blas import library
from fastnn.compile.undivided import hold_over_forks

_THREADS = ("scipy_openblas_get_num_threads64_", "openblas_get_num_threads64_",
            "scipy_openblas_get_num_threads", "openblas_get_num_threads")


def _counting():
    for name in _THREADS:
        function = getattr(library(), name, None)
        if function is not None:
            return ctypes.cast(function, ctypes.c_void_p).value or 0
    return 0


# Where the C function lies that gives the next; 0 where there is none.
COUNTING: int = _counting()
# How many threads NumPy's products may use now; 1 where that cannot be known. (Python's lock is
# kept: 90 ns, not 140.)
threads = ctypes.PYFUNCTYPE(ctypes.c_int)(COUNTING) if COUNTING else lambda: 1


@contextmanager
def limited(count):
    """At most `count` threads in NumPy's products meanwhile; gives False where that cannot be."""
    for name in _THREADS:
        function = getattr(library(), name.replace("_get_", "_set_"), None)
        if function is not None:
            break
    else:
        yield False
        return
    before = threads()
    function(ctypes.c_int(count))
    try:
        yield True
    finally:
        function(ctypes.c_int(before))


_own = threading.local()
_callers: WeakSet[Any] = WeakSet()


def calling() -> Any:
    """A context in which this thread calls BLAS. A fork waits for the end of it.

    OpenBLAS ends its threads at a fork, and who waits for them then, in another thread, waits for
    ever: a program of NumPy alone stops so, too.
    """
    try:
        return _own.lock
    except AttributeError:
        lock = _own.lock = threading.RLock()
        _callers.add(lock)
        return lock


def _all_callers() -> list[Any]:
    while True:
        try:
            return list(_callers)
        except RuntimeError:  # another thread came meanwhile
            pass


hold_over_forks(_all_callers)
