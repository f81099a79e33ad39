"""The source of a function, as a tree: where it is to be had, and where it is what runs."""

from __future__ import annotations

import abc
import ast
import inspect
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from fastnn.adopting.local_functions import is_pattern, patterns
from fastnn.adopting.nodes import Unread
from fastnn.adopting.syntax import moved, placed, walk
from fastnn.support.bodies import found_once

ORIGINAL = "__adopted__"  # the attribute of a method of ours that says it


class Stood(NamedTuple):
    """A method of ours, and what stood in its place."""

    ours: Any
    code: Any  # of ours: somebody may give it another, and nothing of ours is in it then
    theirs: Any
    place: Any  # with the lines that stand before theirs


def original(function: Any) -> Any:
    """Their own function, where ours stands in its place.

    What has been put around ours since may have its attributes (`functools.wraps`), and is not it;
    nor is ours with another code. Of a method that a class inherits from one that was adopted
    before, ours stands in the place of ours.
    """
    while (found := stood(function)) is not None:
        function = found.theirs
    return function


def stood(function: Any) -> Stood | None:
    """What stood in the place of a method of ours; None of others."""
    found = getattr(function, ORIGINAL, None)
    return found if type(found) is Stood and found.ours is function and (
        function.__code__ is found.code) else None


def source_of(function: Any, *, generators: bool = False) -> ast.FunctionDef:
    """The source of a function, where what runs is what stands there; its lines are counted from
    that of `def`, as 1. Unread. generators: whether it may be one.
    """
    function = original(function)
    if is_pattern(function):
        return patterns[function]
    found: ast.FunctionDef = _source_of(function)
    if function.__code__.co_flags & (_SUSPENDED & ~inspect.CO_GENERATOR if generators else
                                     _SUSPENDED):
        raise Unread(f"{function.__name__} is a generator or a coroutine")
    return found


@found_once
def _source_of(function: Any) -> ast.FunctionDef:
    if not isinstance(function, types.FunctionType):
        raise Unread(f"{getattr(function, '__name__', 'it')} is not a plain function")
    if hasattr(function, "__wrapped__"):
        raise Unread(f"{function.__name__} is decorated")
    try:
        node = _parsed(function, _short_source)
        is_it = _is_def(node, function) and _same_code(node, function)
    except Unread:
        is_it = False
    if not is_it:
        node = _parsed(function, inspect.getsource)
    if not _is_def(node, function):
        raise Unread(f"{function.__name__} is not a plain function")
    if any(not _is_plain_decorator(one, function) for one in node.decorator_list):
        raise Unread(f"{function.__name__} is decorated")
    if _LOOPS in function.__code__.co_consts:
        raise Unread(f"{function.__name__} has a training loop, which is looked at by itself")
    if not is_it and not _same_code(node, function):
        raise Unread(f"the source of {function.__name__} is not what runs")
    return moved(node, 1 - node.lineno)


def _parsed(function: types.FunctionType, text_of: Callable[[Any], str]) -> Any:
    """The tree of its source. Unread where there is none."""
    try:
        text = text_of(function)
        if text[:1].isspace():  # not dedented: that would change strings of several lines
            text = f"if True:\n{text}"
        tree: Any = ast.parse(text)
    except (OSError, SyntaxError, TypeError, ValueError, IndexError):
        raise Unread(f"the source of {function.__name__} is not to be had") from None
    return tree.body[0].body[0] if isinstance(tree.body[0], ast.If) else tree.body[0]


def _is_def(node: Any, function: types.FunctionType) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == function.__name__


def _short_source(function: types.FunctionType) -> str:
    """The lines up to the first that is indented no further, where `inspect.getsource` has every
    word looked at. (Of a string whose lines begin at the margin it is not all: what runs tells.)
    """
    lines, start = inspect.findsource(function)
    indent, is_within = len(lines[start]) - len(lines[start].lstrip()), False
    for number in range(start, len(lines)):
        line = lines[number].lstrip()
        if is_within and line and line[0] != "#" and len(lines[number]) - len(line) <= indent:
            return "".join(lines[start:number])
        is_within = is_within or line.startswith(("def ", "async "))
    return "".join(lines[start:])


def _is_plain_decorator(node: ast.expr, function: types.FunctionType) -> bool:
    """Whether a decorator has left the function what it is: @abstractmethod does no more than mark
    it, and derived classes call such methods of their bases with super().
    """
    if isinstance(node, ast.Name) and node.id in ("staticmethod", "property"):
        return True
    names = function.__globals__
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return names.get(node.value.id) is abc and node.attr == "abstractmethod"
    return isinstance(node, ast.Name) and names.get(node.id) is abc.abstractmethod


def _same_code(node: ast.FunctionDef, function: types.FunctionType) -> bool:
    """Whether the text gives this code: files change after they were read."""
    bare = ast.FunctionDef(**{name: getattr(node, name) for name in node._fields})
    bare.decorator_list = []
    ast.copy_location(bare, node)
    whole = ast.Module([bare], [])
    if function.__closure__:  # super() without arguments, and what else is around
        names = function.__code__.co_freevars
        outer = ast.parse(f"def _outer({', '.join(names)}):\n    pass").body[0]
        assert isinstance(outer, ast.FunctionDef)
        outer.body = [bare]
        whole = ast.Module([outer], [])
    flags = function.__code__.co_flags & FUTURE
    # Methods of what a module has imported are called by other instructions.
    for imported in (_imported(function), []):
        module = ast.Module([*imported, *whole.body], [])
        try:
            code = compile(module, "<read>", "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        for _ in range(2 if function.__closure__ else 1):
            code = next((one for one in code.co_consts if isinstance(one, types.CodeType)), code)
        if _bare(code) == _bare(function.__code__):
            return True
    return False


def _imported(function: types.FunctionType) -> list[ast.stmt]:
    names, here = function.__globals__, function.__module__
    return [placed(ast.Import([ast.alias(name)]), 1) for name in _looked_up(function.__code__)
            if name in names and (isinstance(names[name], types.ModuleType)
                 or getattr(names[name], "__module__", here) != here)]


def _looked_up(code: types.CodeType) -> list[str]:
    """The names that code looks up, and what is within it."""
    found = list(code.co_names)
    for one in code.co_consts:
        found += _looked_up(one) if isinstance(one, types.CodeType) else []
    return list(dict.fromkeys(found))


_LOOPS = "fastnn.running.loops"  # what a loop is given in a program that `run` runs
_SUSPENDED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
FUTURE = 0x1000000 | 0x20000  # annotations, and the old division's way


def _bare(code: types.CodeType) -> Any:
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars,
            tuple((type(one), _bare(one) if isinstance(one, types.CodeType) else repr(one))
                  for one in code.co_consts))


def plain_arguments(node: ast.FunctionDef) -> list[str]:
    """The names of a function's arguments. Unread where it takes any number of them."""
    a = node.args
    if a.vararg or a.kwarg or a.posonlyargs:
        raise Unread(f"{node.name} takes any number of arguments")
    return [one.arg for one in [*a.args, *a.kwonlyargs]]


def defaults_of(function: Any) -> dict[str, Any]:
    """The arguments that a function has defaults for, by its code: signatures can say otherwise."""
    code = function.__code__
    positional = code.co_varnames[:code.co_argcount]
    values = function.__defaults__ or ()
    found = dict(zip(positional[len(positional) - len(values):], values))
    return found | (function.__kwdefaults__ or {})


def declared(function: Any) -> tuple[str, ...]:
    """The names that a function declares to be others' than its own."""
    return _declared(source_of(function))


@lru_cache(2048)
def _declared(node: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(name for one in walk(node)
                 if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names)


@lru_cache(2048)
def looks_within(node: ast.FunctionDef) -> bool:
    """Whether a function asks which names it has: `raise ValueError(locals())`."""
    for one in walk(node):
        if isinstance(one, ast.Attribute) and one.attr in ("_getframe", "currentframe"):
            return True
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and (
                one.func.id in ("locals", "eval", "exec")
                or one.func.id in ("vars", "dir") and not one.args):
            return True
    return False
