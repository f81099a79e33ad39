"""Functions that a constructor makes, and transposes that are gone when a product is made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastnn.adopting.local_functions import is_pattern, pattern_of
from fastnn.adopting.nodes import Unread
from fastnn.adopting.sources import source_of
from fastnn.adopting.state import Cell, State
from fastnn.adopting.things import Thing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Making:
    """Reads them."""

    any: Callable[..., Any]
    attribute: Callable[..., Any]
    functions: list[Any]
    constructing: bool

    def operand(self, node: ast.expr, state: State) -> Any:
        """What is computed with, and an array of its own made of it: a transpose that stands there
        is gone by then, and nobody looks at the other through it.
        """
        if not isinstance(node, ast.Attribute) or node.attr != "T" or not isinstance(
                node.value, (ast.Name, ast.Attribute)):
            return self.any(node, state)
        base = self.any(node.value, state)
        if not isinstance(base, Cell):
            return self.any(node, state)
        viewed = base.viewed
        found = self.attribute(base, "T", state)
        base.viewed = viewed
        return found

    def _see_lambda(self, node: ast.Lambda, state: State) -> Thing:
        return self.made_within(node)

    def made_within(self, node: ast.Lambda | ast.FunctionDef) -> Thing:
        """What a constructor makes for each object."""
        function = self.functions[-1]
        if not self.constructing:
            raise Unread(f"line {node.lineno} of it: a function within it")
        return Thing(pattern_of(function, source_of(function), node))

    def _do_functiondef(self, statement: ast.FunctionDef, state: State) -> None:
        state.names[statement.name] = self.made_within(statement)

    def around(self, name: str) -> Thing:
        """What a name of the function around stands for, in a function that a constructor makes."""
        function = self.functions[-1]
        if not is_pattern(function):
            raise Unread(f"{name} of the function around")
        cells = dict(zip(function.__code__.co_freevars, function.__closure__))
        return Thing(cells[name].cell_contents)
