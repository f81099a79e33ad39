"""What each class of ours is made of: its role, its settings, its arrays; and whether a thing is.

A file decides what a loaded object holds, and a checksum says only that it holds what was written.
So what is loaded is looked at as what a constructor is given is. A class that is not in the table
cannot be saved.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn import accuracy, activations, checks, layers, losses, optimizers

Rule = Callable[[Any, str, str], Any]  # of a value, of whose it is and its name; raises


def _number(low: float | None = None, high: float | None = None) -> Rule:
    def rule(value: Any, who: str, name: str) -> None:
        checks.number(value, who, name, low, high)
        try:
            float(value)
        except OverflowError:
            raise ValueError(f"{who}: {name} is beyond all floats") from None
    return rule


def _count(value: Any, who: str, name: str) -> None:
    checks.number(value, who, name)
    if value % 1 != 0:  # so for infinity and what is no number
        raise ValueError(f"{who}: {name} must be a whole number, got {value}")


def _answer(value: Any, who: str, name: str) -> None:
    if not isinstance(value, bool | int | np.bool_) or value not in (0, 1):
        raise TypeError(f"{who}: {name} must be True or False, got {value!r}")


def _precision(value: Any, who: str, name: str) -> None:
    if value is not None:
        _ANY(value, who, name)


# Numbers are not held to what the constructors want of them: who has set a negative decay by hand
# wants his model back. A share that is none would fail in the first step.
_SHARE, _ANY = _number(0, 1), _number()
_RATES = {"learning_rate": _ANY, "current_learning_rate": _ANY, "decay": _ANY, "iterations": _count}
_STRENGTHS = {f"{kind}_regularizer_{norm}": _ANY
              for kind in ("weight", "bias") for norm in ("l1", "l2")}


class Made(NamedTuple):
    """What a class is made of."""

    role: str  # "layer", "loss", "optimizer" or "accuracy"
    settings: dict[str, Rule] = {}  # each is there
    options: dict[str, Rule] = {}  # each may be
    has_parameters: bool = False


OF: dict[type, Made] = {
    layers.Layer_Input: Made("layer"),
    layers.Layer_Dense: Made("layer", _STRENGTHS, {"weight_scale": _ANY, "trainable": _answer},
                             True),
    layers.Layer_Dropout: Made("layer", {"rate": _SHARE}),
    activations.Activation_ReLU: Made("layer"),
    activations.Activation_LeakyReLU: Made("layer", {"alpha": _ANY}),
    activations.Activation_Softmax: Made("layer"),
    activations.Activation_Sigmoid: Made("layer"),
    activations.Activation_Tanh: Made("layer"),
    activations.Activation_Linear: Made("layer"),
    losses.Loss_CategoricalCrossentropy: Made("loss"),
    losses.Activation_Softmax_Loss_CategoricalCrossentropy: Made("loss"),
    losses.Loss_BinaryCrossentropy: Made("loss"),
    losses.Loss_MeanSquaredError: Made("loss"),
    losses.Loss_MeanAbsoluteError: Made("loss", {"book_gradient": _answer}),
    optimizers.Optimizer_SGD: Made("optimizer", {**_RATES, "momentum": _ANY}),
    optimizers.Optimizer_Adagrad: Made("optimizer", {**_RATES, "epsilon": _ANY}),
    optimizers.Optimizer_RMSprop: Made("optimizer", {**_RATES, "epsilon": _ANY,
                                                     "rho": _ANY}),
    optimizers.Optimizer_Adam: Made("optimizer", {**_RATES, "epsilon": _ANY,
                                                  "beta_1": _ANY, "beta_2": _ANY}),
    accuracy.Accuracy_Categorical: Made("accuracy", {"binary": _answer}),
    accuracy.Accuracy_Regression: Made("accuracy", {"precision": _precision}),
}
CLASSES = {one.__name__: one for one in OF}
_STATE = ("momentums", "cache")


def check(thing: Any, kind: type, who: str) -> None:
    """Refuse a thing that does not hold what one of this class holds, or holds it out of range.

    TypeError or ValueError that starts with `who` and names the attribute.
    """
    made, held = OF[kind], vars(thing)
    for name, rule in made.settings.items():
        if name not in held:
            raise ValueError(f"{who}: {name} is missing")
        rule(held[name], who, name)
    for name, rule in made.options.items():
        if name in held:
            rule(held[name], who, name)
    for name in held:
        if callable(getattr(type(thing), name, None)):
            raise ValueError(f"{who}: {name} is a method, and no attribute to be set")
        if name.startswith("_") and hasattr(kind, name):
            raise ValueError(f"{who}: {name} belongs to {kind.__name__}, and is not to be set")
        if name in ("weights", "biases") and not made.has_parameters:
            raise ValueError(f"{who}: {name} are no part of a {kind.__name__}")
    if made.has_parameters:
        _check_parameters(thing, who)


def _check_parameters(layer: Any, who: str) -> None:
    held = vars(layer)
    weights, biases = (floats(held.get(name), who, name) for name in ("weights", "biases"))
    if weights.ndim != 2 or 0 in weights.shape:
        raise ValueError(f"{who}: weights must be (I, O), got {weights.shape}")
    O = weights.shape[1]
    if biases.shape not in ((1, O), (O,)):
        raise ValueError(f"{who}: biases must be (1, {O}), got {biases.shape}")
    for kind in _STATE:
        pair = [f"weight_{kind}", f"bias_{kind}"]
        if not any(name in held for name in pair):
            continue
        for name, like in zip(pair, (weights, biases)):
            state = floats(held.get(name), who, name)
            if state.shape != like.shape:
                raise ValueError(f"{who}: {name} must be {like.shape} like its parameters, "
                                 f"got {state.shape}")


def floats(value: Any, who: str, name: str) -> np.ndarray:
    """`value`, an array of floats; TypeError for anything else."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise TypeError(f"{who}: {name} must be an array of floats, got {checks.shown(value)}")
    return value


def check_chain(chain: list[Any], who: str) -> None:
    """Refuse dense layers whose sides do not fit each other."""
    before = None
    for n, layer in enumerate(chain):
        if not isinstance(layer, layers.Layer_Dense):
            if type(layer) not in OF:
                before = None  # somebody's own layer may change the width
            continue
        if before is not None and before.weights.shape[1] != layer.weights.shape[0]:
            raise ValueError(f"{who}.{n}: weights {layer.weights.shape} cannot follow "
                             f"{before.weights.shape} of the layer before")
        before = layer
