"""What a reading changes, and what it computes with."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from fastnn.adopting.names import Key, key_of
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.state import Cell, Items

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading


def _found_once(find: Any) -> Any:
    """A reading is compared with hundreds; what it is made of stays what it is."""
    name = f"_{find.__name__}"

    @wraps(find)
    def known(reading: Reading) -> Any:
        there = vars(reading)
        if name not in there:
            there[name] = find(reading)
        return there[name]
    return known


@_found_once
def effects(reading: Reading) -> dict[Key | None, Cell]:
    """The attributes that a method sets or changes."""
    made = {}
    for (base, name), cell in reading.attributes.items():
        key = key_of(("attr", base, name))
        if cell.node != ("attr", base, name) or (
                cell.origin is not None and cell.origin != ("attr", base, name)):
            made[key] = cell
    return made


@_found_once
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


# Those that the rules of `nodes.py` make of others when a setting becomes a number, and those that
# `trees.py` knows under two names. All others of theirs ours has, too, or the trees are two things.
_ANYWHERE = frozenset((
    "add", "sub", "mul", "neg", "square", "not", "eq", "ne", "lt", "set", "nonzero", "zeros_like",
    "item", "where", "get", "zeros", "range", "pow", "identity", "has", "loop", "matmul", "dot"))


@_found_once
def operations(reading: Reading) -> frozenset[str]:
    """The operations by which readings are told apart before their trees are compared."""
    found: set[str] = set()
    seen: set[int] = set()

    def look(node: Any) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        if node[0] == "op":
            found.add(node[1])
        for one in node:
            if isinstance(one, tuple):
                look(one)
    for cell in effects(reading).values():
        if not cell.origin or cell.origin[0] != "arg":  # what is only kept may be anything
            look(cell.node)
    look(reading.draws)
    look(tree_of(reading.result))
    if found & {"dot", "matmul"}:
        found.add("product")
    return frozenset(found - _ANYWHERE)


def tree_of(value: Any) -> Node:
    """The tree of what is returned, and of tuples of such."""
    if isinstance(value, Items):
        return ("tuple", *(tree_of(one) for one in value.values))
    return value.node


def makes_numbers(cell: Cell) -> bool:
    """Whether arrays of numbers of its own are in it: np.where(weights < 0, -1, 1)."""
    seen: set[int] = set()

    def look(node: Node) -> bool:
        if id(node) in seen:
            return False
        seen.add(id(node))
        return node[:2] == ("op", "where") and node[3][0] == node[4][0] == "const" or any(
            look(one) for one in node if isinstance(one, tuple))
    return look(cell.node)
