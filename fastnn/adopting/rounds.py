"""Methods that go over layers, `for layer in layers:`, whose rounds are what is compared.

Such a method is read as one of a layer: what it does in each round, and there ours stands, before
the lines of the round and within the loop. All else of the method stays theirs, with what comes
before the round's work: `if not hasattr(layer, "weights"): continue`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from fastnn.adopting.nodes import Unread
from fastnn.adopting.syntax import walk

_SUSPENDING = (ast.Break, ast.Continue, ast.Return, ast.Yield, ast.YieldFrom, ast.Await)
_LOOKING = frozenset(("locals", "vars", "dir", "eval", "exec"))  # at names of the method
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Round:
    """Where in a method a round's work stands.

    path: of the statements that lead there, the last of each block: the loop, and conditions in
    it. first: the first statement of the work, in the innermost. target: the loop's variable;
    names: those that are set elsewhere in the method; own: those that the work sets.
    """

    path: tuple[int, ...]
    first: int
    target: str
    names: tuple[str, ...]
    own: tuple[str, ...]

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of the innermost block."""
        for place in self.path:
            body = body[place].body  # type: ignore[attr-defined]
        return body

    def work(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of the work."""
        return self.block(body)[self.first:]


def round_of(node: ast.FunctionDef) -> Round:
    """The round of a method's only loop. Unread where it has none that is known."""
    loops = [place for place, one in enumerate(node.body) if isinstance(one, ast.For)]
    if len(loops) != 1 or not node.args.args or node.args.posonlyargs or any(
            isinstance(one, _SCOPES) or isinstance(one, ast.Name) and one.id in _LOOKING
            for part in node.body for one in walk(part)):
        raise Unread("a loop that is not understood")
    first = node.args.args[0]
    loop = node.body[loops[0]]
    assert isinstance(loop, ast.For)
    block, path = loop.body, [loops[0]]
    start = _start(block)
    while len(block) == start + 1 and isinstance(one := block[start], ast.If) and not one.orelse:
        block, path = one.body, [*path, start]
        start = _start(block)
    work = block[start:]
    target = _layer_of(loop.target, work)
    if target is None or loop.orelse or not work or any(
            isinstance(one, _SUSPENDING) for part in work for one in walk(part)):
        raise Unread("a loop that is not understood")
    own = {one.id for part in work for one in walk(part)
           if isinstance(one, ast.Name) and isinstance(one.ctx, (ast.Store, ast.Del))}
    inside = {id(one) for part in work for one in walk(part)}
    others = [one for one in walk(node) if isinstance(one, ast.Name) and id(one) not in inside]
    a = node.args
    names = {one.id for one in others if isinstance(one.ctx, (ast.Store, ast.Del))}
    names |= {one.arg for one in [*a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]}
    # What the work sets is not there for others; and who it is called for stays who it was.
    if own & ({one.id for one in others} | names) or first.arg in {
            one.id for one in others if isinstance(one.ctx, (ast.Store, ast.Del))}:
        raise Unread("a loop that is not understood")
    return Round(tuple(path), start, target, tuple(sorted(names - {first.arg, target})),
                 tuple(sorted(own)))


def _layer_of(target: ast.expr, work: list[ast.stmt]) -> str | None:
    """The loop's variable, of several the one of which attributes are asked:
    `for i, layer in enumerate(layers)`.
    """
    if isinstance(target, ast.Name):
        return target.id
    if not isinstance(target, ast.Tuple):
        return None
    asked = {id_of.id for part in work for one in walk(part)
             for id_of in _asked_of(one) if isinstance(id_of, ast.Name)}
    found = [one.id for one in target.elts if isinstance(one, ast.Name) and one.id in asked]
    return found[0] if len(found) == 1 and all(
        isinstance(one, ast.Name) for one in target.elts) else None


def _asked_of(node: ast.AST) -> list[ast.expr]:
    """Of what an attribute is asked or set."""
    if isinstance(node, ast.Attribute):
        return [node.value]
    words = ("getattr", "setattr", "hasattr")
    return node.args[:1] if isinstance(node, ast.Call) and isinstance(
        node.func, ast.Name) and node.func.id in words else []


def _start(block: list[ast.stmt]) -> int:
    """Where the work begins: behind `if ...: continue`."""
    for place, one in enumerate(block):
        if not (isinstance(one, ast.If) and not one.orelse and len(one.body) == 1
                and isinstance(one.body[0], ast.Continue)):
            return place
    return len(block)


def outside(name: str) -> str:
    """A name of the method as the attribute that a round's work finds it as."""
    return f"({name})"


def is_outside(name: str) -> bool:
    """Whether it is such a name."""
    return name.startswith("(")
