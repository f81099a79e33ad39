"""Kernels that were compiled when the package was built: a folder in it that nobody writes to.

A wheel may bring them (`ahead.py` makes them). They are looked for where the user's own cache has
nothing, and taken where Numba's and Python's versions, the sources' digest and the processor are
those that they were made for: its own kind, or a level (x86-64-v3, x86-64-v4) that it has.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
from numba.core import config as _config

from fastnn.compile.digest import portable_digest

config: Any = _config  # its attributes come from the environment
NAME = "_kernels"  # of the folder, beside `compile`
_V3 = frozenset("avx avx2 bmi bmi2 f16c fma lzcnt movbe popcnt sse4.2".split())
LEVELS = {  # the best first, and what a processor has to have for each
    "x86-64-v4": _V3 | frozenset("avx512f avx512bw avx512cd avx512dq avx512vl".split()),
    "x86-64-v3": _V3}


@cache
def folder() -> Path | None:
    """The folder for this version; None where the package has none."""
    place = Path(globals().get("__file__", "nowhere")).resolve().parents[1] / NAME
    version = portable_digest() if place.is_dir() else None
    found = place / version if version else None
    return found if found and found.is_dir() else None


def kinds(codegen: Any) -> Iterator[tuple[str, str, str]]:
    """(triple, processor, features), as kernels that run here may have been compiled for."""
    triple, name, features = codegen.magic_tuple()
    yield triple, name, features
    if config.CPU_NAME is None and config.CPU_FEATURES is None:
        for level in levels():
            yield triple, level, ""


@cache
def levels() -> tuple[str, ...]:
    """The levels that this processor has."""
    has = {name for name, yes in llvm.get_host_cpu_features().items() if yes}
    return tuple(level for level, wants in LEVELS.items() if wants <= has)


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
