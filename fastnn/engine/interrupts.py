"""Ctrl-C as a question that a long call can ask between two pieces of work."""

import contextlib
import os
import signal
import threading

_entered: "list[Interrupts]" = []


def _leave_in_child():
    """A child that another thread made has not the one that answers: Ctrl-C is its own."""
    if _entered and threading.current_thread() is not _entered[0].thread:
        signal.signal(signal.SIGINT, _entered[0]._before)
        _entered.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_in_child)


class Interrupts:
    """Ctrl-C as a question: while this is entered SIGINT only sets a flag, and acts at the end.

    Only in the main thread, where Python handles signals.
    """

    def __init__(self):
        self._came = False

    def __enter__(self):
        self._before = None
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                self.thread = threading.current_thread()
                _entered.append(self)
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number, frame):
        self._came = True

    def __call__(self):
        """Whether Ctrl-C came."""
        return self._came

    @contextlib.contextmanager
    def suspended(self):
        """Let Ctrl-C act at once, for someone else's code."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        try:
            yield
        finally:
            if self._before is not None:
                signal.signal(signal.SIGINT, self._note)

    def __exit__(self, *exception):
        if self._before is not None:
            _entered.remove(self)
            signal.signal(signal.SIGINT, self._before)
            if self._came:
                self._before(signal.SIGINT, None)
