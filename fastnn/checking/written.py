"""Which names the file of a class gives to anything."""

from __future__ import annotations

import ast
import linecache
import re
from functools import cache
from typing import TYPE_CHECKING

from fastnn.checking import probing

if TYPE_CHECKING:
    from typing import Any


def names_set(kind: Any) -> frozenset[str]:
    """All names that are set anywhere in the file that defines a class."""
    return _set_in(_file_of(kind))


def _file_of(kind: Any) -> str:
    codes = [getattr(one, "__code__", None) for one in probing.methods(kind).values()]
    codes.append(getattr(vars(kind).get("__init__"), "__code__", None))
    return next((one.co_filename for one in codes if one is not None), "")


def names_of_module(kind: Any) -> frozenset[str]:
    """The names that its statements give, of which `check` of a file runs a part alone."""
    return _set_in(_file_of(kind), True)


def kept_by(kind: Any) -> set[str]:
    """The attributes that a class's own methods set, of whatever object."""
    return {name for base in kind.__mro__[:-1] for one in vars(base).values()
            for name in probing.sets(getattr(one, "__func__", one))}


@cache
def _set_in(file: str, at_the_top: bool = False) -> frozenset[str]:
    """All names that a file gives to anything: to itself, to objects, to arguments, in words."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return frozenset()
    found: set[str] = set()
    if at_the_top:
        tree.body = [one for one in tree.body if not isinstance(one, (
            ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))]
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(
                r"\w+", node.value):  # setattr(layer, "dweights", ...)
            found.add(node.value)
    return frozenset(found)
