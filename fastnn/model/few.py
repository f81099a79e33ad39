"""A Model's outputs for a few samples, with as little around its kernels as can be.

One sample through 1-64-64-1 takes 1 us in kernels; copies of the objects and all that `predict`
asks took 25 beside it. Here each layer is looked at once, for what would make it another's than
ours, its outputs are computed without touching it, and are left on it in the end. Whatever is not
as usual gives None before anything is changed, and `predict` goes its whole way.
"""

from contextlib import suppress
from typing import Any

import numpy as np

from fastnn.activations.careful import Careful
from fastnn.activations.linear import Activation_Linear
from fastnn.layers.dense import Layer_Dense
from fastnn.layers.dropout import Layer_Dropout
from fastnn.layers.products import product
from fastnn.model.passes import turn

_NOTHING: dict[str, Any] = {}
_FLOAT = {float}
MOST = 64  # samples; with more the rest does not count


def _of_dense(layer: Any, own: Any) -> Any:
    weights, biases = own.get("weights"), own.get("biases")
    return lambda x: product(x, weights, biases)


def _of_activation(layer: Any, own: Any) -> Any:
    compiled = getattr(layer, "_compiled", None)
    # An option may be changed by another thread while we compute.
    return None if compiled is not None and compiled.forward.options else layer._compute


# By a layer's `forward`, which is another while a profile is open: what makes of its attributes, as
# they are now, a function of the inputs.
_OUTPUTS: dict[Any, Any] = {
    Layer_Dense.forward: _of_dense, Careful.forward: _of_activation,
    Activation_Linear.forward: lambda layer, own: lambda x: x,
    Layer_Dropout.forward: lambda layer, own: np.ndarray.copy}


def few_floats(X: Any) -> Any:
    """A list of floats, or of a few such lists, as an array; any other list as it is.

    What else may be in a list the whole way asks, which takes 30 us.
    """
    rows = X if X and type(X[0]) is list else [X]
    if len(rows) <= MOST and all(type(row) is list and set(map(type, row)) == _FLOAT
                                 for row in rows):
        with suppress(ValueError):  # lists of several lengths
            return np.array(X)
    return X


def outputs_of_few(model: Any, forward: Any, X: Any) -> Any:
    """The outputs (N, O) for an array X (N, I); None where they have to be found otherwise.

    forward: Model's own, which nobody may have replaced.
    """
    state = model.__dict__
    layers, linked, head = state.get("layers"), state.get("_linked"), state.get("input_layer")
    if (type(model).forward is not forward or "forward" in state or type(layers) is not list
            or not layers or linked is None or len(linked) != len(layers) + 1 or head is None
            or linked[-1] is not state.get("loss") or X.ndim != 2 or len(X) > MOST):
        return None
    functions, before = [], head
    for layer, known in zip(layers, linked):
        own = getattr(layer, "__dict__", _NOTHING)
        make = _OUTPUTS.get(getattr(type(layer), "forward", None))
        if make is None or layer is not known or "forward" in own or own.get("prev") is not before:
            return None
        functions.append(make(layer, own))
        before = layer
    if type(layers[0]).forward is not Layer_Dense.forward or None in functions:
        return None  # what a sample is, only its weights say
    found = [X]
    for function in functions:
        output = function(found[-1])
        if output is None:
            return None
        found.append(output)
    with turn(model):
        head.output = X
        for layer, inputs, output in zip(layers, found, found[1:]):
            layer.inputs = inputs
            layer.output = output
    return found[-1].copy()
