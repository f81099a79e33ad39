"""Which type, precision and random numbers the caller's NumPy would use at this moment.

`nnfs.init()` makes NumPy's defaults float32 and replaces `np.dot` by a function that multiplies in
float64 and rounds once to float32 ("book" precision). Whether that is in force is asked at every
product, by looking at `np.dot` itself, so that the order of imports and of `init` does not matter.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.compile.background import free_where
from fastnn.compile.undivided import hold_over_forks
from fastnn.support import blas

if TYPE_CHECKING:
    from typing import Literal

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)

# NumPy's own, whatever stands at `np.dot` by now.
plain_dot = np._core.multiarray.dot  # type: ignore[attr-defined]

# Types of the sums and of the products; None: those of the arrays (native), or not ours to know.
_BOOK: Any = (FLOAT64, FLOAT32)
_CAST = (FLOAT32, FLOAT32)  # nnfs.init(dot_precision_workaround=False): native, cast to float32
_NATIVE = None
_FOREIGN = (None, None)

# Elements up to which NumPy's exp, one at a time, is sooner done than a call from Python.
_FEW = 4000

_forced = "auto"
_seen = plain_dot
_seen_types: Any = _NATIVE


def product_types(dtype):
    """(type of the sums, type of the product) of a dot of arrays of this type.

    (None, None) where `np.dot` was replaced by something unknown: then it must be called itself.
    """
    if _forced == "book":
        return _BOOK
    types = _seen_types if np.dot is _seen else _look(np.dot)
    if _forced == "fast" and types is not _CAST:
        types = _NATIVE
    return (dtype, dtype) if types is None else types


def follows_book():
    """True when products are summed in float64 and rounded to float32."""
    return product_types(FLOAT64) is _BOOK


def is_fast():
    """True when results may differ from NumPy's by rounding, because that was asked for."""
    return _forced == "fast"


@free_where
def _digits_are_numpys():
    """Whether a kernel gives the digits that NumPy gives, so that either may compute."""
    return _forced != "fast" and product_types(FLOAT64) is not _FOREIGN


def is_numpys(a):
    """Whether a formula with exp or log of an array is left to NumPy: of float64, from some
    thousands of elements on, as compiled code calls NumPy for each one (sigmoid of (300, 64):
    58 us against 184).
    """
    return a.dtype is not FLOAT32 and a.size > _FEW


def rounds_products():
    """True when products come out as float32, whatever went in: under both kinds of `nnfs.init`."""
    return product_types(FLOAT64)[1] is FLOAT32


def rounds(dtype):
    """True when products of arrays of this type are summed in float64 and rounded to float32."""
    return follows_book() or dtype == FLOAT64 and rounds_products()


def _look(dot):
    """Find out, once for each new `np.dot`, what it does."""
    global _seen, _seen_types
    if dot is plain_dot:
        types = _NATIVE
    elif getattr(dot, "__module__", None) == "nnfs.core":
        types = _BOOK if dot.__name__ == "dot" else _CAST
    else:
        types = _FOREIGN
    _seen, _seen_types = dot, types
    return types


def dot(a, b):
    """The product that the caller's NumPy would give, or that `set_dot_precision` asks for."""
    with blas.calling():
        if _forced == "auto" or _forced == "fast" and product_types(FLOAT64) is _CAST:
            return np.dot(a, b)
        if _forced == "fast":
            return plain_dot(a, b)
        return plain_dot(a.astype(FLOAT64), b.astype(FLOAT64)).astype(FLOAT32)


class set_dot_precision:
    """Choose how products are computed, from now on or, as a context manager, for a while.

    "auto"    as the caller's NumPy would, to the bit: "book" while `nnfs.init()` is in force, else
              in the arrays' own type (the default)
    "book"    summed in float64 and rounded once to float32
    "fast"    in the arrays' own type, in any order and in several threads, with whatever else is
              quicker: results equal NumPy's to rounding. ("native" is its old name)

    It holds for the whole process. What it gives back may stand in any number of `with` blocks.
    Raises ValueError for any other word.

    >>> with set_dot_precision("fast"):
    ...     pass
    """

    def __init__(self, precision: Literal["auto", "book", "fast", "native"]) -> None:
        global _forced
        if precision not in ("auto", "book", "fast", "native"):
            raise ValueError(
                f'set_dot_precision: expected "auto", "book" or "fast", got {precision!r}')
        self._called: str | None = _forced
        self._left: list[str] = []
        self._precision = _forced = "fast" if precision == "native" else precision

    def __enter__(self) -> set_dot_precision:
        global _forced
        # The first block puts back what was before the call, each other one what was before it.
        self._left.append(self._called or _forced)
        self._called, _forced = None, self._precision
        return self

    def __exit__(self, *exception: object) -> None:
        global _forced
        _forced = self._left.pop()


def dot_precision():
    """What is in force: "book", "own" (in the arrays' own type), "fast" or, for a foreign `np.dot`,
    "foreign".
    """
    types = product_types(FLOAT64)
    if types is _BOOK or types is _FOREIGN:
        return "book" if types is _BOOK else "foreign"
    return "fast" if is_fast() else "own"


_known: Any = (None, None)  # NumPy's generator, and its stream
_plain_binomial = np.random.binomial


def legacy_stream():
    """The state of NumPy's global generator as (625,) uint32 in its own memory, and its lock.

    None where the generator is not the Mersenne Twister or `np.random.binomial` was replaced.
    """
    global _known
    if np.random.binomial is not _plain_binomial:
        return None
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined]
    known, stream = _known
    if known is not generator:
        stream = None
        if type(generator) is np.random.MT19937:
            words: Any = (ctypes.c_uint32 * 625).from_address(generator.ctypes.state_address)
            words.owner = generator  # which has the memory
            stream = np.frombuffer(words, dtype=np.uint32), generator.lock
        _known = generator, stream  # at once: a handler may raise before, and other threads ask
    return stream


# A compiled run with dropout holds it for as long as a call takes, 50 ms.
hold_over_forks(lambda: [np.random.get_bit_generator().lock])  # type: ignore[attr-defined]
