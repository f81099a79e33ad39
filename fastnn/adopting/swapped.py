"""Losses that are the same either way round, as squares are, and whose slopes turn their sign.

Which argument is the prediction nothing says there but the names of the arguments: of this method,
else of the others; else the first is it, as in the book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import losses
from fastnn.support.likeness import PAIRS, order_by_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastnn.adopting.found import Proof, Proved

_EITHER_WAY = (losses.Loss_MeanSquaredError,)
_SIGNED = ("backward", "calculate", "forward")  # who keeps the difference is called once before


def uphill(found: Proof) -> Iterator[Proved]:
    """The methods that take the targets for the prediction, and whose slope is one uphill."""
    form = found.form
    if not form.in_order and form.ours not in _EITHER_WAY:
        return
    of_two = [one for one in found.methods if one.pattern in _SIGNED
              and one.arguments.keys() >= {1, 2}]
    backward = [one for one in found.methods if one.pattern == "backward"]
    told = {id(one): _order(one) for one in of_two}
    others = {one for one in told.values() if one is not None}
    usual = next(iter(others)) if len(others) == 1 else PAIRS[0]
    for one in of_two:
        if one.pattern != "backward" and one not in _in_place_of(backward, of_two):
            continue  # the value is the same
        said = told[id(one)] or usual
        if (said == PAIRS[1]) != (one.arguments[1] > one.arguments[2]) or (
                said == PAIRS[1] and len(others) > 1):  # its methods do not agree: that is in doubt
            yield one


def _in_place_of(backward: list[Proved], of_two: list[Proved]) -> list[Proved]:
    """Those that keep what a way back without arguments goes by."""
    return [] if any(one in of_two for one in backward) else of_two


def _order(one: Proved) -> tuple[str, str] | None:
    """Which of a method's arguments are predictions and targets, as their names say."""
    places = sorted((one.arguments[1], one.arguments[2]))
    return order_by_names([one.theirs.arguments[place] for place in places])
