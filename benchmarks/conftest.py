"""Fixtures of the benchmarks: NumPy's state, the timing of pairs, and what is kept of it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
from figures import line
from rates import copy, limited, sgemm
from rows import Row, check, threads_of
from turns import turn, turn_locks  # noqa: F401

from fastnn.bench.lanes import fast_lane, nnfs_in_force
from fastnn.bench.machine import machine
from fastnn.bench.noise import Watch
from fastnn.bench.pairs import Ratio, nothing, ratio
from fastnn.bench.workloads import Workload
from fastnn.support import threads

WATCH = Watch()  # the load from other processes, looked at once a minute

# What is timed are kernels.
os.environ.setdefault("FASTNN_COMPILE", "wait")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Measure only when asked to, by `--benchmark-only`; else run each benchmark once."""
    if not config.getoption("benchmark_only", True):
        config.option.benchmark_disable = True


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict) -> None:
    """The JSON file's own place for it; each row has it too."""
    machine_info["fastnn"] = machine()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look at the load before anything of a measuring run is timed."""
    if not item.config.getoption("benchmark_disable", False):
        WATCH.now()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where figures were taken on a busy machine, which a reader of ratios cannot see."""
    worst = WATCH.worst
    if worst is not None and not worst.is_idle:
        terminalreporter.write_line(f"The machine was busy: {worst}. The report marks what was "
                                    "measured then, and --readme refuses it.", yellow=True)


@pytest.fixture
def book_numpy() -> Iterator[None]:
    """`nnfs.init()`: float32 defaults, products summed in float64."""
    with nnfs_in_force(dot_precision_workaround=True):
        yield


@pytest.fixture
def native_numpy() -> Iterator[None]:
    """float32 defaults and products, the fast lane."""
    with fast_lane():
        yield


@pytest.fixture
def numpy_for() -> Callable[[Workload], AbstractContextManager[None]]:
    """A context with the NumPy that a workload is for."""
    def context(workload):
        if workload.plain:
            return nullcontext()
        return nnfs_in_force(dot_precision_workaround=True) if workload.book else fast_lane()
    return context


@pytest.fixture
def smoke(benchmark) -> bool:
    """Whether nothing is to be measured: each benchmark runs once, and short."""
    return benchmark.disabled


@pytest.fixture
def tell(benchmark, capsys) -> Callable[..., None]:
    """Print a line about this benchmark, and keep the values behind it in its extra_info."""
    def run(text: str, **values: object) -> None:
        benchmark.extra_info.update(values)
        with capsys.disabled():
            print(f"\n{benchmark.name}: {text}")
    return run


@pytest.fixture
def record(benchmark, tell) -> Callable[[Row, Ratio], None]:
    """Keep a row and what was found for it; for benchmarks that time in a way of their own."""
    def run(row: Row, found: Ratio) -> None:
        check(row)
        if threads.count() < 2:  # one core, or the environment says one
            row = row._replace(our_threads=1)
        load = WATCH.now()
        tell(f"{found}; {line(row, found)}", **row._asdict(), **found._asdict(),
             taken=load.taken, slowed=load.slowed,
             sgemm=sgemm(threads_of(row)), sgemm_threads=threads_of(row), copy=copy(),
             machine=machine())
    return run


@pytest.fixture
def compare(benchmark, record, tell) -> Callable[..., Ratio | None]:
    """Time ours against theirs in pairs, then ours by pytest-benchmark; keep it as a row.

    Where benchmarks are disabled both run once, as a smoke test, and the result is None. `units`
    and `before` as in `pairs.ratio`; pytest-benchmark's own figures are of a call.
    """
    def run(ours: Callable[[], object], theirs: Callable[[], object], *, row: Row | None = None,
            pairs: int = 31, calls: int = 1, units: tuple[int, int] = (1, 1),
            before: Callable[[], object] = nothing) -> Ratio | None:
        if row:
            check(row)
        with limited(row.blas_threads, row.our_threads) if row else nullcontext():
            if benchmark.disabled:
                ours()
                theirs()
                benchmark(ours)
                return None
            found = ratio(ours, theirs, pairs=pairs, calls=calls, units=units, before=before)
            if before is nothing:
                benchmark.pedantic(ours, rounds=5, iterations=calls, warmup_rounds=1)
            else:
                benchmark.pedantic(ours, setup=before, rounds=5, warmup_rounds=1)
        if row:
            record(row, found)
        else:
            tell(str(found), **found._asdict())
        return found
    return run
