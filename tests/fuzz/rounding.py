"""Whether what differs differs by rounding alone."""

import re

import numpy as np

from .found import REAL, ROUNDING, UNSTABLE, Difference
from .program import Program
from .ways import Left, oracle_of, run

# Of the largest in an array; beyond that it is for the reference, its weights disturbed, to say.
TOLERANCE = {"book": 1e-6, "native": 1e-4, "plain": 1e-10}
DISTURBED = {"book": 2.4e-7, "native": 1e-6, "plain": 1e-14}


def rounded(program: Program, way: str, got: Left, expected: Left,
            unequal: dict[str, str]) -> Difference:
    """The first array that differs by more than rounding; else that rounding differs."""
    beyond = beyond_rounding(program, way, got, expected, unequal)
    if beyond is not None:
        return beyond
    name, text = next(iter(unequal.items()))
    return Difference(way, ROUNDING, name, text)


def beyond_rounding(program: Program, way: str, got: Left, expected: Left,
                    unequal: dict[str, str], steps: int | None = None,
                    explained: str = "") -> Difference | None:
    """The first array that is farther off than rounding explains; None where there is none.

    explained: the array whose signs of zeros are no matter any more.
    """
    last, signs_count = None, program.mode == "book" or not values_differ(got, expected, unequal)
    for name, text in unequal.items():
        a, b = got.arrays.get(name), expected.arrays.get(name)
        if name == "lines" and len(got.lines) == len(expected.lines):
            continue  # the numbers stand in the arrays
        if a is None or b is None or a.shape != b.shape or a.dtype != b.dtype:
            return Difference(way, REAL, name, text, steps)
        off, allowed = off_by(a, b), TOLERANCE[program.mode] * largest(b)
        # in other modes than the book's a factor may be 0 but for rounding
        signs = zero_signs(a, b) if signs_count and not name.endswith(explained or "?") else 0
        if b.dtype.kind != "f":
            allowed = 0.0
        if off <= allowed and not signs:
            continue
        if last is None:
            last = run(program, oracle_of(way), ours=False, steps=steps,
                       disturbed=DISTURBED[program.mode])
        c = last.arrays[name]
        if (off <= allowed or off <= 10 * off_by(c, b)) and (not signs or zero_signs(c, b)):
            kind = UNSTABLE
        else:
            kind = UNSTABLE if is_discontinuous(program, expected) or (
                "accuracy" in name and has_ties(program, expected)) else REAL
        said = f"farthest off {off:.3g}, allowed {allowed:.3g}, {signs} signs of zeros"
        return Difference(way, kind, name, f"{text}; {said}", steps)
    return None


def is_discontinuous(program: Program, expected: Left) -> bool:
    """Whether rounding decides more than last bits, by fastnn's own rules for these modes.

    The absolute error's slope is the sign of an error that may be 0 but for rounding; numbers below
    the normal ones count as 0 in native runs, before a ReLU as well; where squares are beyond all
    numbers it is the order of a sum that decides between inf and NaN; and a penalty l1 has the sign
    of a weight.
    """
    if program.mode == "book":
        return False
    if any(near_zero(program, one) for name, one in expected.arrays.items()
           if is_penalized(program, name)):
        return True
    floats = [one for one in expected.arrays.values() if one.dtype.kind == "f"]
    return program.loss.startswith("absolute") or any(
        np.any((one != 0) & (np.abs(one) < np.finfo(one.dtype).tiny)
               | (np.abs(one) > np.sqrt(np.finfo(one.dtype).max))) for one in floats)


def is_penalized(program: Program, name: str) -> bool:
    """Whether these are parameters with a penalty l1."""
    match = re.fullmatch(r"layers\[(\d+)\]\.(weight|biase)s", name)
    if not match or int(match[1]) >= len(program.layers):
        return False
    kind = {"biase": "bias"}.get(match[2], match[2])
    return bool(program.layers[int(match[1])][1].get(f"{kind}_regularizer_l1", 0))


def near_zero(program: Program, a: np.ndarray) -> bool:
    """Whether an element may be of either sign."""
    return bool(np.any(np.abs(a) <= TOLERANCE[program.mode] * largest(a)))


def has_ties(program: Program, expected: Left) -> bool:
    """Whether of two classes that are as likely rounding decides which is predicted."""
    if program.mode == "book" or program.accuracy != "categorical":
        return False
    last = f"layers[{len(program.layers) - 1}].output"
    outputs = expected.arrays.get("loss.activation.output", expected.arrays.get(last))
    if outputs is None or outputs.ndim != 2 or outputs.shape[1] < 2:
        return False
    second, most = np.sort(outputs, axis=1)[:, -2:].T
    return bool(np.any(most - second <= TOLERANCE[program.mode] * np.abs(most)))


def values_differ(got: Left, expected: Left, unequal: dict[str, str]) -> bool:
    """Whether any of these differs in more than signs of zeros."""
    found = ((got.arrays.get(name), expected.arrays.get(name)) for name in unequal)
    return any(a is not None and b is not None and a.shape == b.shape and off_by(a, b) != 0
               for a, b in found)


def off_by(a: np.ndarray, b: np.ndarray) -> float:
    """How far the farthest element is off; 1 for what is no float and differs."""
    if b.dtype.kind != "f":
        return float(not np.array_equal(a, b))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return 0.0 if same.all() else float(np.max(np.abs(np.subtract(a, b, dtype=float)[~same])))


def zero_signs(a: np.ndarray, b: np.ndarray) -> int:
    """How many zeros of the two have another sign."""
    if a.dtype.kind != "f":
        return 0
    return int(np.count_nonzero((a == 0) & (b == 0) & (np.signbit(a) != np.signbit(b))))


def largest(b: np.ndarray) -> float:
    finite = np.abs(b[np.isfinite(b)]) if b.dtype.kind == "f" else np.zeros(0)
    return max(float(finite.max()) if finite.size else 0.0, 1e-3)  # 1 - y * y cancels
