"""What is recognised of dense layers that are given their activation: `held_patterns.py`.

The products are ours, the activation is theirs, at each call the one that is there: of an adopted
class, whose methods by these names are proved to give back what they compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations import Activation, Activation_Softmax
from fastnn.adopting import held_patterns as p
from fastnn.adopting.form import NOT_IN_RUNS, Form
from fastnn.adopting.found import proof_of
from fastnn.adopting.targets import need
from fastnn.adopting.within_layers import Layer_Dense_Activation
from fastnn.layers import Layer_Dense
from fastnn.layers.products import slopes

if TYPE_CHECKING:
    from typing import Any


def layers_that_hold() -> list[Form]:
    """Dense layers with an object for their activation."""
    return [Form(Layer_Dense_Activation, pattern, {"forward": _forward, "backward": _backward},
                 flat=pattern is p.Dense_that_Holds_Flat, hideable=frozenset(("sums",)),
                 asks="forward", **NOT_IN_RUNS)
            for pattern in (p.Dense_that_Holds, p.Dense_that_Holds_Flat)]


def _forward(layer: Any, inputs: Any) -> None:
    activation = layer.activation_object
    _need_activation(activation, "forward", "output")
    Layer_Dense.forward(layer, inputs)
    layer.sums = layer.output
    layer.output = activation.forward(layer.sums)


def _backward(layer: Any, dvalues: Any) -> None:
    activation = layer.activation_object
    _need_activation(activation, "backward", "dinputs")
    through = activation.backward(dvalues)
    need(type(through) is np.ndarray and through.shape == dvalues.shape
         and through.dtype == dvalues.dtype and through.flags.c_contiguous)
    found = slopes(layer.inputs, layer.weights, through)
    if found is None:
        raise TypeError("not what kernels take")
    layer.dweights, layer.dbiases, layer.dinputs = found


def _need_activation(thing: Any, name: str, gives: str) -> None:
    """TypeError where it is none whose method does no more than compute, and gives that back."""
    proof = proof_of(type(thing))
    need(proof is not None and name not in vars(thing) and proof.stands.holds()
         and issubclass(proof.form.ours, (Activation, Activation_Softmax))
         and any(one.name == one.pattern == name and one.result == ("stored", ((), gives))
                 for one in proof.methods))
