"""Fixtures: `nnfs.init()` for the length of one test, and code in a fresh interpreter."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import nnfs
import numpy as np
import pytest

REPLACED = [(np, "dot"), (np, "zeros"), (np, "eye"), (np.random, "randn")]


@contextmanager
def nnfs_in_force(dot_precision_workaround: bool) -> Iterator[None]:
    """`nnfs.init()`, and afterwards NumPy's own functions and the random state from before."""
    before = [getattr(place, name) for place, name in REPLACED]
    for function in before:  # a second init would wrap the wrappers
        assert getattr(function, "__module__", None) != "nnfs.core", "nnfs.init() is in force"
    random_state = np.random.get_state()
    try:
        nnfs.init(dot_precision_workaround=dot_precision_workaround)
        yield
    finally:
        for (place, name), function in zip(REPLACED, before, strict=True):
            setattr(place, name, function)
        np.random.set_state(random_state)


@pytest.fixture
def book_numpy() -> Iterator[None]:
    """`nnfs.init()`: float32 defaults, products accumulated in float64, seed 0."""
    with nnfs_in_force(dot_precision_workaround=True):
        yield


@pytest.fixture
def native_numpy() -> Iterator[None]:
    """`nnfs.init(dot_precision_workaround=False)`: float32 defaults and products, seed 0."""
    with nnfs_in_force(dot_precision_workaround=False):
        yield


@pytest.fixture
def fresh_process() -> Callable[..., str]:
    """A function that runs code in a fresh interpreter and returns what it printed."""
    return run_in_fresh_process


def run_in_fresh_process(
    code: str, env: dict[str, str] | None = None, timeout: float = 120
) -> str:
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": path_to_fastnn(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if process.returncode:
        pytest.fail(f"exit code {process.returncode}, standard error:\n{process.stderr}")
    return process.stdout


def path_to_fastnn() -> str:
    """PYTHONPATH for the child: the fastnn of this process first, unless it is installed."""
    inherited = os.environ.get("PYTHONPATH", "")
    spec = find_spec("fastnn")
    assert spec and spec.origin, "fastnn cannot be imported"
    folder = Path(spec.origin).resolve().parents[1]
    if folder.name in ("site-packages", "dist-packages"):
        return inherited
    return os.pathsep.join(filter(None, [str(folder), inherited]))
