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
COLD_LIMIT, WARM_LIMIT = 25, 0.5  # seconds, of the engine's kernels
IMPORT = "import time, fastnn, nnfs; from nnfs.datasets import spiral_data"
ENGINE = IMPORT + """
from fastnn.kernels.jit import COMPILING
nnfs.init()
X, y = spiral_data(samples=100, classes=3)
layers = [fastnn.Layer_Dense(2, 64), fastnn.Activation_ReLU(), fastnn.Layer_Dense(64, 3)]
loss = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
fastnn.fit(layers, loss, fastnn.Optimizer_Adam(learning_rate=0.05, decay=5e-7), X, y)
print(COMPILING.seconds, time.process_time())
"""


def seconds(code: str, cache: str | None = None) -> float:
    """Wall time of one fresh process that runs this code."""
    return run(code, cache)[0]


def run(code: str, cache: str | None = None) -> tuple[float, str]:
    """Wall time of one fresh process that runs this code, and what it prints."""
    env = os.environ | {"PYTHONPATH": path_to_fastnn()}
    if cache:
        env["NUMBA_CACHE_DIR"] = cache
    start = time.perf_counter()
    process = subprocess.run([sys.executable, "-c", code], env=env, check=True, text=True,
                             capture_output=True)
    return time.perf_counter() - start, process.stdout


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


def test_engine_with_empty_cache(benchmark, tell, smoke, tmp_path):
    """Seconds of compiling for the first `fit`; a smoke test is content with the warm cache."""
    wall, printed = benchmark.pedantic(
        run, args=(ENGINE,), kwargs={} if smoke else {"cache": str(tmp_path)}, rounds=1)
    cold, processor = map(float, printed.split())
    if not smoke:
        tell(f"{cold:.1f} s of compiling in a process of {wall:.1f} s (processor: {processor:.1f} "
             f"s); {within(cold, COLD_LIMIT)}", cold=cold, wall=wall, processor=processor)


def test_engine_with_warm_cache(benchmark, tell, smoke):
    """Seconds from the import to the end of a first epoch."""
    benchmark.pedantic(run, args=(ENGINE,), rounds=1)
    if smoke:
        return
    wall, printed = run(ENGINE)
    assert float(printed.split()[0]) == 0, "something is compiled though the cache is warm"
    pairs = [seconds(ENGINE) - seconds(IMPORT) for _ in range(11)]
    warm = statistics.median(pairs)
    tell(f"{warm:.3f} s more than the imports alone ({min(pairs):.3f} to {max(pairs):.3f}, "
         f"{len(pairs)} pairs; {wall:.2f} s in all); {within(warm, WARM_LIMIT)}", warm=warm)


def within(found: float, limit: float) -> str:
    return f"limit {limit:g} s {'held' if found <= limit else 'MISSED'}"
