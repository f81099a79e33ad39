"""NumPy until the kernels are there: a helper process compiles them meanwhile.

A kernel that is neither loaded nor kept on disk takes seconds to compile. Where NumPy gives the
same digits nobody needs to wait for that: the kernel refuses its arguments, its caller does what it
does with all that kernels refuse, and the kernel is asked of a helper process (`worker.py`), which
compiles into the cache. Once its file is there the next call loads it.

What results would depend on the moment of that is waited for: `moment_is_free` says whether they
would not (`support/numerics.py` sets it).
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastnn.compile import slots
from fastnn.compile.digest import digest
from fastnn.compile.policy import VARIABLE, policy
from fastnn.compile.search_path import search_path
from fastnn.compile.undivided import Uninterrupted

_LOOK = 0.02  # seconds between two looks for files: 3 us for each
_MOST_HELPERS = 7  # 200 MB each
_SLOTS = 2  # helpers that a user has at once, or one less than there are cores
_SLOT_PATIENCE = 60.0  # seconds without one, after which a helper begins all the same
_FAILURES = 2  # of helpers, before this process compiles by itself
IDLE = 5.0  # seconds without a request, after which a helper ends
# Where there is but one core a helper takes from the program what it is given. It begins after so
# many seconds: a program that is still running then may go on for as long as the compile takes
# (10 s for a loop of the book's), and has a quarter of the core taken (`nice`) for that.
_ALONE, _NICE_ALONE, _NICE = 6.0, 5, 10
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # microseconds of a period in which a container may run


@dataclass(eq=False, slots=True)
class Request:
    """A signature of a kernel, and the file it is to appear in; None where nothing is kept.

    is_imported: whether a process that imports fastnn has it: somebody's own formula it has not.
    is_stored: whether it came with the package.
    """

    path: Path | None
    module: str
    name: str
    signature: str
    is_imported: bool
    is_stored: bool = False
    missing_until: float = 0.0  # when to look again

    def is_there(self) -> bool:
        """Whether it is compiled."""
        return self.is_stored or self.path is not None and self.path.exists()

    def is_still_missing(self, now: float) -> bool:
        """Whether it is not there, or was not a moment ago."""
        if now >= self.missing_until:
            if self.is_there():
                return False
            self.missing_until = now + _LOOK
        return True

    def line(self) -> str:
        """As the helper reads it."""
        return json.dumps([self.module, self.name, self.signature, str(self.path)]) + "\n"


class _State:
    """Of this process; a forked child has one of its own."""

    def __init__(self) -> None:
        self.process: Any = None
        self.began = 0.0  # when it did
        self.waits_until = 0.0  # when it may
        self.slotless_since: float | None = None
        self.asked: set[Request] = set()  # what the helper has to do still
        self.look_at = 0.0  # when to look for its files again
        self.failures = 0
        self.lock = threading.Lock()
        self.may_help = True


_state = _State()


def moment_is_free() -> bool:
    """Whether NumPy's digits are the kernels', as things are now. Set by who knows."""
    return False


def free_where(answer: Callable[[], bool]) -> Callable[[], bool]:
    """Have this function say it."""
    global moment_is_free
    moment_is_free = answer  # type: ignore[assignment]
    return answer


# ------------------------------------------------------------------------------ what kernels ask


def postponed(request: Request) -> bool:
    """Whether the caller is to do without this for now; the helper is asked for it, then."""
    chosen = policy()
    if chosen == "wait" or request.is_there():
        return False
    if chosen == "never":
        return True
    return moment_is_free() and _asked_for(request)


def wished(request: Request) -> bool:
    """Whether a caller who has the same digits otherwise is to do without this for now."""
    chosen = policy()
    if chosen == "wait" or request.is_there():
        return False
    if chosen == "background":
        _asked_for(request)
    return True


def _asked_for(request: Request) -> bool:
    """Ask the helper; whether it can and will."""
    if request.path is None or not request.is_imported:
        return False
    with Uninterrupted(), _state.lock:
        process = _state.process
        if request in _state.asked and process is not None and process.poll() is None:
            return True  # it was told: to say it at each call filled the pipe while it imported
        _state.asked.add(request)
        return _send([request])


def is_awaited(request: Request) -> bool:
    """Whether what was postponed still is. It is asked at each call: 0.3 us as a rule."""
    now = time.monotonic()
    if now >= _state.look_at:
        _state.look_at = now + _LOOK
        _look()
    chosen = policy()
    if chosen == "never":
        return request.is_still_missing(now)
    return chosen != "wait" and request in _state.asked and moment_is_free()


def _look() -> None:
    """Strike off what is there, or that nobody makes any more."""
    for request in [one for one in list(_state.asked) if one.is_there()]:
        _state.asked.discard(request)
    with Uninterrupted(), _state.lock:
        if not _state.asked:
            _end_helper()  # 200 MB; another begins in less than a second
        elif not _is_helped():
            _state.asked.clear()


def is_over(requests: list[Request]) -> bool:
    """Whether none of these is awaited any more."""
    while requests and not is_awaited(requests[-1]):
        requests.pop()
    return not requests


# ---------------------------------------------------------------------------------- the helper


def _can_help() -> bool:
    """Whether there is a helper, or may be one."""
    named = os.path.basename(sys.executable or "").lower()  # of a program that embeds Python, its
    return (_state.may_help and _state.failures < _FAILURES and named.startswith(("python", "pypy"))
            and not getattr(sys, "frozen", False) and digest() is not None)


def _cores() -> int:
    """Those that this process may use; what a container is given counts as well."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with contextlib.suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text().split()
        cores = min(cores or 1, round(int(quota) / int(period)))  # ValueError: "max"
    return max(1, cores or 1)


def _is_too_early() -> bool:
    """Whether no helper begins yet."""
    if not _state.waits_until:
        _state.waits_until = time.monotonic() + (_ALONE if _cores() == 1 else 0)
    return time.monotonic() < _state.waits_until


def _is_helped() -> bool:
    """Whether the helper is at work; one that ended is begun anew, a few times."""
    process = _state.process
    if process is not None and process.poll() is None:
        return True
    if not _can_help():
        return False
    return _send([])


def _send(requests: list[Request]) -> bool:
    """Ask the helper for these, a new one for all that is missing; whether it was told."""
    while _can_help():
        try:
            process = _state.process
            if process is None or process.poll() is not None:
                if process is not None:
                    # What it returned may be lost, where the program does not wait for its
                    # children (SIGCHLD is ignored) or its handler waits for all of them.
                    early = time.monotonic() < _state.began + IDLE
                    _state.failures += early or process.returncode != 0
                    _end_helper()
                    continue
                if _is_too_early():
                    return True
                slot = _slot()
                if slot is None:
                    return True
                _state.began = time.monotonic()
                _state.process = process = _begun(_NICE if _cores() > 1 else _NICE_ALONE, slot)
                if os.name == "posix":  # one that is stopped would have us wait for it
                    os.set_blocking(process.stdin.fileno(), False)
                requests = [one for one in list(_state.asked) if not one.is_there()]
            process.stdin.write("".join(map(Request.line, requests)).encode())
            process.stdin.flush()
            return True
        except (OSError, ValueError):
            _state.failures += 1
            _end_helper()
    return False


def _slot() -> int | None:
    """A slot for a helper; None where it is to be waited for."""
    folder = next((one.path.parent for one in _state.asked if one.path is not None), None)
    many = max(_SLOTS, min(_cores() - 1, _MOST_HELPERS))
    found = -1 if folder is None else slots.taken(folder, many)
    if found is not None:
        _state.slotless_since = None
    elif _state.slotless_since is None:
        _state.slotless_since = time.monotonic()
    elif time.monotonic() > _state.slotless_since + _SLOT_PATIENCE:  # they are stopped, perhaps
        return -1
    return found


def _begun(nice: int = _NICE, slot: int = -1) -> Any:
    """A helper process, which finds the fastnn that is here, and which the slot passes to.

    nice: 10 leaves it a tenth of what the program has where both want one core, 5 a quarter.
    """
    package = __name__.partition(".")[0]
    code = (f"import sys; sys.path[:] = {search_path()!r}; "  # first: the folder we are in is there
            "import os, signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # for the program
            f"hasattr(os, 'nice') and os.nice({nice}); "
            f"from {package} import worker; worker.main({digest()!r})")
    flags: list[str] = getattr(subprocess, "_args_from_interpreter_flags", list)()
    quietly: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if sys.platform == "win32":
        quietly["creationflags"] = (subprocess.CREATE_NO_WINDOW
                                    | (nice and subprocess.IDLE_PRIORITY_CLASS))
    try:
        return subprocess.Popen([sys.executable, *flags, "-c", code], stdin=subprocess.PIPE,
                                env={**os.environ, VARIABLE: "wait"},
                                pass_fds=(slot,) if slot >= 0 else (), **quietly)
    finally:
        slots.given(slot)


@contextlib.contextmanager
def shared(requests: list[Request]) -> Iterator[None]:
    """Helpers on all other cores meanwhile, which make these, each beginning at another place.

    A pipe holds 150 requests while its reader is still being loaded: a thread waits for that.
    """
    requests = [one for one in requests if one.is_imported and one.path is not None]
    many = min(_cores() - 1, _MOST_HELPERS, len(requests) // 4) if _can_help() else 0
    helpers: list[Any] = []
    try:
        # (RuntimeError: no thread can be begun.)
        with Uninterrupted(), contextlib.suppress(OSError, ValueError, RuntimeError):
            for n in range(many):
                start = n * len(requests) // many
                helpers.append(_begun(0))
                lines = "".join(map(Request.line, (*requests[start:], *requests[:start])))
                threading.Thread(target=_write, args=(helpers[-1].stdin, lines.encode()),
                                 daemon=True).start()
        yield
    finally:
        for helper in helpers:
            _end(helper)


def _write(pipe: Any, text: bytes) -> None:
    """All of it, however long the reader lets us wait."""
    with contextlib.suppress(OSError, ValueError):
        pipe.write(text)
        pipe.flush()


def _end_helper() -> None:
    """Have the helper end at once; what it has finished is kept."""
    process, _state.process = _state.process, None
    if process is not None:
        _end(process)


def _end(process: Any) -> None:
    with contextlib.suppress(OSError):
        process.kill()
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        process.wait(1)
    with contextlib.suppress(OSError):
        process.stdin.close()


def _leave() -> None:
    """At the end of the program. The helper goes on for a while, and sees that (`worker.py`)."""
    _state.may_help = False
    process, _state.process = _state.process, None
    if process is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.returncode = 0  # not waited for


atexit.register(_leave)


def _in_child() -> None:
    """A forked child has no helper of its own, and does not keep its parent's at work."""
    global _state
    before, _state = _state, _State()
    _state.may_help = False
    if before.process is not None:
        with contextlib.suppress(OSError):
            os.close(before.process.stdin.fileno())
        before.process.returncode = 0  # not ours to wait for


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
