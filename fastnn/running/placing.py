"""Where in a program its classes are adopted: before the first statement that could use one.

Never earlier: a class may use what is defined after it, and its methods are read as they will run.
A statement could use a class where it names it, or a function or class of the program that does,
however far down, or looks names up itself. (Whoever finds a class otherwise has it plain until
then.) The rest of the tree is the program's own, and so are its line numbers: what is put in is one
expression statement, on the line of the statement behind it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

CALLED = "__fastnn_adopt__"  # among the builtins, where it is in nobody's `globals()`
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LOOKING = {"eval", "exec", "globals", "locals", "vars"}  # may find a class without its name
_BODIES = ("body", "orelse", "finalbody")


class Places:
    """Of one program, or of one notebook: classes of a cell may first be used in a later one."""

    def __init__(self) -> None:
        self.waiting: list[str] = []  # classes that no statement has used yet
        self._uses: dict[str, set[str]] = {}  # of each function and class: the names in it

    def placed(self, tree: ast.Module) -> ast.Module:
        """The tree with the calls in it."""
        tree.body = self._body(tree.body)
        return tree

    def ended(self, tree: ast.Module) -> ast.Module:
        """The same, and nothing follows: what nobody used is adopted as well."""
        tree = self.placed(tree)
        if self.waiting:
            tree.body.append(self._call(tree.body[-1]))
        return tree

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for node in body:
            self._note(node)
            if not _is_definition(node) and self._could_use(node):
                made.append(self._call(node))
            for inner in _bodies(node):
                inner[:] = self._body(inner)
            made.append(node)
        return made

    def _note(self, node: ast.stmt) -> None:
        """What a definition names; a class waits from here on."""
        if isinstance(node, _DEFINITIONS):
            self._uses[node.name] = _names(node)
            if isinstance(node, ast.ClassDef) and node.name not in self.waiting:
                self.waiting.append(node.name)
        elif isinstance(node, ast.Assign) and _is_definition(node):  # f = lambda x: Dense(x)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._uses[target.id] = _names(node.value)

    def _could_use(self, node: ast.stmt) -> bool:
        waiting = set(self.waiting)
        open_, met = _names(node), set()
        while waiting and open_:
            if open_ & (waiting | _LOOKING):
                return True
            met |= open_
            open_ = set().union(*(self._uses.get(name, ()) for name in open_)) - met
        return False

    def _call(self, node: ast.stmt) -> ast.stmt:
        names: list[ast.expr] = [ast.Constant(name) for name in self.waiting]
        self.waiting.clear()
        made = ast.Expr(ast.Call(ast.Name(CALLED, ast.Load()), names, []))
        for part in ast.walk(made):
            ast.copy_location(part, node)
        return made


def _bodies(node: ast.stmt) -> Iterable[list[ast.stmt]]:
    """The blocks of a compound statement, which run in the scope it stands in."""
    if isinstance(node, _DEFINITIONS):
        return []
    found = [getattr(node, name, None) for name in _BODIES]
    found += [part.body for part in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]]
    return [block for block in found if block]


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_definition(node: ast.stmt) -> bool:
    """What gives names to things and computes nothing with them: `Dense.backward = backward`."""
    if isinstance(node, (*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Delete)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return isinstance(node.value, (ast.Name, ast.Constant, ast.Lambda, type(None)))
    blocks = list(_bodies(node))
    return bool(blocks) and isinstance(node, (ast.If, ast.Try)) and all(
        _is_definition(one) or isinstance(one, ast.Pass) for block in blocks for one in block) and (
            not isinstance(node, ast.If) or not any(
                isinstance(part, ast.Call) for part in ast.walk(node.test)))
