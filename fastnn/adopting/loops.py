"""Loops that a method's source goes through, as one tree."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastnn.adopting.nodes import Node, Unread, op
from fastnn.adopting.state import Cell, Items, State

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
                one, (ast.Break, ast.Continue)) for one in ast.walk(statement)):
            raise Unread("a loop that is not understood")
        over = self.any(statement.iter, state)
        if isinstance(over, Items):
            for value in over.values:
                self.put(statement.target, value, state)
                state = self.block(statement.body, state)
            return state
        return self._loop(statement, over, state)

    def _loop(self, statement: ast.For, over: Any, state: State) -> State:
        """A loop whose rounds each set one item of an array, or add to one number."""
        index: Node = ("index", self.loops)
        sofar: Node = ("sofar", self.loops)
        self.loops += 1
        inside = state.branch()
        self.put(statement.target, _element(over, index), inside)
        targets = {one.id for one in ast.walk(statement.target) if isinstance(one, ast.Name)}
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


@lru_cache(4096)
def leaves(statement: ast.stmt) -> bool:
    """Whether there is a return within."""
    return any(isinstance(one, ast.Return) for one in ast.walk(statement))


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
        state.attributes[key] = Cell(node, cell.origin, number=cell.number)
    else:
        state.names[key] = Cell(node, cell.origin, number=cell.number)


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
