"""A method of an object that is given to the object: `self.activation.forward(self.z)`.

What it does nobody knows as the class is read. Its output is a value like any other, under the
attribute and the method; what the object is wrappers ask at each call, and another than one whose
method is proved to compute with its arguments and its own attributes is left to their own lines.
So one call a method, of which the value is used, and nothing is read of the object behind it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from fastnn.adopting import numpy_words
from fastnn.adopting.nodes import Node, Unread, is_within, op
from fastnn.adopting.slots import of_class
from fastnn.adopting.state import Cell, State, node_of
from fastnn.adopting.things import MISSING, SELF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_OF_DICTS_AND_LISTS = ("append", "get", "setdefault", "pop", "items", "keys", "values", "update")


class OfAnother:
    """Reads calls of such methods."""

    kind: type
    inner: dict[str, type]
    given: dict[str, Any]
    takes_others: bool  # whether such calls are read at all
    others: list[Node]  # those that were
    any: Callable[..., Any]
    attribute: Callable[..., Any]

    def of_another(self, node: ast.Call, state: State) -> Cell | None:
        """What such a call gives; None for any other call."""
        held = self._held(node.func) if self.takes_others else None
        if held is None or len(node.args) != 1 or node.keywords or isinstance(
                node.args[0], ast.Starred) or not isinstance(node.func, ast.Attribute):
            return None
        me = self.any(held.value, state)
        if not isinstance(me, Cell) or me.node != SELF or (SELF, held.attr) in state.attributes:
            return None
        found = self.attribute(me, held.attr, state)
        argument = self.any(node.args[0], state)
        if not isinstance(found, Cell) or not isinstance(argument, Cell):
            return None
        if self.others:
            raise Unread("methods of other objects are called more than once")
        argument.viewed = True  # the object may keep it, and what it gives
        made = op("of another", found.node, ("text", node.func.attr), argument.node)
        self.others.append(made)
        return Cell(made, ("view",), viewed=True)

    def _held(self, function: ast.expr) -> ast.Attribute | None:
        """The `self.activation` of `self.activation.forward`, where nothing is known of it."""
        if not isinstance(function, ast.Attribute) or not isinstance(
                function.value, ast.Attribute) or not isinstance(function.value.value, ast.Name):
            return None
        name = function.value.attr
        if numpy_words.is_method(function.attr) or function.attr in _OF_DICTS_AND_LISTS or (
                name in self.inner or name in self.given) or (
                of_class(self.kind, name) is not MISSING):
            return None
        return function.value

    def need_others_used(self, cells: Iterable[Any]) -> None:
        """Unread where what such a call gives is not used: it is called for what it does."""
        trees = [node_of(one) for one in cells if isinstance(one, Cell)]
        for made in self.others:
            if not any(is_within(made, tree) for tree in trees):
                raise Unread("a method of another object is called, of which nothing is known")
