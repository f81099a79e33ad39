"""The very matrix products NumPy calls, as addresses that compiled code can call.

NumPy's wheels bring an OpenBLAS whose functions are not part of NumPy's interface. Where they are
not found (another BLAS, another system) compiled products use fastnn's own tiles, slower for large
matrices but never wrong.
"""

import ctypes
from contextlib import contextmanager
from functools import cache

import numpy as np

from fastnn.support.handlers import dropped

# Name of the float32 product; the other has a d for the s. 64: whole numbers of 64 bits.
_NAMES = (("scipy_cblas_sgemm64_", 64), ("cblas_sgemm64_", 64), ("scipy_cblas_sgemm", 32),
          ("cblas_sgemm", 32))
_THREADS = ("scipy_openblas_get_num_threads64_", "openblas_get_num_threads64_",
            "scipy_openblas_get_num_threads", "openblas_get_num_threads")
_CORES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_",
          "scipy_openblas_get_corename", "openblas_get_corename")


@cache
def _library():
    """NumPy's compiled core: what it is linked to is looked up through it."""
    with dropped(OSError, AttributeError):
        return ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
    return None


def _address(name):
    function = getattr(_library(), name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


@cache
def gemm(dtype):
    """(address of `cblas_?gemm` for this type, bits of its whole numbers), or None."""
    for name, bits in _NAMES:
        found = _address(name.replace("sgemm", "dgemm") if dtype == np.float64 else name)
        if found:
            return found, bits
    return None


@cache
def core():
    """The processor that NumPy's OpenBLAS has chosen its sums for ("SkylakeX"); "" unknown."""
    for name in _CORES:
        function = getattr(_library(), name, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return function().decode()
    return ""


def threads():
    """How many threads NumPy's products may use now; 1 where that cannot be known."""
    for name in _THREADS:
        function = getattr(_library(), name, None)
        if function is not None:
            function.restype = ctypes.c_int
            return function()
    return 1


@contextmanager
def limited(count):
    """At most `count` threads in NumPy's products meanwhile; gives False where that cannot be."""
    for name in _THREADS:
        function = getattr(_library(), name.replace("_get_", "_set_"), None)
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
