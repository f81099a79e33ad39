"""Whose attribute a name is, and which of theirs stands for which of ours."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from fastnn.adopting.keyed import place_of_layer
from fastnn.adopting.nodes import Node
from fastnn.adopting.things import SELF

# (whose, name): whose is (), ("activation",) of what the object holds, ("layer",), or of what a
# layer holds ("layer", "params"), or of what the object keeps for a layer ("layer", Path).
Key = tuple


@dataclass(frozen=True)
class Names:
    """What is known of their names so far."""

    attributes: dict[Key, Any] = field(default_factory=dict)  # ours: theirs, or a constant Node
    arguments: dict[int, int] = field(default_factory=dict)
    flags: frozenset[Any] = frozenset()
    constants: frozenset[Any] = frozenset()  # those of the attributes

    def bound(self, ours: Key, theirs: Any) -> Names | None:
        """With ours standing for theirs; None where that cannot be."""
        if ours in self.attributes:
            return self if self.attributes[ours] == theirs else None
        if theirs[0] not in CONSTANTS and theirs in self.attributes.values():
            return None
        constants = self.constants
        if theirs[0] in CONSTANTS:
            constants |= {(ours, theirs)}
        return Names({**self.attributes, ours: theirs}, self.arguments, self.flags, constants)

    def argument(self, ours: int, theirs: int) -> Names | None:
        """With an argument of ours standing for theirs."""
        if ours in self.arguments:
            return self if self.arguments[ours] == theirs else None
        if theirs in self.arguments.values() or (ours == 0) != (theirs == 0):
            return None
        return Names(self.attributes, {**self.arguments, ours: theirs}, self.flags,
                     self.constants)

    def flag(self, word: Any) -> Names:
        """With something that has to hold when it runs."""
        return Names(self.attributes, self.arguments, self.flags | {word}, self.constants)


HIDDEN: Node = ("hidden",)  # they do not keep it
RETURNED: Node = ("returned",)  # they give it back and do not keep it
CONSTANTS = ("const", "bool", "none", "text", "hidden")


def key_of(node: Node) -> Key | None:
    """Whose attribute this is, and its name."""
    base, name = node[1], node[2]
    if base == SELF:
        return ((), name)
    if base[0] == "arg":
        return (("layer",), name)
    if (found := place_of_layer(node)) is not None:
        return found
    if base[0] == "attr" and base[1] == SELF:
        return ((base[2],), name)
    if base[0] == "attr" and base[1][0] == "arg":
        return (("layer", base[2]), name)
    if base[:2] == ("op", "item"):
        return (("layer",), name)
    return None


def item(key: str) -> str:
    """The name of what a dict holds under this key, which no attribute has."""
    return f"[{key!r}]"


def subscript(name: str) -> str:
    """What stands behind the object's attributes, or the dict, to have it."""
    return name if is_item(name) else f"[{name!r}]"


def is_item(name: str) -> bool:
    """Whether it is what a dict holds."""
    return name.startswith("[")


def bare(name: str) -> str:
    """A name as it stands in the object's attributes, or in the dict."""
    return ast.literal_eval(name)[0] if is_item(name) else name
