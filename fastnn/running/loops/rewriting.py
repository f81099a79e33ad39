"""A program whose training loops ask `epochs` for their turns; nothing else of it is changed."""

import ast
import builtins
import copy
from collections.abc import Mapping
from typing import Any

from fastnn.running.loops.sites import Left, Site, add, leave
from fastnn.running.loops.whiles import counter

_MODULE = __name__.rpartition(".")[0]
_FEW = 3  # calls that a body has at least, if it is to look like a training


def rewrite(tree: ast.Module, name: str, whose: str | None = None) -> ast.Module:
    """The same program, where `for epoch in range(N)` is `for epoch in epochs(range(N), ...)`.

    name: of the program, for the report; whose: what its loops are remembered under, if that is not
    the name. The tree is changed in place.
    """
    done: ast.Module = _Loops(name, name if whose is None else whose, _steps(tree)).visit(tree)
    return done


class _Loops(ast.NodeTransformer):
    def __init__(self, name: str, whose: str, steps: Mapping[str, int]) -> None:
        self._name, self._whose, self._steps = name, whose, steps
        self._sites: list[Site | Left] = []

    def visit_For(self, node: ast.For) -> ast.For:
        steps = self._steps if _is_over_numbers(node) else {}  # layer.backward() has many names
        looks = _looks_like_training(node.body, steps)
        body = copy.deepcopy(node.body) if looks else None
        within = self._within(node)
        if body is None:
            return node
        if not isinstance(node.target, ast.Name):
            self._sites.append(leave(
                self._name, node, "it has more than one variable", self._whose))
            return node
        key = self._add(Site(self._name, node.lineno, node.target.id, body,
                             has_batches=_has_batches(body, self._steps)), within)
        call = _call("epochs", key, node.iter)
        call.args.insert(0, node.iter)
        node.iter = call
        return node

    def _within(self, node: ast.AST) -> list[Site | Left]:
        """Rewrite the loops in this one; which they are."""
        before = len(self._sites)
        self.generic_visit(node)
        return self._sites[before:]

    def _add(self, site: Site, within: list[Site | Left]) -> str:
        for one in within:
            one.around = one.around or site
        self._sites.append(site)
        return add(site, self._whose)

    def visit_While(self, node: ast.While) -> ast.While | ast.For:
        """`while test: ...` is `for () in whiles(...): if not test: break; ...`.

        So no name is set that the program does not have.
        """
        looks = _looks_like_training(node.body, self._steps)
        body = copy.deepcopy(node.body) if looks else None
        test = copy.deepcopy(node.test)
        within = self._within(node)
        if body is None:
            return node
        if node.orelse:
            leave(self._name, node, "a while loop with an else is not read", self._whose)
            return node
        variable, step = counter(test, body)
        key = self._add(Site(self._name, node.lineno, variable, [*_until(test), *body], step=step,
                             has_batches=_has_batches(body, self._steps)), within)
        never = ast.copy_location(ast.Tuple([], ast.Store()), node.test)
        return ast.copy_location(ast.For(
            never, _call("whiles", key, node.test), [*_until(node.test), *node.body], [],
            lineno=node.lineno), node)


def _call(name: str, key: str, place: ast.expr) -> ast.Call:
    """A call of one of ours, on the line of another expression."""
    call = ast.parse(f"__import__({_MODULE!r}, None, None, ({name!r},)).{name}({key!r})",
                     mode="eval").body
    assert isinstance(call, ast.Call)
    for one in ast.walk(call):
        ast.copy_location(one, place)
    return call


def _until(test: ast.expr) -> list[ast.stmt]:
    """The statement that ends a loop where `while` does."""
    if isinstance(test, ast.Constant) and test.value is True:
        return []
    ends = ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], [])
    for one in (ends, ends.test, *ends.body):
        ast.copy_location(one, test)
    return [ends]


def _looks_like_training(body: list[ast.stmt], steps: Mapping[str, int]) -> bool:
    """Whether it calls methods for their effect, as with dense1.forward(X), or for what an object
    gives, as with loss = network.forward(X, y); or functions of the program's, as with step().

    steps: functions of the program that do so themselves, and how often.
    """
    return sum(_calls(one, steps) for one in body) >= _FEW


def _has_batches(body: list[ast.stmt], steps: Mapping[str, int]) -> bool:
    """Whether each turn goes over numbers itself, most often of batches, or trains batch by batch.
    """
    return any(isinstance(one, ast.For) and (
        isinstance(one.iter, ast.Call) and getattr(one.iter.func, "id", "") == "range"
        or _looks_like_training(one.body, steps)) for one in body)


def _steps(tree: ast.Module) -> dict[str, int]:
    """The program's functions and methods that may be a step of a training, and no whole one."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not any(
                isinstance(one, ast.While) or isinstance(one, ast.For) and _is_over_numbers(one)
                for one in ast.walk(node)):
            found[node.name] = sum(_calls(one, {}, 1) for one in node.body)
    return {name: count for name, count in found.items() if count >= _FEW}


def _is_over_numbers(loop: ast.For) -> bool:
    return any(isinstance(one, ast.Name) and one.id in ("range", "enumerate")
               for one in ast.walk(loop.iter))


def _calls(statement: Any, steps: Mapping[str, int], layers: int = _FEW) -> int:
    """How often; layers: for how many calls one in a loop over layers counts."""
    if isinstance(statement, ast.If | ast.With | ast.Try):
        return sum(_calls(one, steps, layers) for one in statement.body)
    if isinstance(statement, ast.For):  # layer by layer, or batch by batch
        each = 1 if _is_over_numbers(statement) else layers
        return sum(_calls(one, steps, layers) for one in statement.body) * each
    call = statement.value if isinstance(
        statement, ast.Expr | ast.Assign | ast.AugAssign) else None
    if not isinstance(call, ast.Call):
        return 0
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if called in steps:
        return steps[called]
    if isinstance(call.func, ast.Name):
        return int(not hasattr(builtins, call.func.id))
    return int(isinstance(call.func, ast.Attribute)
               and call.func.attr != "append" and getattr(call.func.value, "id", None) != "np")
