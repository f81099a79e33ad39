"""Memory for arrays: from a multiple of 64 bytes on, or, to find faults, up to a forbidden page.

With FASTNN_GUARD=1 in the environment each array that is made here ends where an inaccessible page
begins: compiled code that reads or writes one element too far ends the process at that very place.
The tests of everything compiled run so too.
"""

import ctypes
import math
import mmap
import os

import numpy as np

GUARDED = os.environ.get("FASTNN_GUARD", "0") not in ("", "0")
_LINE = 64  # bytes; vectors of 64 load up to 1.5 times faster from such a place
_NO_ACCESS = 0  # PROT_NONE


def empty(shape, dtype):
    """An array of this shape (a tuple) and dtype, its content arbitrary."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if GUARDED:
        return _guarded(size).view(dtype).reshape(shape)
    memory = np.empty(size + _LINE, np.uint8)
    start = -ctypes.addressof(ctypes.c_char.from_buffer(memory)) % _LINE
    return memory[start:start + size].view(dtype).reshape(shape)


def address_of(array):
    """Where the elements of an array begin."""
    try:  # a fifth of the time of what NumPy offers; a plan asks a hundred times
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError, BufferError):  # read-only, empty, or with gaps
        return array.__array_interface__["data"][0]


def result(shape, dtype):
    """The same for an object to keep: an array that owns its memory, where that is not guarded."""
    return empty(shape, dtype) if GUARDED else np.empty(shape, dtype)


def full(shape, value, dtype):
    """An array of this shape, all of one value."""
    made = empty(shape, dtype)
    made[...] = value
    return made


def numbers(values):
    """A few numbers as float64."""
    made = empty((len(values),), np.float64)
    made[...] = values
    return made


def _guarded(size):
    """`size` bytes, and behind them a page that nobody may touch."""
    whole = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = np.frombuffer(mmap.mmap(-1, whole + mmap.PAGESIZE), np.uint8)
    forbid = getattr(ctypes.CDLL(None, use_errno=True), "mprotect", None)
    if forbid is None or forbid(ctypes.c_void_p(memory.ctypes.data + whole),
                                ctypes.c_size_t(mmap.PAGESIZE), _NO_ACCESS):
        raise RuntimeError("FASTNN_GUARD is set, but this system cannot forbid a page (mprotect)")
    return memory[whole - size:whole]
