"""A Model's way through layers of somebody's own, there and back, as `reference.Model` goes it.

Of ours, and of the book's, each method is called as the book calls it. A layer whose forward takes
no `training` is called without, and what gives its results back instead of keeping them as `output`
and `dinputs` is taken at its word (`engine/calling.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.engine import calling

if TYPE_CHECKING:
    from typing import Any


def is_plain(model: Any) -> bool:
    """Whether all that the chain calls is ours."""
    return all(map(calling.is_ours, model.layers)) and calling.is_ours(getattr(model, "loss", None))


def forward(model: Any, X: Any, training: bool) -> Any:
    """The output of the chain for a batch X."""
    layers = model.layers
    ways = [calling.way(layer, f"Model: layers[{n}]") for n, layer in enumerate(layers)]
    model.input_layer.forward(X, training)
    given: dict[int, Any] = {}  # what is nowhere kept
    for n, (layer, way) in enumerate(zip(layers, ways)):
        x = given[id(layer.prev)] if id(layer.prev) in given else layer.prev.output
        output = calling.forward(layer, x, training, way, f"Model: layers[{n}]")
        if getattr(layer, "output", None) is None:
            given[id(layer)] = output
    return output


def backward(model: Any, output: Any, y: Any) -> None:
    """Gradients of all layers, from the last output and its targets."""
    layers = model.layers
    given: dict[int, Any] = {}

    def kept(thing: Any, found: Any, where: str, like: Any) -> None:
        slope = calling.kept(thing, "dinputs", found, "backward", where, like)
        if getattr(thing, "dinputs", None) is None:
            given[id(thing)] = slope

    if model.softmax_classifier_output is not None:
        model.softmax_classifier_output.backward(output, y)
        layers[-1].dinputs = model.softmax_classifier_output.dinputs
        layers = layers[:-1]
    else:
        kept(model.loss, model.loss.backward(output, y), "Model: loss", output)
    for n in range(len(layers) - 1, -1, -1):
        layer = layers[n]
        slope = given[id(layer.next)] if id(layer.next) in given else layer.next.dinputs
        found = layer.backward(slope)
        if n:  # nobody wants what the first one gives
            kept(layer, found, f"Model: layers[{n}]", getattr(layer.prev, "output", None))
