"""Arrays that have to have two axes, or a line of theirs raises: `n, m = y_true.shape`.

Targets may have one, and what is not read raises, too. What is done in the case of two alone is
known to have them.
"""

from __future__ import annotations

from fastnn.adopting.nodes import KEEPS_SHAPE, Node, Raised, op
from fastnn.adopting.state import State


class Axes:
    """Notes which arrays these are."""

    two_axes: set[Node]

    def need_two_axes(self, node: Node, state: State) -> None:
        """That an array has two."""
        while node[0] == "op" and node[1] in KEEPS_SHAPE:
            node = node[2]
        if node[0] not in ("arg", "attr"):
            return
        has_one = state.known.get(op("eq", op("ndim", node), ("const", 1)))
        if has_one:
            raise Raised("an array of one axis whose second length is asked for")
        if has_one is None:
            self.two_axes.add(node)
