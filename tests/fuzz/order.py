"""Arrays in the order of computation, and whether a product summed in another order."""

import re
from typing import Any

import numpy as np

from .program import Program

# Within a layer, and which pass of a step they belong to.
FORWARD = ["inputs", "binary_mask", "output"]
BACKWARD = ["dweights", "dbiases", "dinputs"]


def place(name: str) -> tuple[Any, ...]:
    """The place of a name in the order of a step's computation."""
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


def is_product(program: Program, name: str) -> bool:
    layer = re.match(r"layers\[(\d+)\]\.(output|dweights|dinputs)$", name)
    return bool(layer) and program.layers[int(layer[1])][0] == "Dense"


def sums_in_another_order(program: Program, name: str, got: np.ndarray, expected: np.ndarray,
                          left: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> bool:
    """Whether the array is a product, and no element farther off than an order of sums explains.

    left: what the step left in the reference; before: what it found (the weights).
    """
    if not is_product(program, name) or got.dtype != expected.dtype or got.shape != expected.shape:
        return False
    path, _, attribute = name.rpartition(".")
    options = program.layers[int(re.findall(r"\d+", path)[0])][1]
    weights = before[f"{path}.weights"].astype(float)
    if attribute == "output":
        a, b = left[f"{path}.inputs"], weights
        added = np.abs(before[f"{path}.biases"]).astype(float)
    else:
        slope = slope_into(program, path, left)
        if slope is None:
            return False
        added = 0.0
        a, b = slope, weights.T
        if attribute == "dweights":
            a, b = left[f"{path}.inputs"].T, slope
            added = (options.get("weight_regularizer_l1", 0)
                     + 2 * options.get("weight_regularizer_l2", 0) * np.abs(weights))
    a, b = np.abs(a.astype(float)), np.abs(b.astype(float))
    terms = a @ b
    differing = (got != expected) & ~(np.isnan(got) & np.isnan(expected))
    signs = (got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))
    if not np.isfinite(got[differing]).all() or not np.isfinite(expected[differing]).all():
        return False
    sums = np.finfo(float).eps * 2 * a.shape[1] * terms
    last = np.finfo(got.dtype).eps * 2 * (np.abs(expected.astype(float)) + added)
    close = np.abs(got.astype(float) - expected) <= sums + last
    return bool(close[differing].all()) and not signs.any()


def slope_into(program: Program, path: str, left: dict[str, np.ndarray]) -> np.ndarray | None:
    """The dvalues that the layer was given."""
    n = int(re.findall(r"\d+", path)[0])
    for name in (f"layers[{n + 1}].dinputs", "loss.dinputs"):
        if name in left:
            return left[name]
    return None
