"""Functions that a constructor makes anew for each object, and what they are called with:

    class Sigmoid(Activation):
        def __init__(self):
            def sigmoid(x):
                return 1 / (1 + np.exp(-x))
            def slope(x):
                s = sigmoid(x)
                return s * (1 - s)
            super().__init__(sigmoid, slope)

No two objects have the same function, but all have the same code. What stands for them is a
function with this code that no object has, a pattern; `is_such` says of an object's own whether it
is one of these.
"""

from __future__ import annotations

import ast
import dis
import inspect
import types
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from fastnn.adopting.nodes import Unread
from fastnn.adopting.syntax import walk

if TYPE_CHECKING:
    from typing import Any

_Function = types.FunctionType
_MADE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
         ast.GeneratorExp, ast.ClassDef)  # what has code of its own

patterns: WeakKeyDictionary[Any, ast.FunctionDef] = WeakKeyDictionary()  # with their sources
_known: WeakKeyDictionary[Any, dict[int, Any]] = WeakKeyDictionary()  # of each constructor


def pattern_of(function: Any, body: ast.FunctionDef, node: ast.FunctionDef | ast.Lambda) -> Any:
    """The pattern for what a `def` or a `lambda` within a function makes. Unread.

    body: the function's source, which is what runs.
    """
    known = _known.setdefault(function, {})
    codes = [one for one in function.__code__.co_consts if isinstance(one, types.CodeType)]
    made = _made_in(body)
    number = next((place for place, one in enumerate(made) if one is node), -1)
    if number < 0 or len(made) != len(codes):
        raise Unread("a function within it that is not understood")
    if number not in known:
        known[number] = _pattern(function, body, node, codes[number])
    return known[number]


def _pattern(function: Any, body: ast.FunctionDef, node: ast.FunctionDef | ast.Lambda,
             code: types.CodeType) -> Any:
    arguments = node.args
    name = getattr(node, "name", "<lambda>")
    if arguments.defaults or arguments.kw_defaults or code.co_name != name or (
            isinstance(node, ast.FunctionDef) and node.decorator_list):
        raise Unread("a function within it that is not understood")
    cells = []
    for free in code.co_freevars:  # what it is when the function is called: one thing alone
        made = _made_as(free, body) if _times_set(function.__code__, free) == 1 else None
        if made is None or made is node:
            raise Unread(f"{free} of the function around")
        cells.append(types.CellType(pattern_of(function, body, made)))
    pattern = _Function(code, function.__globals__, name, None, tuple(cells))
    lines: list[ast.stmt] = node.body if isinstance(node, ast.FunctionDef) else [
        ast.copy_location(ast.Return(node.body), node)]
    patterns[pattern] = ast.copy_location(
        ast.FunctionDef(name, arguments, lines, [], None, None), node)
    return pattern


def _made_as(name: str, body: ast.FunctionDef) -> ast.FunctionDef | ast.Lambda | None:
    """The `def` of this name, or the `lambda` that is assigned to it."""
    for one in walk(body):
        if isinstance(one, ast.FunctionDef) and one.name == name and one is not body:
            return one
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Lambda) and len(
                one.targets) == 1 and isinstance(one.targets[0], ast.Name) and (
                one.targets[0].id == name):
            return one.value
    return None


def _made_in(node: ast.AST) -> list[ast.AST]:
    """What has code of its own within a function, in the order of the source."""
    found: list[ast.AST] = []
    for one in ast.iter_child_nodes(node):
        if isinstance(one, _MADE):
            found.append(one)
        else:
            found += _made_in(one)
    return found


def _times_set(code: types.CodeType, name: str) -> int:
    """How often a name that functions within one have in common is set, by any of them, or given.
    """
    arguments = code.co_argcount + code.co_kwonlyargcount + bool(
        code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    found = name in code.co_varnames[:arguments]
    return found + sum(one.opname in ("STORE_DEREF", "DELETE_DEREF") and one.argval == name
                       for one in dis.get_instructions(code)) + sum(
        _times_set(one, name) for one in code.co_consts
        if isinstance(one, types.CodeType) and name in one.co_freevars)


def is_pattern(function: Any) -> bool:
    """Whether it stands for what constructors make."""
    return type(function) is _Function and function in patterns


def is_such(function: Any, value: Any) -> bool:
    """Whether an object's value is what was read: this function, or one that a pattern is of."""
    if value is function:
        return True
    if not is_pattern(function):
        return False
    return _is_of(function, value)


def _is_of(pattern: Any, value: Any) -> bool:
    if type(value) is not _Function or value.__code__ is not pattern.__code__ or (
            value.__defaults__ is not None or value.__kwdefaults__ is not None):
        return False
    if value.__globals__ is not pattern.__globals__:
        return False
    for mine, other in zip(pattern.__closure__ or (), value.__closure__ or ()):
        try:
            held = other.cell_contents
        except ValueError:  # nothing is in it
            return False
        if not _is_of(mine.cell_contents, held):
            return False
    return True
