"""What differs between a program in our classes and in the reference's."""

import re
from collections import Counter
from typing import NamedTuple

from .errors import errors
from .found import REAL, Difference
from .program import ROUNDED, Program
from .trace import rounded
from .unequal import differences, elements
from .ways import WAYS, Left, numpy_of, oracle_of, run, stepwise


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
    return at_step(program, way) or Difference(way, REAL, *next(iter(unequal.items()))), size, count


def at_step(program: Program, way: str) -> Difference | None:
    """The first array that differs after the first step that leaves one; None: it is elsewhere."""
    program = stepwise(program, way)
    for steps in range(1, program.steps + 1):
        got = run(program, way, ours=True, steps=steps)
        expected = run(program, oracle_of(way), ours=False, steps=steps)
        if got.error is not None or expected.error is not None:
            return None
        for name, text in differences(got, expected).items():
            if re.match("layers|loss|softmax", name):
                return Difference(way, REAL, name, text, steps)
    return None
