"""The readings of our own forms, kept on disk: they take half of the time of proving a class.

They are the same in every process of one version of these sources, whose files say which it is, as
those beside a .pyc do. What is kept is trees of text and numbers, and the classes that hold them:
no other is loaded. The file lies beside the kernels, in a folder that is the user's alone, and one
that does not match its checksum, or is another version's, is written anew.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.held import Keyed
from fastnn.adopting.reader import Reading
from fastnn.adopting.state import Cell, Items
from fastnn.compile import cache, places
from fastnn.compile.undivided import Uninterrupted
from fastnn.support import own_numpy
from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from typing import Any

_PACKAGE = Path(__file__).parent.parent
# What readings are made by and of; what our compiled classes do is no part of them.
_FOLDERS = _PACKAGE, _PACKAGE / "adopting", _PACKAGE / "support"
_KINDS = {(kind.__module__, kind.__qualname__): kind for kind in (Reading, Cell, Items, Keyed)}


def kept(form: int, name: str) -> list[Reading] | None:
    """The readings of a form's method; None where they are not kept."""
    packed = _kept.found().get((form, name))
    if packed is None:
        return None
    return [one for one in _unpacked(packed) if all(map(own_numpy.is_own, one.of_numpy))]


def keep(form: int, name: str, readings: list[Reading]) -> None:
    """Have them written by the next `write`; not what failed, or what a program has put in ours."""
    if readings and all(map(_is_ours_alone, readings)):
        _kept.new[form, name] = pickle.dumps([_bare(one) for one in readings], 5)


def write() -> None:
    """Write what was read since."""
    _kept.write()


def _is_ours_alone(reading: Reading) -> bool:
    return not (reading.given or reading.equal or reading.round) and all(
        function.__globals__.get("__name__", "").startswith(f"{_PACKAGE.name}.")
        for function in reading.made_of)


def _bare(reading: Reading) -> Reading:
    """Without what is asked of theirs alone, which names functions and modules."""
    return dataclasses.replace(reading, premises=[], followed=[], made_of={})


class _Kept:
    """What is in the file, and what is not yet."""

    def __init__(self) -> None:
        self.new: dict[tuple[int, str], bytes] = {}
        self._found: dict[tuple[int, str], bytes] | None = None

    def found(self) -> dict[tuple[int, str], bytes]:
        """What was kept when this process began."""
        if self._found is None:
            self._found = self._read() if _IMPORTED else {}
        return self._found

    def write(self) -> None:
        """Put what is new to what is kept. (Of two processes at once one may lose some.)"""
        if not self.new:
            return
        self.found().update(self.new)
        self.new = {}
        path = _path()
        if path is not None and _IMPORTED and _version() == _IMPORTED:
            content = pickle.dumps((_IMPORTED, self._found), 5)
            with Uninterrupted():
                places.write(path, cache.sealed(path, content))

    def _read(self) -> dict[tuple[int, str], bytes]:
        path, content = _path(), None
        if path is not None:
            with Uninterrupted():
                content = places.read(path)
        payload = cache.unsealed(path, content) if path is not None and content else None
        if payload is None:
            return {}
        version, found = _unpacked(payload)
        return found if version == _IMPORTED else {}


class _Unpickler(pickle.Unpickler):
    """Of trees, and nothing that a file could call."""

    def find_class(self, module: str, name: str) -> Any:
        """One of a few classes."""
        if (module, name) not in _KINDS:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a reading")
        return _KINDS[module, name]


def _unpacked(content: bytes) -> Any:
    return _Unpickler(io.BytesIO(content)).load()


def _version() -> bytes:
    """A digest of which files these sources are; nothing where they are no files."""
    text = hashlib.sha256(repr((sys.version, np.__version__)).encode())
    with dropped(OSError):
        for folder in _FOLDERS:
            for file in sorted(os.scandir(folder), key=lambda one: one.name):
                if file.name.endswith(".py"):
                    status = file.stat()
                    text.update(repr((file.path, status.st_size, status.st_mtime_ns,
                                      status.st_ctime_ns, status.st_ino)).encode())
        return text.digest()
    return b""


def _path() -> Path | None:
    """The file of these sources; None where nothing is kept."""
    folder = None
    with dropped(RuntimeWarning):  # where warnings are errors: whoever calls a kernel meets it
        folder = cache.folder()
    place = hashlib.sha256(str(_PACKAGE).encode()).hexdigest()[:20]
    return folder and folder / f"readings-{place}.pickle"


_IMPORTED = _version()  # 1 ms; later it may be another version's
_kept = _Kept()
