"""How many calls and pairs fit into some time."""

import time
from collections.abc import Callable


def effort(ours: Callable[[], object], theirs: Callable[[], object], seconds: float = 0.2
           ) -> dict[str, int]:
    """`calls` and `pairs` for `compare`, from one call of each; 5 to 31 pairs.

    The calls of a timing take half a millisecond of ours at least, unless theirs are so much
    slower that five pairs of them would not fit.
    """
    a, b = seconds_of(ours), seconds_of(theirs)
    calls = max(1, int(min(5e-4 / a, seconds / 6 / (a + b))))
    return {"calls": calls, "pairs": max(5, min(31, int(seconds / calls / (a + b))))}


def seconds_of(call: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
