"""What `python -m fastnn bench` times: trainings and single methods, each against plain NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

import fastnn
from fastnn import reference
from fastnn.bench import loops, sides
from fastnn.bench.agreement import assert_bit_identical, assert_close
from fastnn.bench.comparing import assert_same
from fastnn.bench.lanes import fast_lane, nnfs_in_force
from fastnn.bench.nets import Network
from fastnn.bench.pairs import nothing
from fastnn.bench.sides import Draw, Make, Size, left_behind
from fastnn.bench.workloads import (
    EXPONENTIAL,
    FASHION,
    MNIST,
    SINE,
    SPIRAL_64,
    SPIRAL_512,
    XOR,
    Workload,
    description,
    label,
)


class Ready(NamedTuple):
    """Two sides that were found to agree, to be timed."""

    ours: Callable[[], object]
    theirs: Callable[[], object]
    units: tuple[int, int]  # of work in one call of each
    before: Callable[[], object] = nothing


class Case(NamedTuple):
    """A row to be. `ready(seconds)`: a context with both sides, a call of each about so long; in it
    NumPy is as the case wants it. AssertionError where the sides do not agree.
    """

    name: str
    what: str
    ours: str
    theirs: str
    unit: str
    ready: Callable[[float], AbstractContextManager[Ready]]
    flops: float | None = None  # of a unit: of products alone
    bytes: float | None = None  # every array read or written once by each method
    quick: bool = False


# ------------------------------------------------------------------------------------- trainings

Way = Callable[[Network], loops.Training]
WAYS: dict[str, tuple[str, Way]] = {
    "fit": ("fastnn.fit", lambda network: loops.fit),
    "loop": ("the book's loop with fastnn", lambda network: loops.loop),
    "model": ("fastnn.Model.train", lambda network: loops.model_of(network, fastnn))}


def training(workload: Workload, way: str, quick: bool = False) -> Case:
    """A whole training of this network against the book's loop in NumPy; a unit is an epoch."""
    who, training_of = WAYS[way]
    return Case(f"{way} {label(workload)}", description(workload), who,
                "the book's loop in NumPy", "epoch", partial(_trainings, workload, training_of),
                2 * workload.multiply_adds, moved(workload), quick)


def moved(workload: Workload) -> float:
    """Bytes of an epoch, where each method of the book reads and writes each of its arrays once:
    layers, activations, gradients, and what Adam keeps. Caches hold most of them.
    """
    N, floats = workload.batch_size or workload.samples, 0
    last = len(workload.widths) - 2
    for at, (I, O) in enumerate(zip(workload.widths, workload.widths[1:], strict=False)):
        forward, backward = N * I + I * O + N * O, N * O + 2 * (N * I + I * O)
        activation = 5 * N * O if at < last else 3 * N * O
        floats += forward + backward + activation + 7 * I * O
    return workload.steps * floats * (8 if workload.plain else 4)


@contextmanager
def _trainings(workload: Workload, training_of: Way, seconds: float) -> Iterator[Ready]:
    lane = nullcontext() if workload.plain else (
        nnfs_in_force(True) if workload.book else fast_lane())
    with lane:
        ours, theirs = Network(workload, fastnn), Network(workload, reference)
        train = training_of(ours)
        agree: Any = assert_bit_identical if workload.exact else assert_close
        agree(ours, theirs, epochs=20 if workload.exact else 3, train=train)
        loops.fit(ours, workload.age)  # many neurons are dead by then, as in most of a training
        aged = ours.state()

        def go_back() -> None:
            ours.restore(aged)
            theirs.restore(aged)
        go_back()
        our_epochs = _fitting(lambda n: train(ours, n), seconds, go_back)
        their_epochs = _fitting(lambda n: loops.loop(theirs, n), seconds, go_back)
        yield Ready(lambda: train(ours, our_epochs), lambda: loops.loop(theirs, their_epochs),
                    (our_epochs, their_epochs), go_back)


def _fitting(work: Callable[[int], object], seconds: float, before: Callable[[], object]) -> int:
    """How many units of the work take about so long: at least one. What a call takes besides its
    units, and a training does before its first step, is to be a twentieth at most.

    The count grows fourfold: on a busy machine two short times say nothing of a long one.
    """
    def took(count: int) -> float:
        before()
        start = perf_counter()
        work(count)
        return perf_counter() - start
    one = min(took(1) for _ in range(3))
    count, whole, wanted, each, besides = 1, one, seconds, one, 0.0
    while whole < wanted and count < 10_000_000:
        count *= 4
        whole = took(count)
        each = max((whole - one) / (count - 1), 1e-3 * whole / count)
        besides = max(0.0, one - each)
        wanted = max(seconds, min(20 * besides, 4 * seconds))
    return max(1, min(count, round((wanted - besides) / each)))


# --------------------------------------------------------------------------------------- methods


def method(name: str, make: Make, size: Size, *, flops: float | None = None, arrays: int = 0,
           quick: bool = False) -> Case:
    """One method of an object, called as the book's loop calls it, under nnfs.init().

    arrays: of (N, O), or of parameters (I, O), that it reads or writes.
    """
    N, I, O = size
    shape = f"({N}, {I}) by ({I}, {O})" if N and I else f"({N or I}, {O})"
    moved = 4.0 * arrays * (N or I) * O if arrays else 4.0 * (N * I + I * O + N * O)
    return Case(f"{name} {shape}", f"{name}, {shape}, float32, nnfs.init(), equal in every bit",
                "fastnn", "NumPy", "call", partial(_calls, make, size), flops, moved, quick)


@contextmanager
def _calls(make: Make, size: Size, seconds: float) -> Iterator[Ready]:
    with nnfs_in_force(True):
        ours, theirs = (make(nn, Draw(np.float32), size) for nn in (fastnn, reference))
        for _ in range(12):  # products are tried, and kernels compiled
            ours.call()
        ours, theirs = (make(nn, Draw(np.float32), size) for nn in (fastnn, reference))
        assert_same(left_behind(ours), left_behind(theirs))
        counts = [_fitting(partial(_repeat, side.call), seconds, nothing)
                  for side in (ours, theirs)]
        yield Ready(partial(_repeat, ours.call, counts[0]), partial(_repeat, theirs.call,
                                                                    counts[1]),
                    (counts[0], counts[1]))


def _repeat(call: Callable[[], object], count: int) -> None:
    for _ in range(count):
        call()


# ----------------------------------------------------------------------------------------- lists

BOOK = SPIRAL_64._replace(book=True)


def _dense(size: Size, backward: bool, quick: bool = False) -> Case:
    flops = (4 if backward else 2) * size.N * size.I * size.O
    return method(f"dense {'backward' if backward else 'forward'}", sides.dense(backward), size,
                  flops=flops, quick=quick)


def cases() -> list[Case]:
    """All rows, those of the quick run among them."""
    small, wide = Size(300, 0, 64), Size(1000, 0, 512)
    middle, large = Size(128, 128, 128), Size(256, 1024, 1024)
    return [
        training(BOOK, "fit", quick=True), training(BOOK, "loop", quick=True),
        training(BOOK, "model", quick=True), training(SPIRAL_64, "fit", quick=True),
        training(SPIRAL_64._replace(plain=True), "fit", quick=True),
        training(SINE, "fit", quick=True),
        training(SPIRAL_512._replace(book=True), "fit"), training(SPIRAL_512, "fit"),
        training(FASHION._replace(book=True), "fit"), training(FASHION, "fit"),
        training(MNIST, "fit"), training(EXPONENTIAL, "fit"), training(XOR, "fit"),
        _dense(Size(300, 2, 64), False), _dense(Size(300, 64, 3), False),
        _dense(middle, False, True), _dense(middle, True, True),
        _dense(large, False), _dense(large, True),
        method("ReLU forward", sides.one("Activation_ReLU", False), small, arrays=2, quick=True),
        method("ReLU backward", sides.one("Activation_ReLU", True), small, arrays=3),
        method("ReLU forward", sides.one("Activation_ReLU", False), wide, arrays=2),
        method("sigmoid forward", sides.one("Activation_Sigmoid", False), small, arrays=2,
               quick=True),
        method("tanh forward", sides.one("Activation_Tanh", False), small, arrays=2, quick=True),
        method("dropout forward", sides.one("Layer_Dropout", False, rate=0.1), small, arrays=5),
        method("softmax and cross-entropy forward", sides.combined(False), Size(300, 0, 3),
               arrays=2, quick=True),
        method("softmax and cross-entropy backward", sides.combined(True), Size(300, 0, 3),
               arrays=2, quick=True),
        method("softmax and cross-entropy backward", sides.combined(True), Size(10_000, 0, 10),
               arrays=2),
        method("Adam", sides.update("Optimizer_Adam"), Size(0, 64, 64), arrays=7, quick=True),
        method("Adam", sides.update("Optimizer_Adam"), Size(0, 1000, 999), arrays=7),
    ]
