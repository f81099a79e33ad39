"""Loops that a method's source goes through, as one tree."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastnn.adopting.nodes import Node, Unread, op
from fastnn.adopting.state import Cell, Items, State, joined, ways
from fastnn.adopting.syntax import walk

if TYPE_CHECKING:
    from collections.abc import Callable


class Loops:
    """Follows `for`."""

    loops: int
    any: Callable[..., Any]
    block: Callable[..., State]
    put: Callable[..., None]

    def _do_for(self, statement: ast.For, state: State) -> State | None:
        if statement.orelse or leaves(statement) or any(isinstance(
                one, (ast.Break, ast.Continue)) for one in walk(statement)):
            raise Unread("a loop that is not understood")
        over = self.any(statement.iter, state)
        if isinstance(over, Items):
            for value in over.values:
                self.put(statement.target, value, state)
                state = self.block(statement.body, state)
            return state
        if (name := _appended(statement, state)) is not None:
            *before, last = statement.body
            assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
            state.names[name] = Cell(self.listed(statement.target, over, before,
                                                 last.value.args[0], state))
            for one in walk(statement):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    state.names.pop(one.id, None)
            return state
        return self._loop(statement, over, state)

    def listed(self, target: ast.expr, over: Any, before: list[ast.stmt], last: ast.expr,
               state: State) -> Node:
        """The list of what each round gives: that changes nothing else."""
        index: Node = ("index", self.loops)
        self.loops += 1
        inside = state.branch()
        self.put(target, _element(over, index), inside)
        inside = self.block(before, inside)
        value = self.any(last, inside)
        if not isinstance(value, Cell) or value.node == ("undefined",):
            raise Unread("a list of something that is not known")
        for key, cell in inside.attributes.items():
            was = state.attributes.get(key)
            if cell.node != (("attr", *key) if was is None else was.node):
                raise Unread("a loop that makes attributes")
        for name, was in state.names.items():  # what is changed in place stays so
            now = inside.names.get(name)
            if isinstance(was, Cell) and isinstance(now, Cell) and was.number == now.number and (
                    was.node != now.node):
                raise Unread("a loop that is not understood")
        if inside.draws != state.draws:
            raise Unread("random numbers are drawn more than once")
        return op("listed", _count(over), value.node)

    def summed(self, node: ast.GeneratorExp | ast.ListComp, state: State) -> Cell:
        """`sum(f(one) for one in several)`: from 0 on, one after the other."""
        (first, *more) = node.generators
        over = self.any(first.iter, state)
        if more or first.ifs or first.is_async or not isinstance(over, Cell):
            raise Unread(f"line {node.lineno} of it: a sum that is not understood")
        sofar: Node = ("sofar", self.loops)
        made = self.listed(first.target, over, [], node.elt, state)
        if made[:2] != ("op", "listed"):
            raise Unread(f"line {node.lineno} of it: a sum that is not understood")
        return Cell(op("loop", made[2], ("const", 0), op("add", sofar, made[3])))

    def _loop(self, statement: ast.For, over: Any, state: State) -> State:
        """A loop whose rounds each set one item of an array, or add to one number."""
        if isinstance(over, Cell) and over.node[0] == "if":
            condition, first, second = over.node[1:]
            yes, no = ways(state, condition)
            return joined(condition, self._loop(statement, Cell(first), yes),
                          self._loop(statement, Cell(second), no))
        index: Node = ("index", self.loops)
        sofar: Node = ("sofar", self.loops)
        self.loops += 1
        inside = state.branch()
        self.put(statement.target, _element(over, index), inside)
        targets = {one.id for one in walk(statement.target) if isinstance(one, ast.Name)}
        carried = _carried(inside, self.block(statement.body, inside.branch()), targets)
        if len(carried) != 1:
            raise Unread("a loop that is not understood")
        start = _slot(inside, carried[0])
        again = inside.branch()
        _fill(again, carried[0], sofar)
        last = _slot(self.block(statement.body, again), carried[0])
        made = op("loop", _count(over), start.node, last.node)
        if last.number == start.number:
            _slot(state, carried[0]).node = made
        else:
            _fill(state, carried[0], made)
        for name in targets:
            state.names.pop(name, None)
        return state


def _appended(statement: ast.For, state: State) -> str | None:
    """The name of the empty list to which each round adds one thing, behind assignments to names
    of its own; None of other loops.
    """
    *before, last = statement.body
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or (
            call.func.attr != "append" or len(call.args) != 1 or call.keywords
            or not isinstance(call.func.value, ast.Name)):
        return None
    name = call.func.value.id
    held = state.names.get(name)
    alone = sum(one is held for one in state.names.values()) == 1
    uses = sum(isinstance(one, ast.Name) and one.id == name for one in walk(statement))
    plain = all(isinstance(one, ast.Assign) and all(
        isinstance(target, ast.Name) for target in one.targets) for one in before)
    return name if held == Items(()) and alone and uses == 1 and plain else None


@lru_cache(4096)
def leaves(statement: ast.stmt) -> bool:
    """Whether there is a return within."""
    return any(isinstance(one, ast.Return) for one in walk(statement))


def _carried(before: State, after: State, targets: set[str]) -> list[Any]:
    """The names and attributes that a round of a loop leaves otherwise than it found them, but
    for the loop's own.
    """
    new = after.attributes.keys() - before.attributes.keys()
    if any(after.attributes[key].origin is None for key in new):
        raise Unread("a loop that makes attributes")
    found: list[Any] = []
    numbers = set()
    for key in [*before.names, *before.attributes]:
        if key in targets:
            continue
        was, now = _slot(before, key), _slot(after, key)
        if isinstance(was, Cell) and isinstance(now, Cell) and was.node != now.node and not (
                was.number == now.number and was.number in numbers):
            numbers.add(was.number)
            found.append(key)
        elif isinstance(was, Cell) != isinstance(now, Cell):
            raise Unread("a loop that is not understood")
    return found


def _slot(state: State, key: Any) -> Any:
    return state.attributes[key] if key in state.attributes else state.names.get(key)


def _fill(state: State, key: Any, node: Node) -> None:
    """Let a name or an attribute, and all that is the same array, hold this."""
    cell = _slot(state, key)
    others = [one for one in [*state.names.values(), *state.attributes.values()] if one is cell]
    if len(others) > 1:
        cell.node = node
    elif key in state.attributes:
        state.attributes[key] = Cell(node, cell.origin, number=cell.number, given=cell.given)
    else:
        state.names[key] = Cell(node, cell.origin, number=cell.number, given=cell.given)


def _element(over: Any, index: Node) -> Any:
    """What a loop's variable stands for in a round."""
    if isinstance(over, Cell):
        node = over.node
        if node[:2] == ("op", "range") and len(node) == 3:
            return Cell(index)
        if node[:2] == ("op", "range") or node[:2] == ("op", "enumerate") and len(node) != 3:
            raise Unread("a loop that does not begin at 0")
        if node[:2] == ("op", "enumerate"):
            return Items((Cell(index), _element(Cell(node[2]), index)))
        if node[:2] == ("op", "zip"):
            return Items(tuple(_element(Cell(one), index) for one in node[2:]))
        item = op("item", node, index)
        return Cell(item, ("view",))
    raise Unread("a loop that is not understood")


def _count(over: Any) -> Node:
    """How many rounds: ("tuple", ...) where the shortest of several ends it."""
    node = over.node
    if node[:2] == ("op", "range"):
        return ("tuple", node[2])
    if node[:2] == ("op", "enumerate"):
        return _count(Cell(node[2]))
    if node[:2] == ("op", "zip"):
        return ("tuple", *(length for one in node[2:] for length in _count(Cell(one))[1:]))
    return ("tuple", op("len", node))
