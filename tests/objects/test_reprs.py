"""What a notebook shows of an object; whatever has become of it, there is a text."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn.dialects import backprop, drafts, flat_biases, short_names
from fastnn.support import reprs


class Loss_Own(fastnn.Loss):
    """Somebody's own, with an argument that it keeps and one that it does not."""

    def __init__(self, delta, other=3, *rest, **more):
        self.delta = delta


class Optimizer_Own(fastnn.Optimizer_Adam):
    """Somebody's own, which hands its argument on."""

    def __init__(self, lr):
        super().__init__(learning_rate=lr, decay=1e-3)


TEXTS: list[tuple[Any, str]] = [
    (fastnn.Optimizer_SGD(), "Optimizer_SGD(learning_rate=1.0)"),
    (fastnn.Optimizer_SGD(0.5, 1e-3, momentum=0.9),
     "Optimizer_SGD(learning_rate=0.5, decay=0.001, momentum=0.9)"),
    (fastnn.Optimizer_SGD(decay=0), "Optimizer_SGD(learning_rate=1.0)"),
    (fastnn.Optimizer_RMSprop(np.float64(0.5)), "Optimizer_RMSprop(learning_rate=np.float64(0.5))"),
    (fastnn.Activation_ReLU(), "Activation_ReLU()"),
    (fastnn.Activation_LeakyReLU(), "Activation_LeakyReLU(alpha=0.01)"),
    (fastnn.Layer_Dropout(0.1), "Layer_Dropout(0.1)"),
    (fastnn.Layer_Dropout(0), "Layer_Dropout(0.0)"),
    (fastnn.Layer_Dense(2, 3, 0.1), "Layer_Dense(2, 3)"),
    (fastnn.Layer_Input(), "Layer_Input()"),
    (fastnn.Loss_MeanSquaredError(), "Loss_MeanSquaredError()"),
    (fastnn.Loss_MeanAbsoluteError(), "Loss_MeanAbsoluteError()"),
    (fastnn.Loss_MeanAbsoluteError(book_gradient=True),
     "Loss_MeanAbsoluteError(book_gradient=True)"),
    (fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
     "Activation_Softmax_Loss_CategoricalCrossentropy()"),
    (fastnn.Accuracy_Categorical(), "Accuracy_Categorical()"),
    (fastnn.Accuracy_Categorical(binary=True), "Accuracy_Categorical(binary=True)"),
    (fastnn.Accuracy_Regression(), "Accuracy_Regression()"),
    (Loss_Own(2.5), "Loss_Own(2.5)"),
    (Optimizer_Own(0.5), "Optimizer_Own(learning_rate=0.5, decay=0.001)"),
    (backprop.Optimizer_SGD(momentum_ratio=0.5),
     "Optimizer_SGD(learning_rate=1.0, momentum_ratio=0.5)"),
    (backprop.Dense_layer(2, 3), "Dense_layer(2, 3)"),
    (flat_biases.Optimizer_SGD(), "Optimizer_SGD(learning_rate=0.5)"),
    (drafts.Optimizer_Adam(), "Optimizer_Adam(learning_rate=0.001)"),
    (short_names.GradientDescent(2), "GradientDescent(learning_rate=2)"),
]


@pytest.mark.parametrize(("thing", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_objects_show_how_they_are_made(thing, text):
    assert repr(thing) == text


def test_optimizer_shows_how_far_it_is():
    optimizer = fastnn.Optimizer_Adam(0.05, decay=5e-7)
    optimizer.iterations = 1200
    optimizer.pre_update_params()
    rate = optimizer.current_learning_rate
    assert repr(optimizer) == ("Optimizer_Adam(learning_rate=0.05, decay=5e-07, iterations=1200, "
                               f"current_learning_rate={rate!r})")


def test_accuracy_shows_its_precision():
    accuracy = fastnn.Accuracy_Regression()
    accuracy.precision = 0.25
    assert repr(accuracy) == "Accuracy_Regression(precision=0.25)"


def network(*layers: Any) -> fastnn.Model:
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), accuracy=fastnn.Accuracy_Categorical())
    return model


def test_model_shows_a_line_a_layer():
    model = network(fastnn.Layer_Dense(2, 64), fastnn.Activation_ReLU(), fastnn.Layer_Dropout(0.1),
                    fastnn.Layer_Dense(64, 3), fastnn.Activation_Softmax())
    lines = [
        "Model, not finalized",
        "  layer                 inputs  outputs  parameters",
        "  Layer_Dense(2, 64)         2       64         192",
        "  Activation_ReLU()         64       64           0",
        "  Layer_Dropout(0.1)        64       64           0",
        "  Layer_Dense(64, 3)        64        3         195",
        "  Activation_Softmax()       3        3           0",
        "  387 parameters, Loss_CategoricalCrossentropy(), no optimizer, Accuracy_Categorical()"]
    assert repr(model).splitlines() == lines
    model.finalize()
    assert repr(model).splitlines() == ["Model, finalized", *lines[1:]]
    model.add(fastnn.Activation_Softmax())
    assert repr(model).startswith("Model, changed since finalize\n")
    model.layers.pop()
    assert repr(model).startswith("Model, finalized\n")
    model.set(loss=fastnn.Loss_MeanSquaredError())
    assert repr(model).startswith("Model, changed since finalize\n")


def test_a_deep_model_is_no_page():
    model = network(*(fastnn.Layer_Dense(5, 5) for _ in range(30)))
    lines = repr(model).splitlines()
    assert len(lines) == 12
    assert lines[6].strip() == "... 22 more"
    assert lines[-1].startswith("  900 parameters, ")


def test_model_shows_somebody_s_layers():
    class Own:
        def forward(self, inputs, training):
            self.output = inputs

        def backward(self, dvalues):
            self.dinputs = dvalues

    lines = repr(network(fastnn.Layer_Dense(2, 4), Own(), fastnn.Activation_ReLU())).splitlines()
    assert [line.split() for line in lines[3:5]] == [
        ["Own()", "?", "?", "0"], ["Activation_ReLU()", "?", "?", "0"]]


def test_history_shows_where_it_began_and_ended():
    def history(epochs, **options):
        layers = [fastnn.Layer_Dense(2, 3)]
        return fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                          fastnn.Optimizer_SGD(), np.ones((9, 2)), np.zeros(9, int), epochs=epochs,
                          **options)

    found = history(5)
    assert repr(found) == (f"History of 5 rows, epochs 0 to 4, loss {found[0].loss:.4g} to "
                           f"{found[-1].loss:.4g}, accuracy {found[0].accuracy:.4g} to 1")
    one = history(1, validation_data=(np.ones((9, 2)), np.zeros(9, int)))
    assert repr(one) == (f"History of 1 row, epoch 0, loss {one[0].loss:.4g}, accuracy "
                         f"{one[0].accuracy:.4g}, validation_loss {one[0].validation_loss:.4g}, "
                         f"validation_accuracy {one[0].validation_accuracy:.4g}")
    found.interrupted = True
    assert repr(found).startswith("History of 5 rows, interrupted, epochs 0 to 4")
    assert repr(fastnn.History()) == "History of 0 rows"


# --------------------------------------------------------------------------- whatever they are


class Hostile:
    """Refuses all."""

    def __getattribute__(self, name):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self):
        raise RuntimeError("no")

    def __bool__(self):
        raise RuntimeError("no")


class Watched(np.ndarray):
    """An array that must not be looked at."""

    def _refuse(self, *_, **__):
        raise AssertionError("the repr computes")

    __array_ufunc__ = __array_function__ = __repr__ = __str__ = __getitem__ = __iter__ = _refuse
    __eq__ = __float__ = __bool__ = tolist = _refuse  # type: ignore[assignment]


NONSENSE = [None, "x" * 10_000, "\n", -1, 10**6000, float("nan"), 1j, b"", [], [[1], [1, 2]], {},
            object(), int, Hostile(), np.ma.masked_array([1]), np.ones((3, 3, 3)), np.array(2),
            np.array(None), np.zeros((2, 3)).view(Watched), np.float32(2), np.datetime64("now"),
            lambda: 0]


def things() -> dict[str, Any]:
    made = {repr(thing): thing for thing, _ in TEXTS}
    model = network(fastnn.Layer_Dense(2, 3), fastnn.Activation_Softmax())
    model.set(optimizer=fastnn.Optimizer_SGD())
    model.finalize()
    history = fastnn.History()
    history._extend(np.array([[0.0] + 7 * [1.0]]))
    return made | {"model": model, "history": history}


@pytest.mark.parametrize("name", things())
def test_a_repr_never_fails(name):
    thing = things()[name]
    for attribute in [*vars(thing), "trainable", "interrupted", "rate", "layers", "_linked"]:
        before = dict(vars(thing))
        for value in NONSENSE:
            try:
                setattr(thing, attribute, value)
            except Exception:  # a dialect's own
                continue
            text = repr(thing)
            assert text.startswith((type(thing).__name__, "History")) and len(text) < 2000
        vars(thing).clear()
        vars(thing).update(before)
        vars(thing).pop(attribute, None)
        assert repr(thing)
        vars(thing).update(before)
    vars(thing).clear()
    assert type(thing).__name__ in repr(thing)


def test_layers_of_a_model_may_be_anything():
    model = things()["model"]
    for value in NONSENSE:
        model.layers = [value, fastnn.Layer_Dense(2, 3)]
        assert repr(model).startswith("Model")


def test_a_repr_does_not_compute():
    layer = fastnn.Layer_Dense(2, 3)
    layer.weights, layer.biases = layer.weights.view(Watched), layer.biases.view(Watched)
    assert repr(layer) == "Layer_Dense(2, 3)"
    assert "Layer_Dense(2, 3)       2        3           9" in repr(network(layer))
    optimizer = fastnn.Optimizer_SGD()
    optimizer.learning_rate = np.zeros((2, 3)).view(Watched)
    assert repr(optimizer).startswith("Optimizer_SGD(learning_rate=<array (2, 3) float64>")


@pytest.mark.parametrize("name", fastnn.__all__)
def test_every_class_says_something(name):
    one = getattr(fastnn, name)
    if isinstance(one, type) and not issubclass(one, Exception) and hasattr(one, "forward"):
        assert one.__repr__ is not object.__repr__
        assert one.__repr__ in (reprs.constructed, reprs.dense, reprs.dropout, reprs.model)
