"""One function of two: what ours asks and does, and behind it what theirs does otherwise.

Where anything is not as it was proved their own lines run, in the very frame that was called: what
they raise, and what they warn of, is told as it would be without us.
"""

from __future__ import annotations

import ast
import builtins
import copy
import itertools
import types
from typing import TYPE_CHECKING

from fastnn.adopting.sources import FUTURE, source_of
from fastnn.support.watching import ADOPTED

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.rounds import Round


class Before:
    """Lines that stand before those of a function.

    text: a function of their arguments. Its own names begin with the prefix, those of `values`
    among them, which may be given later; all others are their arguments or Python's own. within:
    the round of a loop whose lines they stand before; of all the function's, else.
    """

    def __init__(self, text: str, prefix: str, values: dict[str, Any],
                 within: Round | None = None) -> None:
        self.text, self.prefix, self.number = text, prefix, next(_numbers)
        self.within = within
        self.cells = {name: types.CellType(value) for name, value in values.items()}
        self.followed: list[str] = []  # names of methods that have to be what they are

    def know(self, last: Any, now: Any) -> None:
        """Rely on another function where it relied on this one."""
        for name in self.followed:
            if self.cells[name].cell_contents is last:
                self.cells[name].cell_contents = now


_numbers = itertools.count()


def merged(theirs: Any, before: list[Before]) -> Any:
    """Their function with these lines before its own, and the cells of their names."""
    node = _bare(theirs)
    arguments = [one.arg for one in [*node.args.args, *node.args.kwonlyargs]]
    cells = dict(zip(theirs.__code__.co_freevars, theirs.__closure__ or ()))
    lines: list[ast.stmt] = []
    rounds: list[tuple[list[ast.stmt], int, list[ast.stmt]]] = []
    for one in before:
        known = [*arguments, one.within.target, *one.within.names] if one.within else arguments
        renaming = _Renaming(one.prefix, one.number, known)
        made: list[ast.stmt] = [
            renaming.visit(line) for line in ast.parse(one.text).body[0].body]  # type: ignore[attr-defined]
        if one.within is None:
            lines += made
        else:
            block = one.within.block(node.body)
            rounds.append((block, one.within.first, [_next_round(line) for line in made]))
        cells |= {renaming.own(name): cell for name, cell in one.cells.items()}
        cells |= {ADOPTED + name: types.CellType(getattr(builtins, name))
                  for name in renaming.builtins}
    for statement in [*lines, *(line for _, _, made in rounds for line in made)]:
        for part in ast.walk(statement):
            if "lineno" in part._attributes:
                part.lineno = part.end_lineno = node.lineno  # type: ignore[attr-defined]
                part.col_offset = part.end_col_offset = 0  # type: ignore[attr-defined]
    for block, first, made in rounds:
        block[first:first] = made
    if ast.get_docstring(node, clean=False) is not None:
        del node.body[0]
    node.body[:0] = lines
    code = _compiled(theirs, node, list(cells))
    return types.FunctionType(code, theirs.__globals__, theirs.__name__, theirs.__defaults__,
                              tuple(cells[name] for name in code.co_freevars))


def _bare(theirs: Any) -> ast.FunctionDef:
    """Its tree, at its own lines: without what is computed where it is defined."""
    node = copy.deepcopy(source_of(theirs))
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    ast.increment_lineno(node, theirs.__code__.co_firstlineno - first)
    a = node.args
    node.decorator_list, node.returns = [], None
    a.defaults = [_none() for _ in a.defaults]
    a.kw_defaults = [one and _none() for one in a.kw_defaults]
    for one in [*a.args, *a.kwonlyargs]:
        one.annotation = None
    for one in filter(None, (a.vararg, a.kwarg)):
        one.annotation = None
    return node


def _next_round(statement: ast.stmt) -> ast.stmt:
    """A statement with `continue` in the place of `return`."""
    class Going(ast.NodeTransformer):
        def visit_Return(self, node: ast.Return) -> ast.stmt:
            return ast.Continue()
    made: ast.stmt = Going().visit(statement)
    return made


def _none() -> ast.expr:
    return ast.Constant(None)


def _compiled(theirs: Any, node: ast.FunctionDef, free: list[str]) -> types.CodeType:
    """Its code, with these names from outside."""
    outer = ast.parse("def outer():\n    pass")
    around = outer.body[0]
    assert isinstance(around, ast.FunctionDef)
    around.args.args = [ast.arg(name) for name in free]
    around.body = [node]
    before = theirs.__code__
    code = compile(ast.fix_missing_locations(outer), before.co_filename, "exec",
                   flags=before.co_flags & FUTURE, dont_inherit=True)
    for _ in range(2):
        code = next(one for one in code.co_consts if isinstance(one, types.CodeType))
    changes: dict[str, Any] = {"co_firstlineno": before.co_firstlineno}
    if hasattr(before, "co_qualname"):
        changes["co_qualname"] = before.co_qualname
    return code.replace(**changes)


class _Renaming(ast.NodeTransformer):
    """Gives the names of ours such as no source has, and finds Python's own among them."""

    def __init__(self, prefix: str, number: int, arguments: list[str]) -> None:
        self._prefix, self._number, self._arguments = prefix, number, arguments
        self.builtins: set[str] = set()

    def own(self, name: str) -> str:
        """A name of these lines: of others before the same function it may be another's."""
        return f"{ADOPTED}{self._number} {name.removeprefix(self._prefix)}"

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """As above."""
        if node.id.startswith(self._prefix):
            node.id = self.own(node.id)
        elif node.id not in self._arguments:
            self.builtins.add(node.id)
            node.id = ADOPTED + node.id
        return node
