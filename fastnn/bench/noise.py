"""Whether the machine was idle, and which figures are to be doubted.

A row here is a dict with the figures of `pairs.Ratio`: what a benchmark keeps, or a file has.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fastnn.support.handlers import dropped

SPREAD = 0.5  # of the quartiles, as a share of the median: 5 of 496 rows of an idle machine have it
CONTRADICTION = 1.25  # between the median ratio and the ratio of the medians: 2 of these have it
TAKEN = 0.1  # of the cores' time that others may have
SLOWED = 1.3  # times as long as the best a piece of work may take, in the median
_WHILE = 0.15  # seconds for which each core is tried
_MOST_CORES = 16  # that are tried: more take too long
_PIECES = 30_000  # turns of a loop: about a millisecond


class Load(NamedTuple):
    """What others took of this machine while nobody of us worked."""

    taken: float  # the share of all cores' time that was not ours
    slowed: float  # the median of equal pieces of work, in times of the best
    average: float | None  # the system's load of the last minute; it has ours in it

    @property
    def is_idle(self) -> bool:
        """Whether figures that are measured now can be trusted."""
        return self.taken <= TAKEN and self.slowed <= SLOWED

    def __str__(self) -> str:
        system = "" if self.average is None else f", load average {self.average:.1f}"
        return (f"others had {100 * self.taken:.0f} % of its cores, work took "
                f"{self.slowed:.2f} times its best{system}")


def load(seconds: float = _WHILE) -> Load:
    """Try each core for so many seconds: how much of them was ours, and how even its speed was."""
    found = []
    for _ in _each_core():
        found.append(_spun(seconds))
    taken, slowed = zip(*found, strict=True)
    average = None
    with dropped(AttributeError, OSError):  # not on Windows
        average = os.getloadavg()[0]
    return Load(statistics.mean(taken), max(slowed), average)


def _spun(seconds: float) -> tuple[float, float]:
    pieces: list[float] = []
    start, own = time.perf_counter(), time.thread_time()
    while (now := time.perf_counter()) < start + seconds or not pieces:
        for _ in range(_PIECES):
            pass
        pieces.append(time.perf_counter() - now)
    whole, own = time.perf_counter() - start, time.thread_time() - own
    return max(0.0, 1 - own / whole), statistics.median(pieces) / min(pieces)


def _each_core() -> Iterator[int]:
    """This thread on one core after the other; where it cannot be bound, as often as there are."""
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # not on macOS, not on Windows
        yield from range(min(os.cpu_count() or 1, _MOST_CORES))
        return
    try:
        for core in sorted(allowed)[:_MOST_CORES]:
            _bind({core})
            yield core
    finally:
        _bind(allowed)


def _bind(cores: set[int]) -> None:
    with dropped(OSError):  # the system forbids it, or the core has gone
        os.sched_setaffinity(0, cores)


def spread(row: dict[str, Any]) -> float:
    """Between the quartiles of the ratios, as a share of their median."""
    return (row["high"] - row["low"]) / row["median"]


def contradiction(row: dict[str, Any]) -> float:
    """How many times the median of the ratios is the ratio of the median times, or the other way
    round: with few or wild pairs the two part.
    """
    of_times = row["their_seconds"] / row["our_seconds"]
    return max(of_times / row["median"], row["median"] / of_times)


def doubts(row: dict[str, Any]) -> list[str]:
    """Why not to trust a row, a few words each; nothing where it is sound."""
    found = []
    if spread(row) > SPREAD:
        found.append(f"wide: {row['low']:.3g} to {row['high']:.3g}")
    if contradiction(row) > CONTRADICTION:
        found.append(f"the times say {row['their_seconds'] / row['our_seconds']:.3g}")
    busy = row.get("taken")
    if busy is not None and busy > TAKEN:
        found.append(f"others had {100 * busy:.0f} % of the cores")
    return found


class Watch:
    """Looks at the load now and then, so that what comes in the middle of a run is noticed.

    every: seconds for which an answer holds.
    """

    def __init__(self, every: float = 60.0, look: Callable[[], Load] = load) -> None:
        self.every, self.look = every, look
        self.seen: list[Load] = []
        self._until = -1.0

    def now(self) -> Load:
        """The load, looked at anew where the last answer is old."""
        if time.monotonic() > self._until:
            self.seen.append(self.look())
            self._until = time.monotonic() + self.every
        return self.seen[-1]

    @property
    def worst(self) -> Load | None:
        """That with the least left for us; None where nobody has looked."""
        return max(self.seen, key=lambda load: (not load.is_idle, load.taken, load.slowed),
                   default=None)
