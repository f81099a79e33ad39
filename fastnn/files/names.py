"""Names for the layers of a network, the same in every file: `dense1`, `relu1`, `dense2`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from fastnn import registry
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy as Combined
from fastnn.plots.drawing import layers_of

if TYPE_CHECKING:
    from typing import Any

_STARTS = "Layer_", "Activation_"


class Named(NamedTuple):
    """A layer, and its name: its class and the how-manieth of that it is, `dense1`."""

    name: str
    layer: Any


def named(network: Any, who: str) -> list[Named]:
    """The layers of a Model, or of a list of layers, with their names.

    A class of ours in another spelling has the name of ours, one of somebody's own has its own. Of
    the softmax with its loss it is the softmax.
    """
    seen: Counter[str] = Counter()
    found = []
    for layer in layers_of(network, who):
        if isinstance(layer, Combined) and type(layer).forward is Combined.forward:
            layer = layer.activation
        word = _word(type(layer))
        seen[word] += 1
        found.append(Named(f"{word}{seen[word]}", layer))
    return found


def _word(kind: type) -> str:
    entry = registry.entry_of(kind, "layer")
    name = kind.__name__ if entry is None or entry.is_base else entry.kind.__name__
    for start in _STARTS:
        name = name.removeprefix(start)
    return name.lower()
