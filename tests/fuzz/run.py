"""What differs between a program in our classes and in the reference's."""

import re
from collections import Counter
from typing import NamedTuple

from .as_ours import OurSums
from .errors import errors
from .found import ORDER, REAL, Difference
from .order import share_of_bound
from .program import ROUNDED, Program
from .rounding import beyond_rounding, largest, off_by
from .trace import rounded
from .unequal import differences, elements
from .ways import EVALUATED, PREDICTED, WAYS, Left, numpy_of, oracle_of, run, stepwise, within


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
            of = oracle_of(way)
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
    if program.mode in ROUNDED:
        return rounded(program, way, got, expected, unequal), size, count
    if program.mode != "book":  # equal in every bit
        return Difference(way, REAL, *next(iter(unequal.items()))), size, count
    return in_book_mode(program, way, got, unequal), size, count


# ---------------------------------------------------------------------------- the book's mode


def in_book_mode(program: Program, way: str, got: Left, unequal: dict[str, str]) -> Difference:
    """The first array that differs: real, unless it is a sum in another order, and everything else
    is equal where the reference has that sum too.
    """
    sums = OurSums()
    first = at_steps(program, way, sums)
    if first is None or first.kind == ORDER:
        of_passes = at_passes(program, way, sums) if way == "model" else None
        first = of_passes if first is None or (of_passes and of_passes.kind == REAL) else first
    if first is None:
        return Difference(way, REAL, *next(iter(unequal.items())))
    if first.kind == REAL:
        return first
    expected = run(program, oracle_of(way), ours=False, sums=sums)
    if expected.error is not None:
        return Difference(way, REAL, "error", str(expected.error))
    left = differences(got, expected)  # what is validated between the steps has its own sums
    beyond = beyond_rounding(program, way, got, expected, left)
    return beyond if beyond is not None and beyond.kind == REAL else first


def at_steps(program: Program, way: str, sums: OurSums) -> Difference | None:
    """The first sum in another order; or the first array that is none. sums: filled with ours."""
    program = stepwise(program, way)
    first = None
    before = run(program, "hand", ours=False, steps=0)
    for steps in range(1, program.steps + 1):
        got = run(program, way, ours=True, steps=steps)
        while True:
            expected = run(program, oracle_of(way), ours=False, steps=steps, sums=sums)
            if expected.error is not None or got.error is not None:
                return first
            found = differences(got, expected)
            found = {name: found[name] for name in found if re.match("layers|loss|softmax", name)}
            if not found:
                break
            name, text = next(iter(found.items()))
            share = share_of_bound(program, name, got.arrays.get(name), expected.arrays.get(name),
                                   expected.arrays, before.arrays)
            if share is None or not sums.put(name, got.arrays[name]):
                return Difference(way, REAL, name, text, steps)
            if first is None:
                worst = max(off_by(got.arrays[one], expected.arrays[one])
                            / largest(expected.arrays[one]) for one in found)
                first = Difference(way, ORDER, name, text, steps, share, worst)
        before = expected
    return first


def at_passes(program: Program, way: str, sums: OurSums) -> Difference | None:
    """The same of predict and evaluate, batch after batch."""
    size, first = program.tested_batch or program.tested, None
    for tested in [*range(size, program.tested, size or 1), program.tested]:
        got = run(program, way, ours=True, tested=tested)
        while True:
            expected = run(program, oracle_of(way), ours=False, tested=tested, sums=sums)
            if expected.error is not None or got.error is not None:
                return first
            found = differences(got, expected)
            name = next((one for one in found if one.startswith((PREDICTED, EVALUATED))), None)
            if name is None:
                break
            prefix = PREDICTED if name.startswith(PREDICTED) else EVALUATED
            inside = name.removeprefix(prefix)
            a, b = within(prefix, got.arrays), within(prefix, expected.arrays)
            share = share_of_bound(program, inside, a.get(inside), b.get(inside), b, b)
            if share is None or not sums.put(inside, a[inside], prefix):
                return Difference(way, REAL, name, found[name])
            first = first or Difference(way, ORDER, name, found[name], share=share)
    return first
