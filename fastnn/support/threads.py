"""More threads for the few calls that are large enough to want them, and how many there may be.

An update of a million parameters waits for memory, and two cores get more of it than one: Adam
takes 1.3 ms alone and 0.8 ms in two halves. The kernels let go of Python's lock meanwhile.
"""

import contextlib
import ctypes
import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from fastnn.compile.undivided import Uninterrupted
from fastnn.support.handlers import dropped

VARIABLE = "FASTNN_NUM_THREADS"
_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_MOST = 64
_pool = None
_taken = threading.Lock()
_side_by_side: list[object] = []  # trainings of other threads that share the cores, and this one's
_own = threading.local()


def _forget_pool():
    """A forked child has the pool but not its threads."""
    global _pool, _taken
    _pool, _taken = None, threading.Lock()
    _side_by_side.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def count():
    """How many threads may be at work at once.

    What FASTNN_NUM_THREADS says, more than cores too; or the cores that are ours, and no more than
    a variable says that other libraries go by. ValueError where the first is no number from 1 on.
    One in a thread that is `alone`.
    """
    if getattr(_own, "alone", False):
        return 1
    own = os.environ.get(VARIABLE, "").strip()
    if own:
        number = _from_one_on(own)
        if number is None:
            raise ValueError(f"{VARIABLE}: expected a whole number from 1 on, got {own[:40]!r}")
        return _share(min(number, _MOST))
    # "4,2" is for nested levels: the first counts.
    limits = [_from_one_on(os.environ.get(name, "").partition(",")[0].strip()) for name in _LIMITS]
    return _share(min([cores(), _MOST, *filter(None, limits)]))


def _share(number):
    """Of so many threads those that each training may have, of several side by side."""
    return max(1, number // max(1, len(_side_by_side)))


@contextlib.contextmanager
def side_by_side():
    """A training of which there may be several at once, in threads: each takes its share of what
    `count` says.
    """
    me = object()
    _side_by_side.append(me)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # in a child it is gone
            _side_by_side.remove(me)


@contextlib.contextmanager
def alone():
    """Let this thread ask for no others meanwhile: its neighbours are busy with work like its."""
    before, _own.alone = getattr(_own, "alone", False), True
    try:
        yield
    finally:
        _own.alone = before


def _from_one_on(text):
    """The number that the text is, of which nine digits say enough; None where it is none."""
    digits = text.lstrip("0")[:9]
    return int(digits) if digits and text.isascii() and text.isdecimal() else None


def cores():
    """Those that this process may use: of a container's share as many as are whole."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, _quota())


@cache
def _quota(root="/sys/fs/cgroup"):
    """Cores that the control group may keep busy: threads beyond it would wait for each other."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with dropped(OSError, ValueError, IndexError, ZeroDivisionError):
            quota, period = " ".join(Path(root, name).read_text() for name in names).split()[:2]
            if quota.isdecimal():  # else "max", or -1: there is none
                return max(1, int(quota) // int(period))
    return _MOST


def each(function, calls):
    """function(*arguments) of each, the first here, the others in threads of their own; results."""
    with beside(function, calls[1:]) as running:
        found = [function(*calls[0])]
        for arguments, future in zip(calls[1:], running, strict=True):
            late = future is None or future.cancel()  # it never began: the cores are busy elsewhere
            found.append(function(*arguments) if late else future.result())
        return found


@contextlib.contextmanager
def beside(function, calls, end=lambda: None):
    """Run function(*arguments) of each in other threads meanwhile, and wait for their end.

    Gives their futures, None for each where no other thread is to be had. Some may never run, if a
    thread comes to them too late. end: called before the wait, however this is left.

    Signals wait until then: what a handler raised in between left threads writing, or waiting
    for ever. (The compiled function that runs here meanwhile lets no handler act either.)
    """
    nobody = [None] * len(calls)
    if count() < 2 or not calls:
        yield nobody
        return
    with Uninterrupted():
        taken = _taken
        if not taken.acquire(blocking=False):
            yield nobody
            return
        running = []
        try:
            for arguments in calls:
                running.append(_begun(function, arguments))
            yield running
        finally:
            try:
                end()
                for future in running:
                    if future is not None and not future.cancel():
                        future.exception()  # never leave it writing after we are gone
            finally:
                taken.release()


def _begun(function, arguments):
    """Its future, or None: at the end of the program, or where no more threads can be had.

    What an executor could not begin a thread for stays in its queue, where its other threads take
    it. So the future is our own: either it is cancelled here, or somebody is at it.
    """
    global _pool
    future: Future = Future()
    try:
        if _pool is None:
            _pool = ThreadPoolExecutor(_MOST, thread_name_prefix="fastnn")
        _pool.submit(_settle, future, function, arguments)
    except (RuntimeError, MemoryError):
        _pool = None
        return None if future.cancel() else future
    return future


def _settle(future, function, arguments):
    """Give the future its result, unless it was cancelled."""
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)


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
