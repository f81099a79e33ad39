"""Where compiled kernels are kept between processes, and when they may be used again.

Numba's own cache keys a kernel by its own file, so a helper edited in another file runs stale, and
two processes that start cold together can leave an index that points at the wrong code. Here the
folder's name holds a digest of the folders that compiled code comes from, of the versions and of
the bounds-check switch; the file's name holds the kernel and its signature, and of a kernel that
was made from a formula all its code; there is no index; a file appears whole or not at all, and one
that does not match its checksum is deleted and compiled anew.
"""

import contextlib
import hashlib
import pickle
import warnings
from functools import cache
from pathlib import Path

from numba.core.caching import CompileResultCacheImpl, _Cache
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from fastnn.compile import places, store
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


class KernelCache(_Cache):
    """The cached signatures of one kernel, in the shape that Numba's dispatcher asks for."""

    def __init__(self, py_func):
        self._name = py_func.__qualname__
        self._module = py_func.__module__
        self._source = getattr(py_func, "source", "")  # of what was written from a formula
        self._enabled = True

    @property
    def cache_path(self):
        """The folder, as text."""
        return str(folder())

    def load_overload(self, sig, target_context):
        """The compiled signature, or None.

        Numba would refresh its whole target first: 0.2 s, SciPy's import among it, for tables that
        only a compile needs. Compiled code needs no more of that than the runtime's functions.
        """
        rtsys.initialize(target_context)
        codegen = target_context.codegen()
        path = self.path(sig, codegen)
        payload = _read(path) if path else None
        if payload is None:
            path = self.stored(sig, codegen)
            payload = _payload(path, store.content(path)) if path else None
        if payload is None:
            return None
        try:
            return CompileResultCacheImpl.rebuild(None, target_context, pickle.loads(payload))
        except Exception:
            # Whole but of no use (a foreign build of LLVM, say): as good as damaged.
            if path.parent == folder():
                _delete(path)
            return None

    def save_overload(self, sig, data):
        """Keep a compiled signature."""
        path = self.path(sig, data.codegen)
        if path is None or data.library.has_dynamic_globals or not is_current():
            return
        _write(path, dumps(CompileResultCacheImpl.reduce(None, data)))

    def alone(self, sig, codegen, seconds):
        """A context: alone among processes with the making of this signature's file."""
        path = self.path(sig, codegen)
        return contextlib.nullcontext(True) if path is None else places.claimed(path, seconds)

    def path(self, sig, codegen):
        """The file of this signature, as this processor's compiler makes it; None for no place."""
        place = folder()
        if not self._enabled or place is None:
            return None
        return place / self.name(sig, codegen.magic_tuple())

    def stored(self, sig, codegen):
        """The file of this signature that came with the package; None where none did."""
        return store.find(self.name(sig, kind) for kind in store.kinds(codegen))

    def name(self, sig, kind):
        """Of the file of this signature, compiled for (triple, processor, features)."""
        key = repr((self._module, self._name, self._source, sig, kind))
        return f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.nbc"

    def enable(self):
        """Use the cache."""
        self._enabled = True

    def disable(self):
        """Pass the cache by."""
        self._enabled = False

    def flush(self):
        """Delete this kernel's files."""
        place = folder()
        for path in place.glob(f"{self._name}-*.nbc") if place else ():
            path.unlink(missing_ok=True)


def _read(path):
    """The payload of a cache file; None where it is missing, foreign or damaged (then it goes)."""
    content = places.read(path)
    if content is None:
        return None
    payload = _payload(path, content)
    if payload is None:
        _delete(path)
    return payload


def _payload(path, content):
    """What stands in a file; None where it is damaged."""
    checksum, payload = content[:32], content[32:]  # of nothing, nothing
    return payload if _checksum(path, payload) == checksum else None


def _delete(path):
    """Delete a file, if that can be."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _write(path, payload):
    """Put checksum and payload in place."""
    places.write(path, _checksum(path, payload) + payload)


def _checksum(path, payload):
    """Of the file's name too: a kernel under another's name would be loaded for that."""
    return hashlib.sha256(path.name.encode() + b"\0" + payload).digest()
