"""How the time of a training grows: with width, epochs, samples and depth, and with threads.

Width stands against the book's loop. For the rest `fit` is compared with itself: the time of a
unit of work at many times the size must not be more than half again that at the base, which is
300 samples, one hidden layer of 64, 400 epochs.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.agreement import assert_bit_identical, assert_close
from fastnn.bench.loops import fit, loop
from fastnn.bench.nets import Network
from fastnn.bench.workloads import (
    EXPONENTIAL,
    FASHION,
    SINE,
    SPIRAL_64,
    SPIRAL_512,
    WIDE,
    Workload,
    description,
    label,
)
from fastnn.engine.plan.blocks import _shares

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
# Weights and rate at which sixteen layers neither fade to denormal numbers nor run away.
BASE = SPIRAL_64._replace(optimizer=("Optimizer_Adam", {"learning_rate": 0.001}), epochs=400,
                          weight_scale=0.18)
FACTORS = (2, 4, 8, 16)
FLOOR = 1 / 1.5  # the base's time of a unit divided by that of the larger training

lanes = pytest.mark.parametrize("book", [False, True], ids=["native", "book"])


class Growth(NamedTuple):
    """What grows, and the units of work in a training."""

    name: str
    grown: Callable[[Workload, int], Workload]
    size: Callable[[Workload], int]
    unit: str
    units: Callable[[Workload], int]


GROWTHS = [
    Growth("epochs", lambda base, k: base._replace(epochs=base.epochs * k),
           lambda one: one.epochs, "epoch", lambda one: one.epochs),
    Growth("samples", lambda base, k: base._replace(samples=base.samples * k),
           lambda one: one.samples, "sample and epoch", lambda one: one.epochs * one.samples),
    Growth("neurons", lambda base, k: base._replace(widths=(2, 64 * k, 3)),
           lambda one: one.widths[1], "multiply-add", lambda one: one.epochs * one.multiply_adds),
    Growth("hidden layers", lambda base, k: base._replace(widths=(2, *[64] * k, 3)),
           lambda one: len(one.widths) - 2, "multiply-add",
           lambda one: one.epochs * one.multiply_adds),
]


@lanes
@pytest.mark.parametrize("width", [pytest.param(width, marks=[pytest.mark.quick] * (width == 64))
                                   for width in WIDTHS])
def test_width(width, book, numpy_for, compare, smoke):
    epochs = 300_000 // (width + 60)
    one = SPIRAL_64._replace(widths=(2, width, 3), book=book, epochs=epochs,
                             their_epochs=epochs // 10, pairs=11)
    row = Row("scaling", description(one), "fastnn.fit", "the book's loop in NumPy", unit="epoch",
              flops=2 * one.multiply_adds, curve=f"width: fit, {lane(one)}", x=width)
    if smoke:
        one = one.short()
    with numpy_for(one), limited(1, 1):
        assert_agreement(one)
        ours, theirs = Network(one, fastnn), Network(one, reference)
        fit(ours, one.age)
        aged = ours.state()

        def go_back():
            ours.restore(aged)
            theirs.restore(aged)
        compare(lambda: fit(ours, one.epochs), lambda: loop(theirs, one.their_epochs), row=row,
                units=(one.epochs, one.their_epochs), before=go_back, pairs=one.pairs)


@lanes
@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("growth", GROWTHS, ids=lambda growth: growth.name.replace(" ", "-"))
def test_growth(growth, factor, book, numpy_for, compare, smoke):
    base = BASE._replace(book=book)
    if smoke:
        base = base._replace(epochs=2)
    large = growth.grown(base, factor)
    sizes = [growth.size(one) for one in (large, base)]
    row = Row("scaling", "{} {:,} against {:,}, {}".format(growth.name, *sizes, lane(base)),
              "fastnn.fit, large", "fastnn.fit, small", unit=growth.unit, floor=FLOOR,
              curve=f"{growth.name}: fit, {lane(base)}", x=sizes[0])
    with numpy_for(base), limited(1, 1):
        assert_agreement(large._replace(epochs=2))
        networks = [Network(one, fastnn) for one in (large, base)]
        born = [network.state() for network in networks]

        def go_back():
            for network, state in zip(networks, born, strict=True):
                network.restore(state)
        found = compare(*(lambda network=network, one=one: fit(network, one.epochs)
                          for network, one in zip(networks, (large, base), strict=True)),
                        row=row, units=(growth.units(large), growth.units(base)), before=go_back,
                        pairs=5)
    assert smoke or found.median >= FLOOR, f"{growth.name}: {found}"


@pytest.mark.parametrize("workload, train", [
    *((one, train) for one in (FASHION, WIDE) for train in (fit, loop)),
    *((one, fit) for one in (SPIRAL_64, SPIRAL_512, SINE, EXPONENTIAL))],
    ids=lambda one: label(one) if isinstance(one, Workload) else one.__name__)
def test_second_thread(workload, train, numpy_for, compare, tell, smoke):
    ours = train is fit
    one = workload._replace(threads=1, our_threads=1, pairs=7)
    name = "fastnn.fit" if ours else "the book's loop in NumPy"
    row = Row("scaling", description(one), f"{name}, two threads", f"{name}, one thread",
              unit="epoch", flops=2 * one.multiply_adds, blas_threads=2, our_threads=2)
    if smoke:
        one = one.short()
    epochs = one.epochs if ours else one.their_epochs
    with numpy_for(one):
        network = Network(one, fastnn if ours else reference)
        born = network.state()

        def trained(threads, epochs=epochs):
            with limited(threads, threads):
                return train(network, epochs)
        losses = []
        for threads in (1, 2):
            network.restore(born)
            losses.append(trained(threads, epochs if one.steps == 1 else min(epochs, 4)))
        # BLAS's sums in another order: float32 has 6e-8, and there are two hundred steps at most
        # (halves of our own have one order, however many steps).
        assert abs(losses[0] - losses[1]) <= 1e-5 * losses[0], f"losses {losses}"
        compare(lambda: trained(2), lambda: trained(1), row=row, units=(epochs, epochs),
                before=lambda: network.restore(born), pairs=one.pairs)
        if ours and workload.threads == 1:  # else large products are BLAS's
            tell(f"{shares_of(one)} shares", shares=shares_of(one))


def shares_of(workload):
    """Into how many a batch of `fit` is divided, for threads."""
    batch = workload.batch_size or workload.samples
    return _shares(batch, batch * sum(
        I * O for I, O in zip(workload.widths, workload.widths[1:], strict=False)))


def lane(workload):
    return "nnfs.init()" if workload.book else "native float32"


def assert_agreement(workload):
    ours, theirs = Network(workload, fastnn), Network(workload, reference)
    (assert_bit_identical if workload.book else assert_close)(ours, theirs, epochs=2)
