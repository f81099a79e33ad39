"""The modules that a program brings along: their classes are adopted as its own are.

These are the modules in its folder, in folders that it has put into sys.path itself, and in those
of the path that hold its folder (a project's, which PYTHONPATH or an editor has put there), but for
installed packages and Python's own. They are found and run as Python does it,
with a tree in which the adopting has its places; such a tree is never kept as bytecode.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from fastnn.running.programs import Rewriting, as_importlibs, compiled

_INSTALLED = {"site-packages", "dist-packages"}
_PYTHONS = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}


class _Loader(SourceFileLoader):
    """Python's own, but for the tree."""

    rewriting: list[Rewriting]  # the one, which no class takes for a method

    @as_importlibs
    def source_to_code(self, data: Any, path: Any, **options: Any) -> CodeType:  # type: ignore[override]
        """The module's code, with the places in it."""
        return compiled(data, os.fspath(path), self.rewriting[0])

    def path_stats(self, path: str) -> Any:
        """Nothing: whoever does not know how old a file is neither reads bytecode nor writes it."""
        raise OSError(f"bytecode of {path} would be without the adopting")


class Finder(MetaPathFinder):
    """Python's PathFinder, with our loader for what is the program's own."""

    def __init__(self, place: str, rewriting: Rewriting) -> None:
        self._before = set(sys.path)
        self._own_places = {place, *(one for one in self._before if _holds(one, place))}
        self._rewriting = rewriting
        self._own: set[str] = set()  # names of modules and packages at the top

    def find_spec(self, name: str, path: Sequence[str] | None,
                  target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec with our loader; None where the other finders are to look."""
        top = name.partition(".")[0]
        if top == __name__.partition(".")[0] or (path is not None and top not in self._own):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or (path is None and not self._is_own(spec)):
            return None
        self._own.add(top)
        if type(spec.loader) is SourceFileLoader:
            loader = _Loader(spec.loader.name, spec.loader.path)
            loader.rewriting = [self._rewriting]
            spec.loader = loader
        return spec

    def _is_own(self, spec: ModuleSpec) -> bool:
        """Whether Python has found it in a folder that is the program's."""
        places = [place for place in sys.path if isinstance(place, str) and (
            place in self._own_places or place not in self._before)]
        places = [place for place in places if _INSTALLED.isdisjoint(place.split(os.sep))]
        there = PathFinder.find_spec(spec.name, places)
        return there is not None and there.origin == spec.origin


def _holds(folder: str, place: str) -> bool:
    """Whether a folder of the path holds the program's, however far down; never Python's own."""
    whole = os.path.realpath(folder)
    return whole not in _PYTHONS and Path(place).is_relative_to(whole)


@contextmanager
def found(finder: Finder) -> Iterator[None]:
    """The finder is asked where Python's PathFinder would be, and before it."""
    at = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else len(sys.meta_path)
    sys.meta_path.insert(at, finder)
    try:
        yield
    finally:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
