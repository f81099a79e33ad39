"""What a process costs before and beside the training: import, compiling, first call, whole run.

Each figure is of fresh processes with one thread. Where benchmarks are disabled each runs once,
short, and with the cache as it is.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import path_to_fastnn
from rows import Row

from fastnn.bench.pairs import summary

PROGRAM = str(Path(__file__).with_name("startup_program.py"))
EPOCHS = 10_001
NAMES = {"objects": "the book's loop with fastnn's classes", "fit": "fastnn.fit"}
NUMPY = "the book's program in NumPy"
COLD_LIMIT, WARM_LIMIT = 25, 0.5  # seconds of compiling, and of a first epoch from the cache
both = pytest.mark.parametrize("who", NAMES)


def process(*arguments: str, cache: str | None = None, path: str | None = None
            ) -> tuple[float, str]:
    """Wall time of one fresh interpreter, and what it prints. path: where its fastnn is."""
    env = os.environ | {"PYTHONPATH": path or path_to_fastnn(), "OMP_NUM_THREADS": "1",
                        "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
                        # Without bytecode on disk, as some shells want it, ours alone starts late.
                        "PYTHONDONTWRITEBYTECODE": ""}
    if cache:
        env["NUMBA_CACHE_DIR"] = cache
    start = time.perf_counter()
    found = subprocess.run([sys.executable, *arguments], env=env, check=True, text=True,
                           capture_output=True)
    return time.perf_counter() - start, found.stdout


def program(who: str, epochs: int, cache: str | None = None, path: str | None = None
            ) -> dict[str, float]:
    """What the program says of its run, and "wall", the time of its process."""
    wall, printed = process(PROGRAM, who, str(epochs), cache=cache, path=path)
    return json.loads(printed) | {"wall": wall}


def runs(who: str, epochs: int, rounds: int, cache: str | None = None
         ) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Ours and NumPy's, in turn; the weights must end equal in every bit."""
    found = [(program(who, epochs, cache), program("numpy", epochs)) for _ in range(rounds)]
    for ours, theirs in found:
        assert ours["weights"] == theirs["weights"], f"{who} and NumPy end with other weights"
        assert ours["ours"] and not theirs["ours"], "the sides are not what they are called"
    return found


def walls(found):
    return summary([(ours["wall"], theirs["wall"]) for ours, theirs in found])


@pytest.fixture(scope="session")
def whole():
    """Runs of all epochs with the kernels on disk, by who trains; each is measured once."""
    kept = {}

    def find(who, smoke):
        if who not in kept:
            epochs, rounds = (3, 1) if smoke else (EPOCHS, 3)
            if not smoke:
                program(who, 1)  # fills the cache where it was empty
            kept[who] = runs(who, epochs, rounds)
        return kept[who]
    return find


@pytest.mark.quick
def test_import(benchmark, record, smoke):
    codes = ("import fastnn", "import numpy, numba")
    times = benchmark.pedantic(
        lambda: [tuple(process("-c", code)[0] for code in codes)
                 for _ in range(1 if smoke else 8)], rounds=1)
    if not smoke:  # the first of them brings the files into memory
        record(Row("start-up", "a process that only imports", *codes, unit="process",
                   cache="none"), summary(times[1:]))


@both
def test_first_epoch_from_the_cache(who, benchmark, record, tell, smoke):
    if not smoke:
        program(who, 1)
    found = benchmark.pedantic(runs, args=(who, 1, 1 if smoke else 5), rounds=1)
    if smoke:
        return
    assert not any(ours["kernels"] for ours, _ in found), "compiled, though the cache is warm"
    record(Row("start-up", "spiral 2-64-3, a process of one epoch, kernels on disk", NAMES[who],
               NUMPY, "process"), walls(found))
    first = min(ours["first"] for ours, _ in found)
    tell(f"{first:.3f} s for the first epoch, imports apart; {within(first, WARM_LIMIT)}",
         first_epoch_seconds=first)


@both
def test_whole_process(who, benchmark, record, smoke, whole):
    found = benchmark.pedantic(whole, args=(who, smoke), rounds=1)
    if not smoke:
        record(Row("start-up", f"spiral 2-64-3, a process of {EPOCHS:,} epochs, kernels on disk",
                   NAMES[who], NUMPY, "process", floor=4, aim=5, headline=who == "fit"),
               walls(found))


@both
def test_first_epoch_with_nothing_compiled(who, benchmark, record, tell, smoke, whole, tmp_path):
    found = benchmark.pedantic(runs, args=(who, 1, 1, None if smoke else str(tmp_path)), rounds=1)
    pays = pays_off(found[0], whole(who, smoke))
    if smoke:
        return
    compiling, kernels = found[0][0]["compiling"], found[0][0]["kernels"]
    assert kernels > 0, "nothing was compiled: the cache was not empty"
    record(Row("start-up", f"spiral 2-64-3, a process of one epoch, nothing compiled: {pays}",
               NAMES[who], NUMPY, "process", cache="cold"), walls(found))
    tell(f"{compiling:.1f} s for {kernels} kernels; {within(compiling, COLD_LIMIT)}; {pays}",
         compiling_seconds=compiling, kernels=kernels)


def pays_off(cold, warm):
    """After how many epochs a process that compiles everything is level with plain NumPy."""
    gain = summary([(ours["epoch"], theirs["epoch"]) for ours, theirs in warm])
    saved = gain.their_seconds - gain.our_seconds
    if saved <= 0:
        return "never pays off"
    behind = cold[0]["wall"] - cold[1]["wall"]
    return f"pays off after {max(1, round(behind / saved, -2)):,.0f} epochs"


def within(found: float, limit: float) -> str:
    return f"limit {limit:g} s {'held' if found <= limit else 'MISSED'}"
