"""How the time of a training grows: epochs, samples, width and depth, each doubled four times.

The time of a unit of work must not grow. Base: 300 samples, one hidden layer of 64, 400 epochs.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
from agreement import assert_bit_identical, assert_close
from loops import fit
from nets import Network
from threadpoolctl import threadpool_limits
from workloads import SPIRAL_64, Workload

import fastnn
from fastnn import reference

# Weights and rate at which sixteen layers neither fade to denormal numbers nor run away.
BASE = SPIRAL_64._replace(optimizer=("Optimizer_Adam", {"learning_rate": 0.001}), epochs=400,
                          weight_scale=0.18)
FACTORS = (1, 2, 4, 8, 16)
ROUNDS = 7
LIMIT = 1.5  # times the base's time of a unit, at the largest


class Growth(NamedTuple):
    """What grows, and the units of work in a training."""

    name: str
    grown: Callable[[Workload, int], Workload]
    unit: str  # and the seconds in which its time is given
    scale: float
    units: Callable[[Workload], int]


GROWTHS = [
    Growth("epochs", lambda base, k: base._replace(epochs=base.epochs * k),
           "us an epoch", 1e6, lambda one: one.epochs),
    Growth("samples", lambda base, k: base._replace(samples=base.samples * k),
           "ns a sample and epoch", 1e9, lambda one: one.epochs * one.samples),
    Growth("width", lambda base, k: base._replace(widths=(2, 64 * k, 3)),
           "ps a multiply-add", 1e12, lambda one: one.epochs * one.multiply_adds),
    Growth("depth", lambda base, k: base._replace(widths=(2, *[64] * k, 3)),
           "ps a multiply-add", 1e12, lambda one: one.epochs * one.multiply_adds),
]


@pytest.mark.parametrize("book", [False, True], ids=["native", "book"])
def test_growth(book, numpy_for, benchmark, tell, smoke):
    base = BASE._replace(book=book)
    factors = FACTORS[:2] if smoke else FACTORS
    if smoke:
        base = base._replace(epochs=2)
    with numpy_for(base), threadpool_limits(base.threads):
        rows = {}
        for growth in GROWTHS:
            sizes = [growth.grown(base, k) for k in factors]
            assert_agreement(sizes[-1])
            seconds = medians(sizes, 1 if smoke else ROUNDS)
            rows[growth.name] = [growth.scale * s / growth.units(one)
                                 for s, one in zip(seconds, sizes, strict=True)]
        network = Network(base, fastnn)
        benchmark.pedantic(lambda: fit(network, base.epochs), rounds=1)
    if not smoke:
        tell(table(rows), rows=rows)
        for name, times in rows.items():
            assert times[-1] <= LIMIT * times[0], name


def assert_agreement(workload):
    ours, theirs = Network(workload, fastnn), Network(workload, reference)
    (assert_bit_identical if workload.book else assert_close)(ours, theirs, epochs=2)


def medians(sizes, rounds):
    """Median seconds of a training of each size, all from their first epoch on, in turn."""
    networks = [Network(one, fastnn) for one in sizes]
    born = [network.state() for network in networks]
    times = []
    for _ in range(1 + rounds):
        times.append([])
        for one, network, state in zip(sizes, networks, born, strict=True):
            network.restore(state)
            start = time.perf_counter()
            fit(network, one.epochs)
            times[-1].append(time.perf_counter() - start)
    return [statistics.median(column) for column in zip(*times[1:], strict=True)]


def table(rows):
    """The rows in Markdown."""
    heads = " | ".join(["doubled", "time of", *(f"x {k}" for k in FACTORS), "last / first"])
    lines = ["", f"| {heads} |",
             "| --- | --- |" + " --- |" * (len(FACTORS) + 1)]
    for growth in GROWTHS:
        times = rows[growth.name]
        lines.append(f"| {growth.name} | {growth.unit} | "
                     + " | ".join(f"{t:.3g}" for t in times) + f" | {times[-1] / times[0]:.2f} |")
    return "\n".join(lines)
