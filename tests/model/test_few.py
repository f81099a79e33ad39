"""A few samples through a Model: the short way gives what the whole way gives, or steps aside."""

from types import SimpleNamespace

import numpy as np
import pytest

import fastnn
from fastnn.model import few
from fastnn.model.model import _OWN_FORWARD

RNG = np.random.default_rng(4)
ENDS = {"softmax": fastnn.Activation_Softmax, "linear": fastnn.Activation_Linear,
        "sigmoid": fastnn.Activation_Sigmoid}
MIDDLES = {"ReLU": fastnn.Activation_ReLU, "swish": fastnn.Activation_Swish,
           "dropout": lambda: fastnn.Layer_Dropout(0.2), "linear": fastnn.Activation_Linear}


def built(middle="ReLU", end="linear", ones=1):
    """A finished Model of 5 inputs and 3 outputs, the same each time."""
    np.random.seed(ones)
    model = fastnn.Model()
    for one in (fastnn.Layer_Dense(5, 8), MIDDLES[middle](), fastnn.Layer_Dense(8, 3),
                ENDS[end]()):
        model.add(one)
    loss = fastnn.Loss_CategoricalCrossentropy() if end == "softmax" else (
        fastnn.Loss_MeanSquaredError())
    model.set(loss=loss, optimizer=fastnn.Optimizer_SGD(), accuracy=(
        fastnn.Accuracy_Categorical() if end == "softmax" else fastnn.Accuracy_Regression()))
    model.finalize()
    return model


def samples(rows=3, dtype="f4"):
    return np.random.default_rng(rows).normal(size=(rows, 5)).astype(dtype)


def short(model, X):
    return few.outputs_of_few(model, _OWN_FORWARD, X)


def left(model):
    """The arrays that a pass leaves, each with what it is the same as."""
    chain = [model.input_layer, *model.layers]
    arrays = [getattr(one, name, None) for one in chain for name in ("inputs", "output")]
    return [(None if a is None else a.tobytes(), [a is b for b in arrays]) for a in arrays]


@pytest.mark.parametrize("rows", [1, 2, 64])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("precision", ["book_numpy", "native_numpy"])
def test_both_ways_give_and_leave_the_same(precision, middle, end, rows, request, monkeypatch):
    request.getfixturevalue(precision)
    X, models = samples(rows), [built(middle, end), built(middle, end)]
    found = [short(models[0], X)]
    monkeypatch.setattr(few, "MOST", -1)
    found.append(models[1].predict(X))
    assert found[0] is not None and found[0].dtype == found[1].dtype
    assert found[0].tobytes() == found[1].tobytes()
    assert left(models[0]) == left(models[1])
    last = models[0].layers[-1].output
    assert not np.shares_memory(found[0], last)


class Doubled(fastnn.Activation_ReLU):
    def forward(self, inputs, training=True):
        super().forward(inputs, training)
        self.output = self.output * 2


def replaced(model, place, layer):
    model.layers[place] = layer


ODD = {
    "a layer's own forward": lambda m: setattr(m.layers[1], "forward", m.layers[1].forward),
    "the model's own forward": lambda m: setattr(m, "forward", m.forward),
    "another's prev": lambda m: setattr(m.layers[2], "prev", m.layers[0]),
    "no input layer": lambda m: delattr(m, "input_layer"),
    "no links": lambda m: delattr(m, "_linked"),
    "another loss": lambda m: setattr(m, "loss", fastnn.Loss_MeanAbsoluteError()),
    "another layer": lambda m: replaced(m, 1, fastnn.Activation_ReLU()),
    "one layer less": lambda m: m.layers.pop(),
    "no layers": lambda m: (m.layers.clear(), setattr(m, "_linked", [m.loss])),
    "a tuple": lambda m: setattr(m, "layers", tuple(m.layers)),
    "a stranger": lambda m: replaced(m, 1, SimpleNamespace(prev=m.layers[0])),
    "weights of others": lambda m: setattr(m.layers[2], "weights", np.ones((7, 3), "f4")),
    "a list of weights": lambda m: setattr(m.layers[0], "weights", [[1.0] * 8] * 5),
    "no weights": lambda m: delattr(m.layers[0], "weights"),
    "a formula of its own": lambda m: setattr(m.layers[1], "formula", abs),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_what_is_not_as_usual_goes_the_whole_way_and_changes_nothing(change, book_numpy):
    model = built()
    model.predict(samples())
    change(model)
    before = left(model) if hasattr(model, "input_layer") else None
    assert short(model, samples(4)) is None
    assert before is None or left(model) == before


@pytest.mark.parametrize("X", [
    samples(65), samples()[:, :4], samples()[0], samples()[None], samples()[:0],
    np.ones((2, 5), int), samples(dtype="f2")], ids=lambda X: f"{X.dtype}{X.shape}")
def test_other_samples_go_the_whole_way(X, book_numpy):
    assert short(built(), X) is None


def test_a_class_of_ones_own_is_called(book_numpy):
    MIDDLES["doubled"] = Doubled
    try:
        model, plain = built("doubled"), built()
    finally:
        del MIDDLES["doubled"]
    plain.predict(samples())
    assert short(model, samples()) is None
    model.predict(samples())
    assert np.array_equal(model.layers[1].output, 2 * plain.layers[1].output)


def test_an_open_profile_sees_a_few_samples(book_numpy):
    model = built()
    with fastnn.profile() as found:
        model.predict(samples())
    assert "Layer_Dense" in str(found)


def test_options_that_may_change_meanwhile_go_the_whole_way(book_numpy):
    MIDDLES["leaky"] = lambda: fastnn.Activation_LeakyReLU(0.2)
    try:
        model = built("leaky")
    finally:
        del MIDDLES["leaky"]
    assert short(model, samples()) is None
    assert model.predict(samples()).shape == (3, 3)
