"""Layers, losses and optimizers of a network, made of names and numbers."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from fastnn import registry
from fastnn.activations import Activation_Softmax
from fastnn.engine.plan.layers import identity_backward, softmax_forward
from fastnn.layers import Layer_Dense, Layer_Dropout
from fastnn.reference import STRENGTHS
from fastnn.registry import LayerRule, register
from fastnn.support import checks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

# scikit-learn's words beside ours.
_OTHER_WORDS = {"logistic": "sigmoid", "identity": "linear", "squared_error": "meansquarederror",
                "absolute_error": "meanabsoluteerror"}


@register("layer", compiled=LayerRule(softmax_forward, identity_backward))
class _PassingSoftmax(Activation_Softmax):
    """Softmax before a loss whose slope is by what the softmax is given: `backward` hands it on."""

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dinputs` to a copy of dvalues (N, C)."""
        self.dinputs = np.array(dvalues)


def named(role: str, start: str) -> dict[str, type]:
    """The public classes of a role by their names in small letters, without their beginning."""
    return {kind.__name__.removeprefix(start).lower(): kind
            for name, kind in registry.public().items()
            if name.startswith(start) and registry.entry_of(kind, role)}


def chosen(value: Any, role: str, start: str, who: str, name: str,
           methods: tuple[str, ...], without: tuple[str, ...] = ()) -> Any:
    """A new object by a name or a class, or a copy of one that is given."""
    kinds = {name: kind for name, kind in named(role, start).items() if name not in without}
    if isinstance(value, str):
        word = value.lower()
        kind = kinds.get(_OTHER_WORDS.get(word, word.replace("_", "")))
        if kind is None:
            words = sorted([*kinds, *(ours for ours, theirs in _OTHER_WORDS.items()
                                      if theirs in kinds)])
            raise ValueError(f"{who}: {name} must be one of {', '.join(words)}, or an object, got "
                             f"{checks.shown(value)}")
        return kind()
    checks.has_methods(value, methods, who, name)
    return value() if isinstance(value, type) else copy.deepcopy(value)


def dense(weights: Array, biases: Array) -> Layer_Dense:
    """A dense layer of these parameters. Its constructor would draw from NumPy's global stream."""
    layer = object.__new__(Layer_Dense)
    vars(layer).update(weights=weights, biases=biases, **dict.fromkeys(STRENGTHS, 0.0))
    return layer


def drawn(widths: Sequence[int], activation: Any, dtype: Any,
          random: np.random.RandomState) -> list[Layer_Dense]:
    """Dense layers as scikit-learn's networks begin: uniform, after Glorot and Bengio 2010.

    widths: of the samples, the hidden layers and the outputs.
    """
    factor = 2.0 if activation in ("logistic", "sigmoid") else 6.0
    found = []
    for n_inputs, n_neurons in zip(widths, widths[1:]):
        bound = float(np.sqrt(factor / (n_inputs + n_neurons)))
        weights = random.uniform(-bound, bound, (n_inputs, n_neurons)).astype(dtype)
        biases = random.uniform(-bound, bound, n_neurons).astype(dtype)
        found.append(dense(weights, biases.reshape(1, -1)))
    return found


def chain_of(found: Sequence[Layer_Dense], activation: Any, dropout: float, who: str) -> list[Any]:
    """These dense layers with an activation, and dropout, between each two."""
    chain: list[Any] = [found[0]]
    for layer in found[1:]:
        chain.append(chosen(activation, "layer", "Activation_", who, "activation",
                            ("forward", "backward"), ("softmax",)))
        if dropout:
            chain.append(Layer_Dropout(dropout))
        chain.append(layer)
    return chain


def denses(chain: list[Any]) -> list[Layer_Dense]:
    """The layers with weights."""
    return [layer for layer in chain if isinstance(layer, Layer_Dense)]


def penalize(chain: list[Any], l1: float, l2: float) -> None:
    """Give the weights, and not the biases, these strengths."""
    for layer in denses(chain):
        layer.weight_regularizer_l1, layer.weight_regularizer_l2 = l1, l2


def anew(found: Sequence[Layer_Dense]) -> list[Layer_Dense]:
    """The same parameters in layers of their own, without what an optimizer left."""
    return [dense(layer.weights.copy(), layer.biases.copy()) for layer in found]


def swept(chain: list[Any], *others: Any) -> None:
    """Take off the layers and what goes with them the arrays of the last step."""
    passing = registry.results()
    for thing in (*chain, *others):
        for name in passing.intersection(getattr(thing, "__dict__", ())):
            delattr(thing, name)


def optimizer(solver: Any, given: dict[str, Any], who: str) -> Any:
    """An optimizer by its name, with those of the given numbers that it takes; or a copy."""
    kinds = named("optimizer", "Optimizer_")
    if isinstance(solver, str):
        kind = kinds.get(solver.lower())
        if kind is None:
            raise ValueError(f"{who}: solver must be one of {', '.join(sorted(kinds))}, got "
                             f"{checks.shown(solver)}")
        entry = registry.entry_of(kind, "optimizer")
        taken = entry.settings.keys() if entry else ()
        return kind(**{name: float(value) for name, value in given.items() if name in taken})
    raise TypeError(f"{who}: solver must be a name, one of {', '.join(sorted(kinds))}, got "
                    f"{checks.shown(solver)}; an object goes to optimizer=")
