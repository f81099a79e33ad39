"""What the benchmarks keep beside their times: ratios, threads, the machine, rows."""

import os

import numpy as np
import pytest
import report_results
from made_up_rows import everything
from rates import limited
from rows import Row, check
from threadpoolctl import threadpool_info

import fastnn
from fastnn.bench.machine import machine
from fastnn.bench.pairs import summary
from fastnn.support import threads


def test_summary_of_pairs_of_times():
    found = summary([(1.0, 4.0), (2.0, 6.0), (1.0, 5.0), (4.0, 4.0)])
    assert (found.median, found.least, found.pairs) == (3.5, 1.0, 4)
    assert 1.0 < found.low < found.median < found.high < 5.0
    assert (found.our_seconds, found.their_seconds) == (1.5, 4.5)
    assert (found.our_minimum, found.their_minimum) == (1.0, 4.0)
    assert summary([(2.0, 3.0)])[:5] == (1.5, 1.5, 1.5, 1.5, 1)


@pytest.mark.parametrize("before", [None, "2"])
def test_threads_are_limited_and_given_back(monkeypatch, before):
    if before:
        monkeypatch.setenv("OMP_NUM_THREADS", before)
    else:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    def counts():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    found = counts(), threads.count()
    with limited(blas_threads=1, our_threads=1):
        assert set(counts()) == {1} and threads.count() == 1
    assert (counts(), threads.count()) == found
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_machine_says_what_the_report_prints():
    rows = [{**made["extra_info"], "machine": machine()} for made in everything()]
    said = " ".join(report_results.conditions(rows).split())
    assert f"NumPy {np.__version__} with " in said and f"fastnn {fastnn.__version__}" in said
    assert machine()["cpu"] and machine()["cpu"] in said and "None" not in said


def test_row_of_an_unknown_table_or_half_a_curve():
    with pytest.raises(ValueError, match="table must be one of training, .*, got 'trainings'"):
        check(Row("trainings", "x"))
    with pytest.raises(ValueError, match="curve and x belong together, got 'width: fit' and None"):
        check(Row("training", "x", curve="width: fit"))
