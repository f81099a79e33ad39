"""A file put in the place of another in one step: whoever reads sees the whole new file or the old
one, whenever the process is killed. What a killed one leaves is cleared by the next.
"""

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable
from typing import Any, BinaryIO

from fastnn.support.handlers import dropped

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_STALE = re.compile(r"\.fastnn-[0-9a-f]{16}\.tmp")  # the names that `_temporary` makes


def folder_of(target: str) -> str:
    """The folder that a file is to be in. FileNotFoundError where there is none."""
    folder = os.path.dirname(target) or os.curdir
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder!r} to save it in",
                                target)
    return folder


def replace(target: str, fill: Callable[[BinaryIO], None]) -> None:
    """Fill a temporary file beside the target, then put it in the target's place."""
    old = _old_status(target)
    folder = folder_of(target)
    _clear_stale(folder)
    temporary, stream = _temporary(folder)
    try:
        with stream:
            if old is not None:
                with dropped(OSError, AttributeError):  # root may, others need not
                    os.chown(temporary, old.st_uid, old.st_gid)
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
            if fcntl is not None:  # no name of ours is a stale file's now
                os.replace(temporary, target)
        if fcntl is None:  # Windows does not rename open files
            os.replace(temporary, target)
    except BaseException:
        with dropped(OSError):
            os.unlink(temporary)
        raise
    with dropped(OSError):  # not every system can open and sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _temporary(folder: str) -> tuple[str, BinaryIO]:
    """A new file in the folder, its path and itself, locked for as long as it is open.

    Whoever clears stale files takes the lock first, so it may be gone before we have it.
    """
    while True:
        path = os.path.join(folder, f".fastnn-{secrets.token_hex(8)}.tmp")
        stream = open(path, "xb")  # open, not mkstemp: the umask is respected
        if fcntl is None or _lock(stream) is not False and os.fstat(stream.fileno()).st_nlink:
            return path, stream
        stream.close()
        with dropped(OSError):
            os.unlink(path)


def _lock(stream: BinaryIO) -> bool | None:
    """Lock the file: True; False where somebody has; None where files cannot be locked."""
    with dropped(OSError):  # as in some network folders
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    return None


def _clear_stale(folder: str) -> None:
    """Remove what killed saves of this user have left: files that no living process has locked."""
    if fcntl is None:
        return
    with dropped(OSError):
        names = [name for name in os.listdir(folder) if _STALE.fullmatch(name)]
        for path in (os.path.join(folder, name) for name in names):
            with dropped(OSError):
                flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
                with open(os.open(path, flags), "r+b") as stream:
                    status = os.fstat(stream.fileno())
                    if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and _lock(
                            stream):
                        os.unlink(path)


def _old_status(target: str) -> os.stat_result | None:
    """Look at the file to be replaced; raise what a plain open for writing would."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):  # a file put over /dev/null would do harm
        code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(code, "cannot save over what is not a regular file", target)
    with open(target, "r+b"):  # a replace would pass over the file's own write protection
        return status
