"""Arrays for results, taken from those that nobody looks at any more.

A training step makes the same few arrays again and again. Fresh memory for them costs page faults:
an epoch of the spiral takes 160 us with `np.empty` and 100 with this. An array is handed out again
only when the pool holds the one reference to it, so an array that a caller keeps, or a view of it,
never changes; nor one that a caller refers to weakly. Small arrays are left to NumPy, which is
sooner done with them (220 ns; here 390).
"""

import math
import sys
from collections import deque
from sys import getrefcount
from weakref import getweakrefcount, ref

import numpy as np

from fastnn.support.room import GUARDED
from fastnn.support.room import empty as _room

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
# Types by their classes: the type object of an unpickled array is another one.
_KNOWN = {dtype.type: dtype for dtype in (_FLOAT32, _FLOAT64)}
SMALL = 1 << 14  # bytes; smaller arrays are left to NumPy
_LARGEST = 1 << 24  # and larger ones to the system
_LARGEST_SCRATCH = 1 << 22
_MOST = 1 << 28  # bytes held in all; beyond, the pool starts over
_BESIDE = 1200  # bytes that an array takes beside its own: of (0, k) that is all there is

# One dict a type: hashing a dtype costs as much as the rest. None: arrays of this shape are small.
_rings32: dict[tuple, deque | None] = {}
_rings64: dict[tuple, deque | None] = {}
_works32: dict[tuple, np.ndarray] = {}
_works64: dict[tuple, np.ndarray] = {}
_held = 0
_others: list = []  # weakly, who has such arrays beside the pool, and `forget`s them with it


def _references(ring):
    array = ring[0]
    return getrefcount(array), getrefcount(array.base)


# What getrefcount says inside a function of an array nothing else refers to, and of its memory
# (which views of the array refer to); Pythons differ.
_ALONE, _MEMORY_ALONE = _references(deque([_room((1,), _FLOAT64)]))
# Without the global lock reference counts are not exact; and what is guarded is made for one use.
COUNTS = getattr(sys, "_is_gil_enabled", lambda: True)() and not GUARDED


def empty(shape, dtype):
    """An array of this shape (a tuple) and dtype, its content arbitrary, that nobody else has."""
    if dtype is _FLOAT32:
        rings = _rings32
    elif dtype is _FLOAT64:
        rings = _rings64
    else:
        known = _KNOWN.get(dtype.type)
        return np.empty(shape, dtype) if known is None else empty(shape, known)
    try:
        ring = rings[shape]
    except KeyError:
        return _new(shape, dtype, rings)
    if ring is None:
        return small(shape, dtype)
    # Oldest first. Whoever looks at an array refers to it: two threads never both find it alone.
    array = ring[0]
    ring.rotate(-1)
    if (getrefcount(array) == _ALONE and getrefcount(array.base) == _MEMORY_ALONE
            and not getweakrefcount(array)):
        return array  # nearly always; the loop alone takes a seventh of this function's time
    for _ in range(len(ring) - 1):
        array = ring[0]
        ring.rotate(-1)
        if (getrefcount(array) == _ALONE and getrefcount(array.base) == _MEMORY_ALONE
                and not getweakrefcount(array)):
            return array
    return _new(shape, dtype, rings)


# `empty`, for who knows that the array is small.
small = empty if GUARDED else np.empty


def _new(shape, dtype, rings):
    global _held
    is_small = not GUARDED and math.prod(shape) * dtype.itemsize < SMALL
    array = (np.empty if is_small else _room)(shape, dtype)
    if array.nbytes <= _LARGEST and COUNTS:
        taken = _BESIDE if is_small else _BESIDE + array.nbytes
        if _held + taken > _MOST:
            clear()
        _held += taken
        # At no moment an empty one: Ctrl-C may come between any two.
        ring = None if is_small else deque((array,))
        there = rings.setdefault(shape, ring)
        if there is not ring:
            there.append(array)
    return array


def scratch(key, size, dtype):
    """An array of at least size(*key) elements, the same for the same key, for one kernel call;
    None where that is None.

    Only for kernels that hold Python's lock: then no two of them can be in it at once, and nothing
    that is in it between two calls counts. Found by one look-up.
    """
    if dtype is _FLOAT32:
        works = _works32
    elif dtype is _FLOAT64:
        works = _works64
    else:
        known = _KNOWN.get(dtype.type)
        return None if known is None else scratch(key, size, known)
    try:
        return works[key]
    except KeyError:
        elements = size(*key)
        if elements is None:
            return None
        array = _room((elements,), dtype)
        if array.nbytes <= _LARGEST_SCRATCH and COUNTS:
            if len(works) >= 32:
                works.clear()
            works[key] = array
        return array


def cleared_with(other):
    """Have other.forget() called whenever the pool is emptied, as long as there is the other."""
    _others.append(ref(other, _others.remove))


def clear():
    """Let go of all arrays in the pool."""
    global _held
    for other in [other() for other in list(_others)]:
        if other is not None:
            other.forget()
    _rings32.clear()
    _rings64.clear()
    _works32.clear()
    _works64.clear()
    _held = 0
