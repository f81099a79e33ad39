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
from fastnn.adopting.syntax import walk
from fastnn.adopting.things import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Constructed:
    """What a constructor makes of a class's numbers. Unread."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._made: Mapping[Key, Any] = {}  # trees; arguments are names here
        self._defaults = {one.name: one.default
                          for one in inspect.signature(kind).parameters.values()}
        self._of_data = dataclasses.is_dataclass(kind) and not hasattr(kind, "__post_init__")
        if not self._of_data and kind.__init__ is not object.__init__:  # type: ignore[misc]
            self._made = _made_by(inspect.getattr_static(kind, "__init__"), kind)

    def idle(self) -> str:
        """A number that it is given and keeps, and that no method uses; "" where there is none."""
        kept: dict[str, set[str]] = {}
        for (base, name), node in self._made.items():
            if base == SELF and node[0] == "arg":
                kept.setdefault(node[1], set()).add(name)
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
        node = self._made[key]
        if node[0] == "arg":
            return self._defaults.get(node[1], MISSING)
        if node[0] in CONSTANTS and len(node) == 2:
            return node[1]
        return MISSING


def _made_by(function: Any, kind: type) -> dict[Key, Any]:
    """The attributes that a constructor sets. Unread."""
    try:
        reading = read(function, kind)
    except Unread:
        return _made_by_lines(source_of(function))
    return {key: ("arg", reading.arguments[cell.node[1]]) if cell.node[0] == "arg" else cell.node
            for key, cell in effects(reading).items() if key is not None}


def _made_by_lines(node: ast.FunctionDef) -> dict[Key, Any]:
    """The same of a constructor that makes dicts and lists, too: of its assignments, where there is
    nothing else. Unread.
    """
    object_, *arguments = [one.arg for one in [*node.args.args, *node.args.kwonlyargs]]
    made: dict[Key, Any] = {}
    for line in node.body:
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            continue
        if not isinstance(line, (ast.Assign, ast.AnnAssign)) or line.value is None:
            raise Unread(f"line {line.lineno} of it is no assignment")
        for target in line.targets if isinstance(line, ast.Assign) else [line.target]:
            pairs = [(target, line.value)]
            if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple) and len(
                    target.elts) == len(line.value.elts):
                pairs = list(zip(target.elts, line.value.elts))
            for one, value in pairs:
                if not isinstance(one, ast.Attribute) or ast.unparse(one.value) != object_:
                    raise Unread(f"line {line.lineno} of it sets something else than attributes")
                made[SELF, one.attr] = (
                    ("const", value.value) if isinstance(value, ast.Constant)
                    else ("arg", value.id) if isinstance(value, ast.Name) and value.id in arguments
                    else ("made",))
    return made


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
        found |= {one.attr for one in walk(node) if isinstance(one, ast.Attribute)
                  and isinstance(one.ctx, ast.Load) and isinstance(one.value, ast.Name)
                  and node.args.args and one.value.id == node.args.args[0].arg}
    return found
