"""A wrong kernel is found by its benchmark's agreement check, and nothing is timed."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import bench_kernels
import bench_objects
import bench_optimizers
import numpy as np
import pytest
import softmax_pair
from nnfs_context import fast_lane, nnfs_in_force
from primitives import BOOK, CASES, DOUBLE, FORMULAS, NATIVE
from rosters import updates

import fastnn
from fastnn import registry
from fastnn.activations import softmax
from fastnn.bench.sides import Draw, Size
from fastnn.kernels import optimizers as optimizer_kernels
from fastnn.layers import dropout, products
from fastnn.losses import categorical, crossentropy
from fastnn.optimizers import adam, rmsprop, sgd
from fastnn.support import buffers
from fastnn.support.proofs import NO

ROOT = Path(bench_kernels.__file__).parents[1]
DIFFER = "the two differ in"

NORM = fastnn.Layer_BatchNorm
# Where the classes find the kernel of each primitive: an attribute, or what lies inside it.
KERNELS = {
    "dense forward": (products, "dense_forward"),
    "dense backward": (products, "dense_backward"),
    "batch normalization forward": (NORM, "_functions.forward.kernel"),
    "batch normalization backward": (NORM, "_functions.backward.kernel"),
    "dropout forward": (dropout._random, "dropout_forward"),
    "dropout backward": (dropout._random, "dropout_backward"),
    "softmax forward": (softmax._kernels, "softmax_forward"),
    "softmax backward": (softmax._kernels, "softmax_backward"),
    "cross-entropy forward": (crossentropy._kernels, "categorical_crossentropy_forward_sparse"),
    "cross-entropy forward, one-hot": (
        crossentropy._kernels, "categorical_crossentropy_forward_onehot"),
    "cross-entropy backward": (crossentropy._kernels, "categorical_crossentropy_backward_sparse"),
    "cross-entropy backward, one-hot": (
        crossentropy._kernels, "categorical_crossentropy_backward_onehot"),
    "softmax and cross-entropy forward": (crossentropy._kernels, "softmax_crossentropy_forward"),
    "softmax and cross-entropy backward": (crossentropy._kernels, "softmax_crossentropy_backward"),
    "smoothed cross-entropy forward": (categorical._Smoothed, "_forward_kernel"),
    "smoothed cross-entropy backward": (
        crossentropy._kernels, "categorical_crossentropy_backward_onehot"),
    "softmax and smoothed cross-entropy forward": (softmax._kernels, "softmax_forward"),
    "softmax and smoothed cross-entropy backward": (categorical, "_smoothed_slopes.onehot"),
    **{name: (kind, "_backward_kernel" if backward else "_forward_kernel")
       for name, kind, backward in FORMULAS},
}
del KERNELS["tanh forward"]  # which is NumPy's own
UPDATES = {
    "SGD": (optimizer_kernels, "sgd_update"),
    "SGD with momentum": (sgd._updates, "_kernel"),
    "Adagrad": (optimizer_kernels, "adagrad_update"),
    "RMSprop": (rmsprop._updates, "_kernel"),
    "Adam": (adam._updates, "_kernel"),
    **{kind.__name__.removeprefix("Optimizer_"): (kind._updates, "_kernel")
       for kind, _ in updates()},
}


@pytest.fixture
def spoil(monkeypatch):
    """Make a kernel wrong: the first element of its last array is off, by the next float or by a
    share of the largest.
    """
    def run(place, name, share):
        name, *inside = name.split(".")
        held = getattr(place, name)
        kernel = inner(held, inside)
        scratch = kernel is NORM._functions.backward.kernel  # its last array is

        def wrong(*arguments):
            status = kernel(*arguments)
            array = [one for one in arguments if isinstance(one, np.ndarray)][-1 - scratch]
            first = (0,) * array.ndim
            array[first] = (array[first] + share * np.max(np.abs(array)) if share
                            else np.nextafter(array[first], np.inf))
            return status
        wrong.refuses = wrong
        made = with_inner(held, inside, wrong)
        plain = isinstance(place, type) and not inside
        monkeypatch.setattr(place, name, staticmethod(made) if plain else made)
        buffers.clear()  # and with it the calls that were made before, with the right one
    return run


def inner(held, path):
    """What lies inside a tuple with names, or a partial function, along these names."""
    for name in path:
        held = held.keywords[name] if isinstance(held, partial) else getattr(held, name)
    return held


def with_inner(held, path, value):
    """The same with this value in its place."""
    if not path:
        return value
    name, *path = path
    value = with_inner(inner(held, [name]), path, value)
    if isinstance(held, partial):
        return partial(held.func, **held.keywords | {name: value})
    return held._replace(**{name: value})


@pytest.fixture
def timed(monkeypatch):
    """What was timed: it gets a name for each call, and no time is taken."""
    calls = []
    for module in (bench_kernels, bench_optimizers):
        monkeypatch.setattr(module, "effort", lambda *sides: calls.append("effort") or {})
    monkeypatch.setattr(softmax_pair, "seconds_of",
                        lambda call: calls.append("pair") or call() or 1.0)
    return calls


@pytest.fixture
def compare(timed):
    """In the place of the fixture that times."""
    return lambda *sides, **options: timed.append("compare")


def measure(name, mode, compare):
    bench_kernels.test_kernel(name, "small", next(iter(CASES[name].sizes.values())), mode,
                              compare, smoke=False)


# exp and log of large float64 arrays are left to NumPy, see `numerics.is_numpys`.
LEFT_TO_NUMPY = {(name, "float64") for name, kind, backward in FORMULAS
                 if registry.entry_of(kind).compiled[backward].uses} | {
                     ("smoothed cross-entropy forward", "float64")}
MODES = [pytest.param(name, mode, 0.01 if mode is NATIVE else 0, id=f"{name}-{mode.text}")
         for name in KERNELS for mode in CASES[name].modes
         if (name, mode.text) not in LEFT_TO_NUMPY]


def test_every_primitive_has_its_kernel_here():
    assert set(KERNELS) == set(CASES) - {"tanh forward"}
    assert set(UPDATES) == set(bench_optimizers.UPDATES)


def test_every_class_has_its_rows():
    """All but those with nothing to compute, and the accuracies."""
    timed = {type(case.make(fastnn, Draw(np.float32), Size(4, 2, 3)).thing)
             for case in CASES.values()}
    timed |= {getattr(fastnn, one.optimizer) for one in bench_optimizers.UPDATES.values()}
    roles = {kind.__name__: registry.entry_of(kind).role for kind in registry.public().values()}
    assert {kind.__name__ for kind in timed} == {
        name for name, role in roles.items() if role != "accuracy"} - {
            "Layer_Input", "Activation_Linear"}


@pytest.mark.parametrize(("name", "mode", "share"), MODES)
def test_a_wrong_kernel_is_not_timed(name, mode, share, spoil, compare, timed, monkeypatch):
    """A last bit is enough; in the fast lane one part in a hundred."""
    owner, kernel = KERNELS[name]
    if owner is products and mode is DOUBLE:  # where NumPy's own products are right everywhere
        monkeypatch.setattr(products, "holds", lambda *asked: NO)
        kernel += "_by_blas"
    measure(name, mode, compare)
    assert timed == ["effort", "compare"]
    timed.clear()
    spoil(owner, kernel, share)
    with pytest.raises(AssertionError, match=DIFFER):
        measure(name, mode, compare)
    assert not timed


@pytest.mark.parametrize("name", UPDATES)
def test_a_wrong_update_is_not_timed(name, spoil, compare, timed):
    bench_optimizers.test_update(name, 3, BOOK, compare, smoke=False)
    assert timed == ["effort", "compare"]
    timed.clear()
    spoil(*UPDATES[name], 0)
    with pytest.raises(AssertionError, match=DIFFER):
        bench_optimizers.test_update(name, 3, BOOK, compare, smoke=False)
    assert not timed


@pytest.mark.parametrize("book", [True, False], ids=["nnfs.init()", "plain"])
@pytest.mark.parametrize("name", ["softmax and cross-entropy backward", "softmax backward",
                                  "cross-entropy backward"])
def test_a_wrong_gradient_is_not_timed_in_the_softmax_pair(name, book, spoil, timed):
    size = softmax_pair.SIZES[0]
    times = softmax_pair.measured(size, book)
    assert len(timed) == size.rounds * len(times)
    timed.clear()
    spoil(*KERNELS[name], 1e-6)
    with pytest.raises(AssertionError, match=DIFFER):
        softmax_pair.measured(size, book)
    assert not timed


@pytest.mark.parametrize("step", bench_objects.STEPS[::3],
                         ids=lambda step: "book" if step.workload.book else "native")
def test_a_step_with_a_wrong_kernel_is_not_timed(step, spoil, compare, timed):
    def run():
        bench_objects.test_step(
            step, lambda one: nnfs_in_force(True) if one.book else fast_lane(), compare, True)
    run()
    assert timed == ["compare"]
    timed.clear()
    spoil(*KERNELS["ReLU backward"], 0.1)
    with pytest.raises(AssertionError):
        run()
    assert not timed


WRONG = """
from fastnn import Activation_ReLU
right = Activation_ReLU._forward_kernel
def wrong(inputs, output):
    status = right(inputs, output)
    output[-1, -1] += 1
    return status
wrong.refuses = wrong
Activation_ReLU._forward_kernel = staticmethod(wrong)
"""


def test_a_measuring_run_stops_at_a_wrong_kernel(tmp_path):
    """As a user would see it: the run fails, says where the two differ, and has no figure."""
    (tmp_path / "spoiled.py").write_text(WRONG)
    figures = tmp_path / "figures.json"
    row = "test_kernel[ReLU forward-(300, 64)-float32, nnfs.init()]"
    env = {name: value for name, value in os.environ.items() if "XDIST" not in name}  # measures
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "spoiled", f"benchmarks/bench_kernels.py::{row}",
         "--benchmark-only", f"--benchmark-json={figures}"], cwd=ROOT, capture_output=True,
        text=True, env=env | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{DIFFER}\nE           it.output: 1 of 19200 elements differ" in run.stdout
    assert " pairs;" not in run.stdout
    assert not figures.exists() or not figures.read_text() or (
        not json.loads(figures.read_text())["benchmarks"])
