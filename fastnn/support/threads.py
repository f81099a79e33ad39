"""A second thread for the few calls that are large enough to want one.

An update of a million parameters waits for memory, and two cores get more of it than one: Adam
takes 1.3 ms alone and 0.8 ms in two halves. The kernels let go of Python's lock meanwhile.
"""

import contextlib
import ctypes
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from fastnn.compile.undivided import Uninterrupted
from fastnn.support.handlers import dropped

_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_pool = None
_taken = threading.Lock()


def _forget_pool():
    """A forked child has the pool but not its thread."""
    global _pool, _taken
    _pool, _taken = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def allowed():
    """Whether there is a second core, and no variable of the environment keeps us to one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) > 1 and not any(os.environ.get(name) == "1" for name in _LIMITS)


def both(function, mine, other):
    """function(*mine) here and function(*other) in a second thread; both results."""
    with beside(function, other) as running:
        first = function(*mine)
        late = running is None or running.cancel()  # it never began: the core is busy elsewhere
        return first, function(*other) if late else running.result()


@contextlib.contextmanager
def beside(function, arguments, end=lambda: None):
    """Run function(*arguments) in the second thread meanwhile, and wait for its end.

    Gives its future, or None where the second thread is not to be had. The function may never run,
    if the thread comes to it too late. end: called before the wait, however this is left.

    Signals wait until then: what a handler raised in between left the thread writing, or waiting
    for ever. (The compiled function that runs here meanwhile lets no handler act either.)
    """
    if not allowed():
        yield None
        return
    with Uninterrupted():
        taken = _taken
        if not taken.acquire(blocking=False):
            yield None
            return
        running = None
        try:
            running = _begun(function, arguments)
            yield running
        finally:
            try:
                end()
                if running is not None and not running.cancel():
                    running.exception()  # never leave it writing after we are gone
            finally:
                taken.release()


def _begun(function, arguments):
    """Its future, or None: at the end of the program, or where no more threads can be had."""
    global _pool
    try:
        if _pool is None:
            _pool = ThreadPoolExecutor(1, thread_name_prefix="fastnn")
        return _pool.submit(function, *arguments)
    except (RuntimeError, MemoryError):
        _pool = None  # what was submitted may stand in its queue, for whoever comes next
        return None


@cache
def give_way():
    """Address of the C function by which a thread lets others have the processor; 0 if unknown."""
    with dropped(OSError, AttributeError):
        if sys.platform == "win32":
            library, name = ctypes.WinDLL("kernel32"), "SwitchToThread"
        else:
            library, name = ctypes.CDLL(None), "sched_yield"
        return ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    return 0
