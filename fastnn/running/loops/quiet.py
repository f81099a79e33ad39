"""Whether anybody but the loop itself could see a turn, or change what it does, while it runs."""

import gc
import signal
import sys
import threading
import weakref
from typing import Any

import numpy as np

from fastnn.support import numerics, warned, watching

_HOSTS: weakref.WeakSet[threading.Thread] = weakref.WeakSet()  # there before the program
# What a notebook's kernel does in threads of its own: it hands on messages, streams and history.
# (Its subshells, which run cells, are not among them.) By name: nobody says who was there first.
_KERNELS = frozenset(("ipykernel.iostream", "ipykernel.heartbeat", "ipykernel.control",
                      "ipykernel.shellchannel", "ipykernel.parentpoller", "IPython.core.history",
                      "zmq.utils.garbage"))
_ANYBODYS = "__main__", "threading", "concurrent.futures.thread"
_DEFAULT = signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler, None
_SIGNALS = tuple(map(int, signal.valid_signals()))
# Behind what makes enumerations of all that it is given and gives: a tenth of the time.
_handler_of: Any = getattr(signal.getsignal, "__wrapped__", signal.getsignal)


def begins() -> None:
    """A program begins: the threads that are there are of whoever runs it."""
    _HOSTS.update(threading.enumerate())


def why_seen(ours: Any = None) -> str | None:
    """Who sees it, in one sentence; None for nobody. ours: a handler that is the loop's own."""
    if sys.gettrace() is not None or sys.getprofile() is not None or _is_monitored():
        return "a debugger or a profiler follows the program"
    if threading.current_thread() is not threading.main_thread():
        return "the loop does not run in the main thread"
    for thread in threading.enumerate():
        if not _is_ours(thread):
            return f"another thread, {thread.name}, may look at its objects"
    known = *_DEFAULT, ours
    if any(_handler_of(number) not in known for number in _SIGNALS):
        return "a handler of signals of the program may look at its objects"
    if watching.watcher() is not None:
        return "a profile is open, which shows the loop as it is"
    if numerics.is_fast():
        return "set_dot_precision(\"fast\") lets digits of fit and of a loop differ"
    if any(word not in ("warn", "ignore") for word in np.geterr().values()):
        return "np.seterr asks for more than a warning"
    if warned.is_raised():
        return "warnings are errors"
    return "a callback of the garbage collector may look at its objects" if gc.callbacks else None


def _is_monitored() -> bool:
    monitoring = getattr(sys, "monitoring", None)  # from Python 3.12 on
    return monitoring is not None and any(
        monitoring.get_tool(number) is not None for number in range(6))


def _is_ours(thread: threading.Thread) -> bool:
    if thread is threading.main_thread() or thread.name.startswith("fastnn"):
        return True
    works = getattr(getattr(thread, "_target", None) or type(thread), "__module__", "__main__")
    return works in _KERNELS or thread in _HOSTS and works not in _ANYBODYS
