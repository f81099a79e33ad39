"""Work done in a child of this process, so that nothing of it is changed and nothing hangs.

The child is a fork: it has every object of the program, and what it does to them (counters of
classes, globals, NumPy's random state) ends with it. Its output goes nowhere, and it changes no
file (`traces.py`). After the time limit it is killed, with what it has started. It computes with
NumPy's own functions: `nnfs.init()` is not of the class, and what that rounds to float32 could not
be told from a mistake. Nor does it compile: of an adopted class, or one derived from ours, that
would be a call that does not end. Where there is no fork (Windows), the work is done in a thread,
with the random state put back; a thread that does not end is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import traces, watching
from fastnn.compile.policy import compile_policy
from fastnn.support import books_numpy

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable
    from typing import Any


class TooLong(Exception):
    """The time limit is over; its words are the method that was being called, if one was."""


class Died(Exception):
    """The child ended without an answer."""


def isolated(work: Callable[[], Any], seconds: float, *, alone: bool = True,
             forks: bool = False) -> Any:
    """What `work` returns, which must be plain data (JSON); TooLong, Died.

    `alone=False`: within another child, whose group is killed as a whole. `forks`: the work starts
    children itself; otherwise nothing in it can.
    """
    if not hasattr(os, "fork"):
        return _in_thread(work, seconds)
    reading, writing = os.pipe()
    note = watching.shared()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of forks beside threads: the child runs no thread's code
        sys.stdout.flush()
        child = os.fork()
    if not child:
        _be_child(work, (reading, writing), note, alone, forks)
    os.close(writing)
    try:
        answer = _read(reading, time.monotonic() + seconds)
    except TooLong:
        _kill(child, alone)
        raise TooLong(watching.noted(note)) from None
    except BaseException:
        _kill(child, alone)
        raise
    finally:
        os.close(reading)
        _kill(child, alone)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
    if not answer:
        raise Died("the process ended without an answer")
    made = json.loads(answer)
    if "error" in made:
        raise Died(made["error"])
    return made["answer"]


def _be_child(work: Callable[[], Any], pipe: tuple[int, int], note: mmap.mmap, alone: bool,
              forks: bool) -> None:
    """Work, answer, and end without anything of the parent's being run."""
    reading, writing = pipe
    try:
        if alone:
            os.setsid()
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        sys.stdin, sys.stdout, sys.stderr = (open(os.devnull, mode) for mode in "rww")
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(one, signal.SIG_DFL)
        signal.alarm(0)
        warnings.simplefilter("ignore")
        os.environ["MPLBACKEND"] = "Agg"
        watching.start(note)
        books_numpy.undo()
        compile_policy("never")
        if not forks:
            for name in ("fork", "forkpty"):
                setattr(os, name, _refused)
            traces.leave_none()
        answer = json.dumps({"answer": work()})
    except BaseException as error:
        answer = json.dumps({"error": f"{type(error).__name__}: {error}"})
    try:
        with os.fdopen(writing, "w") as end:
            end.write(answer)
    finally:
        os._exit(0)


def _refused() -> int:
    raise OSError("a class that is checked starts no process")


def _read(pipe: int, end: float) -> str:
    parts: list[bytes] = []
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TooLong
        part = os.read(pipe, 1 << 16)
        if not part:
            return b"".join(parts).decode()
        parts.append(part)


def _kill(child: int, alone: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if alone and os.getpgid(child) == child:
            os.killpg(child, signal.SIGKILL)
        else:
            os.kill(child, signal.SIGKILL)


def _in_thread(work: Callable[[], Any], seconds: float) -> Any:
    before = np.random.get_state()
    found: dict[str, Any] = {}

    def run() -> None:
        try:
            found["answer"] = work()
        except BaseException as error:
            found["error"] = f"{type(error).__name__}: {error}"

    worker = threading.Thread(target=run, daemon=True)
    with (open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere),
          books_numpy.as_by(None)):
        worker.start()
        worker.join(seconds)
    np.random.set_state(before)
    if worker.is_alive():
        raise TooLong
    if "error" in found:
        raise Died(found["error"])
    return found["answer"]
