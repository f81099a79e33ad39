"""How many helper processes a user has at once: a pool of 64 workers began 64, of 200 MB each.

They were all at the same few kernels. Now who finds no slot free goes on with NumPy and looks
again: the kernels that it waits for come from the others' helpers, as a rule. A slot is a locked
file beside the kernels, and the helper that was begun with it holds the lock as long as it lives.
"""

import contextlib
import os
from pathlib import Path

_NAME = "writing-helper-{}.lock"  # a name that is cleared when it is old, as `places.py` does


def taken(folder: Path, many: int) -> int | None:
    """The descriptor of a slot that was free; None where none is, -1 where there are no locks."""
    if os.name != "posix":
        return -1
    import fcntl

    for number in range(many):
        try:
            descriptor = os.open(folder / _NAME.format(number), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            return -1
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            os.close(descriptor)
        except OSError:  # a file system without locks
            os.close(descriptor)
            return -1
    return None


def given(descriptor: int) -> None:
    """It is the helper's now."""
    if descriptor >= 0:
        with contextlib.suppress(OSError):
            os.close(descriptor)
