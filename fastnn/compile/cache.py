"""Where compiled kernels are kept between processes, and when they may be used again.

The folder's name holds a digest of the folders that compiled code comes from, of the versions and
of the bounds-check switch; the file's name holds the kernel and its signature, and of a kernel that
was made from a formula all its code; there is no index. A file is a checksum and the object that
the linker takes; it appears whole or not at all, and one that does not match its checksum is
deleted and compiled anew. (Numba's own cache keys a kernel by its own file, so a helper edited in
another file runs stale, and two processes that start cold together can leave an index that points
at the wrong code.)
"""

import contextlib
import hashlib
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastnn.compile import places, processor, store
from fastnn.compile.digest import digest, is_current


@cache
def folder() -> Path | None:
    """The folder of this version's kernels, or None, with one warning, where there is none."""
    version = digest()
    if version is None:
        warnings.warn(
            "fastnn cannot read the code of its own kernels here, and so cannot tell which version "
            "they are of: they are not kept, and every process compiles them anew",
            RuntimeWarning, stacklevel=2)
        return None
    found = places.usable(version)
    if found is not None:
        places.clear_stale(found)
        places.mark_used(found)
    return found


def load(kernel: Any, types: tuple[str, ...], take: Callable[[bytes], None]) -> bool:
    """Have `take` have the object of a signature; whether there was one."""
    found = path(kernel, types)
    payload = _read(found) if found else None
    if payload is None:
        found = stored(kernel, types)
        payload = unsealed(found, store.content(found)) if found else None
    if found is None or payload is None:
        return False
    try:
        take(payload)
    except (RuntimeError, OSError):  # of LLVM, for what is whole but no object of its
        if found.parent == folder():
            _delete(found)
        return False
    return True


def save(kernel: Any, types: tuple[str, ...], code: bytes) -> None:
    """Keep the object of a signature."""
    found = path(kernel, types)
    if found is not None and is_current():
        _write(found, code)


def alone(kernel: Any, types: tuple[str, ...], seconds: float) -> Any:
    """A context: alone among processes with the making of this signature's file."""
    found = path(kernel, types)
    return contextlib.nullcontext(True) if found is None else places.claimed(found, seconds)


def path(kernel: Any, types: tuple[str, ...]) -> Path | None:
    """The file of this signature, as it is compiled for this processor; None for no place."""
    place = folder()
    return None if place is None else place / name(kernel, types, processor.kind())


def stored(kernel: Any, types: tuple[str, ...]) -> Path | None:
    """The file of this signature that came with the package; None where none did."""
    return store.find(name(kernel, types, kind) for kind in processor.kinds())


def name(kernel: Any, types: tuple[str, ...], kind: Any) -> str:
    """Of the file of this signature, compiled for this kind of processor."""
    return f"{kernel.__name__}-{_key(kernel, types, kind)}.nbc"


def symbol(kernel: Any, types: tuple[str, ...]) -> str:
    """The name of its code in the object: the same for all kinds of processors, as one that came
    with the package is of another.
    """
    return f"fastnn_{_key(kernel, types, None)}"


def _key(kernel: Any, types: tuple[str, ...], kind: Any) -> str:
    source = getattr(kernel.py_func, "source", "")  # of what was written from a formula
    key = repr((kernel.__module__, kernel.__name__, source, types, kind))
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def flush(kernel: Any) -> None:
    """Delete this kernel's files."""
    place = folder()
    for found in place.glob(f"{kernel.__name__}-*.nbc") if place else ():
        found.unlink(missing_ok=True)


def _read(found: Path) -> bytes | None:
    """The payload of a cache file; None where it is missing, foreign or damaged (then it goes)."""
    content = places.read(found)
    if content is None:
        return None
    payload = unsealed(found, content)
    if payload is None:
        _delete(found)
    return payload


def sealed(found: Path, payload: bytes) -> bytes:
    """What is to stand in a file: the checksum goes before."""
    return _checksum(found, payload) + payload


def unsealed(found: Path, content: bytes) -> bytes | None:
    """What stands in a file; None where it is damaged."""
    checksum, payload = content[:32], content[32:]  # of nothing, nothing
    return payload if _checksum(found, payload) == checksum else None


def _delete(found: Path) -> None:
    """Delete a file, if that can be."""
    with contextlib.suppress(OSError):
        found.unlink(missing_ok=True)


def _write(found: Path, payload: bytes) -> None:
    """Put checksum and payload in place."""
    places.write(found, sealed(found, payload))


def _checksum(found: Path, payload: bytes) -> bytes:
    """Of the file's name too: a kernel under another's name would be loaded for that."""
    return hashlib.sha256(found.name.encode() + b"\0" + payload).digest()
