"""Somebody's program, run as `python SCRIPT` and `python -m MODULE` run it, in this process.

It is `__main__`, has its own arguments and its own folder first in the path; what it raises is
shown without our frames, and its exit status is Python's.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class NoProgramError(Exception):
    """There is nothing to run; the sentence says why."""


class Program(NamedTuple):
    """What `__main__` is to be."""

    code: Callable[[], CodeType | None]  # compiles: what is wrong there is the program's own error
    names: dict[str, Any]  # what Python sets in `__main__`
    place: str  # first in the path
    argument: str  # the first of sys.argv


def script(path: str) -> Program:
    """A file; a folder or a zip archive with a `__main__` in it is run as Python runs it.

    Raises NoProgramError where it cannot be read.
    """
    if pkgutil.get_importer(path) is not None:  # of a plain file there is none
        spec = importlib.machinery.PathFinder.find_spec("__main__", [os.path.abspath(path)])
        if spec is None:
            raise NoProgramError(f"{path} has no __main__.py to run")
        return _of_spec(spec, os.path.abspath(path), path)
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise NoProgramError(f"{path} cannot be read: {error.strerror}") from None
    whole = os.path.abspath(path)
    names = {"__file__": whole, "__cached__": None, "__spec__": None, "__package__": None}
    return Program(lambda: compile(source, whole, "exec", dont_inherit=True), names,
                   str(Path(path).resolve().parent), path)


def module(name: str) -> Program:
    """A module by its name; of a package its `__main__`.

    Its parents are imported to find it. Raises NoProgramError where it is not found.
    """
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                raise NoProgramError(f"{name} is a package without a __main__, and cannot be run")
    except (ImportError, AttributeError, ValueError) as error:
        raise NoProgramError(f"no module {name} can be run: {error}") from None
    if spec is None:
        raise NoProgramError(f"there is no module {name}")
    return _of_spec(spec, os.getcwd(), spec.origin or name)


def _of_spec(spec: importlib.machinery.ModuleSpec, place: str, argument: str) -> Program:
    loader: Any = spec.loader
    if spec.origin == "built-in" or not hasattr(loader, "get_code"):
        raise NoProgramError(f"{spec.name} has no code that can be run")
    names = {"__file__": spec.origin, "__cached__": spec.cached, "__spec__": spec,
             "__loader__": loader, "__package__": spec.parent}
    return Program(lambda: loader.get_code(spec.name), names, place, argument)


@contextmanager
def as_main(program: Program, arguments: list[str]) -> Iterator[ModuleType]:
    """The `__main__` that the program will run in, with sys.argv and sys.path as it finds them."""
    made = ModuleType("__main__")
    made.__dict__.update(program.names, __builtins__=builtins)
    before = sys.argv, sys.path[:], sys.modules["__main__"]
    sys.argv = [program.argument, *arguments]
    if not getattr(sys.flags, "safe_path", False):  # else the first is nobody's folder
        sys.path[:] = [program.place, *sys.path[1:]]
    sys.modules["__main__"] = made
    try:
        yield made
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before


def status(program: Program, names: dict[str, Any]) -> int:
    """Run it and give its exit status; what it raises is shown as Python would."""
    try:
        code = program.code()
        if code is None:
            raise ImportError(f"there is no code in {program.argument}")
        exec(code, names)
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, _own_frames(error, program))
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _own_frames(error: BaseException, program: Program) -> Any:
    """The traceback from the program on: without this file, and where it does not compile without
    what reads it.
    """
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") != "__main__":
        frames = frames.tb_next
    error.__traceback__ = frames
    return frames
