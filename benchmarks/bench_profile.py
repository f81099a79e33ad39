"""What a profile costs: an epoch of the spiral through the objects, with and without one."""

import statistics
import time

import pytest
from bench_objects import spiral_step

import fastnn


@pytest.mark.parametrize("hidden", [64, 512])
def test_objects_under_a_profile(book_numpy, benchmark, smoke, tell, hidden):
    """Opening and closing are not counted."""
    step, _ = spiral_step(fastnn, hidden)
    epochs = 2 if smoke else 64_000 // hidden

    def seconds():
        begin = time.perf_counter()
        for _ in range(epochs):
            step()
        return time.perf_counter() - begin

    def pair():
        plain = seconds()
        with fastnn.profile():
            return seconds() / plain
    seconds()
    ratios = [pair() for _ in range(1 if smoke else 21)]
    benchmark.pedantic(pair, rounds=1)
    low, median, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    tell(f"{median:.3f} times the time ({low:.3f} to {high:.3f}, {len(ratios)} pairs)",
         median=median, low=low, high=high)
