"""Which version of the kernels this is: a digest of all that decides what they compile to, which is
the folders of `FOLDERS`. (A user's formula is in the digest of its own kernels.)

The sources are asked of the modules' own loaders, so that a package in a zip, or a tree of compiled
files without sources, has a digest of its own, too. Where not all can be had there is none, and
kernels are not kept: an old one would run in a new version, silently wrong.
"""

import hashlib
import pkgutil
import platform
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from types import CodeType
from typing import Any

import numpy as np

from fastnn.compile import numpy_loops
from fastnn.compile.numpy_blas import BITS
from fastnn.compile.settings import SETTINGS, numba_version

_FASTNN = __name__.partition(".")[0]
# Compiled functions call none that lie outside: `tests/tools/test_house.py` holds them to that.
FOLDERS = (f"{_FASTNN}.compile", f"{_FASTNN}.kernels")


@cache
def digest() -> str | None:
    """Hex digest of all that may change a compiled kernel but its signature and the processor.

    None where the kernels' code cannot be asked for, or is not what was imported any more.
    """
    code = _code_of_all()
    if code is None or code != _IMPORTED:
        return None
    text = hashlib.sha256(code)
    # (Not `platform.platform()`: it starts a process, under a lock that a forked child waits for.)
    versions = (numba_version(), np.__version__, sys.version, sys.platform, platform.machine(),
                getattr(sys.modules.get(_FASTNN), "__version__", None))
    text.update(repr((versions, _switches())).encode())
    return text.hexdigest()[:20]


@cache
def portable_digest() -> str | None:
    """The same, of what counts on another machine too: where kernels are compiled ahead for it."""
    code = _code_of_all()
    if code is None or code != _IMPORTED:
        return None
    text = hashlib.sha256(code)
    versions = (numba_version(), np.__version__.partition(".")[0], sys.implementation.cache_tag,
                sys.platform, platform.machine(),
                getattr(sys.modules.get(_FASTNN), "__version__", None))
    text.update(repr((versions, _switches())).encode())
    return text.hexdigest()[:20]


def _switches() -> tuple[Any, ...]:
    return (SETTINGS.BOUNDSCHECK, SETTINGS.OPT, BITS,
            *map(numpy_loops.is_ours, numpy_loops.NAMES))


def is_current() -> bool:
    """Whether the code on disk is still that which was imported.

    Where a new version was installed meanwhile, what is compiled here is the old one's.
    """
    return _code_of_all() == _IMPORTED


def _code_of_all() -> bytes | None:
    """A digest of the code of the folders' modules; None where not all can be had."""
    modules, text = [_modules(folder) for folder in FOLDERS], hashlib.sha256()
    for name in chain.from_iterable(modules):
        code = code_of(name)
        if code is None:
            return None
        text.update(name.encode() + b"\0" + code + b"\0")
    return text.digest() if all(modules) else None


def _modules(folder: str) -> list[str]:
    """A folder and its modules by their full names; none where the list cannot be whole."""
    start = f"{folder}."
    found = {start + module.name for module in pkgutil.iter_modules(import_module(folder).__path__)}
    loaded = {name for name in list(sys.modules) if name.startswith(start)}
    return [folder, *sorted(found)] if found and loaded <= found else []


def code_of(name: str) -> bytes | None:
    """The source of a module, or all that its compiled code says."""
    loader: Any = getattr(find_spec(name), "loader", None)
    for ask, said in (("get_source", str.encode), ("get_code", _said_by)):
        try:
            found = getattr(loader, ask)(name)
        except Exception:  # loaders differ in what they raise, and in which methods they have
            continue
        if found is not None:
            return said(found)
    return None


def _said_by(code: CodeType) -> bytes:
    """Instructions, names and constants, those of functions inside included, without places."""
    constants = [_said_by(constant) if isinstance(constant, CodeType) else _text(constant)
                 for constant in code.co_consts]
    return repr((code.co_name, code.co_code, constants, code.co_names, code.co_varnames,
                 code.co_freevars, code.co_cellvars, code.co_flags,
                 getattr(code, "co_exceptiontable", b""))).encode()


def _text(constant: Any) -> str:
    """The same in every process: sets have no order of their own."""
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


_IMPORTED = _code_of_all()  # 1 ms; later it may be another version's
