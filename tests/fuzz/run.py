"""What differs between a program in our classes and in the reference's."""

import re
from collections import Counter
from typing import NamedTuple

from .errors import errors
from .found import ORDER, REAL, Difference
from .order import share_of_bound
from .program import Program
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
    if program.mode != "book":
        return rounded(program, way, got, expected, unequal), size, count
    one = first(program, way, unequal)
    if one.kind == ORDER:  # the first is explained; nor may all that follows be a fault
        beyond = beyond_rounding(program, way, got, expected, unequal, explained=one.name)
        one = beyond if beyond is not None and beyond.kind == REAL else one
    return one, size, count


# ---------------------------------------------------------------------------- the book's mode


def first(program: Program, way: str, unequal: dict[str, str]) -> Difference:
    """The first array that differs, after the first step after which one does."""
    program = stepwise(program, way)
    before = run(program, "hand", ours=False, steps=0)
    for steps in range(1, program.steps + 1):
        got, expected = (run(program, way, ours=True, steps=steps),
                         run(program, oracle_of(way), ours=False, steps=steps))
        if expected.error is not None or got.error is not None:
            break
        found = differences(got, expected)
        found = {name: found[name] for name in found if re.match("layers|loss|softmax", name)}
        if found:
            return at_step(program, way, steps, got, expected, before, found)
        before = expected
    return in_pass(program, way) or Difference(way, REAL, *next(iter(unequal.items())))


def at_step(program: Program, way: str, steps: int, got: Left, expected: Left, before: Left,
            found: dict[str, str]) -> Difference:
    """Real, unless the first is a sum in another order and the others no farther off than that."""
    name, text = next(iter(found.items()))
    share = share_of_bound(program, name, got.arrays.get(name), expected.arrays.get(name),
                           expected.arrays, before.arrays)
    if share is None:
        return Difference(way, REAL, name, text, steps)
    beyond = beyond_rounding(program, way, got, expected, found, steps, name)
    if beyond is not None and beyond.kind == REAL:
        return beyond
    worst = max(off_by(got.arrays[one], expected.arrays[one]) / largest(expected.arrays[one])
                for one in found)
    return Difference(way, ORDER, name, text, steps, share, worst)


def in_pass(program: Program, way: str) -> Difference | None:
    """The first array that differs in predict or evaluate, where the training does not."""
    if way != "model":
        return None
    size = program.tested_batch or program.tested
    for tested in [*range(size, program.tested, size), program.tested]:
        got, expected = (run(program, way, ours=ours, tested=tested) for ours in (True, False))
        if expected.error is not None or got.error is not None:
            return None
        found = differences(got, expected)
        for prefix in (PREDICTED, EVALUATED):
            for name, text in found.items():
                if name.startswith(prefix):
                    inside = name.removeprefix(prefix)
                    a, b = within(prefix, got.arrays), within(prefix, expected.arrays)
                    share = share_of_bound(program, inside, a.get(inside), b.get(inside), b, b)
                    if share is None:
                        return Difference(way, REAL, name, text)
                    return Difference(way, ORDER, name, text, share=share)
    return None
