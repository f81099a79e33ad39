"""What all trainings of a sweep compute under, in whichever process: the precision of products,
NumPy's defaults under `nnfs.init()`, its answer to floating-point errors, one thread of BLAS.

With one thread a product has the same digits wherever it is computed beside others.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np

from fastnn.compile.policy import compile_policy, policy
from fastnn.support import blas, books_numpy, numerics

_turn = threading.Condition()
_held: Any = None  # the conditions in force, and how many blocks hold them
_holders = 0
_leave = ExitStack()


def _forget() -> None:
    """A forked child has none of the threads that hold them."""
    global _turn, _holders
    _turn, _holders = threading.Condition(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class Conditions(NamedTuple):
    """How a process computes. nnfs: whether `nnfs.init()` is in force, and how."""

    nnfs: tuple[bool, str | None] | None  # (dot_precision_workaround, default_dtype)
    precision: str
    errors: tuple[tuple[str, str], ...]

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Have them in force meanwhile. Any number of threads may, where they want the same."""
        global _held, _holders
        with _turn:
            while _holders and _held != self:
                _turn.wait()
            if not _holders:
                self._begin()
                _held = self
            _holders += 1
        try:
            with np.errstate(**dict(self.errors)):  # type: ignore[arg-type]
                yield
        finally:
            with _turn:
                _holders -= 1
                if not _holders:
                    _leave.close()
                    _turn.notify_all()

    def _begin(self) -> None:
        with ExitStack() as stack:
            if policy() == "background":
                stack.enter_context(compile_policy("wait"))
            if self._now(self.errors) != self:
                stack.enter_context(books_numpy.as_by(self.nnfs))
                stack.enter_context(numerics.set_dot_precision(self.precision))  # type: ignore
            stack.enter_context(blas.limited(1))
            _leave.push(stack.pop_all())

    @staticmethod
    def _now(errors: tuple[tuple[str, str], ...]) -> Conditions:
        return Conditions(books_numpy.in_force(), numerics.chosen_precision(), errors)

    @staticmethod
    def here() -> Conditions:
        """Those in force in this process and thread."""
        return Conditions._now(tuple((kind, str(word)) for kind, word in np.geterr().items()))


def precision() -> str | None:
    """The precision of products in force, for `numerics.own`; None where it has no word for it."""
    if numerics.rounds_products() and not numerics.follows_book():
        return None
    return numerics.dot_precision()


def is_foreign() -> bool:
    """Whether `np.dot` was replaced by something that no other process could be told of."""
    return numerics.dot_precision() == "foreign"
