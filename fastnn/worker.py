"""The helper process of `compile/background.py`: it compiles what it is asked for into the cache.

It reads lines, each a module, a kernel's name and a signature, and takes them in their order, but
products last: one takes as long as all others of a loop. What another process is compiling it
leaves for later. It ends when nothing was asked for a while; and soon after its input does, which
is with the program that began it. A program that is over before its kernels are there would begin
as slowly the next time, and every time: so what it asked for is gone on with for some seconds.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections import deque

from fastnn.compile import background, cache, jit

# Seconds after the program's end: no kernel is begun after so many, and none goes on after so many.
# The longest loop takes 10 where nothing else runs.
_LAST_BEGIN, _LAST = 15.0, 40.0
_LOOK = 0.1  # seconds between two looks whether the folder is still there


class _Queue:
    """Requests, as a thread reads them."""

    def __init__(self, lines):
        self._lines, self._changed = lines, threading.Condition()
        self._folder = ""  # where the kernels go, which who asks for them has made
        self._waiting: deque[tuple[str, ...]] = deque()
        self._until = float("inf")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(OSError, ValueError):
            for line in self._lines:
                with self._changed:
                    self._waiting.append(tuple(json.loads(line)))
                    self._folder = os.path.dirname(self._waiting[-1][-1])
                    self._changed.notify()
        with self._changed:
            self._until = time.monotonic() + _LAST_BEGIN
            self._changed.notify()
        _wait_as_long_as_there_is(self._folder, _LAST)
        os._exit(0)

    def is_over(self):
        """Whether the program has ended, long enough ago."""
        return time.monotonic() > self._until

    def has_its_folder(self, seconds):
        """Whether something is asked for, and the folder that it is to go to is there still."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._until < float("inf"), seconds)
            return bool(self._waiting) and os.path.isdir(self._folder)

    def next(self, seconds):
        """The next request; None where none comes for so long, or none can come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._until < float("inf"), seconds)
            if not self._waiting:
                return None
            chosen = min(self._waiting, key=_is_product)  # the first of the least
            self._waiting.remove(chosen)
            return chosen


def _wait_as_long_as_there_is(folder, seconds):
    """For so many seconds, or until somebody removes the folder: a program's temporary one, which
    would come again, or could not be removed while there comes more into it.
    """
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and os.path.isdir(folder):
        time.sleep(_LOOK)


def _is_product(request):
    return "dense" in request[1]


def main(version):
    """Compile what standard input asks for. version: the digest of those who ask."""
    queue = _Queue(sys.stdin)
    if not queue.has_its_folder(background.IDLE):
        os._exit(0)
    place = cache.folder()
    if place is None or place.name != version:
        os._exit(1)
    known = {(made.__module__, made.__name__): made for made in [*jit.KERNELS, *jit.INSTRUCTIONS]}
    later: deque[tuple[str, ...]] = deque()
    while True:
        request = queue.next(0 if later else background.IDLE)
        if queue.is_over():
            os._exit(0)
        patient = request is None
        if patient:
            if not later:
                os._exit(0)
            request = later.popleft()
        module, name, signature, path = request
        made = known.get((module, name))
        if made is None or str(made.kept_in(signature)) != path:
            os._exit(1)  # theirs is another
        if not made.keep(signature, patient):
            later.append(request)
        elif not os.path.exists(path):  # a full disk: whoever asks is to do it
            os._exit(1)
