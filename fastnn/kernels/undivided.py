"""What must not be cut in two: by a signal, or by a fork.

Loading and compiling change tables of ours and of Numba's in many steps. An exception in between,
as Ctrl-C is one, leaves them half filled, and every later compile in the process fails; a child
that is forked in between has them half filled for ever, behind a lock whose owner does not exist
there. So signals wait (`uninterrupted`), and so do forks (`hold_over_forks`).
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite.binding import ffi
from numba.core.compiler_lock import global_compiler_lock


class _Uninterrupted:
    """Entered, it keeps all signals with a handler in Python; left, it hands them on.

    Only the main thread runs handlers: in others there is nothing to do. It may be entered again.
    (An exception that somebody sets in a thread by way of `PyThreadState_SetAsyncExc` is not held
    up.)
    """

    def __init__(self) -> None:
        self._depth = 0
        self._handlers: dict[int, Any] = {}
        self._came: list[int] = []

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth += 1
        if self._depth > 1:
            return
        try:
            for number in signal.valid_signals():
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, self._note)
        except BaseException:  # a signal whose turn to be held back had not come
            self.__exit__()
            raise

    @property
    def entered(self) -> bool:
        """Whether signals are held back now."""
        return self._depth > 0

    def _note(self, number: int, frame: Any) -> None:
        if number not in self._came:
            self._came.append(number)

    def __exit__(self, *exception: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        if self._depth:
            return
        came = self.restore()
        _deliver(came)

    def restore(self) -> list[int]:
        """Put the handlers back; the signals that came meanwhile."""
        self._depth = 0
        handlers, self._handlers = self._handlers, {}
        for number, handler in handlers.items():
            if signal.getsignal(number) == self._note:  # nobody has put another there
                signal.signal(number, handler)
        came, self._came = self._came, []
        return came


def _deliver(numbers: list[int]) -> None:
    """Raise the signals, each of them though the handler of one before raises an exception."""
    if numbers:
        try:
            signal.raise_signal(numbers[0])
        finally:
            _deliver(numbers[1:])


uninterrupted = _Uninterrupted()


@contextmanager
def undivided() -> Iterator[None]:
    """Alone with the tables of kernels: no other thread, no signal and no fork meanwhile."""
    while _waiting and not global_compiler_lock.is_locked():
        time.sleep(0.001)  # a fork goes first, or it would wait for all kernels of a fit
    with uninterrupted, global_compiler_lock:
        yield


# ------------------------------------------------------------------------------------- forks

# A fork waits as long for a lock. Whoever compiles has it for one kernel at a time: 6 s for the
# longest one on a slow and busy machine. Longer only where both wait for each other: a fork in the
# middle of an import that the compile needs, too.
_PATIENCE = 60.0

_holders: list[Callable[[], Iterable[Any]]] = []
_waiting: list[int] = []  # threads that are about to fork
_forking = threading.local()  # two may be at once
_owner_of_signals = threading.main_thread()


def hold_over_forks(locks: Callable[[], Iterable[Any]]) -> None:
    """Have a fork wait for these locks, and give them back in parent and child.

    locks: gives them when a fork comes. What they guard is whole in the child then. Locks are taken
    in the order in which they were announced; where several are held at once, it must be so too.
    """
    _holders.append(locks)


def _take() -> None:
    held: list[Any] = []
    missed: list[Any] = []
    _forking.held, _forking.missed = held, missed
    _waiting.append(threading.get_ident())
    try:
        for locks in _holders:
            for lock in locks():
                (held if lock.acquire(timeout=_PATIENCE) else missed).append(lock)
    finally:
        _waiting.remove(threading.get_ident())


def _give_back() -> None:
    while _forking.held:
        _forking.held.pop().release()


def _in_child() -> None:
    global _owner_of_signals
    _waiting.clear()
    _give_back()
    for lock in _forking.missed:  # better a table that is half filled than to wait for ever
        lock._at_fork_reinit()
    if uninterrupted.entered and threading.current_thread() is not _owner_of_signals:
        uninterrupted.restore()  # the thread that held signals back does not exist here
    _owner_of_signals = threading.main_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_in_child)
    hold_over_forks(lambda: [global_compiler_lock._lock, ffi.lib._lock._lock])
