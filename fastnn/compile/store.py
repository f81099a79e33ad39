"""Kernels that were compiled when the package was built: a folder in it that nobody writes to.

A wheel may bring them (`ahead.py` makes them). They are looked for where the user's own cache has
nothing, and taken where Numba's and Python's versions, the sources' digest and the processor are
those that they were made for: its own kind, or a level (x86-64-v3, x86-64-v4) that it has
(`processor.py`).
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from fastnn.compile.digest import portable_digest

NAME = "_kernels"  # of the folder, beside `compile`


@cache
def folder() -> Path | None:
    """The folder for this version; None where the package has none."""
    place = Path(globals().get("__file__", "nowhere")).resolve().parents[1] / NAME
    version = portable_digest() if place.is_dir() else None
    found = place / version if version else None
    return found if found and found.is_dir() else None


def find(names: Iterator[str]) -> Path | None:
    """The first file of these names that is there."""
    place = folder()
    if place is None:
        return None
    return next((place / name for name in names if (place / name).exists()), None)


def content(path: Path) -> bytes:
    """Of a file; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
