"""What `proofs.py` has found, kept beside the kernel that was tried, for the next process.

An answer holds for one build of BLAS, the kind of processor that it has chosen its sums for, one
compile of our kernel, and the way in which both were tried: all of that is in the file's name, and
where it cannot be known nothing is kept. A file is read as far as it is sound, and no further.
"""

import ctypes
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fastnn.compile import numpy_blas, places
from fastnn.compile.digest import code_of
from fastnn.compile.undivided import Uninterrupted
from fastnn.support.handlers import dropped

_ANSWERS = (0, 1)  # as in `proofs.py`
_MOST = 3000  # in a file
_CODE = code_of("fastnn.support.proofs")  # as it is imported; later it may be another version's

# (product, columns, threads, N, I, O) and the answer.
Answers = dict[tuple[str, str, int, int, int, int], int]


def recalled(kernel: Any, signature: Any) -> Answers:
    """What is known of this kernel; nothing where nothing is kept."""
    path, content = _path(kernel, signature), None
    if path is not None:
        with Uninterrupted():
            content = places.read(path)
    try:
        return {(str(product), str(columns), *map(_whole, numbers)): _answer(answer)  # type: ignore
                for product, columns, *numbers, answer in json.loads(content or "[]")
                if len(numbers) == 4}
    except (ValueError, TypeError, RecursionError):
        return {}


def keep(kernel: Any, signature: Any, answers: Answers) -> None:
    """Put these to what is kept. (Of two processes at once one may lose some.)"""
    path = _path(kernel, signature)
    if path is not None:
        known = recalled(kernel, signature)
        known = (known if len(known) < _MOST else {}) | answers
        content = json.dumps([[*key, answer] for key, answer in known.items()]).encode()
        with Uninterrupted():
            places.write(path, content)


def _whole(number: Any) -> int:
    if type(number) is not int or number < 1:
        raise ValueError(number)
    return number


def _answer(number: Any) -> int:
    if type(number) is not int or number not in _ANSWERS:
        raise ValueError(number)
    return number


@cache
def _path(kernel: Any, signature: Any) -> Path | None:
    """Where it is kept; None where that is nowhere."""
    own, blas = kernel.file(signature), _blas()
    if own is None or blas is None or _CODE is None:
        return None
    said = repr((own.name, np.__version__, blas, os.cpu_count(), _CODE))
    return own.with_name(f"proved-{hashlib.sha256(said.encode()).hexdigest()[:20]}.json")


class _Place(ctypes.Structure):
    """What `dladdr` says of an address."""

    _fields_ = (("file", ctypes.c_char_p), ("base", ctypes.c_void_p), ("name", ctypes.c_char_p),
                ("address", ctypes.c_void_p))


@cache
def _blas() -> tuple[Any, ...] | None:
    """Which build of BLAS NumPy has: its file, and the processor it computes for; None: unknown."""
    if not numpy_blas.IS_NUMPYS:
        return None
    found = _Place()
    with dropped(OSError, AttributeError, TypeError):  # a system that does not say it
        if ctypes.CDLL(None).dladdr(ctypes.c_void_p(numpy_blas.address("gemm", "d")),
                                    ctypes.byref(found)) and found.file:
            status = os.stat(found.file)
            return found.file, status.st_size, status.st_mtime_ns, numpy_blas.core()
    return None
