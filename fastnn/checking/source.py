"""A file of somebody's: its definitions, and nothing else of it.

Kept are imports that the definitions use, functions, classes, and names for constants. Calls at the
top level, loops and tests are dropped, so no training runs. A notebook's cells are one program;
IPython's magics are taken out, and a cell that is no Python is passed over.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastnn.checking.raised import Raised
from fastnn.support import notebooks

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

MODULE = "__checked__"
# What may be called for a constant: it makes a value and does nothing else.
_VALUES = {"array", "float32", "float64", "int32", "int64", "finfo", "default_rng", "RandomState",
           "log", "sqrt", "exp", "namedtuple", "TypeVar", "float", "int", "NewType"}
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class CannotRead(ValueError):
    """There is no such file, or it is neither Python nor a notebook."""


@dataclass
class Source:
    """A program's text and what is kept of it."""

    path: str
    text: str
    body: list[ast.stmt] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def defined(self) -> dict[str, int]:
        """The classes and functions with their lines, the last of each name."""
        return {node.name: node.lineno for node in self.body if isinstance(node, _DEFINITIONS)}


def read(path: Path) -> Source:
    """The definitions of a file; CannotRead."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{path} cannot be read: it is no text in UTF-8") from None
    made = Source(str(path), text)
    if path.suffix == ".ipynb":
        made.text, tree = _notebook(text, made)
    else:
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise CannotRead(f"{path} is no Python: {error.msg}, line {error.lineno}") from None
        except ValueError as error:
            raise CannotRead(f"{path} is no Python: {error}") from None
        except (RecursionError, MemoryError):
            raise CannotRead(f"{path} is no Python: it is nested too deep") from None
    made.body = _kept(tree)
    if not made.defined():
        raise CannotRead(f"{path} defines no class and no function: there is nothing to check")
    return made


def _notebook(text: str, made: Source) -> tuple[str, ast.Module]:
    try:
        cells = notebooks.code_cells(text)
    except notebooks.NotANotebook:
        raise CannotRead(f"{made.path} is no notebook") from None
    parts = []
    for cell in cells:
        try:
            ast.parse(cell.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            made.remarks.append(f"cell {cell.number} is no Python ({error}), and was passed over")
            parts.append("\n" * cell.text.count("\n"))
        else:
            parts.append(cell.text)
    whole = "\n".join(parts) + "\n"
    return whole, ast.parse(whole)


def _kept(tree: ast.Module) -> list[ast.stmt]:
    own = frozenset(node.name for node in tree.body if isinstance(node, _DEFINITIONS))
    body = [node for node in tree.body if _is_definition(node, own)]
    used = {node.id for one in body if not isinstance(one, (ast.Import, ast.ImportFrom))
            for node in ast.walk(one) if isinstance(node, ast.Name)}
    made: list[ast.stmt] = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            node.names = [alias for alias in node.names if alias.name == "*" or (
                alias.asname or alias.name.partition(".")[0]) in used]
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if not node.names or future:
                continue
        elif isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if not isinstance(one, ast.Expr)
                         or isinstance(one.value, ast.Constant)]
            node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        made.append(node)
    return made


def _is_definition(node: ast.stmt, own: frozenset[str]) -> bool:
    """What is kept; `own` are the names of what the file defines, which is not called."""
    if isinstance(node, (*_DEFINITIONS, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return node.value is not None and _is_constant(node.value, own) and all(
            isinstance(one, (ast.Name, ast.Tuple)) for one in targets)
    if isinstance(node, ast.Try):  # an import, or another where there is none
        inner = [*node.body, *node.orelse, *(one for part in node.handlers for one in part.body)]
        return any(isinstance(one, (ast.Import, ast.ImportFrom)) for one in node.body) and all(
            isinstance(one, ast.Pass) or _is_definition(one, own) for one in inner)
    return False


def _is_constant(node: ast.expr, own: frozenset[str]) -> bool:
    """Numbers, names, and what is made of them without a call, or by one that only makes a value:
    `log` may be a function of the file, which does anything.
    """
    if isinstance(node, ast.Call):
        named = node.func.attr if isinstance(node.func, ast.Attribute) else (
            node.func.id if isinstance(node.func, ast.Name) else "")
        return named in _VALUES and not own & {
            one.id for one in ast.walk(node.func) if isinstance(one, ast.Name)} and all(
            _is_constant(one, own) for one in [*node.args, *(word.value for word in node.keywords)])
    if isinstance(node, (ast.Constant, ast.Name, ast.Lambda)):
        return True
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp,
                         ast.Attribute, ast.Subscript, ast.Slice)):
        return all(_is_constant(one, own) for one in ast.iter_child_nodes(node)
                   if isinstance(one, ast.expr))
    return False


class Missing:
    """In the place of a library that is not there: an error where it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise ImportError(f"{self._name} is not installed here")

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """It is not there to be called."""
        raise ImportError(f"{self._name} is not installed here")


def load(source: Source) -> tuple[dict[str, Any], dict[str, Raised]]:
    """Run the definitions: the module's names, and what could not be defined."""
    module = types.ModuleType(MODULE)
    module.__file__ = source.path if source.path.endswith(".py") else f"<{source.path}>"
    sys.modules[MODULE] = module
    lines = source.text.splitlines(keepends=True)
    linecache.cache[module.__file__] = (len(source.text), None, lines, module.__file__)
    sys.path.insert(0, os.path.dirname(os.path.abspath(source.path)))
    names, failed = vars(module), {}
    for node in source.body:
        code = compile(ast.Module([node], []), module.__file__, "exec", dont_inherit=True)
        try:
            exec(code, names)
        except (Exception, SystemExit) as error:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    names.setdefault(name, Missing(alias.name))
            elif isinstance(node, _DEFINITIONS):
                failed[node.name] = Raised(error)
    return names, failed
