"""Whether types of arrays may differ: where one of the two adds in place, and the other does not.

An array that is added to in place keeps its type, a sum has that of both. So a method that does
otherwise than ours is ours for arrays of one type alone. Of penalties that a class does not have
ours adds nothing, in place or not: their strengths are 0 in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.layers import Layer_Dense

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof

_MADE_BY = {"dot": "weight", "sum": "bias"}  # what the gradients are before penalties are added


def narrows_otherwise(proof: Proof, method: Any) -> bool:
    """Whether a method, as it was proved, keeps the types of other arrays than ours does."""
    theirs, ours = method.theirs.narrows, method.ours.narrows
    if theirs != ours and proof.form.ours is Layer_Dense and method.pattern == "backward":
        ours = tuple(tuple(filter(None, (_that_are_there(proof, chain) for chain in part)))
                     for part in ours)
    return bool(theirs != ours)


def _that_are_there(proof: Proof, chain: tuple[str, ...]) -> tuple[str, ...]:
    """What is done in place to a gradient, of penalties that may be more than 0."""
    made, *added = chain
    side = _MADE_BY.get(made)
    if side is None or len(added) != 2:
        return chain
    there = [one for one, kind in zip(added, ("l1", "l2")) if proof.names.attributes.get(
        ((), f"{side}_regularizer_{kind}")) != ("const", 0)]
    return (made, *there) if there else ()
