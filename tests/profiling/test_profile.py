"""`fastnn.profile()`: its times are right, it changes nothing, and nothing is left of it."""

import time

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from profiled import PHASES, everything, network, row, seconds_of, silent, step
from programs import arrays_of, assert_same, series_a, series_d

import fastnn
from fastnn.profiling.tally import parents

# ------------------------------------------------------------------------------------ the times


@pytest.mark.clock
def test_phases_add_up_to_the_time_that_passed(book_numpy):
    """Program A through the objects. What our calls took is also measured from outside."""
    series_a(fastnn, 2, silent)
    found = []
    for _ in range(5):  # another process may take the processor between two clocks
        with fastnn.profile() as p:
            begin = time.perf_counter()
            series_a(fastnn, 300, silent)
            wall = time.perf_counter() - begin
        told = p.to_dict()["phases"]
        assert set(PHASES) | {"python"} <= set(told)
        found.append(sum(told.values()) / wall)
    assert min(abs(ratio - 1) for ratio in found) <= 0.03, found


@pytest.mark.clock
def test_times_are_those_of_a_stopwatch(book_numpy):
    """A layer that takes 4 ms forward and 2 ms backward, and 6 ms between, by the test's clock."""
    watch = dict.fromkeys(("forward", "backward", "python"), 0.0)

    def wait(phase, seconds):
        begin = time.perf_counter()
        while time.perf_counter() < begin + seconds:
            pass
        watch[phase] += time.perf_counter() - begin

    class Slow(fastnn.Activation_Linear):
        def forward(self, inputs, training=True):
            wait("forward", 0.004)

        def backward(self, dvalues):
            wait("backward", 0.002)

    x, slow, found = np.ones((5, 3), "f4"), Slow(), []
    for _ in range(5):
        watch.update(dict.fromkeys(watch, 0.0))
        with fastnn.profile() as p:
            for _ in range(5):
                slow.forward(x)
                wait("python", 0.006)
                slow.backward(x)
        got = p.to_dict()
        assert row(got, "Slow", "forward")["calls"] == row(got, "Slow", "backward")["calls"] == 5
        found.append(max(abs(got["phases"][phase] / watch[phase] - 1) for phase in watch))
    assert min(found) <= 0.03, found


def test_each_object_has_its_rows_and_calls(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network()
    with fastnn.profile() as p:
        for _ in range(7):
            step(layers, loss, optimizer, X, y)
    found = p.to_dict()
    for phase in ("forward", "backward"):
        assert row(found, "Layer_Dense 1 (2, 16)", phase)["calls"] == 7
        assert row(found, "Layer_Dense 2 (16, 3)", phase)["calls"] == 7
        assert row(found, "Activation_ReLU", phase)["calls"] == 7
    name = "Activation_Softmax_Loss_CategoricalCrossentropy"
    assert row(found, name, "loss")["calls"] == row(found, name, "backward")["calls"] == 7
    assert row(found, "Optimizer_Adam", "optimizer")["calls"] == 14
    shares = [one["share"] for one in found["rows"]]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(1)
    dense = row(found, "Layer_Dense 1", "forward")  # 2 operations a multiply-add
    assert dense["gflops"] * dense["seconds"] * 1e9 == pytest.approx(7 * 2 * 60 * 2 * 16)
    assert dense["percent_of_machine"] == pytest.approx(dense["gflops"])
    relu = row(found, "Activation_ReLU", "forward")  # reads and writes float32
    assert relu["gbytes"] * relu["seconds"] * 1e9 == pytest.approx(7 * 2 * 60 * 16 * 4)


def test_a_call_inside_a_call_is_counted_once(book_numpy):
    """`calculate` calls `forward` of the same loss; the reference's classes stand beneath."""
    X = np.abs(np.random.randn(20, 3)).astype("f4")
    loss = fastnn.Loss_MeanSquaredError()
    with fastnn.profile() as p:
        for _ in range(5):
            loss.calculate(X, X)
            loss.calculate(X.astype("i4"), X)  # goes the careful way, through the reference
    found = p.to_dict()
    assert row(found, "Loss_MeanSquaredError", "loss")["calls"] == 10
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


def test_parents_of_spans():
    begin, end = np.array([(0, 9), (1, 4), (2, 3), (4, 5), (9, 12), (10, 11), (11, 12)], float).T
    assert parents(begin, end).tolist() == [-1, 0, 1, 0, -1, 4, 4]
    assert parents(begin[:0], end[:0]).tolist() == []


def test_more_calls_than_the_lists_hold(monkeypatch):
    monkeypatch.setattr("fastnn.profiling.recorder._BLOCKS", 50)
    relu, x = fastnn.Activation_ReLU(), np.ones((2, 2), "f4")
    relu.forward(x)
    with fastnn.profile() as p:
        for _ in range(20_000):
            relu.forward(x)
    found = p.to_dict()
    assert row(found, "Activation_ReLU", "forward")["calls"] == 20_000
    assert seconds_of(found, "profile") > 0
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


# -------------------------------------------------------------------------- nothing is changed


@pytest.mark.parametrize("program", [series_a, series_d], ids=["A", "D"])
def test_results_are_equal_in_every_bit(book_numpy, program):
    expected = arrays_of(program(fastnn, 12, silent))
    with fastnn.profile():
        got = arrays_of(program(fastnn, 12, silent))
    assert_same(got, expected)


def test_fit_is_compiled_under_a_profile_too(book_numpy, stepwise_runs):
    X, y = spiral_data(samples=20, classes=3)
    results = []
    for profiled in (False, True):
        layers, loss, optimizer = network()
        if profiled:
            with fastnn.profile() as p:
                history = fastnn.fit(layers, loss, optimizer, X, y, epochs=30)
        else:
            history = fastnn.fit(layers, loss, optimizer, X, y, epochs=30)
        results.append(arrays_of({"layers": layers, "loss": history.loss}))
    assert_same(*results)
    assert not stepwise_runs
    found = p.to_dict()
    assert row(found, "fit", "engine")["calls"] == 1
    assert sum(found["phases"].values()) == pytest.approx(found["wall"], rel=0.03)


def test_nothing_is_left(book_numpy):
    before = everything()
    with fastnn.profile():
        assert vars(fastnn.Layer_Dense)["forward"] is not before[fastnn.Layer_Dense]["forward"]
        series_a(fastnn, 3, silent)
    after = everything()
    assert list(after) == list(before)
    for cls in before:
        assert list(after[cls].items()) == list(before[cls].items()), cls


def test_objects_are_let_go():
    from weakref import ref
    layer = fastnn.Layer_Dense(2, 3)
    alive = ref(layer)
    with fastnn.profile() as p:
        layer.forward(np.ones((4, 2), "f4"))
    del layer
    assert alive() is None and "Layer_Dense" in str(p)


def test_methods_look_as_they_did():
    from inspect import signature
    before = {name: signature(vars(fastnn.Layer_Dense)[name]) for name in ("forward", "backward")}
    with fastnn.profile():
        for name, one in before.items():
            assert signature(vars(fastnn.Layer_Dense)[name]) == one
            assert fastnn.Layer_Dense.forward.__doc__
        layer = fastnn.Layer_Dense(2, 3)
        layer.forward(inputs=np.ones((4, 2), "f4"), training=False)
        with pytest.raises(TypeError, match="forward"):
            layer.forward()
