"""An end for calls that have none, within a child process: two seconds each, then `Hung`.

What is being called is noted where the parent can read it: a call that holds even `Hung` back is
ended with its process, and can no longer be asked.
"""

from __future__ import annotations

import contextlib
import mmap
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SECONDS = 2.0
HUNG: set[str] = set()  # what did not end is not called again
_ON = False
_NOTE: mmap.mmap | None = None  # shared with the parent


class Hung(BaseException):
    """A call that did not end; no `except Exception` of a user's holds it back."""


def shared() -> mmap.mmap:
    """A place for the name of what is being called, made before the child is."""
    return mmap.mmap(-1, 256)


def noted(note: mmap.mmap) -> str:
    """The name that stands there."""
    return note[:].partition(b"\0")[0].decode(errors="ignore")


def start(note: mmap.mmap) -> None:
    """Watch calls from now on: for the main thread of a child alone, whose signals are ours."""
    global _ON, _NOTE
    signal.signal(signal.SIGALRM, _end)
    HUNG.clear()
    _ON, _NOTE = True, note


def _end(number: int, frame: Any) -> None:
    raise Hung


@contextlib.contextmanager
def limited(name: str = "") -> Iterator[None]:
    """The time that one call has; its name."""
    if not _ON:
        yield
        return
    if _NOTE is not None:
        _NOTE[:] = name.encode()[:256].ljust(256, b"\0")
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if _NOTE is not None:
            _NOTE[:1] = b"\0"
