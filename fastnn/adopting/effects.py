"""What a reading changes, and what it computes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.names import key_of
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.state import Items

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading


def effects(reading: Reading) -> Any:
    """The attributes that a method sets or changes."""
    made = {}
    for (base, name), cell in reading.attributes.items():
        key = key_of(("attr", base, name))
        if cell.node != ("attr", base, name) or (
                cell.origin is not None and cell.origin != ("attr", base, name)):
            made[key] = cell
    return _Pairs(made)


class _Pairs(dict):
    """A dictionary whose iteration gives pairs."""

    def __iter__(self) -> Any:
        return iter(list(self.items()))


def leaves(reading: Reading) -> set[Any]:
    """The attributes whose values, as they were before, a method computes with."""
    found: set[Any] = set()

    def look(node: Any) -> None:
        if node[0] == "attr":
            key = key_of(node)
            if key:
                found.add(key)
        for one in node:
            if isinstance(one, tuple):
                look(one)
    for key, cell in reading.attributes.items():
        if cell.node != ("attr", *key):
            look(cell.node)
    look(reading.draws)
    look(getattr(reading.result, "node", NONE))
    return found


def tree_of(value: Any) -> Node:
    """The tree of what is returned, and of tuples of such."""
    if isinstance(value, Items):
        return ("tuple", *(tree_of(one) for one in value.values))
    return value.node
