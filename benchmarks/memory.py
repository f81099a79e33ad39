"""The memory of this process as Linux tells it, in bytes."""

import ctypes
import gc
import threading
import time
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
LOOKS = 0.002  # seconds between two looks at what has no record of its own


def tells() -> bool:
    """Whether this system does."""
    return RESET.exists() and "RssAnon" in STATUS.read_text()


def now(name: str) -> int:
    """VmRSS: all that it has; RssAnon: of that, what is in no file; VmHWM: the most it had."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return 1024 * int(line.split()[1])


def tidy() -> None:
    """Give back what is free: whoever is weighed next would take it, and seem to need nothing."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


class Peak:
    """How much more memory the process had under this context than before it.

    `most` of all kinds, by the kernel's own record; `anonymous` without the pages of mapped files,
    of which there is no record: a thread looks at it.
    """

    most = anonymous = 0

    def __enter__(self) -> "Peak":
        tidy()
        RESET.write_text("5")  # the record begins anew
        self._before = {name: now(name) for name in ("VmRSS", "RssAnon")}
        self._over = threading.Event()
        self._looks = threading.Thread(target=self._look)
        self._looks.start()
        return self

    def _look(self):
        while not self._over.is_set():
            self.anonymous = max(self.anonymous, now("RssAnon") - self._before["RssAnon"])
            time.sleep(LOOKS)

    def __exit__(self, *error: object) -> None:
        self.most = now("VmHWM") - self._before["VmRSS"]
        self._over.set()
        self._looks.join()
