"""One function of two: what ours asks and does, and behind it what theirs does otherwise.

Where anything is not as it was proved their own lines run, in the very frame that was called: what
they raise, and what they warn of, is told as it would be without us.

What our lines need is held by one of the code's constants, not by cells: so a function may be given
another's code, as without these lines (IPython's autoreload does it with whatever was edited).
"""

from __future__ import annotations

import ast
import builtins
import itertools
import types
from typing import TYPE_CHECKING

from fastnn.adopting.sources import FUTURE, source_of
from fastnn.adopting.syntax import copied, placed
from fastnn.support.watching import ADOPTED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from fastnn.adopting.rounds import Round


CODE = "_code"  # behind the name of a function: that of its code


class Values:
    """A constant of a code that holds what cannot be one: codes and their constants have hashes."""

    __slots__ = ("all",)

    def __init__(self, values: Iterable[Any]) -> None:
        self.all = list(values)


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
        self._places = {name: place for place, name in enumerate(values)}
        self._values = Values(values.values())
        self.followed: list[str] = []  # names of methods that have to be what they are

    def value(self, name: str) -> Any:
        """What one of its names stands for."""
        return self._values.all[self._places[name]]

    def give(self, name: str, value: Any) -> None:
        """Let a name stand for this from now on."""
        self._values.all[self._places[name]] = value

    def know(self, last: Any, now: Any) -> None:
        """Rely on another function where it relied on this one."""
        for name in self.followed:
            if self.value(name) is last:
                self.follow(name, now)

    def let_go(self) -> None:
        """Keep nothing, as these lines stand nowhere any more: Python's collector does not look
        into a code's constants, and what they have in a circle would stay for ever.

        Who has the function still finds that no object is of the class that is asked for; but the
        lines of an inherited method need it to go on with.
        """
        if not any(name.endswith("super") for name in self._places):
            self._values.all[:len(self._places)] = [None] * len(self._places)

    def follow(self, name: str, function: Any) -> None:
        """Rely on this function, as it is."""
        self.give(name, function)
        self.give(name + CODE, function.__code__)

    def held(self, renaming: _Renaming) -> tuple[ast.stmt, str, Values]:
        """The line that gives all its names what they stand for; what stands there for a constant;
        and that constant.
        """
        builtin = sorted(renaming.builtins)
        self._values.all[len(self._places):] = [getattr(builtins, name) for name in builtin]
        names = [*map(renaming.own, self._places), *(ADOPTED + name for name in builtin)]
        target = ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())
        constant = f"\0{ADOPTED}{self.number}"  # as no source has it
        return (ast.Assign([target], ast.Attribute(ast.Constant(constant), "all", ast.Load())),
                constant, self._values)


_numbers = itertools.count()


def merged(theirs: Any, before: list[Before]) -> Any:
    """Their function with these lines before its own, and the cells of their names."""
    node = _bare(theirs)
    arguments = [one.arg for one in [*node.args.args, *node.args.kwonlyargs]]
    lines: list[ast.stmt] = []
    constants: dict[str, Any] = {}
    rounds: list[tuple[list[ast.stmt], int, list[ast.stmt]]] = []
    for one in before:
        known = [*arguments, one.within.target, *one.within.names] if one.within else arguments
        renaming = _Renaming(one.prefix, one.number, known)
        made: list[ast.stmt] = [
            renaming.visit(line) for line in ast.parse(one.text).body[0].body]  # type: ignore[attr-defined]
        naming, constant, constants[constant] = one.held(renaming)
        if one.within is None:
            lines += [naming, *made]
        else:
            block = one.within.block(node.body)
            rounds.append((block, one.within.first, [
                naming, *(_next_round(line) for line in made)]))
    for statement in [*lines, *(line for _, _, made in rounds for line in made)]:
        placed(statement, node.lineno)
    for block, first, made in rounds:
        block[first:first] = made
    if ast.get_docstring(node, clean=False) is not None:
        del node.body[0]
    node.body[:0] = lines
    cells = dict(zip(theirs.__code__.co_freevars, theirs.__closure__ or ()))
    code = _compiled(theirs, node, list(cells))
    code = code.replace(co_consts=tuple(
        constants.get(one, one) if type(one) is str else one for one in code.co_consts))
    return types.FunctionType(code, theirs.__globals__, theirs.__name__, theirs.__defaults__,
                              tuple(cells[name] for name in code.co_freevars) or None)


def _bare(theirs: Any) -> ast.FunctionDef:
    """Its tree, at its own lines: without what is computed where it is defined."""
    source = source_of(theirs)
    first = min([source.lineno, *(one.lineno for one in source.decorator_list)])
    node = copied(source, theirs.__code__.co_firstlineno - first)
    a = node.args
    node.decorator_list, node.returns = [], None
    a.defaults = [placed(ast.Constant(None), node.lineno) for _ in a.defaults]
    a.kw_defaults = [one and placed(ast.Constant(None), node.lineno) for one in a.kw_defaults]
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


def _compiled(theirs: Any, node: ast.FunctionDef, free: list[str]) -> types.CodeType:
    """Its code, with these names from outside."""
    outer = ast.parse("def outer():\n    pass")
    around = outer.body[0]
    assert isinstance(around, ast.FunctionDef)
    around.args.args = [placed(ast.arg(name), 1) for name in free]
    around.body = [node]
    before = theirs.__code__
    code = compile(outer, before.co_filename, "exec",
                   flags=before.co_flags & FUTURE, dont_inherit=True)
    for _ in range(2):
        code = next(one for one in code.co_consts if isinstance(one, types.CodeType))
    changes: dict[str, Any] = {"co_firstlineno": before.co_firstlineno,
                               "co_flags": before.co_flags}
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
