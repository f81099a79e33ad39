"""The first run of a wheel that brings its kernels, whole processes with an empty cache.

Against the book's program in plain NumPy, and against this tree with kernels that were compiled
here for this processor. The wheel is built for the highest level that runs here (a minute or two).
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from bench_startup import EPOCHS, NAMES, NUMPY, both, program
from rows import Row

from fastnn.bench.pairs import summary
from fastnn.compile import processor
from fastnn.compile.policy import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
WHEEL = "fastnn from a wheel with kernels, cache empty"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """PYTHONPATH of what such a wheel installs."""
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("no sources here to build a wheel from")
    folder = tmp_path_factory.mktemp("wheel")
    kind = (*processor.levels(), "host")[-2:][0]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT],
                   check=True, env=os.environ | {"FASTNN_KERNELS": kind})
    found, = folder.glob("*.whl")
    with zipfile.ZipFile(found) as opened:
        opened.extractall(folder / "installed")
    return str(folder / "installed")


@both
@pytest.mark.parametrize("than", ["numpy", "compiled here"])
def test_first_run_of_a_wheel(who, than, benchmark, record, smoke, request, tmp_path, monkeypatch):
    if smoke:
        pytest.skip("building the wheel takes a minute or two")
    path = request.getfixturevalue("wheel")
    other = "numpy" if than == "numpy" else who
    monkeypatch.setenv(VARIABLE, "wait")
    program(other, 1)  # fills the cache of the other side where it was empty
    monkeypatch.setenv(VARIABLE, "background")

    def measure():
        caches = (str(tmp_path / str(n)) for n in range(ROUNDS))
        return [(program(who, EPOCHS, cache, path), program(other, EPOCHS)) for cache in caches]
    found = benchmark.pedantic(measure, rounds=1)
    for ours, theirs in found:
        assert ours["weights"] == theirs["weights"], "they end with other weights"
    assert not list(tmp_path.rglob("*.nbc")), "something was compiled"
    record(Row("start-up", f"spiral 2-64-3, a first process of {EPOCHS:,} epochs, {NAMES[who]}",
               WHEEL, NUMPY if than == "numpy" else "the same, kernels compiled here and on disk",
               "process", floor=None if than == "numpy" else 1 / 1.15),
           summary([(ours["wall"], theirs["wall"]) for ours, theirs in found]))
