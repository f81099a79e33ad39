"""Whether what differs differs by rounding alone."""

from collections.abc import Iterator

import numpy as np

from .found import REAL, UNSTABLE, Difference
from .program import Program
from .ways import Left, oracle_of, run

# Of the largest in an array; beyond that it is for the reference, its weights disturbed, to say.
TOLERANCE = {"native": 1e-4, "double": 1e-10}
UNIT = {"native": 6e-8, "double": 1.1e-16}  # by which a sum may be off for each term
DISTURBED = {"native": 1e-6, "double": 1e-14}


def tolerance(program: Program) -> float:
    """Of the largest in an array. A sum over the rows of a step is off by up to one unit for each,
    and a square of it by twice that: NumPy's sum of 17,000 in a row was off by 1e-4 of itself.
    """
    rows = min(program.batch_size or program.samples, program.samples)
    return max(TOLERANCE[program.mode], 2 * rows * UNIT[program.mode])


def all_beyond_rounding(program: Program, way: str, got: Left, expected: Left,
                        unequal: dict[str, str], steps: int | None = None,
                        signs_count: bool = True) -> Iterator[Difference]:
    """Arrays that are too far off; ill-conditioned where disturbed weights explain it."""
    others: list[Left] = []
    for name, text in unequal.items():
        a, b = got.arrays.get(name), expected.arrays.get(name)
        if name == "lines" and len(got.lines) == len(expected.lines):
            continue  # the numbers stand in the arrays
        if a is None or b is None or a.shape != b.shape or a.dtype != b.dtype:
            yield Difference(way, REAL, name, text, steps)
            continue
        off, allowed = off_by(a, b), tolerance(program) * largest(b)
        signs = zero_signs(a, b) if signs_count else 0
        if b.dtype.kind != "f":
            allowed = 0.0
        if off <= allowed and not signs:
            continue
        if not others:  # one may by luck move an array less than a tenth of what another does
            others = [run(program, oracle_of(way), ours=False, steps=steps,
                          disturbed=DISTURBED[program.mode], draw=draw) for draw in (1, 2, 3)]
        moved = [other.arrays[name] for other in others]
        stable = not (off <= allowed or any(off <= 10 * off_by(c, b) for c in moved)) or (
            signs and not any(zero_signs(c, b) for c in moved))  # NaN is beyond any
        said = f"farthest off {off:.3g}, allowed {allowed:.3g}, {signs} signs of zeros"
        yield Difference(way, REAL if stable else UNSTABLE, name, f"{text}; {said}", steps)


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
