"""Where rounding decides more than last bits, in the fast lane: which elements of an array.

Each function takes the step after which the array is off, and gives by how much rounding may move
each of its elements; 0 where only last bits may differ.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fastnn import reference

from .program import Program, build
from .rounding import largest, tolerance
from .ways import calls


class Step(NamedTuple):
    """A step of the training; None: all of it, and the passes after it."""

    program: Program
    number: int | None
    got: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]  # what the reference left
    before: dict[str, np.ndarray]  # what the step found there
    slopes: Mapping[str, float] = {}  # the largest of each gradient, summed over the steps so far


def is_excused(step: Step, name: str) -> bool:
    """Whether every element that is too far off is one that rounding may move so far."""
    a, b = step.got.get(name), step.expected.get(name)
    if a is None or b is None or a.shape != b.shape or a.dtype != b.dtype:
        return False
    with np.errstate(all="ignore"):
        off = np.asarray(np.abs(np.subtract(a, b, dtype=float)))
        off[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
        off[np.isnan(off)] = np.inf
        allowed = tolerance(step.program) * largest(b)
        return bool(np.all(off <= allowed + jumps(step, name, b)))


def jumps(step: Step, name: str, b: np.ndarray) -> np.ndarray:
    found = [of_overflow, of_kink, of_absolute_error, of_penalty, of_momentum, of_ties]
    return sum((np.asarray(one(step, name, b), float) for one in found), np.zeros(b.shape))


def where(mask: np.ndarray, most: np.ndarray | float) -> np.ndarray:
    return np.where(mask, most, 0.0)


def of_overflow(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """Beyond the root of all numbers the order of a sum decides between inf, NaN and a number."""
    if any(np.any(overflows(one)) for one in operands(step, name)):
        return np.inf
    return where(overflows(b), np.inf)


def overflows(b: np.ndarray) -> np.ndarray:
    """Whether their squares are none of the numbers any more."""
    if b.dtype.kind != "f":
        return np.zeros(b.shape, bool)
    return ~(np.abs(b) <= np.sqrt(np.finfo(b.dtype).max))


def operands(step: Step, name: str) -> list[np.ndarray]:
    """What the reference computes the array from, or more of the same layer."""
    owner = name.rpartition(".")[0]
    layer = re.fullmatch(r"layers\[(\d+)\]", owner)
    if not layer:  # a loss
        return [one for one in (outputs(step),) if one is not None]
    found = [step.before[one] for one in step.before if re.fullmatch(
        re.escape(owner) + r"\.(weights|biases|.*_momentums|.*_cache)", one)]
    found += [step.expected[f"{owner}.inputs"]] if f"{owner}.inputs" in step.expected else []
    slope = slope_into(int(layer[1]), step.expected)
    return found if slope is None or name.endswith(".output") else [*found, slope]


def of_kink(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """Before a ReLU a sum may be a little above or below 0; a subnormal number may be 0.

    Before an ELU too: its slope there is 1 or alpha.
    """
    found = re.fullmatch(r"layers\[(\d+)\]\.dinputs", name)
    if not found or int(found[1]) >= len(step.program.layers):
        return 0.0
    kind, options = step.program.layers[int(found[1])]
    slope = slope_into(int(found[1]), step.expected)
    if kind not in ("ReLU", "LeakyReLU", "ELU") or slope is None:
        return 0.0
    ours, theirs = (left[f"layers[{found[1]}].inputs"] for left in (step.got, step.expected))
    other = ((ours > 0) != (theirs > 0)) | (np.abs(theirs) < np.finfo(theirs.dtype).tiny)
    below = options.get("alpha", {"ReLU": 0, "LeakyReLU": 0.01, "ELU": 1.0}[kind])
    return where(other, np.abs(slope * (1.0 - below)))


def of_absolute_error(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """The slope is the sign of an error that may be 0 but for rounding."""
    if not step.program.loss.startswith("absolute") or name != "loss.dinputs":
        return 0.0
    p, y = outputs(step), targets(step)
    if p is None or y is None or p.shape != y.shape:
        return 0.0
    return where(np.abs(p - y) <= tolerance(step.program) * largest(p), 2 / p.size)


def targets(step: Step) -> np.ndarray | None:
    """The step's own."""
    *_, (_, y, _) = calls(step.program, build(reference, step.program), step.number)
    size = step.program.batch_size or len(y)
    return y[(len(y) - 1) // size * size:]


def of_penalty(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """A penalty l1 has the sign of a weight that may be 0 but for rounding."""
    found = re.fullmatch(r"layers\[(\d+)\]\.d(weights|biases)", name)
    if not found or int(found[1]) >= len(step.program.layers):
        return 0.0
    kind = {"weights": "weight", "biases": "bias"}[found[2]]
    l1 = step.program.layers[int(found[1])][1].get(f"{kind}_regularizer_l1", 0)
    w = step.before[f"layers[{found[1]}].{found[2]}"]
    return where(np.abs(w) <= tolerance(step.program) * largest(w), 2 * l1)


def of_momentum(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """SGD's is a sum of updates, each off as its gradient was, be it of slopes that cancel now."""
    found = re.fullmatch(r"(layers\[\d+\]\.)(weight|bias)_momentums", name)
    kind, options = step.program.optimizer
    if not found or kind != "SGD":
        return 0.0
    slope = step.slopes.get(f"{found[1]}d{'weights' if found[2] == 'weight' else 'biases'}", 0.0)
    return tolerance(step.program) * options.get("learning_rate", 1.0) * slope


def of_ties(step: Step, name: str, b: np.ndarray) -> np.ndarray | float:
    """Of two classes that are as likely rounding decides which is predicted."""
    if "accuracy" not in name:
        return 0.0
    found = outputs(step)
    if found is None or found.ndim != 2:
        return 0.0
    if step.program.accuracy == "binary":
        ties = np.abs(found - 0.5) <= tolerance(step.program)
    elif step.program.accuracy in ("categorical", None) and found.shape[1] > 1:  # None: fit's own
        second, most = np.sort(found, axis=1)[:, -2:].T
        ties = most - second <= tolerance(step.program) * np.abs(most)
    else:
        return 0.0
    many = np.count_nonzero(ties)
    return many if name.endswith("sum") else many / ties.size


def outputs(step: Step) -> np.ndarray | None:
    """Of the network."""
    last = [f"layers[{len(step.program.layers) - n}].output" for n in (0, 1)]
    for name in ("outputs", "loss.activation.output", *last):
        if name in step.expected:
            return step.expected[name]
    return None


def slope_into(n: int, left: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The dvalues that the layer was given."""
    for name in (f"layers[{n + 1}].dinputs", "loss.dinputs"):
        if name in left:
            return left[name]
    return None
