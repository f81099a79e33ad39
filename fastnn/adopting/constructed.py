"""What a constructor makes of the numbers that it is given, and which of them nobody uses."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import types
from typing import TYPE_CHECKING

from fastnn.adopting.effects import effects
from fastnn.adopting.form import SELF
from fastnn.adopting.names import CONSTANTS, Key
from fastnn.adopting.nodes import Unread
from fastnn.adopting.reader import read
from fastnn.adopting.sources import source_of
from fastnn.adopting.things import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Constructed:
    """What a constructor makes of a class's numbers. Unread."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._made: Mapping[Any, Any] = {}
        self._defaults = {one.name: one.default
                          for one in inspect.signature(kind).parameters.values()}
        self._arguments: tuple[str, ...] = ()
        self._of_data = dataclasses.is_dataclass(kind) and not hasattr(kind, "__post_init__")
        if not self._of_data and kind.__init__ is not object.__init__:  # type: ignore[misc]
            reading = read(inspect.getattr_static(kind, "__init__"), kind)
            self._made, self._arguments = effects(reading), reading.arguments

    def idle(self) -> str:
        """A number that it is given and keeps, and that no method uses; "" where there is none."""
        kept: dict[str, set[str]] = {}
        for (base, name), cell in self._made.items():
            if base == SELF and cell.node[0] == "arg":
                kept.setdefault(self._arguments[cell.node[1]], set()).add(name)
        if self._of_data:
            kept = {name: {name} for name in self._defaults}
        used = _names_used(self._kind)
        return next((name for name, names in kept.items() if not names & used and is_number(
            self._defaults.get(name))), "")

    def of(self, key: Key) -> Any:
        """A number as it is without arguments; `empty` where it has to be given, MISSING where it
        is something else.
        """
        if self._of_data:
            found = self._defaults.get(key[1], MISSING)
            return found if found is not MISSING else _held(self._kind, key[1])
        if key not in self._made:
            return _held(self._kind, key[1])
        node = self._made[key].node
        if node[0] == "arg":
            return self._defaults.get(self._arguments[node[1]], MISSING)
        if node[0] in CONSTANTS and len(node) == 2:
            return node[1]
        return MISSING


def is_number(value: Any) -> bool:
    """Whether it is a plain number."""
    return type(value) in (int, float)


def _held(kind: type, name: str) -> Any:
    return inspect.getattr_static(kind, name, MISSING)


def _names_used(kind: type) -> set[str]:
    """The attributes that methods of a class read of its objects, its constructor left out."""
    found: set[str] = set()
    functions = {name: value for base in reversed(kind.__mro__) for name, value in vars(
        base).items() if isinstance(value, types.FunctionType) and name != "__init__"}
    for function in functions.values():
        try:
            node = source_of(function)
        except Unread:
            continue
        found |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
                  and isinstance(one.ctx, ast.Load) and isinstance(one.value, ast.Name)
                  and node.args.args and one.value.id == node.args.args[0].arg}
    return found
