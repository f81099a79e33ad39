"""What a process costs before and beside the training: import, cold cache, warm cache, whole run.

Each figure is of fresh processes. Where benchmarks are disabled each runs once and short.
"""

import os
import statistics
import subprocess
import sys
import time

from processes import path_to_fastnn

PROGRAM = "from fastnn import demo; demo.run(epochs={epochs}, compare=False)"
# The program on the reference alone: Numba is not imported, as in a program of plain NumPy.
NUMPY_PROGRAM = """
import importlib.util, sys, types
folder = importlib.util.find_spec("fastnn").submodule_search_locations[0]
package = types.ModuleType("fastnn")
package.__path__ = [folder]
sys.modules["fastnn"] = package
from fastnn import demo, reference
import nnfs; nnfs.init()
demo.train_spiral(reference, "adam", 64, {epochs}, print)
"""


def seconds(code: str, cache: str | None = None) -> float:
    """Wall time of one fresh process that runs this code."""
    env = os.environ | {"PYTHONPATH": path_to_fastnn()}
    if cache:
        env["NUMBA_CACHE_DIR"] = cache
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    return time.perf_counter() - start


def medians(codes, rounds, **keywords):
    """Median seconds of each, run in turn, after one run of each."""
    for code in codes:
        seconds(code, **keywords)
    runs = [[seconds(code, **keywords) for code in codes] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*runs, strict=True)]


def report(benchmark, capsys, text):
    benchmark.extra_info["found"] = text
    with capsys.disabled():
        print(f"\n{benchmark.name}: {text}")


def test_import(benchmark, capsys):
    rounds = 1 if benchmark.disabled else 11
    ours, theirs = medians(["import fastnn", "import numpy, numba"], rounds)
    benchmark.pedantic(seconds, args=("import fastnn",), rounds=1)
    report(benchmark, capsys, f"{ours:.3f} s against {theirs:.3f} s for numpy and numba: "
                              f"{ours / theirs:.2f}")


def test_whole_process_with_warm_cache(benchmark, capsys):
    rounds, epochs = (1, 100) if benchmark.disabled else (5, 10001)
    codes = [code.format(epochs=epochs) for code in (PROGRAM, NUMPY_PROGRAM)]
    ours, theirs = medians(codes, rounds)
    benchmark.pedantic(seconds, args=(codes[0],), rounds=1)
    report(benchmark, capsys, f"{ours:.2f} s against {theirs:.2f} s: {theirs / ours:.2f} x")


def test_first_use_with_empty_cache(benchmark, capsys, tmp_path):
    epochs = 2 if benchmark.disabled else 10001
    cold = seconds(PROGRAM.format(epochs=epochs), cache=str(tmp_path))
    benchmark.pedantic(seconds, args=("import fastnn",), rounds=1)
    report(benchmark, capsys,
           f"program A, {epochs} epochs, from an empty cache: {cold:.1f} s in all")
