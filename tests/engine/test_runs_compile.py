"""What runs of fit compile: nothing for other depths, widths or batches, nor with a warm cache."""

import pytest
from networks import Case, build, fit

import fastnn
from fastnn.compile.jit import INSTRUCTIONS, KERNELS
from fastnn.compile.waiting import COMPILING
from fastnn.support import proofs

pytestmark = pytest.mark.filterwarnings("error")


def test_other_depths_widths_and_batches_compile_nothing(book_numpy, monkeypatch):
    # What is tried is tried here, and what others found, here or in another process, is not taken:
    # the kernels that are tried are loaded by the first training then, and not midway.
    for there in ("_met", "_known"):
        monkeypatch.setattr(proofs, there, {})
    monkeypatch.setattr(proofs, "_recall", lambda *asked: None)

    def trained(hidden, batch, samples):
        for loss in ("combined", "squared 1"):
            net = build(fastnn, Case(loss, hidden=hidden, dropout=True), samples, len(hidden) + 3)
            fit(net, epochs=2, batch_size=batch)
    trained((16,), None, 49)
    with monkeypatch.context() as unproved:
        unproved.setattr(proofs, "holds", lambda *asked: 0)
        trained((16,), None, 49)  # BLAS's: which of the two a shape takes is tried
    before = COMPILING.kernels, signatures()
    for hidden, batch, samples in [((3,), 7, 20), ((65, 1), 16, 49), ((7, 33, 5), 1, 9),
                                   ((16,) * 9, None, 49), ((700, 2), 128, 1300)]:
        trained(hidden, batch, samples)
    assert (COMPILING.kernels, signatures()) == before


def signatures():
    return sum(len(one.overloads) for one in [*KERNELS, *INSTRUCTIONS])


FIT_ALL = """
import numpy as np
import nnfs
nnfs.init()
from networks import LOSSES, OPTIMIZERS, Case, build, fit
import fastnn
from fastnn.compile.waiting import COMPILING
for loss in LOSSES:
    fit(build(fastnn, Case(loss)), epochs=2)
for optimizer in OPTIMIZERS:
    fit(build(fastnn, Case(optimizer=optimizer, regularized=True)), epochs=2)
print(COMPILING.kernels)
"""


def test_process_with_a_warm_cache_compiles_nothing(fresh_process):
    fresh_process(FIT_ALL, timeout=600)  # warms it, should this be the first test of all
    assert fresh_process(FIT_ALL) == "0\n"
