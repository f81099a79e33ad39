"""NumPy's own exp, log and tanh for compiled code: its inner loops, called by address.

NumPy computes them in several ways, by its version and by the processor it finds: AVX-512 code of
its own, the C library, Arm's. A compiled kernel that is to give the same digits calls the loop that
NumPy would call, as NumPy does, a run of elements at a time, and without the interpreter.

Where a function in float32 is one that `elementary.py` has, kernels use that (it is part of their
loops then): `is_ours` asks this machine's NumPy, by the digits of a sample.

Compiled code finds the addresses in a table, at the symbol `TABLE`. Where NumPy has no such loop
(another interpreter than CPython) there stands a function that calls NumPy itself.
"""

import ctypes
import sys
import zlib
from functools import cache
from typing import Any

import numpy as np

from fastnn.compile.linking import provide

FUNCTIONS: tuple[Any, ...] = (np.exp, np.log, np.tanh)
NAMES = tuple(function.__name__ for function in FUNCTIONS)
KINDS = "fd"  # of the elements, as NumPy calls them
TABLE = "fastnn_numpy_loops"
WORDS = 2 * len(FUNCTIONS) * len(KINDS)  # in the table

_LOOP = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)
# What `elementary.py` gives for a sample: zlib.crc32 of the bits (`test_exp_log_tanh.py`).
_SAMPLES = {"exp": 1573552770, "log": 2403175774, "tanh": 1402365154}


class _Head(ctypes.Structure):
    """A ufunc behind what every object has, as `numpy/ufuncobject.h` says."""

    _fields_ = (("nin", ctypes.c_int), ("nout", ctypes.c_int), ("nargs", ctypes.c_int),
                ("identity", ctypes.c_int), ("functions", ctypes.POINTER(ctypes.c_void_p)),
                ("data", ctypes.POINTER(ctypes.c_void_p)), ("ntypes", ctypes.c_int),
                ("reserved", ctypes.c_int), ("name", ctypes.c_char_p))


def position(name: str, kind: str) -> int:
    """Where in the table the loop stands; its data stands behind it."""
    return 2 * (len(KINDS) * NAMES.index(name) + KINDS.index(kind))


def loop_of(ufunc: Any, kind: str) -> tuple[int, int] | None:
    """(address, data) of the loop from one array of this kind to another; None: not to be had."""
    if type(ufunc) is not np.ufunc or sys.implementation.name != "cpython":
        return None
    found = _loop_and_data(ufunc, kind)
    if found is None or not _gives(found, ufunc, kind):
        return None
    return found


def _loop_and_data(ufunc: Any, kind: str) -> tuple[int, int] | None:
    head = _Head.from_address(id(ufunc) + object.__basicsize__)
    if (head.nin, head.nout, head.nargs, head.ntypes) != (
            ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes):
        return None
    number = ufunc.types.index(f"{kind}->{kind}")
    address, data = head.functions[number], head.data[number] if head.data else None
    return (address, data or 0) if address else None


def _gives(found: tuple[int, int], ufunc: Any, kind: str) -> bool:
    """Whether the loop computes what the ufunc does, and so is its."""
    x = np.linspace(0.25, 4, 37).astype(kind)
    out = np.zeros_like(x)
    call(_LOOP(found[0]), found[1], x, out)
    return np.array_equal(out, ufunc(x))


def call(loop: Any, data: int, x: Any, out: Any) -> None:
    """out = what the loop makes of x, as compiled code has it do."""
    loop((ctypes.c_void_p * 2)(x.ctypes.data, out.ctypes.data), (ctypes.c_ssize_t * 1)(x.size),
         (ctypes.c_ssize_t * 2)(x.itemsize, x.itemsize), data)


def through_python(ufunc: Any, kind: str) -> Any:
    """A loop that calls NumPy."""
    real = ctypes.c_float if kind == "f" else ctypes.c_double

    def loop(places: Any, counts: Any, steps: Any, data: Any) -> None:
        source, target = (ctypes.c_void_p * 2).from_address(places)
        count = ctypes.c_ssize_t.from_address(counts).value
        x, out = (np.ctypeslib.as_array((real * count).from_address(place or 0))
                  for place in (source, target))
        with np.errstate(all="ignore"):
            out[...] = ufunc(x)
    return _LOOP(loop)


def _fill() -> tuple[Any, list[Any]]:
    """The table, and what must live as long as it."""
    table = (ctypes.c_size_t * WORDS)()
    kept = []
    for function in FUNCTIONS:
        for kind in KINDS:
            found = loop_of(function, kind)
            if found is None:
                made = through_python(function, kind)
                kept.append(made)
                found = ctypes.cast(made, ctypes.c_void_p).value or 0, 0
            k = position(function.__name__, kind)
            table[k], table[k + 1] = found
    return table, kept


def sample(name: str) -> Any:
    """Numbers by which one way of computing a function in float32 can be told from another."""
    low, high = {"exp": (-104, 89), "log": (0, 8), "tanh": (-11, 11)}[name]
    small = np.exp2(np.arange(-148, 127)).astype(np.float32)
    return np.concatenate([np.linspace(low, high, 8192).astype(np.float32), small])


@cache
def is_ours(name: str) -> bool:
    """Whether this machine's NumPy computes a function in float32 as `elementary.py` does."""
    with np.errstate(all="ignore"):
        found = FUNCTIONS[NAMES.index(name)](sample(name))
    return zlib.crc32(found.tobytes()) == _SAMPLES[name]


_table, _loops = _fill()
provide(TABLE, _table, _loops)
