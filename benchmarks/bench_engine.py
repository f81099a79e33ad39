"""Whole trainings in one call, `fastnn.fit`, against the book's loop with the reference's classes.

Figures are of an epoch. The loop takes loss and accuracy at each step, as the book's does; `fit`
takes them in its first and last epoch, but in the rows "every epoch recorded". All calls start
from the same state, some hundreds of epochs into the training: by then the Adam momentums of dead
neurons are denormal numbers, which cost time, as they do for most of the book's 10,001 epochs.
"""

import pytest
from agreement import assert_bit_identical, assert_close
from figures import figures
from loops import ENDS_ONLY, fit, loop
from nets import Network
from rates import cores_used
from threadpoolctl import threadpool_limits
from workloads import FASHION, SINE, SPIRAL_64, SPIRAL_512, WIDE, label

import fastnn
from fastnn import reference

WORKLOADS = [SPIRAL_64._replace(book=True, floor=9, aim=15),
             SPIRAL_512._replace(book=True, epochs=500, floor=8, aim=14),
             SPIRAL_64._replace(floor=15, aim=25),
             SPIRAL_512._replace(floor=11, aim=15),
             SINE._replace(floor=8, aim=15),
             FASHION._replace(floor=2.5, aim=3.2),
             WIDE._replace(floor=1.5, aim=2)]


@pytest.fixture
def against_the_loop(numpy_for, compare, tell, smoke):
    """Assert that both ways to train a workload agree, then time them."""
    def run(workload, log_every):
        if smoke:
            workload = workload.short()
        with numpy_for(workload), threadpool_limits(workload.threads):
            ours, theirs = Network(workload, fastnn), Network(workload, reference)
            before = aged_and_agreed(workload, ours, theirs)
            calls = (lambda: fit(ours, workload.epochs, log_every),
                     lambda: loop(theirs, workload.their_epochs))
            found = compare(*calls, units=(workload.epochs, workload.their_epochs),
                            before=before, pairs=workload.pairs)
            if found:
                text, values = figures(workload, found, *map(cores_used, calls))
                tell(text, **values)
    return run


def aged_and_agreed(workload, ours, theirs):
    """Bring both networks to the age at which they are timed; what brings them back to it."""
    if workload.book:
        assert_bit_identical(ours, theirs, epochs=20)
    else:
        assert_close(ours, theirs, epochs=3)
    fit(ours, workload.age)
    aged = ours.state()

    def go_back():
        ours.restore(aged)
        theirs.restore(aged)
    go_back()
    if workload.book:
        assert_bit_identical(ours, theirs, epochs=20)
    return go_back


@pytest.mark.parametrize("workload", WORKLOADS, ids=label)
def test_fit_against_the_loop(workload, against_the_loop):
    against_the_loop(workload, ENDS_ONLY)


@pytest.mark.parametrize("workload", [SPIRAL_64._replace(book=True), SPIRAL_64], ids=label)
def test_fit_with_every_epoch_recorded(workload, against_the_loop):
    against_the_loop(workload, 1)
