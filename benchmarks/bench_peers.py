"""Whole trainings in one call, `fit` in native float32, against other libraries.

Same data, start weights, arithmetic type and settings; losses are compared first. Peers are no
dependency of ours; what is not installed is skipped. From this folder's parent:

    pip install ".[bench-peers]" && pytest benchmarks/bench_peers.py --benchmark-only

Compiling is not counted, neither theirs nor ours. Each peer runs in a process of its own.
"""

import time
from importlib.util import find_spec
from typing import NamedTuple

import pytest
from peer_process import Peer, PeerError
from rates import limited
from rows import Row
from starts import state_of, task_of

import fastnn
from fastnn.bench.agreement import loss_now
from fastnn.bench.loops import fit
from fastnn.bench.nets import Network
from fastnn.bench.workloads import (
    EXPONENTIAL,
    FASHION,
    MNIST,
    SPIRAL_64,
    SPIRAL_512,
    XOR,
    Workload,
    description,
)

INSTALL = 'pip install ".[bench-peers]"'


class Library(NamedTuple):
    """A peer, how it is called in the report, and when its loss is ours."""

    training: str  # one of peer_process.TRAININGS
    module: str
    title: str
    # Losses after some epochs. PyTorch and JAX differ by rounding alone; JAX counts Adam's steps
    # and corrects for them in float32: 1 - 0.999 has 4 digits then.
    tolerance: float = 1e-4


EAGER = Library("torch eager", "torch", "PyTorch, eager, fused Adam")
COMPILED = Library("torch compiled", "torch", "PyTorch, compiled step")
STEP = Library("jax step", "jax", "JAX, jitted step")
SCAN = Library("jax scan", "jax", "JAX, whole loop in scan")
# Adds epsilon before the correction, not after: a tiny one for both makes that the same. Then Adam
# makes whole steps of gradients that are rounding alone, so they are scikit-learn's small ones:
# with the book's 0.05 losses are 1e-3 apart, and so are ours when sums have another order.
SKLEARN = Library("sklearn", "sklearn", "scikit-learn, from the first epoch on")

# At the spirals' sizes a second thread is nothing to PyTorch and scikit-learn.
SPIRALS = [SPIRAL_64._replace(epochs=8000), SPIRAL_512._replace(epochs=2000)]
JAX_GOALS = {  # by name and threads: floor and aim
    **{(name, threads): goals for threads in (1, 2) for name, goals in (
        ("spiral-64", (4, 7)), ("spiral-512", (8, 12)), ("fashion", (1.3, 1.8)),
        ("exponential", (2, 4)))},
    ("mnist", 2): (1.2, 1.6), ("xor", 1): (1.5, 3)}
SMALL = [(EXPONENTIAL, 1), (EXPONENTIAL, 2), (MNIST, 1), (MNIST, 2), (XOR, 1)]
CASES = [
    *((one, peer, 1) for one in (*SPIRALS, FASHION)
      for peer in (EAGER, COMPILED, STEP, SCAN, SKLEARN)),
    *((one, peer, 2) for one in SPIRALS for peer in (STEP, SCAN)),
    *((FASHION, peer, 2) for peer in (EAGER, COMPILED, STEP, SCAN, SKLEARN)),
    *((one, peer, threads) for one, threads in SMALL for peer in (STEP, SCAN))]
EPOCHS = {  # of the peer in one timed call, some 0.15 seconds
    "spiral-64": {EAGER: 300, COMPILED: 800, STEP: 1500, SCAN: 3000, SKLEARN: 500},
    "spiral-512": {EAGER: 150, COMPILED: 250, STEP: 250, SCAN: 300, SKLEARN: 150},
    "fashion": {EAGER: 2, COMPILED: 2, STEP: 3, SCAN: 4, SKLEARN: 2},
    "exponential": {STEP: 50, SCAN: 50}, "mnist": {STEP: 8, SCAN: 8},
    "xor": {STEP: 3000, SCAN: 20_000}}
# Seconds for which threads of NumPy's BLAS look for more work, in our process, after their last:
# with one of two cores taken so JAX's epoch of 784-128-128-10 took 52.8 ms instead of 40.5.
_SPINNING = 0.3


def label(case: tuple[Workload, Library, int]) -> str:
    workload, library, threads = case
    return f"{workload.name}-{library.training.replace(' ', '-')}-threads={threads}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_fit_against(case, numpy_for, compare, tell, smoke, monkeypatch):
    workload, library, threads = case
    workload = workload._replace(their_epochs=EPOCHS[workload.name][library], pairs=11)
    if not find_spec(library.module):
        pytest.skip(f"{library.module} is not installed: {INSTALL}")
    if smoke:
        workload = workload.short()
        monkeypatch.setenv("TORCH_COMPILE_DISABLE", "1")  # it takes up to a minute
    if library is SKLEARN:
        workload = from_the_first_epoch(workload)
    with numpy_for(workload), limited(threads, threads):
        ours = Network(workload, fastnn)
        with Peer(library.training, task_of(ours, threads)) as theirs:
            losses = agreed_losses(ours, theirs, library, epochs=5 if workload.steps == 1 else 1)
            if workload.age:
                fit(ours, workload.age)
            aged, their_aged = ours.state(), state_of(ours)

            def go_back():
                ours.restore(aged)
                theirs.reset(their_aged)
                if threads > 1:
                    time.sleep(_SPINNING)
            compare(lambda: fit(ours, workload.epochs),
                    lambda: theirs.train(workload.their_epochs),
                    row=row_of(workload, library, threads), before=go_back,
                    units=(workload.epochs, workload.their_epochs), pairs=workload.pairs)
    if not smoke:
        tell("losses {our_loss:.7g} and {their_loss:.7g} after epoch {loss_epoch}".format(
            **losses), **losses)


def from_the_first_epoch(workload):
    """As scikit-learn trains: Adam without decay and, in each call, without memory."""
    name, settings = workload.optimizer
    return workload._replace(age=0, epochs=workload.their_epochs,
                             optimizer=(name, settings | {"learning_rate": 0.001, "decay": 0.0,
                                                          "epsilon": 1e-12}))


def agreed_losses(ours, theirs, library, epochs):
    """Losses of the first batch after some epochs from the same start, equal within tolerance."""
    born = ours.state()
    theirs.reset(state_of(ours))
    got, expected = loss_now(ours), theirs.loss()
    assert abs(got - expected) <= 1e-6 * expected, f"losses {got} and {expected} at the start"
    fit(ours, epochs)
    try:
        theirs.train(epochs)
    except PeerError as error:
        if error.where.startswith("torch._"):  # no C++ compiler, or one it cannot use
            pytest.skip(f"torch.compile cannot compile here: {error}")
        raise
    got, expected = loss_now(ours), theirs.loss()
    ours.restore(born)
    assert abs(got - expected) <= library.tolerance * expected, f"losses {got} and {expected}"
    return {"our_loss": got, "their_loss": expected, "loss_epoch": epochs}


def row_of(workload, library, threads):
    goals = JAX_GOALS if library in (STEP, SCAN) else {}
    floor, aim = goals.get((workload.name, threads), (None, None))
    count = "two threads" if threads == 2 else "one thread"
    return Row("peers", f"{description(workload)}, {count} each", "fastnn.fit", library.title,
               unit="epoch", flops=2 * workload.multiply_adds, blas_threads=threads,
               our_threads=threads, floor=floor, aim=aim,
               headline=library is SCAN and threads == 2)
