"""Calls of kernels that were made before, made again without asking Python (`kernels/repeated.py`).

`Repeated` stands beside a function that gives what a kernel makes of arrays. It is told of calls
that went the long way, and writes down what those found: which kernel, which scratch, arrays for
the results. After that `repeated.call(...)` is the short way. What was found depends on the arrays'
types and shapes and on what `_State` names; where any of that is another, the long way is gone.

Results come from a few arrays of each row, handed out again as `buffers.py` does it: only where
nobody refers to them any more.
"""

from __future__ import annotations

from ctypes import c_size_t, c_uint32
from functools import cache, partial
from typing import Any, NamedTuple
from weakref import ref

import numpy as np

from fastnn.compile.entries import layout
from fastnn.kernels import objects
from fastnn.kernels import repeated as k
from fastnn.support import blas, buffers, numerics, room

_PATIENCE = 8  # calls on the long way, between two that are written down
_MOST = 16  # rows; to look at all of them takes as long as five are gained
_LARGEST = 1 << 19  # bytes of a result: a kernel of more takes 20 us and longer
APART = k.FIRST_AND_THIRD | k.SECOND_AND_THIRD


def _nothing(first: Any, second: Any, third: Any) -> None:
    """No call was met before."""


class _State(NamedTuple):
    """What the types and the digits of products depend on, beside the arrays."""

    dot: Any
    forced: Any
    threads: int


class _Known(NamedTuple):
    """What was written down: never changed, so that threads need not agree."""

    state: Any = None
    rows: Any = {}  # by the kinds of the given arrays
    held: Any = ()  # the objects in them


def _state() -> _State:
    return _State(np.dot, vars(numerics)["_forced"], blas.threads())


class Repeated:
    """What is known of the calls of one function; call(first, second, third) is the short way:
    arrays and then None for those that there are not. None where it cannot be gone.
    """

    call: Any
    _left: int
    _known: _Known

    def __init__(self) -> None:
        self.forget()
        buffers.cleared_with(self)

    def __reduce__(self) -> Any:  # it is a class's, and a class may be pickled by value
        return Repeated, ()

    def forget(self) -> None:
        """Know of no calls."""
        self.call, self._left, self._known = _nothing, _PATIENCE, _Known()

    def begun(self) -> Any:
        """For `met`, by who chooses a kernel by what `_State` names, before he does: None where
        nothing will be written down. Another thread may choose otherwise meanwhile.
        """
        return (_state(), numerics.changes()) if self._left <= 1 else None

    def met(self, refuses: Any, given: Any, work: Any, outputs: Any, apart: int = 0,
            since: Any = ()) -> None:
        """The long way was gone: this kernel with these arrays, then scratch (or None), and then
        the outputs. apart: which of the given must not overlap (`kernels/repeated.py`). since: what
        `begun` said; nothing where the kernel is the same always.

        All else that it depends on is what `_State` names.
        """
        self._left -= 1
        if self._left > 0:
            return
        if since is None or since and since != (_state(), numerics.changes()):
            return
        self._left = _PATIENCE
        signature = k.call_repeated.argument_types[0]
        if (counts_are_exact() and is_entry(refuses) and not numerics.has_own()
                and all(one.dtype is np.dtype(one.dtype.type) and 0 < one.ndim < 3 for one in given)
                and all(one.nbytes <= _LARGEST for one in outputs)
                and not k.call_repeated.is_wished(signature)):
            k.call_repeated.ready(signature)
            self._write_down(since[0] if since else _state(), refuses, given, work, outputs, apart)

    def _write_down(self, state: Any, refuses: Any, given: Any, work: Any, outputs: Any,
                    apart: int) -> None:
        known = self._known
        if state != known.state or len(known.rows) == _MOST:
            known = _Known(state)
        kinds = tuple([(one.dtype, one.shape) for one in given])
        if kinds in known.rows:
            return
        choices = [[_new(one) for _ in range(k.SAME)] for one in outputs]
        rows = {**known.rows, kinds: _row(refuses, kinds, work, choices, apart)}
        known = _Known(state, rows, (*known.held, refuses, work, choices))
        call = partial(k.call_repeated.refuses, np.array(list(rows.values()), np.int64),
                       _told(state))
        vars(call)["known"] = known  # as long as anybody calls it
        self._known, self.call = known, call


def _new(like: Any) -> Any:
    made: Any = np.empty if like.nbytes < buffers.SMALL else room.empty
    return made(like.shape, like.dtype)


def _row(refuses: Any, kinds: Any, work: Any, choices: Any, apart: int) -> list[int]:
    row = [id(refuses), len(kinds)]
    for dtype, shape in kinds:
        row += [id(dtype), len(shape), *shape, *[-1] * (2 - len(shape))]
    row += [0] * (k.APART - len(row))
    row += [apart, 0 if work is None else id(work), len(choices)]
    row += [id(one) for same in choices for one in same]
    return row + [0] * (k.ROW_WORDS - len(row))


_NAMES = "dot", "_forced"


def _told(state: _State) -> Any:
    header, class_, ndarray = (layout() or ())[:3]
    return np.array([header, class_, ndarray, id(vars(np)), id(_NAMES[0]), id(state.dot),
                     id(vars(numerics)), id(_NAMES[1]), id(state.forced), blas.COUNTING,
                     state.threads, id(0), counts_are_exact()], np.int64)


def is_entry(refuses: Any) -> bool:
    """Whether it is that of a kernel in this process; before that it is a method."""
    return type(refuses) is type(len)


@cache
def counts_are_exact() -> int:
    """Whether reference counts can be relied on, and lie where compiled code reads them: how many
    refer to the memory of an array that nobody looks at, or 0.
    """
    lies = layout()
    if lies is None or not buffers.COUNTS or not counts_lie_as_read(*lies[:2]):
        return 0
    array = room.empty((1, 1), np.dtype(np.float64))
    return c_uint32.from_address(id(array.base) + lies[1] + objects.COUNT).value


def counts_lie_as_read(header: int, class_: int) -> bool:
    """Whether references to an object, strong and weak, are counted where compiled code reads."""
    array = np.empty(1)
    count = c_uint32.from_address(id(array) + class_ + objects.COUNT)
    weakly = c_size_t.from_address(id(array) + header + objects.WEAK)
    before = count.value, weakly.value
    holders = [array, array]
    held = count.value - before[0]
    reference = ref(array)
    return (held, before[1], bool(weakly.value)) == (len(holders), 0, reference() is array)
