"""A run: both sides agree before anything is timed, and what it leaves says how it was."""

import os
import signal
from contextlib import contextmanager

import numpy as np
import pytest

import fastnn
from fastnn.activations import relu
from fastnn.bench import suite
from fastnn.bench.lanes import nnfs_in_force
from fastnn.bench.machine import details, machine
from fastnn.bench.noise import Load, Watch
from fastnn.bench.run import one_thread, run
from fastnn.bench.suite import Case, Ready
from fastnn.support import blas, threads

CASES = suite.cases()


def idle():
    return Watch(1e9, lambda: Load(0.0, 1.0, None))


def case(name="made up", ours=lambda: None, differ=""):
    @contextmanager
    def ready(seconds):
        if differ:
            raise AssertionError(differ)
        yield Ready(ours, lambda: sum(range(20_000)), (1, 1))
    return Case(name, f"what {name} is", "ours", "theirs", "call", ready, 10.0, 5.0, True)


def test_rows_are_timed_and_kept():
    lines, rows = [], []
    found = run([case("a"), case("b")], True, lines.append, rows.append, idle())
    assert [row["name"] for row in found["rows"]] == ["a", "b"] and found["rows"] == rows
    assert found["partial"] is False and found["differ"] == [] and found["quick"] is True
    for row in rows:
        assert row["median"] > 1 and row["low"] <= row["median"] <= row["high"]
        assert row["pairs"] == 15 and row["our_seconds"] < row["their_seconds"]
        assert row["taken"] == 0.0
    assert found["load"] == [{"taken": 0.0, "slowed": 1.0, "average": None}]
    assert "its cores" in lines[0] and "busy" not in lines[0]


def test_sides_that_differ_are_not_timed():
    called = []
    made = case("b", lambda: called.append(1), differ="the two differ in\nit")
    told = []
    found = run([case("a"), made, case("c")], True, print, told.append, idle())
    assert [row["name"] for row in found["rows"]] == ["a", "c"] and not called
    assert found["differ"] == [{"name": "b", "what": "what b is", "why": "the two differ in\nit"}]
    assert told[1] == found["differ"][0]


def test_a_wrong_kernel_is_found_by_the_suite(monkeypatch):
    right = fastnn.Activation_ReLU._forward_kernel

    def wrong(inputs, output):
        status = right(inputs, output)
        output[-1, -1] += 1
        return status
    wrong.refuses = wrong
    monkeypatch.setattr(relu.Activation_ReLU, "_forward_kernel", staticmethod(wrong))
    one, = (made for made in CASES if made.name == "ReLU forward (300, 64)")
    found = run([one], True, print, print, idle())
    assert found["rows"] == [] and "the two differ in" in found["differ"][0]["why"]


def test_what_was_measured_before_an_interrupt_is_kept():
    def interrupted():
        raise KeyboardInterrupt
    lines = []
    found = run([case("a"), case("b", interrupted), case("c")], True, lines.append, print, idle())
    assert [row["name"] for row in found["rows"]] == ["a"] and found["partial"] is True
    assert "Ctrl-C" in lines[-1]


def test_an_interrupt_within_a_fit_makes_no_row():
    """`fit` ends without an exception on Ctrl-C: what it took would be too short."""
    class Signal(fastnn.Activation_ReLU):
        def forward(self, inputs, training=True):
            super().forward(inputs, training)
            signal.raise_signal(signal.SIGINT)
    loss, optimizer = fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD()
    X = np.ones((4, 2))
    layers = [fastnn.Layer_Dense(2, 2), Signal()]
    before = signal.getsignal(signal.SIGINT)

    def fit():
        fastnn.fit(layers, loss, optimizer, X, X, epochs=1000)
    assert before is signal.default_int_handler
    found = run([case("a", fit), case("b")], True, print, print, idle())
    assert found["rows"] == [] and found["partial"] is True
    assert signal.getsignal(signal.SIGINT) is before


def test_a_busy_machine_is_told_before_and_marks_the_rows():
    lines = []
    found = run([case()], True, lines.append, print, Watch(1e9, lambda: Load(0.4, 1.0, 3.0)))
    assert "it is busy" in lines[0] and found["rows"][0]["taken"] == 0.4


def test_load_that_comes_during_a_row_is_seen():
    looks = iter([Load(0.0, 1.0, None), Load(0.0, 1.0, None), Load(0.6, 1.0, None)])
    found = run([case()], True, print, print, Watch(-1.0, lambda: next(looks)))
    assert found["rows"][0]["taken"] == 0.6


def test_in_a_process_under_nnfs_nothing_is_said_to_differ():
    with nnfs_in_force(True), pytest.raises(RuntimeError, match="is in force: measure in a"):
        run([CASES[0]], True, print, print, idle())


@pytest.mark.parametrize("before", [None, "3"])
def test_threads_are_one_meanwhile(monkeypatch, before):
    monkeypatch.delenv("FASTNN_NUM_THREADS", raising=False)
    if before:
        monkeypatch.setenv("FASTNN_NUM_THREADS", before)
    many = blas.threads()
    with pytest.raises(ValueError, match="inside"), one_thread():
        assert threads.count() == blas.threads() == 1
        raise ValueError("inside")
    assert os.environ.get("FASTNN_NUM_THREADS") == before and blas.threads() == many


def once(made):
    """Both sides of a case, as short as they can be."""
    dot = np.dot
    with one_thread(), made.ready(1e-6) as ready:
        ready.before()
        ready.ours()
        ready.theirs()
        assert min(ready.units) >= 1
    assert np.dot is dot


@pytest.mark.parametrize("made", [one for one in CASES if one.quick], ids=lambda one: one.name)
def test_both_sides_of_a_quick_case_agree(made):
    once(made)


@pytest.mark.slow
@pytest.mark.parametrize("made", [one for one in CASES if not one.quick], ids=lambda one: one.name)
def test_both_sides_of_a_case_agree(made):
    once(made)


def test_names_are_each_ones_own():
    names = [made.name for made in CASES]
    assert len(set(names)) == len(names)
    assert sum(made.quick for made in CASES) >= 10
    assert all(made.bytes > 0 for made in CASES)


def test_bytes_of_a_training_by_hand():
    """One batch of 10 samples, 2-3-1: each array once for each method that reads or writes it."""
    one = suite.SPIRAL_64._replace(samples=10, widths=(2, 3, 1), batch_size=None, book=True)
    layers = (20 + 6 + 30) + (30 + 2 * (20 + 6)) + (30 + 3 + 10) + (10 + 2 * (30 + 3))
    expected = layers + 5 * 30 + 3 * 10 + 7 * (6 + 3)
    assert suite.moved(one) == 4 * expected
    assert suite.moved(one._replace(plain=True, book=False)) == 8 * expected


@pytest.mark.parametrize(("besides", "each", "least", "most"), [
    (0.0, 1e-3, 45, 55), (0.0, 1e-6, 40_000, 55_000), (2e-3, 1e-5, 4_000, 6_000),
    (0.0, 1.0, 1, 1), (0.0, 0.03, 1, 2), (1.0, 1e-3, 1, 1)])
def test_the_number_of_units_fits_the_time(monkeypatch, besides, each, least, most):
    now = [0.0]
    monkeypatch.setattr(suite, "perf_counter", lambda: now[0])

    def work(count):
        now[0] += besides + count * each
    assert least <= suite._fitting(work, 0.05, lambda: None) <= most
    assert now[0] < 1 or each + besides > 0.3


def test_times_that_say_nothing_do_not_lead_to_long_ones(monkeypatch):
    """On a busy machine one call took as long as two: it was not asked for a thousand."""
    now, counts = [0.0], []
    monkeypatch.setattr(suite, "perf_counter", lambda: now[0])

    def work(count):
        counts.append(count)
        now[0] += 0.02 * count if len(counts) != 4 else 0.0200001
    assert suite._fitting(work, 0.05, lambda: None) <= 16
    assert max(counts) <= 16


def test_the_machine_is_told_with_and_without_py_cpuinfo(monkeypatch):
    import sys
    for known, brand in (({"brand_raw": "A processor", "l2_cache_size": 7, "arch": ""}, True),
                         ({}, False), (None, False)):
        class Module:
            found = known

            @classmethod
            def get_cpu_info(cls):
                if cls.found is None:
                    raise RuntimeError("py-cpuinfo does not know this machine")
                return cls.found
        monkeypatch.setitem(sys.modules, "cpuinfo", Module)
        details.cache_clear()
        machine.cache_clear()
        assert details() == ({"brand": "A processor", "level 2 cache": 7} if brand else {})
        assert machine()["cpu"] and str(machine()["cpu"]).startswith("A processor") == brand
    details.cache_clear()
    machine.cache_clear()
