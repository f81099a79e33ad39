"""Whether a thing holds what one of its class holds (`registry.py`): settings, arrays.

A file decides what a loaded object holds, and a checksum says only that it holds what was written.
So what is loaded is looked at as what a constructor is given is.
"""

from typing import Any

import numpy as np

from fastnn import layers, registry
from fastnn.support import checks

_STATE = ("momentums", "cache")


def check(thing: Any, kind: type, who: str) -> None:
    """Refuse a thing that does not hold what one of this class holds, or holds it out of range.

    TypeError or ValueError that starts with `who` and names the attribute.
    """
    made: Any = registry.entry_of(kind)
    held = vars(thing)
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
        if name in ("weights", "biases") and not made.parameters:
            raise ValueError(f"{who}: {name} are no part of "
                             f"{checks.a_thing_of(kind.__name__)}")
    if made.parameters:
        _check_parameters(thing, made.columns, who)


def _check_parameters(layer: Any, columns: tuple[str, ...], who: str) -> None:
    held = vars(layer)
    weights, biases = (floats(held.get(name), who, name) for name in ("weights", "biases"))
    if weights.ndim != 2 or 0 in weights.shape:
        raise ValueError(f"{who}: weights must be (I, O), got {weights.shape}")
    O = weights.shape[1]
    if biases.shape not in ((1, O), (O,)):
        raise ValueError(f"{who}: biases must be (1, {O}), got {biases.shape}")
    for name in columns:
        kept = floats(held.get(name), who, name)
        if kept.shape != (1, O):
            raise ValueError(f"{who}: {name} must be (1, {O}), got {kept.shape}")
    for kind in _states():
        pair = [f"weight_{kind}", f"bias_{kind}"]
        if not any(name in held for name in pair):
            continue
        for name, like in zip(pair, (weights, biases)):
            state = floats(held.get(name), who, name)
            if state.shape != like.shape:
                raise ValueError(f"{who}: {name} must be {like.shape} like its parameters, "
                                 f"got {state.shape}")


def _states() -> dict[str, None]:
    """What the optimizers that are known keep beside weights and biases."""
    return dict.fromkeys([*_STATE, *(state for entry in registry.entries("optimizer")
                                     for state in getattr(entry.kind, "states", ()))])


def floats(value: Any, who: str, name: str) -> np.ndarray:
    """`value`, an array of floats; TypeError for anything else."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise TypeError(f"{who}: {name} must be an array of floats, got {checks.shown(value)}")
    return value


def check_chain(chain: list[Any], who: str) -> None:
    """Refuse layers with weights whose sides do not fit each other."""
    before = None
    for n, layer in enumerate(chain):
        entry, dense = registry.entry_of(type(layer)), isinstance(layer, layers.Layer_Dense)
        if not dense and type(layer) not in registry.public().values():
            before = None  # somebody's own layer may change the width
        elif entry and entry.parameters:
            takes = layer.weights.shape[0 if dense else 1]  # all others have a number a column
            if before is not None and before[1] != takes:
                raise ValueError(f"{who}.{n}: weights {layer.weights.shape} cannot follow "
                                 f"{before} of the layer before")
            before = layer.weights.shape
