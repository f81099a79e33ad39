"""What is recognised of dense layers that make their own step: `stepping_patterns.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting import stepping_patterns as p
from fastnn.adopting.form import NOT_IN_RUNS, Form
from fastnn.kernels.optimizers import sgd_update
from fastnn.layers import Layer_Dense
from fastnn.layers.products import slopes
from fastnn.optimizers.base import sized

if TYPE_CHECKING:
    from typing import Any

GRADIENTS = frozenset(("dweights", "dbiases"))  # which not all of them keep


def steps(layer: Any, dvalues: Any, rate: Any) -> None:
    """Set the gradients, and descend: weights and biases change in place.

    TypeError before anything is changed; their own lines run then, from the beginning.
    """
    layer.dweights, layer.dbiases, layer.dinputs = _slopes(layer, dvalues)
    _descend(layer, layer.dbiases, rate)


def steps_of_one(layer: Any, dvalues: Any, rate: Any) -> None:
    """The same of one sample. A sum of one number may be 0 where that is -0."""
    layer.dweights, _, layer.dinputs = _slopes(layer, dvalues)
    _descend(layer, dvalues, rate)


def steps_by_its_own(layer: Any, dvalues: Any) -> None:
    """The same as `steps`, by the rate that the layer has."""
    steps(layer, dvalues, layer.current_learning_rate)


def _slopes(layer: Any, dvalues: Any) -> Any:
    found = slopes(layer.inputs, layer.weights, dvalues)
    if found is None:
        raise TypeError("not what kernels take")
    return found


def _descend(layer: Any, dbiases: Any, rate: Any) -> None:
    """p += -rate * g is p -= rate * g, to the bit."""
    weights = layer.weights
    if sized(sgd_update, weights)(weights, layer.dweights, layer.biases, dbiases, float(rate)):
        raise TypeError("not what kernels take")


def layers_that_step() -> list[Form]:
    """Dense layers that make the step as they go backward."""
    ways: list[tuple[type, Any, bool]] = [
        (p.Steps, steps, False), (p.Steps_Flat, steps, True), (p.Steps_of_One, steps_of_one, False),
        (p.Steps_by_Its_Own, steps_by_its_own, False),
        (p.Steps_by_Its_Own_Flat, steps_by_its_own, True)]
    return [Form(Layer_Dense, pattern, {"forward": "forward", "backward": does}, flat=flat,
                 hideable=GRADIENTS, runs={"backward": "backward"}, steps=does is steps,
                 **NOT_IN_RUNS) for pattern, does, flat in ways]
