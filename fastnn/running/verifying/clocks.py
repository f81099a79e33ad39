"""A clock that runs a thousand times as fast, and ahead: what differs under it was read from one.

Two runs that take equally long would print the same seconds, and a third, compiled, others.
"""

from __future__ import annotations

import builtins
import datetime
import time
from collections.abc import Callable
from typing import Any

RATE = 1009
AHEAD = 12_345_678.25  # s, for clocks that say what time it is


def hurry() -> None:
    """From now on in this process, for whoever asks `time` or `datetime`."""
    for name, ahead in (("time", AHEAD), ("perf_counter", 0.0), ("monotonic", 0.0),
                        ("process_time", 0.0), ("thread_time", 0.0)):
        setattr(time, name, _hurried(getattr(time, name), ahead))
        setattr(time, f"{name}_ns", _hurried(getattr(time, f"{name}_ns"), int(ahead * 10**9)))
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _of_now(getattr(time, name)))
    strftime, localtime = time.strftime, time.localtime
    time.strftime = lambda form, *given: strftime(  # type: ignore[assignment]
        form, *(given or (localtime(),)))
    datetime.datetime = _Datetime  # type: ignore[misc]
    builtins.__import__ = _with_its_own(builtins.__import__, datetime.datetime.__base__)


def _with_its_own(imports: Callable[..., Any], own: Any) -> Callable[..., Any]:
    """Python's way to import, with its own `datetime.datetime` until all is imported: compiled
    libraries take that for the class that it is in C (pandas crashes), and keep it.
    """
    depth = 0

    def imported(*what: Any, **more: Any) -> Any:
        nonlocal depth
        datetime.datetime = own  # type: ignore[misc]
        depth += 1
        try:
            return imports(*what, **more)
        finally:
            depth -= 1
            if not depth:
                datetime.datetime = _Datetime  # type: ignore[misc]
    return imported


def _hurried(clock: Callable[[], Any], ahead: Any) -> Callable[[], Any]:
    begin = clock()
    return lambda: begin + ahead + (clock() - begin) * RATE


def _of_now(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of a function that takes a time, or none for now."""
    return lambda *seconds: function(*(seconds if seconds and seconds[0] is not None
                                       else (time.time(),)))


class _Datetime(datetime.datetime):
    """Says what the hurried clock says."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The time that it is taken for."""
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> Any:
        """The same."""
        return cls.now()

    @classmethod
    def utcnow(cls) -> Any:
        """The same, elsewhere."""
        return cls.fromtimestamp(time.time(), datetime.timezone.utc).replace(tzinfo=None)
