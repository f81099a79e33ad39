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
    ours: float  # median seconds of one call
    theirs: float
    pairs: int

    def __str__(self) -> str:
        return (f"{self.median:.2f} x ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs; "
                f"{1e6 * self.ours:.1f} against {1e6 * self.theirs:.1f} us)")


def ratio(ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int = 31,
          calls: int = 1) -> Ratio:
    """Time `ours` and `theirs` in turn, `calls` calls at a time, after one call of each."""
    ours()
    theirs()
    times = [(_seconds(ours, calls), _seconds(theirs, calls)) for _ in range(pairs)]
    ratios = [b / a for a, b in times]
    low, _, high = statistics.quantiles(ratios, n=4) if pairs > 1 else (ratios[0],) * 3
    return Ratio(statistics.median(ratios), low, high,
                 statistics.median(a for a, _ in times) / calls,
                 statistics.median(b for _, b in times) / calls, pairs)


def _seconds(call: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - start
