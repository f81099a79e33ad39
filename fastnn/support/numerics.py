"""Which type, precision and random numbers the caller's NumPy would use at this moment.

`nnfs.init()` makes NumPy's defaults float32 and replaces `np.dot` by a function that multiplies in
float64 and rounds once to float32 ("book" precision). Whether that is in force is asked at every
product, by looking at `np.dot` itself, so that the order of imports and of `init` does not matter.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.compile.background import free_where
from fastnn.compile.undivided import hold_over_forks
from fastnn.support import blas, own_numpy

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

# Elements up to which NumPy's exp, one at a time, is sooner done than the way to NumPy by Python:
# on an EPYC 30 ns each, and that way 6 us (a sigmoid of 256: 9.8 us against 7, a binary loss 17
# against 10); on a Xeon 10 ns.
_FEW = 200

_EACH = "each thread's own"  # in force while a thread has a precision of its own
_forced = "auto"  # what is asked at each product: the process's precision, or _EACH
_process = "auto"
_seen = plain_dot
_seen_types: Any = _NATIVE


def product_types(dtype):
    """(type of the sums, type of the product) of a dot of arrays of this type.

    (None, None) where `np.dot` was replaced by something unknown: then it must be called itself.
    """
    forced = _forced
    if forced != "auto":
        forced, is_own = (_process, False) if forced != _EACH else _of_thread()
        if forced == "book":
            return _BOOK
        if is_own:
            return dtype, dtype
    types = _seen_types if np.dot is _seen else _look(np.dot)
    if forced == "fast" and types is not _CAST:
        types = _NATIVE
    return (dtype, dtype) if types is None else types


def _of_thread():
    """(the precision of this thread, whether it has one of its own)"""
    own = getattr(_here, "precision", None)
    return (_process, False) if own is None else (own, True)


def follows_book():
    """True when products are summed in float64 and rounded to float32."""
    return product_types(FLOAT64) is _BOOK


def are_plain():
    """True when products of `np.dot` are those of `@`, to the bit: neither summed nor rounded in
    another type, nor somebody's own.
    """
    sums, product = product_types(FLOAT64)
    return sums is FLOAT64 and product is FLOAT64  # to a dtype None would be equal


def is_fast():
    """True when results may differ from NumPy's by rounding, because that was asked for."""
    forced = _forced
    return forced == "fast" or forced == _EACH and _of_thread()[0] == "fast"


def has_own():
    """Whether a thread has a precision of its own now: then no other may be planned with."""
    return _forced == _EACH


@free_where
def _digits_are_numpys():
    """Whether a kernel gives the digits that NumPy gives, so that either may compute."""
    return not is_fast() and product_types(FLOAT64) is not _FOREIGN


def is_numpys(a):
    """Whether a formula with exp or log of an array is left to NumPy: of float64, from some
    hundreds of elements on, as compiled code calls NumPy for each one (sigmoid of (300, 64):
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
    _seen, _seen_types = dot, _types_of(dot)
    return _seen_types


def _types_of(dot):
    """What a product is, with nnfs's functions around another of its own, or somebody's."""
    if dot is plain_dot:
        return _NATIVE
    if getattr(dot, "__module__", None) != "nnfs.core":
        return _FOREIGN
    held = dict(zip(dot.__code__.co_freevars, (cell.cell_contents for cell in dot.__closure__)))
    if dot.__name__ == "dot":  # the workaround
        return _FOREIGN if _types_of(held["orig_dot"]) is _FOREIGN else _BOOK
    within = _types_of(held["method"][-1])
    if within is _FOREIGN or held["default_dtype"] != "float32":
        return _FOREIGN
    return _BOOK if within is _BOOK else _CAST


def dot(a, b):
    """The product that the caller's NumPy would give, or that `set_dot_precision` asks for."""
    forced, is_own = _of_thread() if _forced == _EACH else (_process, False)
    with blas.calling():
        if not is_own and (forced == "auto" or forced == "fast"
                           and product_types(FLOAT64) is _CAST):
            return np.dot(a, b)
        if forced != "book":
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
        if precision not in ("auto", "book", "fast", "native"):
            raise ValueError(
                f'set_dot_precision: expected "auto", "book" or "fast", got {precision!r}')
        self._called: str | None = _process
        self._left: list[str] = []
        self._precision = "fast" if precision == "native" else precision
        _force(self._precision)

    def __enter__(self) -> set_dot_precision:
        # The first block puts back what was before the call, each other one what was before it.
        self._left.append(self._called or _process)
        self._called = None
        _force(self._precision)
        return self

    def __exit__(self, *exception: object) -> None:
        _force(self._left.pop())


_here = threading.local()  # precision, stream: what this thread has of its own
_owners = 0  # blocks of `own` that are open, in all threads
_changes = 0  # how often any of it was chosen anew
_counting = threading.RLock()
hold_over_forks(lambda: [_counting])


def _force(precision=None, owners=0):
    """Set the process's precision, where one is given, and count the blocks of `own`."""
    global _forced, _process, _owners, _changes
    with _counting:
        _changes += 1
        if precision is not None:
            _process = precision
        _owners += owners
        _forced = _EACH if _owners else _process


class own:  # noqa: N801  as `set_dot_precision`
    """In this block this thread computes by itself: whatever `set_dot_precision` says, and whether
    `nnfs.init()` is in force or not. Other threads notice nothing.

    precision: "book", "fast", "own", the arrays' own type with NumPy's digits, or None, that of the
    process. stream: a np.random.RandomState of a MT19937 from which dropout draws instead of
    NumPy's global one. Planning and each step ask; what is planned inside runs inside.
    """

    def __init__(self, precision: str | None, stream: Any = None) -> None:
        self._new, self._old = (precision, stream), []  # type: ignore[var-annotated]

    def __enter__(self) -> own:
        self._old.append((getattr(_here, "precision", None), getattr(_here, "stream", None)))
        _here.precision, _here.stream = self._new
        _here.blocks = getattr(_here, "blocks", 0) + 1
        _force(owners=1)
        return self

    def __exit__(self, *exception: object) -> None:
        _force(owners=-1)
        _here.blocks -= 1
        _here.precision, _here.stream = self._old.pop()


def _forget_others():
    """A forked child has this thread alone."""
    _force(owners=getattr(_here, "blocks", 0) - _owners)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_others)


def own_stream():
    """The RandomState from which this thread draws instead of NumPy's global one, or None."""
    return getattr(_here, "stream", None) if _forced == _EACH else None


def changes():
    """How often a precision was chosen, for the process or a thread: who finds the same number
    twice knows that there was one all the time.
    """
    return _changes


def chosen_precision():
    """What `set_dot_precision` was told last: "auto", "book" or "fast"."""
    return _process


def dot_precision():
    """What is in force: "book", "own" (in the arrays' own type), "fast" or, for a foreign `np.dot`,
    "foreign".
    """
    types = product_types(FLOAT64)
    if types is _BOOK or types is _FOREIGN:
        return "book" if types is _BOOK else "foreign"
    return "fast" if is_fast() else "own"


_known: Any = (None, None)  # NumPy's generator, and its stream
_plain_binomial = own_numpy.now("random.binomial")


def legacy_stream():
    """The state of NumPy's global generator as (625,) uint32 in its own memory, and its lock.

    Of this thread's own generator, where it has one. None where the generator is not the Mersenne
    Twister or `np.random.binomial` was replaced.
    """
    global _known
    mine = own_stream()
    if mine is not None:
        return _state_of(mine._bit_generator)
    if np.random.binomial is not _plain_binomial:
        return None
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined]
    known, stream = _known
    if known is not generator:
        stream = None
        if type(generator) is np.random.MT19937:
            stream = _state_of(generator)
        _known = generator, stream  # at once: a handler may raise before, and other threads ask
    return stream


def _state_of(generator):
    words: Any = (ctypes.c_uint32 * 625).from_address(generator.ctypes.state_address)
    words.owner = generator  # which has the memory
    return np.frombuffer(words, dtype=np.uint32), generator.lock


# A compiled run with dropout holds it for as long as a call takes, 50 ms.
hold_over_forks(lambda: [np.random.get_bit_generator().lock])  # type: ignore[attr-defined]
