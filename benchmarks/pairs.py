"""Ratios of two ways to do one thing, timed in one process, in turn.

A machine's speed drifts; the ratio of two neighbouring runs hardly does. So the two sides run
A B A B ..., each pair gives a ratio, and the median is what counts.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Ratio(NamedTuple):
    """How many times as fast `ours` is as `theirs`: median and quartiles of the pairs."""

    median: float
    low: float
    high: float
    ours: float  # median seconds of one unit
    theirs: float
    pairs: int

    def __str__(self) -> str:
        return (f"{self.median:.2f} x ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs; "
                f"{1e6 * self.ours:.1f} against {1e6 * self.theirs:.1f} us)")


def nothing() -> None:
    """No preparation."""


def ratio(ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int = 31,
          calls: int = 1, units: tuple[int, int] = (1, 1),
          before: Callable[[], object] = nothing) -> Ratio:
    """Time `ours` and `theirs` in turn, `calls` calls at a time, after one call of each.

    units: of work in one call of each, such as epochs; the ratio is of the times of one unit.
    before: runs, untimed, ahead of each timing.
    """
    our_calls, their_calls = calls * units[0], calls * units[1]

    def one_pair():
        before()
        a = _seconds(ours, calls) / our_calls
        before()
        return a, _seconds(theirs, calls) / their_calls
    one_pair()
    times = [one_pair() for _ in range(pairs)]
    ratios = [b / a for a, b in times]
    low, _, high = statistics.quantiles(ratios, n=4) if pairs > 1 else (ratios[0],) * 3
    return Ratio(statistics.median(ratios), low, high,
                 statistics.median(a for a, _ in times),
                 statistics.median(b for _, b in times), pairs)


def _seconds(call: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - start
