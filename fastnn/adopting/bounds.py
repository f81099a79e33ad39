"""Bounds that are attributes: `np.clip(p, self.eps, 1 - self.eps)`, where ours has a number."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.state import Cell
from fastnn.adopting.things import SELF
from fastnn.adopting.trees import put_in

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading

_OURS = 1e-7


def with_bounds(reading: Reading) -> list[Reading]:
    """The reading, and before it the one in which such an attribute is the number of ours: there
    it has to be that, whenever the method is called.
    """
    names = {name for cell in [*reading.attributes.values(), reading.result]
             if isinstance(cell, Cell) for name in _bounds(cell.node)}
    if not names:
        return [reading]
    constants: dict[Any, Node] = {((), name): ("const", _OURS) for name in names}
    known: dict[int, Cell] = {}

    def put(value: Any) -> Any:
        if not isinstance(value, Cell):
            return value
        if value.number not in known:
            known[value.number] = dataclasses.replace(value, node=put_in(value.node, constants))
        return known[value.number]
    return [dataclasses.replace(
        reading, attributes={key: cell if key[0] == SELF and key[1] in names else put(cell)
                             for key, cell in reading.attributes.items()},
        result=put(reading.result), draws=put_in(reading.draws, constants),
        looked=reading.looked - {(SELF, name) for name in names},
        equal=dict.fromkeys(sorted(names), _OURS)), reading]


def _bounds(node: Node) -> set[str]:
    """The attributes that are the lower bounds of what is clipped."""
    found = {one for part in node if isinstance(part, tuple) and part != NONE
             for one in _bounds(part)}
    if node[:2] == ("op", "clip") and node[3][0] == "attr" and node[3][1] == SELF:
        found.add(node[3][2])
    return found
