"""The way into a kernel: a Python function, compiled with it, that checks its arguments exactly and
reads them where they lie.

Numba's dispatcher would ask for the type of each argument, find the signature by them, count a
reference to each array and make a record of it: 0.1 us an array, which was a third of what the
objects cost beside the kernels. A kernel here has one signature at a time to tell from all others,
and an array fits it or not by five numbers in its object: its class, its dtype (there is one object
for each), its axes and its flags. What does not fit goes to `otherwise`, a Python callable: the
entry of another signature, in the end the kernel's own search (`dispatcher.py`).

Where those numbers lie is asked of this Python and this NumPy (`layout`), not compiled in. Where
they do not lie as we know it (PyPy, say), there are no entries, and NumPy computes everything.
"""

import ctypes
import sys
from functools import cache
from typing import Any

import numpy as np

from fastnn.compile.linking import forever

KINDS = [np.dtype(name) for name in ("f4", "f8", "i8", "u1", "u4", "b1")]

# What an entry is told by a table of its own, in this order: where the fields of an object begin
# and where its class stands, and the addresses of objects.
TABLE = ["header", "class", "ndarray", "float", "int", "true", "false",
         *(kind.str for kind in KINDS), "otherwise"]


class _Definition(ctypes.Structure):
    """PyMethodDef"""

    _fields_ = (("name", ctypes.c_char_p), ("function", ctypes.c_void_p),
                ("flags", ctypes.c_int), ("text", ctypes.c_char_p))


_FASTCALL = 0x0080


def entry(address: int, name: str, otherwise: Any) -> Any:
    """The entry that lies at an address; `otherwise` is called with what does not fit."""
    lies = layout()
    if lies is None:
        raise RuntimeError("arrays do not lie here as compiled code reads them")
    table = (ctypes.c_ssize_t * len(TABLE))(*lies, id(otherwise))
    definition = _Definition(name.encode(), address, _FASTCALL, None)
    forever((table, definition, otherwise))
    python = ctypes.pythonapi
    capsule = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p,
                                ctypes.c_void_p)(("PyCapsule_New", python))
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object,
                             ctypes.c_void_p)(("PyCFunction_NewEx", python))
    return make(ctypes.addressof(definition), capsule(ctypes.addressof(table), None, None), None)


@cache
def layout() -> tuple[int, ...] | None:
    """The table, without its last: where things lie in this Python's objects; None: elsewhere."""
    if sys.implementation.name != "cpython" or sys.byteorder != "little":
        return None
    header = object.__basicsize__
    class_ = header - ctypes.sizeof(ctypes.c_void_p)
    try:
        known = all(_lies(np.empty(shape, kind), header, class_) for kind in KINDS
                    for shape in ((3,), (2, 5)))
    except (TypeError, ValueError):
        return None
    known = known and _word_at(id(1.5) + class_) == id(float) and all(
        ctypes.c_double.from_address(id(one) + header).value == one for one in (1.5, -1e300))
    kinds = [id(kind) for kind in KINDS]
    return (header, class_, id(np.ndarray), id(float), id(int), id(True), id(False),
            *kinds) if known else None


def _lies(array: Any, header: int, class_: int) -> bool:
    """Whether an array's object is as NumPy's headers have it."""
    size, fields = ctypes.sizeof(ctypes.c_void_p), id(array) + header
    words = [_word_at(fields + size * i) for i in range(6)]
    axes = range(array.ndim)
    return (_word_at(id(array) + class_) == id(np.ndarray) and words[0] == array.ctypes.data
            and words[1] & 0xFFFFFFFF == array.ndim and words[4] == 0
            and [_word_at(words[2] + size * i) for i in axes] == list(array.shape)
            and [_word_at(words[3] + size * i) for i in axes] == list(array.strides)
            and words[5] == id(array.dtype) == id(np.dtype(array.dtype.type))
            and ctypes.c_int.from_address(fields + size * 6).value & 0x0FFF
            == array.flags.num & 0x0FFF)


def _word_at(address: int) -> int:
    return ctypes.c_size_t.from_address(address).value
