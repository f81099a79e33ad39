"""What is said to somebody who waits for kernels to be compiled: one line on standard error.

Where it is known how many there are, it counts: on a terminal and in a notebook in place.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastnn.compile.cache import folder

_LONG = 2.0  # seconds of compiling after which it is worth a line
_FIRST = 10  # kernels of a second each, with which an estimate begins: the longest take 6


class Clock:
    """Seconds spent compiling in this process, and how many kernels that were."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.kernels = 0
        self._left = 0  # kernels of what is being waited for
        self._done = 0
        self._told = self._open = False

    @contextmanager
    def expecting(self, count: int) -> Iterator[None]:
        """So many kernels are to be compiled meanwhile, if they are not on disk."""
        outer = self._left, self._done
        self._left, self._done = count, 0
        try:
            yield
        finally:
            self._left, self._done = outer
            if self._open:
                self._open = False
                print(file=sys.stderr, flush=True)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """One kernel is."""
        self._tell_if_long()
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start
        self.kernels += 1
        self.has_one_more()

    def has_one_more(self) -> None:
        """Of what is expected one is there."""
        if self._left:
            self._left -= 1
            self._done += 1
            if self._open:
                self._count()

    def tell_that_disabled(self) -> None:
        """Nothing is compiled at all."""
        self._tell("NUMBA_DISABLE_JIT is set: NumPy computes everything, nothing is compiled")

    def _tell_if_long(self) -> None:
        if self.seconds < _LONG or self._told:
            return
        if self._left and _in_place():
            self._told = self._open = True
            self._count()
        elif self._left:
            self._tell(f"{_why()}: {self._counted()} ...")
        else:
            self._tell(f"{_why()} ...")

    def _tell(self, text: str) -> None:
        """One line, once in a process."""
        if not self._told:
            self._told = True
            print(f"fastnn: {text}", file=sys.stderr, flush=True)

    def _count(self) -> None:
        print(f"\rfastnn: {_why()}: {self._counted():30}", end="", file=sys.stderr, flush=True)

    def _counted(self) -> str:
        of = self._done + self._left
        seconds = self._left * (self.seconds + _FIRST) / (self.kernels + _FIRST)
        left = f", about {seconds:.0f} s left" if self._left else ""
        return f"{self._done} of {of} kernels{left}"


def _why() -> str:
    where = "this happens once" if folder() else "there is no place to keep them"
    return f"compiling its kernels for this machine ({where})"


def _in_place() -> bool:
    """Whether a line can be written over: on a terminal, in a notebook."""
    try:
        return sys.stderr.isatty() or "ipykernel" in type(sys.stderr).__module__
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


COMPILING = Clock()
