"""The book's training loop, for a Model to be held against; and loops that leave something out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference

if TYPE_CHECKING:
    from typing import Any

EPOCHS = 4
DECAY = 0.1
MISTAKES = {
    "one epoch too many": "it trains one epoch more than it is told",
    "one epoch too few": "it trains one epoch less than it is told",
    "rate never decays": "pre_update_params is never called",
    "iterations not counted": "post_update_params is never called",
    "neither decayed nor counted": "neither pre_update_params nor post_update_params is called",
    "softmax passed twice": "the gradient of softmax and loss in one goes through the softmax's "
    "backward once more",
    "softmax left out": "the loss's gradient goes past the softmax into the last dense layer",
    "activation left out": "the last dense layer's gradient goes past the activation before it",
    "first layer not updated": "the first dense layer is never updated",
    "last layer not updated": "the last dense layer is never updated",
    "layers updated twice": "each layer is updated twice in an epoch"}


def data() -> tuple[Any, Any]:
    """Samples and targets that a model is trained with."""
    draw = np.random.default_rng(29)
    return draw.normal(size=(12, 2)), np.arange(12) % 3


def loop(known: dict[str, Any], parts: dict[str, Any], before: Any, mistake: str = "") -> Any:
    """The book's loop with the reference's classes."""
    layers = [reference.Layer_Dense(2, 5), reference.Layer_Dense(5, 3)]
    for layer, (weights, biases) in zip(layers, before):
        layer.weights = weights.T.copy() if weights.shape != layer.weights.shape else weights.copy()
        layer.biases = biases.reshape(1, -1).copy()
    relu = reference.Activation_ReLU()
    combined = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    one = known[parts["optimizer"]]
    decay = {"decay": DECAY} if one["vocabulary"].get("decay") else {}
    made = getattr(reference, one["book"])(**{**one["defaults"], **decay})
    X, y = data()
    more = {"one epoch too many": 1, "one epoch too few": -1}.get(mistake, 0)
    for _ in range(EPOCHS + more):
        layers[0].forward(X)
        relu.forward(layers[0].output)
        layers[1].forward(relu.output if parts["hidden"] else layers[0].output)
        combined.forward(layers[1].output, y)
        combined.backward(combined.output, y)
        layers[1].backward(_slope_of_output(combined, y, mistake))
        relu.backward(layers[1].dinputs)
        layers[0].backward(relu.dinputs if parts["hidden"] and mistake != "activation left out"
                           else layers[1].dinputs)
        if mistake not in ("rate never decays", "neither decayed nor counted"):
            made.pre_update_params()
        for layer in {"first layer not updated": layers[1:], "last layer not updated":
                      layers[:1], "layers updated twice": layers + layers}.get(mistake, layers):
            made.update_params(layer)
        if mistake not in ("iterations not counted", "neither decayed nor counted"):
            made.post_update_params()
    return [(layer.weights if layer.weights.shape == weights.shape else layer.weights.T,
             layer.biases) for layer, (weights, _) in zip(layers, before)]


def _slope_of_output(combined: Any, y: Any, mistake: str) -> Any:
    """The gradient that goes into the last dense layer."""
    softmax, loss = reference.Activation_Softmax(), reference.Loss_CategoricalCrossentropy()
    softmax.output = combined.output
    loss.backward(combined.output, y)
    if mistake == "softmax passed twice":
        softmax.backward(combined.dinputs)
        return softmax.dinputs
    return loss.dinputs if mistake == "softmax left out" else combined.dinputs
