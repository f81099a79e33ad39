"""What NumPy's OpenBLAS says of itself: its kind of processor, its threads.

(Its products: `compile/numpy_blas.py`.)
"""

import ctypes
from contextlib import contextmanager

from fastnn.compile.numpy_blas import library

_THREADS = ("scipy_openblas_get_num_threads64_", "openblas_get_num_threads64_",
            "scipy_openblas_get_num_threads", "openblas_get_num_threads")


def _counting():
    for name in _THREADS:
        function = getattr(library(), name, None)
        if function is not None:
            function.restype = ctypes.c_int
            return function
    return lambda: 1


# How many threads NumPy's products may use now; 1 where that cannot be known.
threads = _counting()


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
