"""What differs between a program in our classes and in the reference's."""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from programs import difference

from .order import in_order, sums_in_another_order
from .program import Program
from .ways import WAYS, Left, numpy_of, run

REAL, ORDER, ROUNDING, UNSTABLE = "real", "sums in another order", "rounding", "ill-conditioned"
TOLERANCE = {"native": 1e-4, "plain": 1e-10}

# Where fastnn refuses what the reference takes: part of the message, and why.
REFUSALS = [
    (r"class indices must be 0 to", "the reference takes negative labels from the end"),
    (r"class indices must be whole numbers", "whole floats are classes, others are not"),
    (r"must be .* like (the predictions|the network's outputs)",
     "NumPy would spread the targets over the predictions"),
    (r"one-hot y_true must be|y_true must be \(N,\)", "NumPy would spread the targets"),
    (r"with targets of two axes predictions must be classes",
     "NumPy would compare each output with the class"),
    (r"must be an array of numbers", "complex numbers and objects are none of the book's"),
    (r"(inputs|X) must be \(N, ", "NumPy takes one sample without its axis, up to some layer"),
    (r"is an empty batch", "NumPy goes on with means of nothing, NaN"),
    (r"must have one row for each sample|must have one label", "the reference cuts or spreads"),
]


# Where the reference raises and fastnn need not.
LENIENCES = {"float labels": "floats that are whole are classes; NumPy takes none as an index",
             "objects": "objects that are all numbers are taken as float64; NumPy's updates fail",
             "flat": "the first column of one-hot targets, in floats: the same"}


class Difference(NamedTuple):
    """The first array that differs, of one way to train."""

    way: str
    kind: str
    name: str
    text: str
    steps: int | None = None

    def __str__(self) -> str:
        after = "" if self.steps is None else f" after step {self.steps}"
        return f"{self.way}: {self.name}: {self.text}{after} ({self.kind})"

    @property
    def sort(self) -> tuple[str, ...]:
        """Differences of one sort have one cause, as far as one can see from outside."""
        text = re.sub(r"\w+: \w+ has", "an operand has", self.text)  # of an instruction
        return (self.kind, re.sub(r"\d+", "", self.name),
                re.sub(r"[-+\d.e]+", "", text)[:60])


class Result(NamedTuple):
    """All differences of one program, and how many elements were compared."""

    differences: list[Difference]
    elements: int
    differing: Counter


def compare(program: Program, ways: list[str] = WAYS) -> Result:
    """Train it every way."""
    found, elements, differing = [], 0, Counter()
    with numpy_of(program.mode):
        oracle: dict[str, Left] = {}
        for way in ways:
            of = "model" if way == "model" else "hand"
            if of not in oracle:
                oracle[of] = run(program, of, ours=False)
            got = run(program, way, ours=True)
            one, size, unequal = judge(program, way, got, oracle[of])
            elements += size
            if one is not None:
                found.append(one)
                differing[one.kind] += unequal
    return Result(found, elements, differing)


def judge(program: Program, way: str, got: Left, expected: Left
          ) -> tuple[Difference | None, int, int]:
    """(difference, elements compared, elements that differ)."""
    if got.error is not None or expected.error is not None:
        return errors(program, way, got.error, expected.error), 0, 0
    unequal = differences(got, expected)
    size = sum(value.size for value in expected.arrays.values())
    count = sum(elements(got.arrays.get(name), expected.arrays.get(name)) for name in unequal)
    if not unequal:
        return None, size, 0
    if program.mode != "book":
        return rounded(program, way, got, expected, unequal), size, count
    return first(program, way, unequal), size, count


def errors(program: Program, way: str, got: Exception | None, expected: Exception | None
           ) -> Difference | None:
    if got is None:
        if program.misfit in LENIENCES:
            return None
        return Difference(way, REAL, "error", f"the reference alone raises {expected!r}")
    text = f"{type(got).__name__}: {got}"
    if expected is None:
        if any(re.search(pattern, str(got)) for pattern, _ in REFUSALS):
            return None
        return Difference(way, REAL, "error", f"ours alone raises {text}")
    if type(got) not in (ValueError, TypeError, RuntimeError):
        return Difference(way, REAL, "error", f"no clear error: {text}; reference {expected!r}")
    return None


def differences(got: Left, expected: Left) -> dict[str, str]:
    """What differs, in the order of computation: names and how."""
    found = {}
    for name in in_order(got.arrays.keys() | expected.arrays.keys()):
        if name not in got.arrays:
            found[name] = "missing"
        elif name not in expected.arrays:
            found[name] = "not expected"
        elif text := difference(native(got.arrays[name]), native(expected.arrays[name])):
            found[name] = text
        elif got.arrays[name].dtype != expected.arrays[name].dtype:
            found[name] = "another byte order"
    if got.names != expected.names:
        found["sharing"] = (f"one array: {[*map(sorted, got.names - expected.names)]}, "
                            f"expected {[*map(sorted, expected.names - got.names)]}")
    for n, (a, b) in enumerate(zip([*got.lines, None], [*expected.lines, None])):
        if a != b:
            found["lines"] = f"line {n} is {a!r}, expected {b!r}"
            break
    return found


def native(values: np.ndarray) -> np.ndarray:
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def elements(got: np.ndarray | None, expected: np.ndarray | None) -> int:
    if got is None or expected is None or got.shape != expected.shape:
        return 1
    same = (got == expected) & (np.signbit(got) == np.signbit(expected)) \
        if got.dtype.kind == expected.dtype.kind == "f" else got == expected
    if got.dtype.kind == "f":
        same |= np.isnan(got) & np.isnan(expected)
    return int(np.count_nonzero(~same))


# ---------------------------------------------------------------------------- the book's mode


def first(program: Program, way: str, unequal: dict[str, str]) -> Difference:
    """The first array that differs, after the first step after which one does."""
    name, text = next(iter(unequal.items()))
    total = program.steps_of_epoch * program.epochs
    if way == "model" and program.lines == "epochs":
        program = program.but(batch_size=None)
        total = program.epochs
    before = run(program, "hand", ours=False, steps=0)
    for steps in range(1, total + 1):
        got = run(program, way, ours=True, steps=steps)
        expected = run(program, "model" if way == "model" else "hand", ours=False, steps=steps)
        if expected.error is not None or got.error is not None:
            break
        found = differences(got, expected)
        arrays = [one for one in found if re.match("layers|loss|softmax", one)]
        if arrays:
            name, text = arrays[0], found[arrays[0]]
            summed = name in got.arrays and sums_in_another_order(
                program, name, got.arrays[name], expected.arrays[name], expected.arrays,
                before.arrays)
            return Difference(way, ORDER if summed else REAL, name, text, steps)
        before = expected
    return Difference(way, REAL, name, text)


# ----------------------------------------------------------------------------- the other modes


def rounded(program: Program, way: str, got: Left, expected: Left,
            unequal: dict[str, str]) -> Difference | None:
    """The first array that differs by more than rounding; else that rounding differs."""
    bound, last = TOLERANCE[program.mode], None
    for name, text in unequal.items():
        a, b = got.arrays.get(name), expected.arrays.get(name)
        if name == "lines" and len(got.lines) == len(expected.lines):
            continue  # the numbers stand in the arrays
        if a is None or b is None or a.shape != b.shape or a.dtype != b.dtype:
            return Difference(way, REAL, name, text)
        if b.dtype.kind != "f":
            off, allowed = 1.0, 0.0
        else:
            off, allowed = farthest(a, b), bound * largest(program, b)
        if not off <= allowed:
            if last is None:
                last = run(program, "model" if way == "model" else "hand", ours=False,
                           disturbed=1e-6 if program.mode == "native" else 1e-14)
            moved = farthest(last.arrays[name], b) if b.dtype.kind == "f" else off * (
                not np.array_equal(last.arrays[name], b))
            if off <= 10 * moved or is_discontinuous(program, expected):
                return Difference(way, UNSTABLE, name, text)
            return Difference(way, REAL, name, f"{text}; farthest off {off:.3g}, "
                              f"allowed {allowed:.3g}")
    name, text = next(iter(unequal.items()))
    return Difference(way, ROUNDING, name, text)


def is_discontinuous(program: Program, expected: Left) -> bool:
    """Whether rounding decides more than last bits, by fastnn's own rules for these modes.

    The absolute error's slope is the sign of an error that may be 0 but for rounding; and numbers
    below the normal ones count as 0 in native runs, before a ReLU as well.
    """
    floats = [one for one in expected.arrays.values() if one.dtype.kind == "f"]
    return program.loss.startswith("absolute") or any(
        np.any((one != 0) & (np.abs(one) < np.finfo(one.dtype).tiny)) for one in floats)


def farthest(a: np.ndarray, b: np.ndarray) -> float:
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return 0.0 if same.all() else float(np.max(np.abs(np.subtract(a, b, dtype=float)[~same])))


def largest(program: Program, b: np.ndarray) -> float:
    finite = np.abs(b[np.isfinite(b)])
    return max(float(finite.max()) if finite.size else 0.0, 1e-3)  # 1 - y * y cancels
