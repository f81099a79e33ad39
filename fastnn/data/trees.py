"""Where images lie: `train/0/0000.png` in folders, or in a zip, which is read as it is.

A tree has two methods: `names(folder)`, what lies in it, and `open(path)`; paths are tuples of
names below its root. Nothing is ever written, so that no name in a zip leads anywhere.
"""

from __future__ import annotations

import errno
import io
import os
import zipfile
import zlib
from typing import TYPE_CHECKING

from fastnn.files.storage import StorageError, Unreadable, explained, open_regular

if TYPE_CHECKING:
    from typing import BinaryIO

    from fastnn.support.annotations import FilePath

Path = tuple[str, ...]

# What systems leave in folders that they have shown.
_LEFT = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
_MOST_BYTES = 1 << 26  # of one image in a zip
# Names one below the other that are told apart in a zip; an image lies at the fourth at most. Each
# folder is noted with all that it lies in, which of a name with 32,000 in it is 4 GB.
_DEEPEST = 8


def _is_meant(name: str) -> bool:
    """Whether somebody has put it there, and not a system."""
    return not name.startswith(".") and name.lower() not in _LEFT


def tree(path: FilePath, inside: Path, who: str) -> Folder | Zip:
    """The tree at this path, to be looked at for a folder inside of it.

    FileNotFoundError or StorageError where there is none.
    """
    name = os.fsdecode(path)
    if os.path.isdir(name):
        return Folder(name)
    if not os.path.exists(name):
        raise FileNotFoundError(errno.ENOENT, f"{who}: there is no folder and no zip of this name",
                                name)
    with explained(name, "a folder or a zip"):
        return Zip(name, inside)


class Folder:
    """A folder on disk."""

    def __init__(self, root: str) -> None:
        self.root = root

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def said(self, path: Path) -> str:
        """The path as messages name it."""
        return os.path.join(self.root, *path)

    def names(self, path: Path) -> tuple[list[str], list[str]]:
        """(folders, files) in a folder, sorted; FileNotFoundError for one that is missing."""
        folders: list[str] = []
        files: list[str] = []
        with os.scandir(self.said(path)) as entries:
            for entry in entries:
                if _is_meant(entry.name):
                    (folders if entry.is_dir() else files).append(entry.name)
        return sorted(folders), sorted(files)

    def open(self, path: Path) -> BinaryIO:
        """A file in it."""
        name = self.said(path)
        try:
            return open_regular(name)
        except Unreadable as found:
            raise StorageError(f"cannot read {name!r}: expected an image, found {found}") from None


class Zip:
    """A zip, to be looked at for a folder inside; one folder around all of it does not count."""

    def __init__(self, name: str, inside: Path) -> None:
        self.name = name
        self._stream = open_regular(name)
        try:
            self._archive = zipfile.ZipFile(self._stream)
        except BaseException:
            self._stream.close()
            raise
        self._folders: dict[Path, dict[str, zipfile.ZipInfo | None]] = {(): {}}
        for info in self._archive.infolist():
            path = tuple(part for part in info.filename.split("/") if part)
            if path and all(map(_is_meant, path)):
                self._add(path[:_DEEPEST], info, len(path) <= _DEEPEST and not info.is_dir())
        self._root = self._root_for(inside)

    def _add(self, path: Path, info: zipfile.ZipInfo, is_file: bool) -> None:
        for n, name in enumerate(path):
            is_last = n == len(path) - 1
            self._folders.setdefault(path[:n], {})[name] = info if is_file and is_last else None
        if not is_file:
            self._folders.setdefault(path, {})

    def _root_for(self, inside: Path) -> Path:
        """The zip's own root, or its only folder where what is looked for lies in that."""
        top = self._folders[()]
        if len(top) == 1 and (only := (next(iter(top)),)) in self._folders:
            below = self._folders[only]
            is_around = (*only, *inside) in self._folders if inside else None in below.values()
            if is_around and not (inside and inside in self._folders):
                return only
        return ()

    def __enter__(self) -> Zip:
        return self

    def __exit__(self, *error: object) -> None:
        self._archive.close()
        self._stream.close()

    def said(self, path: Path) -> str:
        """The path as messages name it."""
        return os.path.join(self.name, *self._root, *path)

    def names(self, path: Path) -> tuple[list[str], list[str]]:
        """(folders, files) in a folder, sorted; FileNotFoundError for one that is missing."""
        inside = self._folders.get(self._root + path)
        if inside is None:
            raise FileNotFoundError(errno.ENOENT, "there is no such folder in the zip",
                                    self.said(path))
        return (sorted(name for name, info in inside.items() if info is None),
                sorted(name for name, info in inside.items() if info is not None))

    def open(self, path: Path) -> BinaryIO:
        """A file in it, unpacked in memory."""
        *above, last = self._root + path
        info = self._folders[tuple(above)][last]
        assert info is not None  # `names` gave it as a file
        with explained(self.said(path), "an image in the zip"):
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable(f"one compressed by method {info.compress_type}")
            if info.file_size > _MOST_BYTES:
                raise Unreadable(f"one of {info.file_size:,} bytes, more than {_MOST_BYTES:,}")
            try:  # zipfile never gives more than the size it has declared
                return io.BytesIO(self._archive.read(info))
            except zlib.error as error:
                raise Unreadable(f"damaged data ({error})") from None
