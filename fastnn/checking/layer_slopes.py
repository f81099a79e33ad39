"""The backward of a layer or an activation: the method that computes most of the gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.matching import Look, Match, weigh
from fastnn.checking.using import Use, calls, column, traces

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Quantity, Role

FOUND = ("right", "harmless", "mistake")
FORWARD = (("X",), ("X", "True"))


def laid_out(quantity: Quantity, value: Any, look: Look) -> Any:
    """An expected gradient in the layout of the class's own parameters."""
    if quantity.name == "dweights" and look.layout.get("transposed"):
        return value.T
    if quantity.name == "dbiases" and look.layout.get("biases") and np.ndim(value):
        shape = look.layout["biases"]
        return value.reshape(shape) if value.size == np.prod(shape) else value
    return value


def score(matches: list[Match], count: int) -> float:
    """How well a role fits, from 0 to 1; what is not there at all counts half."""
    found = any(one.status in FOUND for one in matches)
    absent = 0.5 * (count - len(matches)) if found else 0.0
    return (sum(one.worth for one in matches) + absent) / count


def backward(role: Role, use: Use, gradients: Any, forms: Any,
             tried: list[Case]) -> tuple[Use, list[Match]]:
    """The method that computes most of the gradients, and what it computes."""
    best: tuple[float, Use, list[Match]] = (0.0, use, [])
    for name, form in calls(use.kind, forms, (use.calls[0][0],)):
        whole = use.then(name, form)
        looks = column(traces(whole, tried), 1)
        matches = [weigh(role, one, looks, laid_out) for one in gradients]
        likeness = max(probing.alike(name, word) for word in ("backward", "gradient"))
        if not any(one.status in FOUND for one in matches) and likeness < 0.3:
            continue  # any method does something
        if likeness < 0.5 and not probing.touches_self(use.kind, name) and len(gradients) == 1 and (
                matches[0].status != "right"):
            continue  # a method such as `predictions`
        worth = sum(one.worth for one in matches) + 0.01 * likeness
        if worth > best[0] + 1e-9:
            best = worth, whole, matches
    return best[1], best[2]
