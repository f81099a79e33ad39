"""What methods do around their loop over layers: the rate, and the count of steps.

Of a method that goes over layers a round is read, and ours stands there; the lines around it stay
theirs. An optimizer by a formula of its own may have no mistake in these either: before the loop
the rate is made as the book makes it, behind it the steps are counted, and nothing else computes.
"""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING

from fastnn.adopting.constructed import Constructed
from fastnn.adopting.nodes import Unread
from fastnn.adopting.rounds import outside
from fastnn.adopting.sources import source_of
from fastnn.adopting.syntax import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from fastnn.adopting.names import Key
    from fastnn.adopting.reader import Reading
    from fastnn.adopting.update_text import Formula

_WRONG = "what stands around its loop over layers may be no rate and no count as the book's"
_VALUES = ({"rate": 0.7, "decay": 0.3, "count": 5.0}, {"rate": 0.2, "decay": 1.7, "count": 2.0})


def what_is_wrong_around(kind: type, reading: Reading, formula: Formula) -> str:
    """What a method does around its rounds that may be a mistake; nothing where there is none."""
    rate = formula.rate
    assert reading.round is not None
    node = source_of(next(iter(reading.made_of)))
    loop = reading.round.path[0]
    object_ = node.args.args[0].arg
    counts = {_name_of(one) for one in node.body if _is_count(one, object_)}
    made = 0
    for place, one in enumerate(node.body):
        if place == loop or isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
            continue
        if _is_count(one, object_):
            if place < loop:
                return _WRONG  # each rate would be that of the next step
            continue
        if _only_names(one) or place < loop and _is_aside(one, object_, formula):
            continue
        if isinstance(one, ast.If) and not one.orelse and len(one.body) == 1 and (
                isinstance(one.test, ast.Attribute)):
            one = one.body[0]
        if place > loop or not _is_rate(one, object_, counts) or not _is_taken(one, rate):
            return _WRONG
        made += 1
    counted = sum(_is_count(one, object_) for one in node.body)
    if made and (made > 1 or counted > 1 or any(
            Constructed(kind).of(((), one.removeprefix(f"{object_}."))) != 0 for one in counts)):
        return _WRONG
    return ""


def _name_of(statement: ast.stmt) -> str:
    target = statement.target if isinstance(statement, ast.AugAssign) else (
        statement.targets[0])  # type: ignore[attr-defined]
    return ast.unparse(target)


def _is_count(statement: ast.stmt, object_: str) -> bool:
    """self.count += 1"""
    if not isinstance(statement, (ast.AugAssign, ast.Assign)):
        return False
    name = _name_of(statement)
    return name.startswith(f"{object_}.") and ast.unparse(statement) in (
        f"{name} += 1", f"{name} = {name} + 1")


def _only_names(statement: ast.stmt) -> bool:
    """rate = self.rate"""
    return isinstance(statement, ast.Assign) and isinstance(
        statement.targets[0], ast.Name) and isinstance(statement.value, (ast.Name, ast.Attribute))


def _is_aside(statement: ast.stmt, object_: str, formula: Formula) -> bool:
    """if self.kept is None: self.kept = [np.zeros_like(one.weights) for one in layers]

    What does not reckon, and sets one attribute that is no number of the update.
    """
    if not isinstance(statement, ast.If) or statement.orelse or len(statement.body) != 1 or any(
            isinstance(one, (ast.BinOp, ast.UnaryOp, ast.AugAssign)) for one in walk(
                statement)):
        return False
    (line,) = statement.body
    if not isinstance(line, ast.Assign) or not isinstance(line.value, (
            ast.List, ast.ListComp, ast.Dict, ast.DictComp)):
        return False
    numbers = {f"{object_}.{one.removeprefix('option_')}" for one in formula.options}
    if formula.rate is not None:
        numbers.add(f"{object_}.{formula.rate[1]}")
    return all(isinstance(one, ast.Attribute) and ast.unparse(one) not in numbers
               for one in line.targets)


def _is_taken(statement: ast.stmt, rate: Key | None) -> bool:
    """Whether what is made is what the update takes."""
    if rate is None or not isinstance(statement, ast.Assign):
        return False
    target = statement.targets[0]
    return rate[1] == (outside(target.id) if isinstance(target, ast.Name) else getattr(
        target, "attr", ""))


def _is_rate(statement: ast.stmt, object_: str, counts: set[str]) -> bool:
    """Whether it makes rate / (1 + decay * count), in whatever brackets."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or len(counts) != 1:
        return False
    names = list(dict.fromkeys(_attributes(statement.value, object_)))
    others = [one for one in names if f"{object_}.{one}" not in counts]
    if len(others) != 2 or len(names) != 3 or getattr(
            statement.targets[0], "attr", "") in names:
        return False
    code = compile(ast.Expression(statement.value), "<a rate>", "eval")
    (count,) = set(names) - set(others)
    return any(all(abs(eval(code, {"__builtins__": {}, object_: types.SimpleNamespace(**{
        rate: one["rate"], decay: one["decay"], count: one["count"]})}) - one["rate"] / (
            1 + one["decay"] * one["count"])) < 1e-12 for one in _VALUES)
        for rate, decay in (others, others[::-1]))


def _attributes(value: ast.expr, object_: str) -> Iterator[str]:
    """The object's attributes in a formula of numbers; "" for anything else."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Mult, ast.Div)):
        yield from _attributes(value.left, object_)
        yield from _attributes(value.right, object_)
    elif isinstance(value, ast.Attribute) and ast.unparse(value.value) == object_:
        yield value.attr
    elif not isinstance(value, ast.Constant) or type(value.value) not in (int, float):
        yield ""


def sets_numbers(functions: Iterable[Any]) -> bool:
    """Whether methods that were not read set attributes of their object."""
    for function in functions:
        try:
            node = source_of(function)
        except Unread:
            return True
        first = node.args.args[0].arg if node.args.args else ""
        if any(isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and isinstance(
                one.value, ast.Name) and one.value.id == first for one in walk(node)):
            return True
    return False
