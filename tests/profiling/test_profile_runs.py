"""Profiles of everybody's own classes, and of compiled calls."""

import time

import pytest
from nnfs.datasets import spiral_data
from profiled import Foreign, check_trace, network, row, silent
from programs import series_a

import fastnn
from fastnn import reference
from fastnn.support import watching

# ------------------------------------------------------------------- everybody's own classes


class Halved(fastnn.Activation_Linear):
    """A subclass with a method of its own."""

    def forward(self, inputs, training=True):
        super().forward(inputs, training)
        self.output = self.output / 2


@pytest.mark.parametrize("cls", [Halved, Foreign])
def test_layers_of_other_classes_have_rows_in_fit(book_numpy, cls):
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network()
    before = dict(vars(cls))
    with fastnn.profile() as p:
        fastnn.fit([*layers[:2], cls(), layers[2]], loss, optimizer, X, y, epochs=4)
    assert dict(vars(cls)) == before
    found = p.to_dict()
    assert row(found, cls.__name__, "forward")["calls"] == 4
    assert row(found, cls.__name__, "backward")["calls"] == 4
    assert any("went step by step, not compiled: " + cls.__name__ in hint
               for hint in found["hints"]), found["hints"]


def test_what_shuffling_takes_has_a_row(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    with fastnn.profile() as p:
        fastnn.fit(*network(), X, y, epochs=4, batch_size=20, shuffle=3)
    found = row(p.to_dict(), "data", "data")
    assert found["calls"] == 12
    sample = X.itemsize * X.shape[1] + y.itemsize  # read once and written once, like its two places
    moved = found["gbytes"] * 1e9 * found["seconds"]
    assert moved == pytest.approx(4 * len(X) * 2 * (sample + 8))
    assert all(one["name"] and one["phase"] for one in p.to_dict()["rows"])


def test_the_reference_can_be_profiled(book_numpy):
    with fastnn.profile() as p:
        series_a(reference, 2, silent)
    assert row(p.to_dict(), "Activation_ReLU", "forward")["calls"] == 2


def test_a_model_through_its_objects(book_numpy, capsys):
    X, y = spiral_data(samples=20, classes=3)
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), Foreign(),
                  fastnn.Layer_Dense(8, 3), fastnn.Activation_Softmax()):
        if isinstance(layer, Foreign):
            layer.forward = lambda inputs, training, layer=layer: setattr(layer, "output", inputs)
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    with fastnn.profile() as p:
        model.train(X, y, epochs=20)
    found = p.to_dict()
    assert row(found, "Model", "engine")["calls"] == 1  # train, which calls the others
    assert row(found, "Activation_ReLU", "forward")["calls"] == 20
    assert row(found, "Accuracy_Categorical", "metrics")["calls"] >= 20
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])


# -------------------------------------------------------------- compiled calls, as told by a run


def test_parts_of_a_compiled_call_are_laid_out_inside_it(tmp_path):
    layer = fastnn.Layer_Dense(2, 3)
    with fastnn.profile() as p:
        told = watching.watcher()
        begin = time.perf_counter()
        told.fused(begin, begin + 1e-3, [
            watching.Part(layer, "forward", 5, 6e-4, flops=6e5),
            watching.Part(layer, "backward", 5, 3e-4),
            watching.Part(layer, "forward", 2, 5e-5, flops=5e4)])
        while time.perf_counter() < begin + 2e-3:
            pass
    found = p.to_dict()
    forward = row(found, "Layer_Dense", "forward")
    assert forward["calls"] == 7 and forward["seconds"] == pytest.approx(6.5e-4)
    assert forward["gflops"] == pytest.approx(1.0)
    assert row(found, "the compiled loop", "loop")["seconds"] == pytest.approx(5e-5)
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])
    p.to_chrome_trace(tmp_path / "t.json")
    events = check_trace(tmp_path / "t.json")
    assert [event["name"].rpartition(", ")[2] for event in events] == [
        "loop", "forward", "backward", "forward"]
    assert all("summed" in event["args"]["order"] for event in events[1:])


def test_parts_that_say_too_much_are_shrunk_to_the_call():
    with fastnn.profile() as p:
        begin = time.perf_counter()
        while time.perf_counter() < begin + 1e-3:
            pass
        watching.watcher().fused(begin, begin + 1e-3, [
            watching.Part(None, "data", 1, 1e-3), watching.Part(None, "metrics", 1, 3e-3)])
    found = p.to_dict()
    assert row(found, "data", "data")["seconds"] == pytest.approx(2.5e-4)
    assert row(found, "metrics", "metrics")["seconds"] == pytest.approx(7.5e-4)
    assert sum(found["phases"].values()) == pytest.approx(found["wall"])
