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
    least: float  # the smallest ratio of a pair
    pairs: int
    our_seconds: float  # medians, of one unit
    their_seconds: float
    our_minimum: float
    their_minimum: float

    def __str__(self) -> str:
        return (f"{self.median:.2f} x ({self.low:.2f} to {self.high:.2f}, {self.pairs} pairs; "
                f"{1e6 * self.our_seconds:.4g} against {1e6 * self.their_seconds:.4g} us)")


class Peaks(Ratio):
    """The same of memory, where bytes stand for seconds: how many times as little ours needs."""

    def __str__(self) -> str:
        return (f"{self.median:.2f} x as little ({self.low:.2f} to {self.high:.2f}, {self.pairs} "
                f"pairs; {1e-6 * self.our_seconds:.4g} against {1e-6 * self.their_seconds:.4g} MB)")


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
    return summary([one_pair() for _ in range(pairs)])


def summary(times: list[tuple[float, float]]) -> Ratio:
    """What pairs of seconds (ours, theirs) of one unit come to."""
    ours, theirs = zip(*times, strict=True)
    ratios = [b / a for a, b in times]
    low, _, high = statistics.quantiles(ratios, n=4) if len(times) > 1 else ratios * 3
    return Ratio(statistics.median(ratios), low, high, min(ratios), len(times),
                 statistics.median(ours), statistics.median(theirs), min(ours), min(theirs))


def _seconds(call: Callable[[], object], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return time.perf_counter() - start
