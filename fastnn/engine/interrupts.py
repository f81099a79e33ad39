"""Ctrl-C as a question that a long call can ask between two pieces of work.

In a thread of its own, where no signal comes, whoever began it may answer in its place.
"""

import contextlib
import os
import signal
import threading
import time
from typing import Any

_AGAIN = 1.0  # seconds within which a second Ctrl-C means the whole program
_last = -_AGAIN  # when one was answered

_entered: "list[Interrupts]" = []


def _leave_in_child():
    """In a child Ctrl-C is its own, whoever made it: there is no fit that it came from."""
    if _entered:
        signal.signal(signal.SIGINT, _entered[0]._before)
        _entered.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_in_child)


_own = threading.local()


@contextlib.contextmanager
def stopping(question):
    """Have `question()` asked, too, by what runs in this thread meanwhile; None: as it was."""
    before, _own.question = getattr(_own, "question", None), question
    try:
        yield
    finally:
        _own.question = before


class Interrupts:
    """Ctrl-C as a question: while this is entered SIGINT is only counted, and acts at the end.

    With Python's own handler to have stopped is the answer: nothing is raised, unless Ctrl-C came
    twice, or a second after another that was answered so (whoever trains in a loop wants out of
    the loop). Somebody's own handler is called. Only in the main thread, where Python handles
    signals.
    """

    def __init__(self):
        self._came = 0
        self._before: Any = None  # the handler that was there
        self._question: Any = getattr(_own, "question", None)

    def __enter__(self):
        self._before = None
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                _entered.append(self)
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number, frame):
        self._came += 1

    def __call__(self):
        """Whether Ctrl-C came, or who began this thread wants it to stop."""
        return self._came > 0 or self._question is not None and self._question()

    @contextlib.contextmanager
    def suspended(self):
        """Let Ctrl-C act at once, for someone else's code."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        try:
            yield
        finally:
            if self._before is not None:
                self._before = signal.getsignal(signal.SIGINT)  # it may be another by now
                if callable(self._before):
                    signal.signal(signal.SIGINT, self._note)

    def __exit__(self, *exception):
        if self._before is not None:
            with contextlib.suppress(ValueError):  # in a child it is gone
                _entered.remove(self)
            signal.signal(signal.SIGINT, self._before)
            if self._came and callable(self._before) and not self._answered():
                self._before(signal.SIGINT, None)

    def _answered(self):
        global _last
        now = time.monotonic()
        once = self._came == 1 and now - _last >= _AGAIN
        _last = now
        return once and self._before is signal.default_int_handler
