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


def sums_in_another_order(program: Program, name: str, got: np.ndarray, expected: np.ndarray,
                          left: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> bool:
    """Whether the array is a product, and no element farther off than an order of sums explains.

    left: what the step left in the reference; before: what it found (the weights).
    """
    if got.dtype != expected.dtype or got.shape != expected.shape:
        return False
    found = terms_of(program, name, left, before)
    if found is None:
        return False
    many, terms, added = found
    differing = (got != expected) & ~(np.isnan(got) & np.isnan(expected))
    signs = (got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))
    if not np.isfinite(got[differing]).all() or not np.isfinite(expected[differing]).all():
        return False
    sums = np.finfo(float).eps * 2 * many * terms
    last = np.finfo(np.float32).eps * 2 * (np.abs(expected.astype(float)) + added)  # rounded once
    close = np.abs(got.astype(float) - expected) <= sums + last
    return bool(close[differing].all()) and not signs.any()


def terms_of(program: Program, name: str, left: dict[str, np.ndarray],
             before: dict[str, np.ndarray]) -> tuple[int, np.ndarray, Any] | None:
    """(terms in a sum, sums of their absolute values, what is added); None: no product."""
    match = re.match(r"layers\[(\d+)\]\.(output|dweights|dinputs)$", name)
    if not match or int(match[1]) >= len(program.layers):
        return None
    kind, options = program.layers[int(match[1])]
    path, attribute = f"layers[{match[1]}]", match[2]
    slope = None if attribute == "output" else slope_into(int(match[1]), left)
    if attribute != "output" and slope is None:
        return None
    slope = None if slope is None else np.abs(slope.astype(float))
    if kind == "Softmax" and attribute == "dinputs":  # by the Jacobian
        s = left[f"{path}.output"].astype(float)
        return s.shape[1], s * (slope + np.sum(s * slope, axis=1, keepdims=True)), 0.0
    if kind != "Dense":
        return None
    weights = np.abs(before[f"{path}.weights"].astype(float))
    if attribute == "dinputs":
        return weights.shape[1], slope @ weights.T, 0.0
    inputs = np.abs(left[f"{path}.inputs"].astype(float))
    if attribute == "output":
        return inputs.shape[1], inputs @ weights, np.abs(before[f"{path}.biases"].astype(float))
    return len(inputs), inputs.T @ slope, (
        options.get("weight_regularizer_l1", 0)
        + 2 * options.get("weight_regularizer_l2", 0) * weights)


def slope_into(n: int, left: dict[str, np.ndarray]) -> np.ndarray | None:
    """The dvalues that the layer was given."""
    for name in (f"layers[{n + 1}].dinputs", "loss.dinputs"):
        if name in left:
            return left[name]
    return None
