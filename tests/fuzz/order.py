"""Arrays in the order of computation."""

import re
from typing import Any

from .ways import EVALUATED, PREDICTED

# Within a layer, and which pass of a step they belong to.
FORWARD = ["inputs", "binary_mask", "output"]
BACKWARD = ["dweights", "dbiases", "dinputs"]


def place(name: str) -> tuple[Any, ...]:
    """The place of a name in the order of a step's computation, or of a pass after them."""
    for n, prefix in enumerate((PREDICTED, EVALUATED), 1):
        if name.startswith(prefix):
            first, *rest = place(name.removeprefix(prefix))
            return 20 * n + first, *rest
    layer = re.match(r"layers\[(\d+)\]\.(.*)", name)
    if layer:
        n, attribute = int(layer[1]), layer[2]
        if attribute in FORWARD:
            return 0, n, FORWARD.index(attribute)
        if attribute in BACKWARD:
            return 3, -n, BACKWARD.index(attribute)
        if re.search("momentums|cache", attribute):
            return 4, n, 0, attribute
        if attribute in ("weights", "biases"):
            return 4, n, 1, attribute
        return 9, n, 0, attribute
    attribute = name.rpartition(".")[2]
    if name.startswith("input_layer"):
        return -1, 0, 0, name
    if name.startswith("loss.activation"):
        return 1, 0, 0, attribute
    if name.startswith("loss") or name.startswith("softmax_classifier_output"):
        return (2, 0, 0, name) if attribute == "dinputs" else (1, 1, 0, name)
    return 8, 0, 0, name


def in_order(names: Any) -> list[str]:
    return sorted(names, key=lambda name: (*place(name), "")[:4])
