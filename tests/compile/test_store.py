"""Kernels that come with the package: taken where they fit, and only there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processes import run_in_fresh_process

import fastnn
from fastnn import ahead
from fastnn.compile import processor, store

SOURCE = Path(fastnn.__file__).parent

SIGMOID = """
    import numpy as np, os
    from fastnn import Activation_Sigmoid, reference
    from fastnn.compile import cache
    from fastnn.compile.waiting import COMPILING
    x = np.linspace(-9, 9, 77, dtype=np.float32).reshape(7, 11)
    ours, theirs = Activation_Sigmoid(), reference.Activation_Sigmoid()
    ours.forward(x)
    theirs.forward(x)
    assert np.array_equal(ours.output, theirs.output)
    kept = sum(1 for _ in cache.folder().glob("*.nbc"))
    print(COMPILING.kernels, len(ours._compiled.forward.kernel.overloads), kept)
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A copy of the package with one kernel in its store, compiled for what this machine has."""
    copy = tmp_path / "site" / "fastnn"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", store.NAME))
    kinds = [*processor.levels()][-1:] or ["host"]
    monkeypatch.setattr(ahead, "_CODE", (
        "import sys; sys.path[:] = {path!r}; import numpy as np; import fastnn; "
        "from fastnn.compile import cache; "
        "fastnn.Activation_Sigmoid()._compute(np.zeros((2, 3), np.float32)); "
        "print(cache.folder())"))
    ahead.build(copy / store.NAME, kinds)
    return copy.parent


def said(site, tmp_path, **environment):
    (tmp_path / "kernels").mkdir(mode=0o700, exist_ok=True)
    return [*map(int, run_in_fresh_process(SIGMOID, {
        "PYTHONPATH": str(site), "NUMBA_CACHE_DIR": str(tmp_path / "kernels"),
        **environment}).split())]


def test_kernels_of_the_package_are_taken(site, tmp_path):
    assert said(site, tmp_path) == [0, 1, 0]  # nothing compiled, one loaded, nothing kept


def test_a_background_program_has_them_at_once(site, tmp_path):
    assert said(site, tmp_path, FASTNN_COMPILE="background") == [0, 1, 0]
    assert said(site, tmp_path, FASTNN_COMPILE="never") == [0, 1, 0]


@pytest.mark.parametrize("what", ["sources", "file", "version", "processor", "unreadable"])
def test_what_does_not_fit_is_passed_over(site, tmp_path, what):
    file, = (site / "fastnn" / store.NAME).rglob("*.nbc")
    environment = {}
    if what == "sources":
        with open(site / "fastnn" / "kernels" / "simd.py", "a") as source:
            source.write("\n# another\n")
    elif what == "file":
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif what == "version":
        file.parent.rename(file.parents[1] / ("0" * 20))
    elif what == "processor":
        environment = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    else:
        file.unlink()
        file.mkdir()
    before = file.read_bytes() if file.is_file() else None
    assert said(site, tmp_path, **environment) == [1, 1, 1]
    assert what in ("version", "unreadable") or file.read_bytes() == before  # not ours to delete


@pytest.mark.parametrize("kinds", [[], ["x86-64"], ["host", "x86-64-v5"]])
def test_other_kinds_are_refused(tmp_path, kinds):
    with pytest.raises(ValueError, match="expected some of x86-64-v4, x86-64-v3, host; got"):
        ahead.build(tmp_path, kinds)


def test_a_level_is_had_with_all_that_it_wants(monkeypatch):
    has = dict.fromkeys(processor.LEVELS["x86-64-v3"], True)
    monkeypatch.setattr(processor, "_features", lambda: has)
    processor.levels.cache_clear()
    try:
        assert processor.levels() == ("x86-64-v3",)
        processor.levels.cache_clear()
        has["fma"] = False
        assert processor.levels() == ()
    finally:
        processor.levels.cache_clear()


def test_it_is_a_command(tmp_path):
    got = subprocess.run([sys.executable, "-m", "fastnn.ahead", str(tmp_path), "sparc"],
                         capture_output=True, text=True, env=os.environ | {
                             "PYTHONPATH": str(SOURCE.parent)})
    assert got.returncode and "expected some of" in got.stderr
