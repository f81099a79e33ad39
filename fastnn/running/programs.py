"""Somebody's program, run as `python SCRIPT` and `python -m MODULE` run it, in this process.

It is `__main__`, has its own arguments and its own folder first in the path.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple, TypeVar

Rewriting = Callable[[ast.Module, str], ast.Module]  # given the file name, too
_STDIN = "-"  # as Python has it: the program itself stands there


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
    in_cells: bool = False  # of a notebook


def script(path: str) -> Program:
    """A file; a folder, a zip archive with a `__main__` in it, bytecode and what is typed in, "-",
    are run as Python runs them.

    Raises NoProgramError where it cannot be read.
    """
    if path == _STDIN:
        return _typed_in()
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
    is_bytecode = source.startswith(importlib.util.MAGIC_NUMBER)
    loader = (importlib.machinery.SourcelessFileLoader if is_bytecode
              else importlib.machinery.SourceFileLoader)("__main__", whole)
    names = {"__file__": whole, "__cached__": None, "__spec__": None, "__package__": None,
             "__loader__": loader}

    def codes(rewrite: Rewriting | None) -> Iterator[CodeType]:
        code = loader.get_code("__main__") if is_bytecode else compiled(source, whole, rewrite)
        assert code is not None  # a module without a source and without code is an ImportError
        yield code

    return Program(codes, names, str(Path(path).resolve().parent), path)


def _typed_in() -> Program:
    """What stands in the standard input, to its end."""
    source = sys.stdin.buffer.read() if sys.stdin is not None else b""
    names = {"__file__": "<stdin>", "__cached__": None, "__spec__": None, "__package__": None,
             "__loader__": importlib.machinery.BuiltinImporter}
    return Program(lambda rewrite: iter([compiled(source, "<stdin>", rewrite)]), names, "", _STDIN)


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


_Function = TypeVar("_Function", bound=Callable[..., Any])


def as_importlibs(function: _Function) -> _Function:
    """Whatever it raises an `import` shows without its frame, and without importlib's around it."""
    made: Any = function
    made.__code__ = made.__code__.replace(
        co_filename="<frozen importlib._bootstrap>", co_name="_call_with_frames_removed")
    return function


@as_importlibs
def compiled(source: bytes | str, filename: str, rewrite: Rewriting | None) -> CodeType:
    """What Python makes of the text, or of its tree as it is rewritten."""
    if rewrite is None:
        return compile(source, filename, "exec", dont_inherit=True)
    tree: Any = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    return compile(rewrite(tree, filename), filename, "exec", dont_inherit=True)


def becomes_main(program: Program, arguments: list[str]) -> ModuleType:
    """The `__main__` that the program will run in, with sys.argv and sys.path as it finds them."""
    made = ModuleType("__main__")
    if "__annotations__" in vars(sys.modules["__main__"]):  # while Python gives it to each of them
        made.__annotations__ = {}
    made.__dict__.update(__builtins__=builtins, **program.names)
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
