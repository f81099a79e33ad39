"""With what the states of an optimizer of somebody's own begin, and where that is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.effects import effects
from fastnn.adopting.names import Key, key_of
from fastnn.adopting.nodes import Node, given
from fastnn.adopting.trees import default_of_zero
from fastnn.adopting.update_text import STATES, Side, of_layers, steady

if TYPE_CHECKING:
    from fastnn.adopting.reader import Reading


def zeros_of(reading: Reading, sides: tuple[Side, Side]) -> dict[str, list[str]] | None:
    """Which states begin with zeros where which one is not there, by our names; None where that is
    not found.
    """
    ours = {key: f"{word}_{name}" for word, side in zip(("weight", "bias"), sides)
            for key, name in zip(side.states, STATES)}
    found: dict[str, list[str]] = {}
    made_before = set()
    for key, cell in effects(reading).items():
        if key not in ours:
            continue
        if _begins_with_a_number(cell.node) and not all(
                _takes_numbers(tree, set(ours)) for side in sides for tree in side.trees.values()):
            return None
        asked = [one for one in _asked(cell.node)
                 if steady(given(cell.node, one, True)) != steady(given(cell.node, one, False))]
        conditions = [key_of(one[2]) for one in asked]
        begun = key if key in conditions or not conditions else conditions[0]
        made_before.add(not conditions)
        if not conditions:  # what ours asks is as good as any
            begun = next(iter(ours))
        if begun not in ours:
            return None
        found.setdefault(ours[begun], []).append(ours[key])
    return found if len(made_before) < 2 else None  # theirs would raise


def _begins_with_a_number(node: Node) -> bool:
    """Whether a state is 0 at first: `getattr(layer, "cache", 0)`, or set to it where it is not
    there.
    """
    return default_of_zero(node) is not None or any(
        not _zeros_within(given(node, one, False)) for one in _asked(node))


def _zeros_within(node: Node) -> bool:
    return node[:2] == ("op", "zeros_like") or any(
        _zeros_within(one) for one in node if isinstance(one, tuple))


def _takes_numbers(node: Node, states: set[Key]) -> bool:
    """Whether numbers in the place of states are nothing but weak in it: np.sqrt makes float64 of
    a number, which no float32 array survives, and a quotient of two may raise.
    """
    asked = set(of_layers(node)) if node[0] == "op" else set()
    if not asked:
        return True
    if node[1] not in ("add", "sub", "mul", "neg", "get") and not asked - states:
        return False
    return all(_takes_numbers(one, states) for one in node[2:])


def _asked(node: Node) -> list[Node]:
    """The conditions of a tree that ask whether a state is there."""
    if node[0] != "if":
        return []
    own = [node[1]] if node[1][:2] == ("op", "has") else []
    return list(dict.fromkeys([*own, *_asked(node[2]), *_asked(node[3])]))
