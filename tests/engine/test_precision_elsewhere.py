"""Another thread, or a callback, asks for another precision while a training runs."""

import threading

import numpy as np
import pytest

import fastnn
from fastnn.engine.runs import Run


def parts(dtype=np.float64):
    rng = np.random.default_rng(2)
    layers = [fastnn.Layer_Dense(4, 8), fastnn.Activation_ReLU(), fastnn.Layer_Dense(8, 3)]
    for layer in layers[::2]:
        layer.weights = rng.normal(size=layer.weights.shape).astype(dtype)
        layer.biases = layer.biases.astype(dtype)
    return (layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
            fastnn.Optimizer_Adam(0.01), rng.normal(size=(50, 4)).astype(dtype),
            rng.integers(0, 3, 50))


@pytest.fixture
def turned(monkeypatch):
    """A function that has the precision be another from the second compiled call on."""
    def have(precision):
        calls, before = [], Run._call

        def call(self, *arguments):
            before(self, *arguments)
            calls.append(self)
            if len(calls) == 1:  # as another thread would at any moment
                thread = threading.Thread(target=fastnn.set_dot_precision, args=(precision,))
                thread.start()
                thread.join()
        monkeypatch.setattr(Run, "_call", call)
    yield have
    fastnn.set_dot_precision("auto")


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("precision", ["book", "fast"])
def test_a_training_goes_on(turned, precision, validation):
    turned(precision)
    layers, loss, optimizer, X, y = parts()
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=300, batch_size=7,
                         validation_data=(X, y) if validation else None)
    assert history.epoch.tolist() == list(range(300)) and optimizer.iterations == 300 * 8
    assert np.isfinite(history.loss).all()
    assert not validation or np.isfinite(history.validation_loss).all()


def test_a_sweep_keeps_the_precision_it_began_with():
    def builder(seed):
        layers, loss, optimizer, _, _ = parts(np.float32)
        return layers, loss, optimizer

    _, _, _, X, y = parts(np.float32)
    grid = {"seed": list(range(6))}
    expected = fastnn.sweep(builder, grid, X, y, epochs=200, batch_size=7, threads=1)

    def switch(**parameters):
        if parameters["seed"] == 2:
            fastnn.set_dot_precision("fast")
        return builder(**parameters)
    try:
        found = fastnn.sweep(switch, grid, X, y, epochs=200, batch_size=7, threads=1)
    finally:
        fastnn.set_dot_precision("auto")
    for one, other in zip(found, expected):
        assert np.array_equal(one.history.loss, other.history.loss)


def test_rows_are_taken_away_between_two_epochs():
    layers, loss, optimizer, X, y = parts()
    rows = []

    def callback(row):
        rows.append(row.epoch)
        if row.epoch == 2:
            X.resize((20, 4), refcheck=False)
            y.resize((20,), refcheck=False)
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=6, batch_size=7, shuffle=1,
                         callback=callback)
    assert rows == history.epoch.tolist() == [0, 1, 2, 3, 4, 5]
    assert optimizer.iterations == 3 * 8 + 3 * 3


def test_a_loss_that_is_nan_has_its_column():
    layers, loss, optimizer, X, y = parts()
    with pytest.warns(RuntimeWarning, match="nan"):
        history = fastnn.fit(layers, loss, optimizer, X * np.nan, y, epochs=3)
    found = history.to_dict()
    assert list(found)[:2] == ["epoch", "loss"] and np.isnan(found["loss"]).all()
    assert "validation_loss" not in found
