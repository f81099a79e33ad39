"""Where compiled kernels are kept between processes, and when they may be used again.

Numba's own cache keys a kernel by its own file, so a helper edited in another file runs stale, and
two processes that start cold together can leave an index that points at the wrong code. Here the
folder's name holds a digest of the whole `kernels` package, of the versions and of the
bounds-check switch; the file's name holds the kernel and its signature; there is no index; a file
appears whole or not at all, and one that does not match its checksum is deleted and compiled anew.
"""

import hashlib
import os
import pickle
import platform
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

import numba
import numpy as np
from numba.core import config
from numba.core.caching import CompileResultCacheImpl, _Cache
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

_SOURCES = Path(__file__).resolve().parent


@cache
def digest():
    """Hex digest of all that may change a compiled kernel but its signature and the processor."""
    text = hashlib.sha256()
    for path in sorted(_SOURCES.glob("*.py")):
        text.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (numba.__version__, np.__version__, sys.version, platform.platform())
    switches = (bool(config.BOUNDSCHECK), str(config.OPT))
    text.update(repr((versions, switches)).encode())
    return text.hexdigest()[:20]


def _places():
    """Folders to try, best first: where the user says, beside the sources, the user's own."""
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR) / "fastnn"
        return
    yield _SOURCES / "__pycache__"
    if sys.platform == "win32":
        own = os.environ.get("LOCALAPPDATA")
    else:
        home = os.environ.get("HOME")
        own = os.environ.get("XDG_CACHE_HOME") or (home and os.path.join(home, ".cache"))
    if own:
        yield Path(own) / "fastnn"


def _writable(folder):
    """True when a file can be made in `folder` (which is made if it is not there)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def folder():
    """The folder of this version's kernels, or None, with one warning, where none is writable."""
    for place in _places():
        if _writable(place / digest()):
            return place / digest()
    warnings.warn(
        "fastnn found no writable place for its compiled kernels, so every process compiles them "
        "anew; set NUMBA_CACHE_DIR to a writable folder to compile once",
        RuntimeWarning, stacklevel=2)
    return None


class KernelCache(_Cache):
    """The cached signatures of one kernel, in the shape that Numba's dispatcher asks for."""

    def __init__(self, py_func):
        self._name = py_func.__qualname__
        self._module = py_func.__module__
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
        path = self._path(sig, target_context.codegen())
        payload = _read(path) if path else None
        if payload is None:
            return None
        try:
            return CompileResultCacheImpl.rebuild(None, target_context, pickle.loads(payload))
        except Exception:
            # Whole but of no use (a foreign build of LLVM, say): as good as damaged.
            path.unlink(missing_ok=True)
            return None

    def save_overload(self, sig, data):
        """Keep a compiled signature."""
        path = self._path(sig, data.codegen)
        if path is None or data.library.has_dynamic_globals:
            return
        _write(path, dumps(CompileResultCacheImpl.reduce(None, data)))

    def _path(self, sig, codegen):
        if not self._enabled or folder() is None:
            return None
        key = repr((self._module, self._name, sig, codegen.magic_tuple()))
        return folder() / f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.nbc"

    def enable(self):
        """Use the cache."""
        self._enabled = True

    def disable(self):
        """Pass the cache by."""
        self._enabled = False

    def flush(self):
        """Delete this kernel's files."""
        for path in folder().glob(f"{self._name}-*.nbc") if folder() else ():
            path.unlink(missing_ok=True)


def _read(path):
    """The payload of a cache file; None where it is missing or damaged (then it is deleted)."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() == checksum:
        return payload
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass
    return None


def _write(path, payload):
    """Put checksum and payload in place in one step; a full or vanished disk only costs speed."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            temporary = file.name
            file.write(hashlib.sha256(payload).digest() + payload)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
