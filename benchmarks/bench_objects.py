"""One training step through the objects: the book's loop with fastnn's classes and with NumPy's.

Loss and accuracy are taken at each step, as the book does, and every step computes the gradient of
the first layer's inputs, which nobody needs. All calls start from the same state, some time into
the training, as in `bench_training.py`. Single methods are in `bench_kernels.py`.
"""

from typing import NamedTuple

import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.agreement import assert_bit_identical, assert_close
from fastnn.bench.loops import fit, loop
from fastnn.bench.nets import Network
from fastnn.bench.workloads import FASHION, SPIRAL_64, SPIRAL_512, Workload, label


class Step(NamedTuple):
    """A network, and how many steps of it are timed at once."""

    workload: Workload
    steps: int

    @property
    def flops(self) -> int:
        """Of all products of a step."""
        one = self.workload
        samples = one.batch_size or one.samples
        return 6 * samples * sum(I * O for I, O in zip(one.widths, one.widths[1:], strict=False))


STEPS = [Step(SPIRAL_64._replace(book=True, floor=6, aim=8), 50),
         Step(SPIRAL_512._replace(book=True), 10),
         Step(FASHION._replace(book=True), 4),
         Step(SPIRAL_64._replace(floor=6, aim=8), 50),
         Step(SPIRAL_512, 10),
         Step(FASHION, 4)]


def row_of(step: Step) -> Row:
    """What the report is told."""
    one = step.workload
    widths = "-".join(map(str, one.widths))
    precision = "nnfs.init(), equal in every bit" if one.book else "native float32"
    return Row("steps", f"{one.name} {widths}, {one.batch_size or one.samples} samples, "
               f"{precision}", ours="the loop with fastnn", theirs="the loop with NumPy",
               unit="step", flops=step.flops, floor=one.floor, aim=one.aim,
               headline=one.name == "spiral-64")


@pytest.mark.parametrize("step", [
    pytest.param(one, id=label(one.workload),
                 marks=[pytest.mark.quick] * (one is STEPS[0]))  # others compile half a minute
    for one in STEPS])
def test_step(step, numpy_for, compare, smoke):
    one = step.workload.short() if smoke else step.workload
    steps = 1 if smoke else step.steps
    with numpy_for(one), limited(blas_threads=1, our_threads=1):
        ours, theirs = (Network(one, nn) for nn in (fastnn, reference))
        if one.book:
            assert_bit_identical(ours.first_batch(), theirs.first_batch(), 20, train=loop)
        else:
            assert_close(ours, theirs, 3, train=loop)
        fit(ours, one.age)
        aged = ours.state()

        def go_back():
            ours.restore(aged)
            theirs.restore(aged)
        compare(lambda: loop(ours.first_batch(), steps), lambda: loop(theirs.first_batch(), steps),
                units=(steps, steps), before=go_back, pairs=one.pairs, row=row_of(step))
