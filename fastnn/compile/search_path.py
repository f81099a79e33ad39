"""Where a process of ours looks for what it imports: nowhere that this program would not have; and
where this one looks for what is imported late.

A folder that came into sys.path after fastnn, or the one that "" happens to stand for now, may have
a module named signal: a helper that began there would run it. So the standard library comes
first, then the folders that the packages were really taken from, then what else was there when
fastnn was imported.
"""

import os
import sys
import sysconfig
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from threading import get_ident
from typing import Any

_AT_IMPORT = [os.path.abspath(place) for place in sys.path if isinstance(place, str) and place]
_NEEDED = ("numpy", "llvmlite", "numba", "scipy", "platformdirs", "nnfs")
_LATE = {name: find_spec(name) for name in ("llvmlite", "numba")}  # by the first who needs them


def search_path() -> list[str]:
    """What sys.path is to be there."""
    stdlib = [os.path.abspath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib")]
    zipped = [place for place in _AT_IMPORT if place.endswith(".zip")]
    dynamic = [place for place in _AT_IMPORT if os.path.basename(place) in ("lib-dynload", "DLLs")]
    taken = [_folder_of(name) for name in (__name__.partition(".")[0], *_NEEDED)]
    every = [*stdlib, *dynamic, *filter(None, taken), *zipped, *_AT_IMPORT]
    return list(dict.fromkeys(every))


def _folder_of(name: str) -> str | None:
    """That this package lies in, if it was imported."""
    spec = getattr(sys.modules.get(name), "__spec__", None) or _LATE.get(name)
    origin = getattr(spec, "origin", None)
    return os.path.dirname(os.path.dirname(os.path.abspath(origin))) if origin else None


def places_of(name: str) -> list[str]:
    """The folders of a package that is imported late."""
    return list(getattr(_LATE[name], "submodule_search_locations", None) or ())


def imported(name: str) -> Any:
    """A module that is imported late, with all that it imports from where that was when fastnn was
    imported: no module that happens to be called numba comes into its place.
    """
    if name in sys.modules:
        return import_module(name)  # it may be half imported, by another thread
    finder = _AsThen(search_path())
    sys.meta_path.insert(0, finder)
    try:
        return import_module(name)
    finally:
        sys.meta_path.remove(finder)


class _AsThen:
    """A finder of modules for this thread's imports, in these folders alone: what a package would
    like to have, and is not there (yaml, colorama), is in no folder that came later, either.
    """

    def __init__(self, places: list[str]) -> None:
        self._places, self._thread = places, get_ident()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """As `sys.meta_path` wants it; of what lies in a package nothing."""
        if path is not None or get_ident() != self._thread:
            return None
        for finder in sys.meta_path:
            ask = getattr(finder, "find_spec", None)
            if ask is not None and finder is not self and finder is not PathFinder:
                found = ask(name, None, target)
                if found is not None:
                    return found
        found = PathFinder.find_spec(name, self._places, target)
        if found is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return found
