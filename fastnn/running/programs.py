"""Somebody's program, run as `python SCRIPT` and `python -m MODULE` run it, in this process.

It is `__main__`, has its own arguments and its own folder first in the path; what it raises is
shown without our frames, and its exit status is Python's.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.util
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple

Rewriting = Callable[[ast.Module, str], ast.Module]  # given the file name, too
_HERE = os.path.dirname(os.path.abspath(__file__))


class NoProgramError(Exception):
    """There is nothing to run; the sentence says why."""


class Program(NamedTuple):
    """What `__main__` is to be."""

    # Compiles, the tree rewritten if that is asked for: what is wrong there is the program's own
    # error. One after the other, for a notebook's cells.
    codes: Callable[[Rewriting | None], Iterator[CodeType]]
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
    return Program(lambda rewrite: iter([compiled(source, whole, rewrite)]), names,
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

    def codes(rewrite: Rewriting | None) -> Iterator[CodeType]:
        source = loader.get_source(spec.name) if rewrite and hasattr(loader, "get_source") else None
        code = (loader.get_code(spec.name) if source is None
                else compiled(source, spec.origin or spec.name, rewrite))
        if code is None:
            raise ImportError(f"there is no code in {argument}")
        yield code

    names = {"__file__": spec.origin, "__cached__": spec.cached, "__spec__": spec,
             "__loader__": loader, "__package__": spec.parent}
    return Program(codes, names, place, argument)


def compiled(source: bytes | str, filename: str, rewrite: Rewriting | None) -> CodeType:
    """What Python makes of the text, or of its tree as it is rewritten."""
    if rewrite is None:
        return compile(source, filename, "exec", dont_inherit=True)
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    return compile(rewrite(tree, filename), filename, "exec", dont_inherit=True)


def becomes_main(program: Program, arguments: list[str]) -> ModuleType:
    """The `__main__` that the program will run in, with sys.argv and sys.path as it finds them."""
    made = ModuleType("__main__")
    made.__dict__.update(program.names, __builtins__=builtins)
    if "__annotations__" in vars(sys.modules["__main__"]):  # while Python gives it to each of them
        made.__annotations__ = {}
    sys.argv = [program.argument, *arguments]
    if not getattr(sys.flags, "safe_path", False):  # else the first is nobody's folder
        sys.path[:] = [program.place, *sys.path[1:]]
    sys.modules["__main__"] = made
    return made


@contextmanager
def as_main(program: Program, arguments: list[str]) -> Iterator[ModuleType]:
    """The same for a while."""
    before = sys.argv, sys.path[:], sys.modules["__main__"]
    try:
        yield becomes_main(program, arguments)
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before


def status(program: Program, names: dict[str, Any], rewrite: Rewriting | None = None,
           told: Callable[[BaseException], None] | None = None) -> int:
    """Run it and give its exit status; what it raises is shown as Python would.

    told: is handed what ended the program before its end.
    """
    try:
        for code in program.codes(rewrite):
            exec(code, names)
    except SystemExit as stop:
        if told is not None:
            told(stop)
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    except BaseException as error:
        if told is not None:
            told(error)
        _show(error, "__file__" not in program.names)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _show(error: BaseException, of_cells: bool) -> None:
    """As Python shows it; of cells, which are no files, it would show no lines before 3.13."""
    trace = _own_frames(error)
    if of_cells and sys.excepthook is sys.__excepthook__:
        traceback.print_exception(type(error), error, trace)
    else:
        sys.excepthook(type(error), error, trace)


def _own_frames(error: BaseException) -> TracebackType | None:
    """The traceback from the program on: without these files, and where it does not compile
    without what reads it.
    """
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") != "__main__":
        frames = frames.tb_next
    last = frames
    while last is not None and last.tb_next is not None:
        file = last.tb_next.tb_frame.f_code.co_filename
        # What compiles a module of its own, or hands a loop's turns out.
        if file.startswith(_HERE + os.sep):
            last.tb_next = last.tb_next.tb_next
        else:
            last = last.tb_next
    error.__traceback__ = frames
    return frames
