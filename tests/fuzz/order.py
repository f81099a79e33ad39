"""Arrays in the order of computation, and whether a product summed in another order."""

import re
from typing import Any

import numpy as np

from .program import Program
from .ways import EVALUATED, PREDICTED

TINY = np.finfo(float).smallest_subnormal  # what a product that is no number more may still be
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


def share_of_bound(program: Program, name: str, got: np.ndarray | None, expected: np.ndarray | None,
                   left: dict[str, np.ndarray], before: dict[str, np.ndarray]) -> float | None:
    """How far the elements of a product are off, of what another order of its sums explains.

    None where it explains them not: for what is no product, or where an element is farther off.
    left: what the step left in the reference; before: what it found (the weights).
    """
    if got is None or expected is None or (
            got.dtype != expected.dtype or got.shape != expected.shape):
        return None
    found = terms_of(program, name, left, before)
    if found is None:
        return None
    many, terms, added, total = found
    differing = (got != expected) & ~(np.isnan(got) & np.isnan(expected))
    if not np.isfinite(got[differing]).all() or not np.isfinite(expected[differing]).all():
        return None
    signs = (got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))
    if np.any(signs & ~rounds_to_zero(many, terms)):
        return None
    sums = np.finfo(float).eps * 2 * many * terms
    last = np.finfo(np.float32).eps * 2 * (np.abs(expected.astype(float)) + added)  # rounded once
    if total is not None and not may_round_apart(total[differing], sums[differing]).all():
        return None
    off = np.abs(got.astype(float) - expected)[differing]
    shares = off / (sums + last)[differing]
    return None if np.any(shares > 1) else float(np.max(shares, initial=0.0))


def may_round_apart(total: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Whether a border between two floats is as near as the sums in float64 may be off."""
    low, high = (total + sign * sums for sign in (-1, 1))
    return low.astype(np.float32) != high.astype(np.float32)


def rounds_to_zero(many: int, terms: np.ndarray) -> np.ndarray:
    """Whether a sum of these terms, not 0 itself, may be the 0 of either sign in float32.

    An exact 0 is +0 in any order, unless all terms are -0.
    """
    return (terms > 0) & (many > 1)


def terms_of(program: Program, name: str, left: dict[str, np.ndarray],
             before: dict[str, np.ndarray]
             ) -> tuple[int, np.ndarray, Any, np.ndarray | None] | None:
    """(terms in a sum, sums of their absolute values, what is added, sums); None: no product."""
    match = re.match(r"layers\[(\d+)\]\.(output|dweights|dinputs)$", name)
    if not match or int(match[1]) >= len(program.layers):
        return None
    kind, options = program.layers[int(match[1])]
    path, attribute = f"layers[{match[1]}]", match[2]
    slope = None if attribute == "output" else slope_into(int(match[1]), left)
    if attribute != "output" and slope is None:
        return None
    slope = None if slope is None else slope.astype(float)
    if kind == "Softmax" and attribute == "dinputs":  # by the Jacobian
        s, slope = left[f"{path}.output"].astype(float), np.abs(slope)
        terms = s * (slope + np.sum(s * slope, axis=1, keepdims=True))
        return s.shape[1], terms + (s > 0) * TINY, 0.0, None
    if kind != "Dense":
        return None
    weights = before[f"{path}.weights"].astype(float)
    if attribute == "dinputs":
        return *product(slope, weights.T), 0.0, slope @ weights.T
    inputs = left[f"{path}.inputs"].astype(float)
    if attribute == "output":
        biases = np.abs(before[f"{path}.biases"].astype(float))
        return *product(inputs, weights), biases, inputs @ weights
    penalties = (options.get("weight_regularizer_l1", 0)
                 + 2 * options.get("weight_regularizer_l2", 0) * np.abs(weights))
    return *product(inputs.T, slope), penalties, inputs.T @ slope


def product(a: np.ndarray, b: np.ndarray) -> tuple[int, np.ndarray]:
    """(terms in a sum, sums of their absolute values)."""
    return a.shape[1], np.abs(a) @ np.abs(b)


def slope_into(n: int, left: dict[str, np.ndarray]) -> np.ndarray | None:
    """The dvalues that the layer was given."""
    for name in (f"layers[{n + 1}].dinputs", "loss.dinputs"):
        if name in left:
            return left[name]
    return None
