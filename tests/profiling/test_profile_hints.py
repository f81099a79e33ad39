"""The hints below the table."""

import time

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from profiled import network, step

import fastnn
from fastnn.profiling import rates

# ------------------------------------------------------------------------------------- hints


def hints(work) -> str:
    with fastnn.profile() as p:
        work()
    return "\n".join(p.hints())


def test_hint_at_float64():
    x = np.ones((50, 40))
    layer = fastnn.Layer_Dense(40, 30)
    for kind in ("f8", "f4"):  # makes the kernels ready
        layer.weights, layer.biases = layer.weights.astype(kind), layer.biases.astype(kind)
        for _ in range(12):  # and those of products that come often
            layer.forward(x.astype(kind))
            layer.backward(np.ones((50, 30), kind))
    layer.weights, layer.biases = layer.weights.astype("f8"), layer.biases.astype("f8")
    assert "Layer_Dense (40, 30) has float64 weights" in hints(lambda: layer.forward(x))
    layer.weights, layer.biases = layer.weights.astype("f4"), layer.biases.astype("f4")
    assert "is given float64 inputs" in hints(lambda: layer.forward(x))
    assert hints(lambda: layer.forward(x.astype("f4"))) == ""
    assert "gets float64 gradients" in hints(lambda: layer.backward(np.ones((50, 30))))


def test_hint_at_fit_and_at_what_keeps_from_it(book_numpy):
    X, y = spiral_data(samples=5, classes=3)

    def loop(layers, loss, optimizer, epochs=100):
        for _ in range(epochs):
            step(layers, loss, optimizer, X, y)
    assert "fit([layers ...], loss, optimizer, X, y, epochs=...)" in hints(
        lambda: loop(*network()))
    assert "fit(" not in hints(lambda: loop(*network(), epochs=20))
    parts = network()
    parts[2].learning_rate = np.float64(0.05)
    assert "learning_rate is not a plain Python number" in hints(lambda: loop(*parts))


@pytest.mark.clock
def test_hint_at_accuracy_in_numpy(book_numpy):
    X, y = spiral_data(samples=5, classes=3)
    layers, loss, optimizer = network()

    def work(seconds):
        for _ in range(5):
            loss.forward(np.ones((15, 3), "f4"), y)
            time.sleep(seconds)
            loss.backward(loss.output, y)
            layers[0].forward(X)
            time.sleep(0.01 - seconds)
    work(0.0)
    text = "passes between a loss and its backward"
    assert text in hints(lambda: work(0.01))
    # On a machine with much else to do any two calls may be far apart.
    assert any(text not in hints(lambda: work(0.0)) for _ in range(5))


def test_hint_at_threads_of_blas(monkeypatch):
    from fastnn.support import blas
    layer = fastnn.Layer_Dense(3000, 80)
    x = np.ones((60, 3000), "f4")
    monkeypatch.setattr(blas, "threads", lambda: 2)
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 * threads)
    expected = "(60, 3000) @ (3000, 80) takes 2 ms in 2 threads of BLAS and 1 ms in one"
    assert expected in hints(lambda: layer.forward(x))
    assert "BLAS" not in hints(lambda: fastnn.Layer_Dense(2, 3).forward(np.ones((4, 2), "f4")))
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 / threads)
    assert "BLAS" not in hints(lambda: layer.forward(x))


def test_rates_are_measured_and_threads_given_back(monkeypatch):
    monkeypatch.undo()
    from fastnn.support import blas
    assert 1e8 < rates.product_rate() < 1e14 and 1e8 < rates.copy_rate() < 1e13
    before = blas.threads()
    seconds = rates.product_seconds(50, 50, 50, 1)
    assert blas.threads() == before and (seconds is None or 0 < seconds < 1)
