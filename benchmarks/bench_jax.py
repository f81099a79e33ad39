"""Whole trainings in one call against JAX: all epochs in one jitted scan, native float32.

JAX is no dependency of ours; without it these are skipped. With it, from this folder's parent:

    pip install jax && pytest benchmarks/bench_jax.py --benchmark-only

JAX takes as many threads as there are cores, flushes denormal numbers to zero and computes no
loss. The time of its compiling is not counted, nor is ours.
"""

import pytest
from agreement import loss_now
from figures import figures
from loops import fit
from nets import Network
from rates import cores_used
from threadpoolctl import threadpool_limits
from workloads import FASHION, SPIRAL_64, SPIRAL_512, label

import fastnn

WORKLOADS = [SPIRAL_64._replace(threads=2, epochs=4000, their_epochs=2000, floor=2.5, aim=4),
             SPIRAL_512._replace(threads=2, epochs=800, their_epochs=400, floor=6, aim=8),
             FASHION._replace(threads=2, epochs=4, their_epochs=4, floor=1, aim=1.3)]


@pytest.mark.parametrize("workload", WORKLOADS, ids=label)
def test_fit_against_jax(workload, numpy_for, compare, tell, smoke):
    jax = pytest.importorskip("jax", reason="JAX is not installed")  # not before it is needed:
    from jax_loops import JaxTraining  # other tests fork, which JAX warns of
    if smoke:
        workload = workload.short()
    with numpy_for(workload), threadpool_limits(workload.threads):
        ours = Network(workload, fastnn)
        assert_same_losses(ours, JaxTraining(ours), epochs=5 if workload.steps == 1 else 1)
        fit(ours, workload.age)
        aged = ours.state()
        theirs = JaxTraining(ours)
        calls = (lambda: fit(ours, workload.epochs), lambda: theirs.train(workload.their_epochs))
        found = compare(*calls, units=(workload.epochs, workload.their_epochs),
                        before=lambda: ours.restore(aged), pairs=workload.pairs)
        if found:
            text, values = figures(workload, found, *map(cores_used, calls))
            tell(f"{text} (JAX {jax.__version__})", jax=jax.__version__, **values)


def assert_same_losses(ours, theirs, epochs):
    """Losses after some epochs, equal to one part in 10,000.

    JAX counts Adam's steps and corrects for them in float32: 1 - 0.999 has 4 digits then.
    """
    fit(ours, epochs)
    got, expected = loss_now(ours), theirs.loss(epochs)
    assert abs(got - expected) <= 1e-4 * expected, f"losses {got} and {expected}"
