"""NumPy's own matrix products for compiled code: the BLAS routines that `np.dot` calls, by address.

NumPy's wheels bring an OpenBLAS whose functions are not part of NumPy's interface; they are looked
up through NumPy's compiled core, and taken once they have given what `np.dot` gives. Where there
are none (another BLAS, another system) functions stand in their place that call `np.dot` itself:
slower, but the digits are NumPy's, whatever it computes with.

Compiled code finds the addresses in a table, at the symbol `TABLE`. `kernels/blas.py` calls them.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fastnn.compile.linking import provide

TABLE = "fastnn_numpy_blas"
ROUTINES = ("gemm", "gemv", "dot", "axpy")
KINDS = "sd"  # of float32, of float64: as BLAS calls them
WORDS = len(ROUTINES) * len(KINDS)  # in the table
ROW_MAJOR, COLUMN_MAJOR, PLAIN, TRANSPOSED = 101, 102, 111, 112

# How the routines are called, and how long their whole numbers are.
_SPELLINGS = (("scipy_cblas_{}64_", 64), ("cblas_{}64_", 64), ("scipy_cblas_{}", 32),
              ("cblas_{}", 32))
_CORES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_",
          "scipy_openblas_get_corename", "openblas_get_corename")
_plain_dot: Any = np._core.multiarray.dot  # type: ignore[attr-defined]


@cache
def library() -> Any:
    """NumPy's compiled core: what it is linked to is looked up through it. None: not to be had."""
    try:
        return ctypes.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
    except (OSError, AttributeError):
        return None


@cache
def core() -> str:
    """The processor that NumPy's OpenBLAS has chosen its sums for ("SkylakeX"); "" unknown."""
    for name in _CORES:
        function = getattr(library(), name, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return function().decode()
    return ""


def position(routine: str, kind: str) -> int:
    """Where in the table a routine stands."""
    return len(ROUTINES) * KINDS.index(kind) + ROUTINES.index(routine)


def _prototype(routine: str, kind: str, bits: int) -> Any:
    """What a routine takes and gives."""
    real = ctypes.c_float if kind == "s" else ctypes.c_double
    whole = ctypes.c_int64 if bits == 64 else ctypes.c_int32
    word, place = ctypes.c_int, ctypes.c_void_p
    kinds: Any = {
        "gemm": (None, word, word, word, whole, whole, whole, real, place, whole, place, whole,
                 real, place, whole),
        "gemv": (None, word, word, whole, whole, real, place, whole, place, whole, real, place,
                 whole),
        "dot": (real, whole, place, whole, place, whole),
        "axpy": (None, whole, real, place, whole, place, whole),
    }
    return ctypes.CFUNCTYPE(*kinds[routine])


def _found() -> tuple[dict[tuple[str, str], Any], int]:
    """The routines of NumPy's BLAS, and the bits of their whole numbers; none where one fails."""
    for spelling, bits in _SPELLINGS:
        try:
            routines = {(routine, kind): _prototype(routine, kind, bits)((
                spelling.format(f"{kind}{routine}"), library()))
                for kind in KINDS for routine in ROUTINES}
        except (AttributeError, TypeError):
            continue
        if all(gives_numpys(routines, kind) for kind in KINDS):
            return routines, bits
    return {}, 64


def gives_numpys(routines: dict[tuple[str, str], Any], kind: str) -> bool:
    """Whether these routines give what `np.dot` gives, for a sample of each way in which they are
    called.
    """
    m, n, k = 5, 6, 37
    real = "f" if kind == "s" else "d"
    a, b, x = (np.sin(np.arange(1.0, 1 + rows * columns) ** 2).astype(real).reshape(rows, columns)
               for rows, columns in ((m, k), (k, n), (1, k)))
    x = x[0]
    gemm, gemv, dot, axpy = (routines[routine, kind] for routine in ROUTINES)
    same = []

    def compare(out, right):
        same.append(np.array_equal(out, right.reshape(out.shape)))

    for left, right in ((PLAIN, PLAIN), (TRANSPOSED, PLAIN), (PLAIN, TRANSPOSED)):
        c, lies = np.full((m, n), 0.0, a.dtype), np.ascontiguousarray
        one = lies(a.T) if left == TRANSPOSED else a
        other = lies(b.T) if right == TRANSPOSED else b
        gemm(ROW_MAJOR, left, right, m, n, k, 1, one.ctypes.data, one.shape[1], other.ctypes.data,
             other.shape[1], 0, c.ctypes.data, n)
        compare(c, _plain_dot(one.T if left == TRANSPOSED else one,
                              other.T if right == TRANSPOSED else other))
    for order in ROW_MAJOR, COLUMN_MAJOR:
        y, lying = np.full(m, 0.0, a.dtype), a if order == ROW_MAJOR else np.asfortranarray(a)
        gemv(order, PLAIN, m, k, 1, lying.ctypes.data, k if order == ROW_MAJOR else m,
             x.ctypes.data, 1, 0, y.ctypes.data, 1)
        compare(y, _plain_dot(lying, x[:, None]))
        y = np.full(n, 0.0, a.dtype)
        lying = b if order == ROW_MAJOR else np.asfortranarray(b)
        gemv(order, TRANSPOSED, k, n, 1, lying.ctypes.data, n if order == ROW_MAJOR else k,
             x.ctypes.data, 1, 0, y.ctypes.data, 1)
        compare(y, _plain_dot(x[None], lying))
    y = np.full(1, 0.0, a.dtype)
    y[0] = 0.0 + dot(k, x.ctypes.data, 1, b[:, 0].copy().ctypes.data, 1)
    compare(y, _plain_dot(x[None], b[:, :1].copy()))
    y = np.full(k, 0.0, a.dtype)
    axpy(k, a[0, 0], x.ctypes.data, 1, y.ctypes.data, 1)
    compare(y, _plain_dot(x[:, None], a[:1, :1].copy()))
    return all(same)


# -------------------------------------------------------------------- the same through Python


def through_python(routine: str, kind: str) -> Any:
    """A function that is called as the routine is, for rows that follow each other, and calls
    `np.dot`.
    """
    made = {"gemm": _gemm, "gemv": _gemv, "dot": _dot, "axpy": _axpy}[routine]
    return _prototype(routine, kind, 64)(made(ctypes.c_float if kind == "s" else ctypes.c_double))


def _lying(real: Any, place: int, *shape: int) -> Any:
    """The array at an address."""
    return np.ctypeslib.as_array((real * int(np.prod(shape))).from_address(place)).reshape(shape)


def _gemm(real: Any) -> Callable[..., None]:
    def gemm(order, left, right, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc):
        a = _lying(real, a, k, m).T if left == TRANSPOSED else _lying(real, a, m, k)
        b = _lying(real, b, n, k).T if right == TRANSPOSED else _lying(real, b, k, n)
        _lying(real, c, m, n)[...] = _plain_dot(a, b)
    return gemm


def _gemv(real: Any) -> Callable[..., None]:
    def gemv(order, turned, m, n, alpha, a, lda, x, step, beta, y, step_y):
        a = _lying(real, a, m, n) if order == ROW_MAJOR else _lying(real, a, n, m).T
        if turned == PLAIN:
            _lying(real, y, m, 1)[...] = _plain_dot(a, _lying(real, x, n, 1))
        else:
            _lying(real, y, 1, n)[...] = _plain_dot(_lying(real, x, 1, m), a)
    return gemv


def _dot(real: Any) -> Callable[..., float]:
    def dot(n, x, step_x, y, step_y):
        return float(_plain_dot(_lying(real, x, 1, n), _lying(real, y, n, 1))[0, 0])
    return dot


def _axpy(real: Any) -> Callable[..., None]:
    def axpy(n, alpha, x, step_x, y, step_y):
        x = _lying(real, x, n, 1)
        _lying(real, y, n, 1)[...] = _plain_dot(x, np.full((1, 1), alpha, x.dtype))
    return axpy


# --------------------------------------------------------------------------------- the table


def _fill() -> tuple[Any, dict[tuple[str, str], Any], int, bool]:
    """The table; what must live as long as it; bits of whole numbers; whether it is NumPy's own."""
    routines, bits = _found()
    own = bool(routines)
    if not own:
        routines = {(routine, kind): through_python(routine, kind)
                    for kind in KINDS for routine in ROUTINES}
    table = (ctypes.c_size_t * WORDS)()
    for (routine, kind), function in routines.items():
        table[position(routine, kind)] = ctypes.cast(function, ctypes.c_void_p).value or 0
    return table, routines, bits, own


# BITS is a constant of compiled code, and so part of its digest.
_table, _routines, BITS, IS_NUMPYS = _fill()
provide(TABLE, _table, _routines)


def address(routine: str, kind: str) -> int:
    """Where a routine lies."""
    return _table[position(routine, kind)]
