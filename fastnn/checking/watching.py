"""An end for calls that have none, within a child process: two seconds each, then `Hung`."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SECONDS = 2.0
HUNG: set[str] = set()  # what did not end is not called again
_ON = False


class Hung(BaseException):
    """A call that did not end; no `except Exception` of a user's holds it back."""


def start() -> None:
    """Watch calls from now on: for the main thread of a child alone, whose signals are ours."""
    global _ON
    signal.signal(signal.SIGALRM, _end)
    HUNG.clear()
    _ON = True


def _end(number: int, frame: Any) -> None:
    raise Hung


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """The time that one call has."""
    if not _ON:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
