"""A wrong kernel is found by its benchmark's agreement check, and nothing is timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import bench_kernels
import bench_objects
import bench_optimizers
import numpy as np
import pytest
import softmax_pair
from nnfs_context import nnfs_in_force
from primitives import BOOK, CASES

import fastnn
from fastnn.activations import softmax
from fastnn.kernels import optimizers as optimizer_kernels
from fastnn.layers import dropout, products
from fastnn.losses import crossentropy

ROOT = Path(bench_kernels.__file__).parents[1]
DIFFER = "the two differ in"

# Where the classes find the kernel of each primitive.
KERNELS = {
    "dense forward": (products, "dense_forward"),
    "dense backward": (products, "dense_backward"),
    "ReLU forward": (fastnn.Activation_ReLU, "_forward_kernel"),
    "ReLU backward": (fastnn.Activation_ReLU, "_backward_kernel"),
    "leaky ReLU forward": (fastnn.Activation_LeakyReLU, "_forward_kernel"),
    "leaky ReLU backward": (fastnn.Activation_LeakyReLU, "_backward_kernel"),
    "sigmoid forward": (fastnn.Activation_Sigmoid, "_forward_kernel"),
    "sigmoid backward": (fastnn.Activation_Sigmoid, "_backward_kernel"),
    "tanh backward": (fastnn.Activation_Tanh, "_backward_kernel"),
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
    "binary cross-entropy forward": (fastnn.Loss_BinaryCrossentropy, "_forward_kernel"),
    "binary cross-entropy backward": (fastnn.Loss_BinaryCrossentropy, "_backward_kernel"),
    "squared error forward": (fastnn.Loss_MeanSquaredError, "_forward_kernel"),
    "squared error backward": (fastnn.Loss_MeanSquaredError, "_backward_kernel"),
    "absolute error forward": (fastnn.Loss_MeanAbsoluteError, "_forward_kernel"),
    "absolute error backward": (fastnn.Loss_MeanAbsoluteError, "_backward_kernel"),
}
UPDATES = {
    "SGD": (optimizer_kernels, "sgd_update"),
    "SGD with momentum": (optimizer_kernels, "momentum_update"),
    "Adagrad": (optimizer_kernels, "adagrad_update"),
    "RMSprop": (optimizer_kernels, "rmsprop_update"),
    "Adam": (optimizer_kernels, "adam_update"),
}


@pytest.fixture
def spoil(monkeypatch):
    """Make a kernel wrong: the first element of its last array is off, by the next float or by a
    share of the largest.
    """
    def run(place, name, share):
        kernel = getattr(place, name)

        def wrong(*arguments):
            status = kernel(*arguments)
            array = [one for one in arguments if isinstance(one, np.ndarray)][-1]
            first = (0,) * array.ndim
            array[first] = (array[first] + share * np.max(np.abs(array)) if share
                            else np.nextafter(array[first], np.inf))
            return status
        monkeypatch.setattr(place, name, staticmethod(wrong) if isinstance(place, type) else wrong)
    return run


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
LEFT_TO_NUMPY = {("sigmoid forward", "float64"), ("binary cross-entropy forward", "float64")}
MODES = [pytest.param(name, mode, 0 if mode is BOOK else 0.01, id=f"{name}-{mode.text}")
         for name in KERNELS for mode in CASES[name].modes
         if (name, mode.text) not in LEFT_TO_NUMPY]


def test_every_primitive_has_its_kernel_here():
    assert set(KERNELS) == set(CASES) - {"tanh forward"}  # which is NumPy's own
    assert set(UPDATES) == set(bench_optimizers.UPDATES)


@pytest.mark.parametrize(("name", "mode", "share"), MODES)
def test_a_wrong_kernel_is_not_timed(name, mode, share, spoil, compare, timed):
    """A last bit is enough under nnfs.init(); elsewhere one part in a hundred."""
    measure(name, mode, compare)
    assert timed == ["effort", "compare"]
    timed.clear()
    spoil(*KERNELS[name], share)
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
            step, lambda one: nnfs_in_force(dot_precision_workaround=one.book), compare, True)
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
Activation_ReLU._forward_kernel = staticmethod(wrong)
"""


def test_a_measuring_run_stops_at_a_wrong_kernel(tmp_path):
    """As a user would see it: the run fails, says where the two differ, and has no figure."""
    (tmp_path / "spoiled.py").write_text(WRONG)
    figures = tmp_path / "figures.json"
    row = "test_kernel[ReLU forward-(300, 64)-float32, nnfs.init()]"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "spoiled", f"benchmarks/bench_kernels.py::{row}",
         "--benchmark-only", f"--benchmark-json={figures}"], cwd=ROOT, capture_output=True,
        text=True, env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"})
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{DIFFER}\nE           it.output: 1 of 19200 elements differ" in run.stdout
    assert " pairs;" not in run.stdout
    assert not figures.exists() or not figures.read_text() or (
        not json.loads(figures.read_text())["benchmarks"])
