"""The parameters of layers, copied and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import registry

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array

_BOOKS = ("weights", "biases")


def names(layer: Any) -> list[str]:
    """The attributes of a layer that training changes and predicting reads."""
    entry = registry.entry_of(type(layer), "layer")
    known = _BOOKS if entry is None else (*(one.name for one in entry.parameters), *entry.columns)
    return [name for name in known if isinstance(getattr(layer, name, None), np.ndarray)]


def known(layers: list[Any], who: str) -> None:
    """Refuse layers whose parameters are known by `get_parameters` alone."""
    for layer in layers:
        if not names(layer) and callable(getattr(layer, "get_parameters", None)):
            raise TypeError(f"{who}: the parameters of {type(layer).__name__} cannot be kept, for "
                            "it has no arrays weights and biases")


def copied(layers: list[Any]) -> list[dict[str, Array]]:
    """Copies of all of them."""
    return [{name: getattr(layer, name).copy() for name in names(layer)} for layer in layers]


def put_back(layers: list[Any], arrays: list[dict[str, Array]]) -> None:
    """Give layers these copies, in the arrays that they have."""
    for layer, found in zip(layers, arrays, strict=True):
        for name, array in found.items():
            held = getattr(layer, name)
            if held.shape == array.shape and held.dtype == array.dtype and held.flags.writeable:
                held[...] = array
            else:
                setattr(layer, name, array)
