"""A dense layer that has its activation inside: what it gives is the activation's output, and what
comes back goes through the activation's slope first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import mistakes, roles
from fastnn.checking.cases import Case
from fastnn.checking.roles import Quantity, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.findings import Finding


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# An activation's name and formula, its output and its slope, both of what the layer's product is.
_ACTIVATIONS: tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    ("relu", lambda z: np.maximum(0, z), lambda z: (z > 0).astype(z.dtype)),
    ("sigmoid", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    ("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2))


def _role(name: str, output: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Role:
    plain, *gradients = roles.DENSE.quantities

    def behind(quantity: Quantity) -> Callable[[Case], Any]:
        """A gradient of what the slope lets through of dvalues."""
        def value(case: Case) -> Any:
            through = case.dvalues * slope(plain.value(case))
            return quantity.value(Case(case.name, {**case.arrays, "dvalues": through}))
        return value

    whole = f"{roles.DENSE.name} and {name}"
    for one in gradients:
        mistakes.add(whole, one.name, "slope forgotten", f"dvalues are not multiplied by {name}'s "
                     "slope")(one.value)
    return Role(whole, roles.DENSE.book, (
        Quantity("output", "forward", f"output = {name}(inputs . weights + biases)", plain.chapter,
                 lambda case: output(plain.value(case))),
        *(replace(one, formula=f"{one.formula}, dvalues times {name}'s slope", value=behind(one))
          for one in gradients)))


ROLES = tuple(_role(*one) for one in _ACTIVATIONS)


def fits_better(plain: Finding, whole: Finding) -> bool:
    """Whether a layer that differs as a dense layer is one with an activation in it: then less
    differs, or as much by no mistake that is known.
    """
    left, before = len(whole.differences), len(plain.differences)
    return left < before or (left == before and not any(
        row["mistake"] for row in plain.differences))
