"""Fixtures of the benchmarks: NumPy's state, and the timing of pairs."""

from collections.abc import Callable, Iterator

import pytest
from nnfs_context import nnfs_in_force
from pairs import Ratio, ratio


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Measure only when asked to, by `--benchmark-only`; else run each benchmark once."""
    if not config.getoption("benchmark_only", True):
        config.option.benchmark_disable = True


@pytest.fixture
def book_numpy() -> Iterator[None]:
    """`nnfs.init()`: float32 defaults, products summed in float64."""
    with nnfs_in_force(dot_precision_workaround=True):
        yield


@pytest.fixture
def native_numpy() -> Iterator[None]:
    """float32 defaults and products."""
    with nnfs_in_force(dot_precision_workaround=False):
        yield


@pytest.fixture
def compare(benchmark, capsys) -> Callable[..., Ratio | None]:
    """Time ours against theirs in pairs, then ours by pytest-benchmark; the ratio is printed.

    Where benchmarks are disabled both run once, as a smoke test.
    """
    def run(ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int = 31,
            calls: int = 1) -> Ratio | None:
        if benchmark.disabled:
            ours()
            theirs()
            benchmark(ours)
            return None
        found = ratio(ours, theirs, pairs=pairs, calls=calls)
        benchmark.extra_info.update(found._asdict())
        benchmark.pedantic(ours, rounds=5, iterations=calls, warmup_rounds=1)
        with capsys.disabled():
            print(f"\n{benchmark.name}: {found}")
        return found
    return run
