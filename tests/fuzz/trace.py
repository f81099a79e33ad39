"""In the fast lane: where a difference beyond rounding begins, and whether it may."""

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from .found import REAL, ROUNDING, UNSTABLE, Difference
from .jumps import Step, is_excused
from .program import Program
from .rounding import all_beyond_rounding, largest, values_differ
from .unequal import differences
from .ways import EVALUATED, PREDICTED, Left, oracle_of, run, stepwise, within

Results = dict[str, tuple[np.ndarray | None, np.ndarray | None]]  # ours and the reference's


def rounded(program: Program, way: str, got: Left, expected: Left,
            unequal: dict[str, str]) -> Difference:
    """The first array that differs by more than rounding; else that rounding differs."""
    # a factor may be 0 but for rounding: signs of zeros count where nothing else differs
    signs = not values_differ(got, expected, unequal)
    found = [*all_beyond_rounding(program, way, got, expected, unequal, signs_count=signs)]
    real = [one for one in found if one.kind == REAL]
    if real:
        results: Results = {}
        judged = next(judged_steps(program, way, signs, results), None)
        return judged or judged_end(program, got, expected, real, results)
    return found[0] if found else Difference(way, ROUNDING, *next(iter(unequal.items())))


def judged_steps(program: Program, way: str, signs: bool, results: Results
                 ) -> Iterator[Difference]:
    """The first array, after the first step, that rounding by itself does not explain.

    results: filled with those that the steps leave.
    """
    program = stepwise(program, way)
    before, slopes = run(program, oracle_of(way), ours=False, steps=0), Counter()
    for steps in range(1, program.steps + 1):
        got, expected = (run(program, way, ours=True, steps=steps),
                         run(program, oracle_of(way), ours=False, steps=steps))
        if expected.error is not None or got.error is not None:
            return
        slopes.update({name: largest(one) for name, one in expected.arrays.items()
                       if re.search(r"\.d(weights|biases)$", name)})
        step = Step(program, steps, got.arrays, expected.arrays, before.arrays, slopes)
        for one in all_beyond_rounding(program, way, got, expected, differences(got, expected),
                                       steps, signs_count=signs):
            excused = is_excused(step, one.name)
            if is_judged(results, one.name, got, expected):
                continue
            if is_a_result(one.name) if excused else one.kind == UNSTABLE:
                continue
            yield one._replace(kind=UNSTABLE) if excused else one
        results.update({name: (got.arrays.get(name), value)
                        for name, value in expected.arrays.items() if is_a_result(name)})
        before = expected


def is_a_result(name: str) -> bool:
    """Whether no step goes on from it."""
    return bool(re.search(r"accuracy|^rows|accumulated", name))


def is_judged(results: Results, name: str, got: Left, expected: Left) -> bool:
    """Whether an earlier step left both as they are: a row of History is of one step."""
    return name in results and all(
        a is not None and b is not None and np.array_equal(a, b, equal_nan=True)
        for a, b in zip(results[name], (got.arrays.get(name), expected.arrays.get(name))))


def judged_end(program: Program, got: Left, expected: Left, real: list[Difference],
               results: Results) -> Difference:
    """The first array off after a training whose steps are as they should be."""
    for one in real:
        if is_judged(results, one.name, got, expected):
            continue
        prefix = next((p for p in (PREDICTED, EVALUATED) if one.name.startswith(p)), "")
        a, b = (within(prefix, left.arrays) for left in (got, expected))
        if prefix == EVALUATED:  # in batches; predict has the outputs of all samples
            b["outputs"] = expected.arrays[f"{PREDICTED}outputs"]
        step = Step(program, None, a, b, expected.arrays)
        if not is_excused(step, one.name.removeprefix(prefix)):
            return one
    return real[0]._replace(kind=UNSTABLE)
