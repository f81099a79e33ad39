"""What to say about something that was timed: the work it does a second, and the goals."""

from rates import copy, sgemm
from rows import Row, threads_of

from fastnn.bench.pairs import Ratio


def line(row: Row, found: Ratio) -> str:
    """Rates beside the machine's own, and which goals are reached."""
    parts = []
    if row.flops:
        threads = threads_of(row)
        rate, most = row.flops / found.our_seconds, sgemm(threads)
        parts.append(f"{1e-9 * rate:.1f} GFLOP/s, {100 * rate / most:.0f} % of sgemm's "
                     f"{1e-9 * most:.0f} with up to {threads} threads")
    if row.bytes:
        rate, most = row.bytes / found.our_seconds, copy()
        parts.append(f"{1e-9 * rate:.1f} GB/s, {100 * rate / most:.0f} % of a copy's "
                     f"{1e-9 * most:.0f}")
    return ", ".join([*parts, verdict(row, found.median)])


def verdict(goals: Row, ratio: float) -> str:
    """Which goals are reached."""
    named = (("floor", goals.floor), ("aim", goals.aim))
    return ", ".join(f"{name} {goal:g} {'reached' if ratio >= goal else 'MISSED'}"
                     for name, goal in named if goal) or "no floor"
