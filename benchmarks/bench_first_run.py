"""The first run on a machine: nothing is compiled yet, NumPy computes until the kernels are there.

Whole processes against the book's program in plain NumPy, in turn, each with an empty cache, one
thread, and the rule that is in force by default (`compile_policy`): that is what a user meets once.
`bench_startup.py` has those who wait for the compile, and those who find it done.
"""

import os
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import pytest
from bench_startup import NAMES, NUMPY, runs, walls
from rows import Row

from fastnn.compile.policy import VARIABLE

# Times as fast, at least: NumPy's program may be as much faster on the first run, and no more.
LEVEL, ONE_CORE, LONG = 1 / 1.15, 1 / 1.3, 2.0


class Case(NamedTuple):
    """Who trains for how long, on how many cores."""

    who: str
    epochs: int
    floor: float | None
    alone: bool = False
    rounds: int = 3

    @property
    def name(self) -> str:
        """In the names of the tests."""
        return f"{self.who}-{self.epochs}{'-one core' * self.alone}"


CASES = [Case("objects", 1, None), Case("fit", 1, None),
         Case("objects", 10_001, LEVEL), Case("fit", 10_001, LEVEL),
         Case("objects", 10_001, ONE_CORE, alone=True), Case("objects", 100_001, LONG, rounds=1)]


@contextmanager
def one_core():
    """Have child processes run on one core meanwhile."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_first_run(case, benchmark, record, smoke, tmp_path, monkeypatch):
    if case.alone and not hasattr(os, "sched_setaffinity"):
        pytest.skip("no way to keep a process on one core here")
    monkeypatch.setenv(VARIABLE, "background")
    caches = (str(tmp_path / str(n)) for n in range(case.rounds))

    def measure():
        with one_core() if case.alone else nullcontext():
            if smoke:
                return runs(case.who, min(case.epochs, 3), 1)
            return [pair for cache in caches for pair in runs(case.who, case.epochs, 1, cache)]
    found = benchmark.pedantic(measure, rounds=1)
    if smoke:
        return
    assert not any(ours["kernels"] for ours, _ in found), "the program itself compiled"
    epochs = "one epoch" if case.epochs == 1 else f"{case.epochs:,} epochs"
    record(Row("start-up", f"spiral 2-64-3, a first process of {epochs}, nothing compiled"
               f"{', on one core' * case.alone}", NAMES[case.who], NUMPY, "process", cache="cold",
               floor=case.floor), walls(found))
