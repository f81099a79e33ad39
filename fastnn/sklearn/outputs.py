"""What a trained network says of samples, from any number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.layers import Layer_Dropout
from fastnn.support.numerics import own

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array

_ROWS = 256  # at a time


def outputs(chain: list[Any], X: Array, precision: str) -> Array:
    """The outputs (N, O) of the chain for samples X (N, I), in blocks of so many rows."""
    copies = [_twin(layer) for layer in chain if not isinstance(layer, Layer_Dropout)]
    found: list[Array] = []
    with own(precision):
        for begin in range(0, len(X), _ROWS):
            x = X[begin:begin + _ROWS]
            for layer in copies:
                layer.forward(x)
                x = layer.output
            found.append(x)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _twin(layer: Any) -> Any:
    """A shallow copy: other threads use the layer at the same time."""
    made = object.__new__(type(layer))
    vars(made).update(vars(layer))
    return made
