"""What a method does with arguments for which nothing was proved: `forward(x, training=False)`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastnn.adopting.effects import effects
from fastnn.adopting.nodes import NONE, Unread
from fastnn.adopting.reader import functions_given, read

if TYPE_CHECKING:
    from fastnn.adopting.found import Proof

_RESULTS = ("inputs", "output", "binary_mask")  # of a layer, which its next forward sets again


def is_told_otherwise(proof: Proof) -> bool:
    """Whether nothing was proved of a layer's forward that is told more than its inputs, as a
    Model tells it whether it trains: what it does then may be anything.
    """
    return any(one.pattern == "forward" and proof.form.role == "layer"
               and one.theirs.arguments[2:3] and one.theirs.arguments[2] in one.theirs.fixed
               for one in proof.methods)


def only_computes(proof: Proof, name: str, word: str, value: object) -> bool:
    """Whether a forward with an argument that is this, and not its default, does no more than to
    set anew what each forward sets: it draws nothing, changes nothing in place and raises nothing
    of its own.
    """
    asked = name, word, value
    if asked not in proof.otherwise:
        proof.otherwise[asked] = _only_computes(proof, name, word, value)
    return proof.otherwise[asked]


def _only_computes(proof: Proof, name: str, word: str, value: object) -> bool:
    found = next(one for one in proof.methods if one.name == name)
    try:
        made = read(inspect.getattr_static(proof.kind, name), proof.kind, proof.inner,
                    frozenset((*found.theirs.fixed, word)), functions_given(proof.kind),
                    values={word: value})
    except (Unread, RecursionError):
        return False
    names = proof.names.attributes
    may = {names.get(((), one)) for one in _RESULTS} | found.leftovers.keys()
    return made.draws == NONE and not made.guards and not made.keyed.keys and all(
        key in may and not cell.changed for key, cell in effects(made).items())
