"""Folders in which compiled kernels may be kept: those that nobody else can put files into.

A kernel that is loaded runs, and a checksum proves no author. So a folder is used only where it is
this user's, or root's, and neither group nor others may write to it, nor to a folder above it
(then they could put another in its place; a folder with the sticky bit, as /tmp, does not let
them). The same holds for each file. What is made here is for this user alone.

Windows has neither owners nor modes of this kind; there the profile's folder is the user's.
"""

import contextlib
import errno
import os
import re
import stat
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_path

from fastnn.compile.settings import SETTINGS
from fastnn.compile.undivided import Uninterrupted

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_POSIX = hasattr(os, "geteuid")
_LARGEST = 1 << 26  # bytes of a file; the largest kernel takes 0.4 MB
_STALE = 3600.0  # seconds after which nobody is writing a file any more
_UNUSED = 60 * 86400.0  # seconds after which a version's kernels go
_WRITING = "writing-"
_OURS = "*.nbc", "proved-*.json", "readings-*.pickle", f"{_WRITING}*"  # what is put into a folder
_VERSION = re.compile(r"[0-9a-f]{20}")  # the names that `digest` gives


class Place(NamedTuple):
    """A folder to try, and what the user named it by, if that is what he did."""

    path: Path
    named: str = ""


def places() -> Iterator[Place]:
    """Folders to try, best first: where the user says, the user's own.

    None beside the sources: what is kept there no other environment with the same sources finds,
    and it stays behind where the package is uninstalled.
    """
    if SETTINGS.CACHE_DIR:
        yield Place(Path(SETTINGS.CACHE_DIR) / "fastnn", "NUMBA_CACHE_DIR")
    if sys.platform != "win32" and not os.environ.get("HOME"):
        if os.environ.get("XDG_CACHE_HOME"):
            yield Place(Path(os.environ["XDG_CACHE_HOME"]) / "fastnn", "XDG_CACHE_HOME")
        return
    xdg = sys.platform not in ("win32", "darwin") and os.environ.get("XDG_CACHE_HOME")
    yield Place(user_cache_path("fastnn", appauthor=False), "XDG_CACHE_HOME" if xdg else "")


def usable(name: str) -> Path | None:
    """The first folder called `name` in these places that is safe and can be written to.

    None where there is none. One warning, for places that the user named and that are not used.
    """
    refused = []
    for place in places():
        try:
            made = _made(place.path / name)
        except _Refused as reason:
            if place.named:
                refused.append(f"{place.named} names {place.path}, which is not used: {reason}")
            continue
        if refused:
            warnings.warn(f"fastnn: {'; '.join(refused)}. Compiled kernels are kept in {made}",
                          RuntimeWarning, stacklevel=2)
        return made
    text = "; ".join(refused) or "there is no writable place that is yours alone"
    warnings.warn(
        f"fastnn found no place for its compiled kernels, so every process compiles them anew "
        f"({text}); set NUMBA_CACHE_DIR to a folder of your own to compile once",
        RuntimeWarning, stacklevel=2)
    return None


class _Refused(Exception):
    """Why a folder is not used."""


def _made(folder: Path) -> Path:
    """The folder under its real name, made if it is not there, for this user alone."""
    try:
        _check_links(folder)
        real = Path(os.path.realpath(folder))
        missing = [place for place in (real, *real.parents) if not place.exists()]
        for place in reversed(missing):
            _check(place.parent, above=True)  # before anything is put there
            with contextlib.suppress(FileExistsError):  # another process was first
                place.mkdir(mode=0o700)
        _check(real)
        with tempfile.TemporaryFile(dir=real, prefix=_WRITING):
            return real
    except OSError as error:
        raise _Refused(error.strerror or str(error)) from None


def _check(folder: Path, above: bool = False) -> None:
    """Refuse a folder that others can write to or put another in the place of.

    above: it is to have folders of ours inside, and may have others' if it is sticky.
    """
    if not _POSIX:
        return
    for place in (folder, *folder.parents):
        status = place.lstat()
        if not stat.S_ISDIR(status.st_mode):
            raise _Refused(f"{place} is no folder")
        last = place == folder and not above
        whose = _whose(status, own_group=not last)
        if whose and (last or not _is_sticky(status)):
            raise _Refused(f"{place} {whose}")


def _check_links(folder: Path) -> None:
    """Refuse a way that leads through a link of somebody else's, or one that others can replace."""
    if not _POSIX:
        return
    steps, at, links = list(Path(os.path.abspath(folder)).parts[1:]), Path("/"), 0
    while steps:
        step = steps.pop(0)
        at = at.parent if step == ".." else at / step
        try:
            status = at.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(status.st_mode):
            if status.st_uid not in (0, os.geteuid()):
                raise _Refused(f"the link {at} belongs to another user")
            _check(at.parent, above=True)
            links += 1
            if links > 40:
                raise _Refused(f"{folder} goes round in links")
            target = Path(os.readlink(at))
            steps = [*(target.parts[1:] if target.is_absolute() else target.parts), *steps]
            at = Path("/") if target.is_absolute() else at.parent


def _whose(status: os.stat_result, own_group: bool) -> str:
    """What is wrong with the owner or the mode of a folder; "" where nothing is.

    own_group: a group that has only this user in it may write.
    """
    if status.st_uid not in (0, os.geteuid()):
        return "belongs to another user"
    if status.st_mode & stat.S_IWOTH:
        return "can be written to by everybody"
    if status.st_mode & stat.S_IWGRP and not (own_group and _is_own_group(status.st_gid)):
        return "can be written to by its group"
    return ""


def _is_sticky(status: os.stat_result) -> bool:
    """Whether only owners may rename or remove what is in this folder of root's or ours."""
    return bool(status.st_mode & stat.S_ISVTX) and status.st_uid in (0, os.geteuid())


def _is_own_group(group: int) -> bool:
    """Whether this is the group that some systems give each user for himself.

    There new folders are writable for it as a rule, as ~/.cache may be.
    """
    try:
        import grp
        import pwd

        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except (ImportError, KeyError):
        return False
    if not group or found.gr_name != user.pw_name or group != user.pw_gid:
        return False  # root's group is that of others, in some containers
    return (set(found.gr_mem) <= {user.pw_name}
            and all(account.pw_uid == user.pw_uid for account in pwd.getpwall()
                    if account.pw_gid == group))


def read(path: Path) -> bytes | None:
    """The content of a file that is safe to use; None where it is missing, foreign or too large."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:  # what is opened is what is looked at; a pipe in its place does not hold us up
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None
        if _POSIX and (status.st_uid not in (0, os.geteuid()) or status.st_mode & _OTHERS):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(_LARGEST)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """Put a file in place in one step; a full or vanished disk only costs speed."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_WRITING, delete=False) as file:
            temporary = file.name  # made with mode 0600
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


@contextlib.contextmanager
def claimed(path: Path, seconds: float) -> Iterator[bool]:
    """Alone among processes with the making of this file, for which it waits so long, or until a
    signal wants to be handled.

    Gives whether it is: without it the file is made twice, that is all.
    """
    descriptor = _claim(path, seconds)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None and descriptor >= 0:
            with contextlib.suppress(OSError):
                os.unlink(_claim_of(path))  # by its holder alone; on Windows when it is stale
            os.close(descriptor)


def _claim_of(path: Path) -> Path:
    return path.with_name(f"{_WRITING}{path.stem}.lock")


def _claim(path: Path, seconds: float) -> int | None:
    """A file that is locked; None where another process has it, -1 where there are no locks."""
    until = time.monotonic() + seconds
    while True:
        try:
            descriptor = os.open(_claim_of(path), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            return -1
        try:
            _lock(descriptor)
            if _is_there(path, descriptor):
                return descriptor  # else who had it before has removed it
        except FileNotFoundError:  # and now it is
            pass
        except OSError as error:
            taken = error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
            if not taken or time.monotonic() >= until or Uninterrupted.is_awaited():
                os.close(descriptor)
                return None if taken else -1
        os.close(descriptor)
        time.sleep(0.01)


def _is_there(path: Path, descriptor: int) -> bool:
    if not _POSIX:
        return True
    there, mine = os.stat(_claim_of(path)), os.fstat(descriptor)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def _lock(descriptor: int) -> None:
    """OSError where another process has it."""
    if _POSIX:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]


def clear_stale(folder: Path) -> None:
    """Remove what killed processes were writing."""
    for file in folder.glob(f"{_WRITING}*"):
        with contextlib.suppress(OSError):
            if time.time() - file.lstat().st_mtime > _STALE:
                file.unlink()


def mark_used(folder: Path) -> None:
    """Note in its time that a version's folder was used now, and remove those long unused."""
    with contextlib.suppress(OSError):
        os.utime(folder)
    for other in versions(folder.parent):
        with contextlib.suppress(OSError):
            if time.time() - other.lstat().st_mtime > _UNUSED:
                remove(other)


def versions(place: Path) -> list[Path]:
    """The folders of versions in a place, this user's own."""
    try:
        return [folder for folder in sorted(place.iterdir()) if _VERSION.fullmatch(folder.name)
                and stat.S_ISDIR(folder.lstat().st_mode)
                and (not _POSIX or folder.lstat().st_uid == os.geteuid())]
    except OSError:
        return []


def remove(folder: Path) -> None:
    """Remove a version's folder: the files that are put there, and itself where it is empty then.

    A process that uses it compiles what it misses.
    """
    with contextlib.suppress(OSError):
        for file in chain.from_iterable(map(folder.glob, _OURS)):
            with contextlib.suppress(OSError):
                file.unlink()
        folder.rmdir()
