"""Fixtures: `nnfs.init()` for the length of one test, code in a fresh interpreter, and the runs
of `fit` that were not compiled.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from nnfs_context import fast_lane, nnfs_in_force
from processes import run_in_fresh_process
from turns import turn, turn_locks  # noqa: F401

from fastnn.engine import halting, program
from fastnn.support import proofs

# Tests are of kernels, unless they say otherwise.
os.environ.setdefault("FASTNN_COMPILE", "wait")

# A job in a shell's background is started deaf to Ctrl-C, and so would be all it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An instruction that would reach beyond an operand fails its test; users get a stepwise run.
program.STRICT = True

# Kernels may be tried for NumPy's digits where shapes are met for the first time.
proofs.MEETINGS = 1


@pytest.fixture(autouse=True)
def nothing_of_floating_point_errors() -> Iterator[None]:
    """What a program sets by `np.seterr` ends with its test: the next may wait for a warning."""
    with np.errstate():
        yield


@pytest.fixture
def book_numpy() -> Iterator[None]:
    """`nnfs.init()`: float32 defaults, products accumulated in float64, seed 0."""
    with nnfs_in_force(dot_precision_workaround=True):
        yield


@pytest.fixture
def native_numpy() -> Iterator[None]:
    """float32 defaults and products, equal to NumPy's to rounding, seed 0."""
    with fast_lane():
        yield


@pytest.fixture
def cast_numpy() -> Iterator[None]:
    """`nnfs.init(dot_precision_workaround=False)`: float32 defaults and products, seed 0."""
    with nnfs_in_force(dot_precision_workaround=False):
        yield


@pytest.fixture
def fresh_process() -> Callable[..., str]:
    """A function that runs code in a fresh interpreter and returns what it printed."""
    return run_in_fresh_process


@pytest.fixture
def no_collector_callbacks() -> Iterator[None]:
    """No callbacks of the garbage collector. Hypothesis leaves one: what a signal's handler raises
    in it Python drops, and a loop that somebody may look at runs as it is.
    """
    there = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = there


@pytest.fixture
def stepwise_runs(monkeypatch: pytest.MonkeyPatch) -> list[halting.StepwiseRun]:
    """The runs of `fit` that go step by step, as they come: empty where all were compiled."""
    runs: list[halting.StepwiseRun] = []

    class Noted(halting.StepwiseRun):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            runs.append(self)

    monkeypatch.setattr(halting, "StepwiseRun", Noted)
    return runs


def pytest_runtest_teardown() -> None:
    """Close what a test has drawn: another one counts what is open."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
