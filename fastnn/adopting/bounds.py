"""Attributes that have to be one value: bounds, `np.clip(p, self.eps, 1 - self.eps)`, where ours
has a number; and names of what is computed, `if self.activation == "relu"`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fastnn.adopting.effects import leaves
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.state import Cell
from fastnn.adopting.things import SELF
from fastnn.adopting.trees import put_in

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading

_OURS = 1e-7
_MOST = 6  # texts


def with_bounds(reading: Reading) -> list[Reading]:
    """The reading, and before it the one in which such an attribute is the number of ours: there
    it has to be that, whenever the method is called.
    """
    names = {name for cell in [*reading.attributes.values(), reading.result]
             if isinstance(cell, Cell) for name in _bounds(cell.node)}
    return [_with(reading, dict.fromkeys(sorted(names), _OURS)), reading] if names else [reading]


def with_texts(reading: Reading) -> list[Reading]:
    """The readings in which an attribute is one of the texts that it is compared with."""
    nodes = [cell.node for cell in [*reading.attributes.values(), reading.result]
             if isinstance(cell, Cell)]
    found = sorted({one for node in nodes for one in _texts(node)})
    return [_without_others(reading, _with(reading, {name: text}))
            for name, text in found[:_MOST]]


def _without_others(reading: Reading, made: Reading) -> Reading:
    """Attributes that other cases alone compute with need be there, and no more."""
    others = frozenset(name for whose, name in leaves(reading) - leaves(made)
                       if whose == () and (SELF, name) in made.looked)
    return dataclasses.replace(made, there=made.there | others,
                               looked=made.looked - {(SELF, name) for name in others})


def _with(reading: Reading, values: dict[str, Any]) -> Reading:
    """The reading with these attributes as they have to be, whenever the method is called."""
    constants: dict[Any, Node] = {((), name): (
        "text" if type(value) is str else "const", value) for name, value in values.items()}
    known: dict[int, Cell] = {}

    def put(value: Any) -> Any:
        if not isinstance(value, Cell):
            return value
        if value.number not in known:
            known[value.number] = dataclasses.replace(value, node=put_in(value.node, constants))
        return known[value.number]
    return dataclasses.replace(
        reading, attributes={key: cell if key[0] == SELF and key[1] in values else put(cell)
                             for key, cell in reading.attributes.items()},
        result=put(reading.result), draws=put_in(reading.draws, constants),
        looked=reading.looked - {(SELF, name) for name in values},
        equal=reading.equal | values)


def _texts(node: Node) -> set[tuple[str, str]]:
    """The attributes that are compared with texts, and those."""
    found = {one for part in node if isinstance(part, tuple) and part != NONE
             for one in _texts(part)}
    if node[:2] == ("op", "eq") and node[2][:2] == ("attr", SELF) and node[3][0] == "text":
        found.add((node[2][2], node[3][1]))
    return found


def _bounds(node: Node) -> set[str]:
    """The attributes that are the lower bounds of what is clipped."""
    found = {one for part in node if isinstance(part, tuple) and part != NONE
             for one in _bounds(part)}
    if node[:2] == ("op", "clip") and node[3][0] == "attr" and node[3][1] == SELF:
        found.add(node[3][2])
    return found
