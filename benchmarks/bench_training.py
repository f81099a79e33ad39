"""Whole trainings: `fit`, `Model.train` and the book's loop, against that loop in plain NumPy.

Figures are of an epoch. The loop takes loss and accuracy at each step, as the book's does; `fit`
takes them in its first and last epoch, but in the rows "every epoch recorded". All calls start
from the same state, some hundreds of epochs into the training: by then the Adam momentums of dead
neurons are denormal numbers, which cost time, as they do for most of the book's 10,001 epochs.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.agreement import assert_bit_identical, assert_close
from fastnn.bench.loops import Training, fit, loop, model_of, recorded
from fastnn.bench.nets import Network
from fastnn.bench.workloads import (
    EXPONENTIAL,
    FASHION,
    MNIST,
    SINE,
    SPIRAL_64,
    SPIRAL_512,
    WIDE,
    XOR,
    Workload,
    description,
    label,
)

BOOK_64, BOOK_512 = (one._replace(book=True) for one in (SPIRAL_64, SPIRAL_512))
# As they are by default: NumPy gains nothing from a second thread of BLAS in these loops.
NATIVE = [SPIRAL_64._replace(our_threads=2, floor=15, aim=25),
          SPIRAL_512._replace(our_threads=2, epochs=8000, floor=11, aim=15),
          SINE._replace(our_threads=2, epochs=2500, floor=8, aim=11),
          EXPONENTIAL._replace(our_threads=2, epochs=400, floor=2, aim=4)]
FIT = [BOOK_64._replace(floor=19, aim=25),
       BOOK_512._replace(epochs=2000, floor=14, aim=18),
       *NATIVE,
       FASHION._replace(floor=2.8, aim=3.5),
       MNIST._replace(floor=3, aim=4),
       XOR._replace(floor=40, aim=80),
       WIDE._replace(floor=1.7, aim=2.2)]
PLAIN = [SPIRAL_64._replace(plain=True, floor=8, aim=12),
         SPIRAL_512._replace(plain=True, floor=5, aim=8),
         SINE._replace(plain=True, epochs=400, floor=2),
         FASHION._replace(plain=True, epochs=3, their_epochs=2, floor=1.5)]
RECORDED = [BOOK_64, SPIRAL_64]
OBJECTS = [BOOK_64._replace(epochs=1000, their_epochs=250),
           SPIRAL_64._replace(plain=True, epochs=800, their_epochs=250, floor=3.5),
           SINE._replace(epochs=100, their_epochs=50, pairs=11),
           FASHION._replace(epochs=2, their_epochs=1, pairs=11)]
ALONE = [one._replace(our_threads=1, floor=5.5, aim=7) if one.problem == "sine" else
         one._replace(our_threads=1) for one in NATIVE]
MODEL = [BOOK_64, SINE._replace(pairs=11),
         FASHION._replace(epochs=4, their_epochs=1, pairs=11)]
LOOP = "the book's loop in NumPy"


class Way(NamedTuple):
    """How ours is trained: a name, and the function for a network."""

    ours: str
    training_of: Callable[[Network], Training]
    what: str = ""


WAYS = {"fit": Way("fastnn.fit", lambda network: fit),
        "recorded": Way("fastnn.fit", lambda network: recorded,
                        ", every epoch recorded"),
        "loop": Way("the book's loop with fastnn", lambda network: loop),
        "model": Way("fastnn.Model.train", lambda network: model_of(network, fastnn))}


def cases(workloads: list[Workload]) -> list[object]:
    """The workloads as parameters, the first of them marked."""
    return [pytest.param(one, id=label(one), marks=[pytest.mark.quick] * (one is workloads[0]))
            for one in workloads]


@pytest.mark.parametrize("workload", cases([*FIT, *ALONE, *PLAIN]))
def test_fit(workload, against_the_loop):
    against_the_loop(workload, WAYS["fit"])


@pytest.mark.parametrize("workload", RECORDED, ids=label)
def test_fit_with_every_epoch_recorded(workload, against_the_loop):
    against_the_loop(workload, WAYS["recorded"])


@pytest.mark.parametrize("workload", cases(OBJECTS))
def test_loop_with_our_objects(workload, against_the_loop):
    against_the_loop(workload, WAYS["loop"])


@pytest.mark.parametrize("workload", cases(MODEL))
def test_model_train(workload, against_the_loop):
    against_the_loop(workload, WAYS["model"])


@pytest.fixture
def against_the_loop(numpy_for, compare, smoke):
    """Assert that both ways to train a workload agree, then time them."""
    def run(workload, way):
        row = row_of(workload, way)
        if smoke:
            workload = workload.short()
        with numpy_for(workload), limited(workload.threads, workload.our_threads):
            ours, theirs = Network(workload, fastnn), Network(workload, reference)
            train = way.training_of(ours)
            before = aged_and_agreed(workload, ours, theirs, train)
            compare(lambda: train(ours, workload.epochs),
                    lambda: loop(theirs, workload.their_epochs), row=row, before=before,
                    units=(workload.epochs, workload.their_epochs), pairs=workload.pairs)
    return run


def row_of(workload, way):
    return Row("training", description(workload) + way.what, way.ours, LOOP, unit="epoch",
               flops=2 * workload.multiply_adds, blas_threads=workload.threads,
               our_threads=workload.our_threads, floor=workload.floor, aim=workload.aim,
               headline=workload in FIT)


def aged_and_agreed(workload, ours, theirs, train):
    """Bring both networks to the age at which they are timed; what brings them back to it."""
    if workload.exact:
        assert_bit_identical(ours, theirs, epochs=20, train=train)
    else:
        assert_close(ours, theirs, epochs=3, train=train)
    fit(ours, workload.age)
    aged = ours.state()

    def go_back():
        ours.restore(aged)
        theirs.restore(aged)
    go_back()
    if workload.exact:
        assert_bit_identical(ours, theirs, epochs=20, train=train)
    return go_back
