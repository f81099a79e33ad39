"""What must not be cut in two: by a signal, by an error, or by a fork.

Loading and compiling change tables of ours and of Numba's in many steps. An exception in between,
as Ctrl-C is one, left them half filled, and every later compile in the process failed; a child that
was forked in between had them half filled for ever, behind a lock whose owner does not exist there.
So signals wait, and forks wait. (What another error has interrupted, no memory or a failing import,
`compiler.py` has done again by the next compile.)
"""

import _signal
import concurrent.futures.thread  # noqa: F401  its locks must be taken after ours, see below
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

_lock = threading.RLock()


@contextmanager
def undivided() -> Iterator[None]:
    """Alone with the tables of kernels: no other thread, no signal and no fork meanwhile."""
    inside = _lock._is_owned()  # type: ignore[attr-defined]  # by this thread
    until = time.monotonic() + _POLITE
    while _waiting and not inside and time.monotonic() < until:
        time.sleep(0.001)  # a fork goes first, or it would wait for all kernels of a fit
    with Uninterrupted(), _lock:
        yield


# ----------------------------------------------------------------------------------- signals

# Without the enums of `signal`: to ask for all takes 3 us, not 60, and to set one 0.5, not 5.
_handler, _set = _signal.getsignal, _signal.signal
# Ctrl-C, the likeliest, is given back last: its handler then finds all the others in place.
_NUMBERS = sorted(signal.valid_signals(), key=lambda number: number != signal.SIGINT)


class Uninterrupted:
    """While this is entered signals that have a handler in Python wait; they act at its end.

    Each at most once, as the system itself keeps them. In other threads than the main one Python
    runs no handlers: there is nothing to hold back. (An exception that is set in a thread by
    `PyThreadState_SetAsyncExc` is not held back either.)
    """

    entered: "list[Uninterrupted]" = []

    def __init__(self) -> None:
        self._holding = True
        self._thread = threading.get_ident()
        self._before: dict[int, Any] = {}
        self._came: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self.entered.append(self)
        try:
            for number in _NUMBERS:
                before = _handler(number)
                if callable(before):
                    self._before[number] = before
                    _set(number, self._note)
        except BaseException:  # of a handler, before its signal was held
            self.__exit__()
            raise

    def _note(self, number: int, frame: Any) -> None:
        if self._holding:
            self._came.setdefault(number, frame)
        else:  # a handler that raised has kept this one from being given back
            self._before[number](number, frame)

    def __exit__(self, *error: Any) -> None:
        try:
            self._give_back()
        finally:
            self._holding = False
            self._deliver()

    @classmethod
    def is_awaited(cls) -> bool:
        """Whether a signal has come that is held back."""
        return any(block._came for block in cls.entered)

    def end(self) -> None:
        """Hold nothing back any more, and hand nothing on."""
        self._give_back()
        self._holding = False
        self._came.clear()

    def _give_back(self) -> None:
        with suppress(ValueError):
            self.entered.remove(self)
        for number, before in reversed(self._before.items()):
            if _handler(number) == self._note:  # else somebody has put another in its place
                _set(number, before)

    def _deliver(self) -> None:
        """Call the handlers of what came, all of them, whatever one of them raises."""
        if self._came:
            number = next(iter(self._came))
            frame = self._came.pop(number)
            try:
                self._before[number](number, frame)
            finally:
                self._deliver()


# ------------------------------------------------------------------------------------- forks

# A fork waits as long for a lock. Whoever compiles has it for one kernel at a time: 6 s for the
# longest one on a slow and busy machine. Longer only where both wait for each other: a fork in the
# middle of an import that the compile needs, too.
_PATIENCE = 60.0
# A compile lets a fork go first for so long: it may be for a lock of this very thread, as NumPy's
# is in a run with dropout, that the fork waits.
_POLITE = 0.2

_holders: list[Callable[[], Iterable[Any]]] = []
_waiting: list[int] = []  # threads that are about to fork
_forking = threading.local()  # two may be at once


def hold_over_forks(locks: Callable[[], Iterable[Any]]) -> None:
    """Have a fork wait for these locks, and give them back in parent and child.

    locks: gives them when a fork comes, each when those before are taken. What they guard is whole
    in the child then. What is announced later is taken earlier: those who hold one of the others
    may come to need the compiler's, and LLVM's is taken wherever Python frees an object of LLVM's.
    """
    _holders.insert(0, locks)


def _locks_of_compilers() -> Iterator[Any]:
    """Numba's and LLVM's, of those that are imported."""
    for name, find in (("numba.core.compiler_lock", lambda m: m.global_compiler_lock._lock),
                       ("llvmlite.binding.ffi", lambda m: m.lib._lock._lock)):
        with suppress(AttributeError):  # of a module that another thread is importing
            if name in sys.modules:
                yield find(sys.modules[name])


def _take() -> None:
    held: list[Any] = []
    missed: list[Any] = []
    _forking.held, _forking.missed = held, missed
    _waiting.append(threading.get_ident())
    try:
        while True:
            holders = _holders[:]
            for locks in holders:
                for lock in locks():
                    (held if lock.acquire(timeout=_PATIENCE) else missed).append(lock)
            if holders == _holders:
                break
            _give_back()  # a module was imported meanwhile that has locks of its own, to go first
            missed.clear()
    finally:
        _waiting.remove(threading.get_ident())


def _give_back() -> None:
    while _forking.held:
        _forking.held.pop().release()


def _in_child() -> None:
    _waiting.clear()
    _give_back()
    for lock in _forking.missed:  # better a table that is half filled than to wait for ever
        lock._at_fork_reinit()
    for block in reversed(Uninterrupted.entered[:]):
        if block._thread != threading.get_ident():
            block.end()  # the thread that held signals back does not exist here


if hasattr(os, "register_at_fork"):
    # The handlers before a fork run in the reverse order of their registration. That of
    # `concurrent.futures`, imported above, so runs after ours: it would keep its lock, which a
    # fit in two threads wants while it holds NumPy's, which we wait for.
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_in_child)
    hold_over_forks(lambda: [_lock, *_locks_of_compilers()])
