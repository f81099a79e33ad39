"""Models for predictions of a few samples: what a pass leaves on them, what may be odd of them."""

from types import SimpleNamespace

import numpy as np
import pytest

import fastnn
from fastnn.kernels import again as k
from fastnn.model import few
from fastnn.model.model import _OWN_FORWARD
from fastnn.support import buffers

# Of tests of what is done once few samples are known to come again.
KNOWN_AT_ONCE = [pytest.mark.skipif(not buffers.COUNTS, reason="counts of references say nothing"),
                 pytest.mark.usefixtures("at_once")]

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


def known(*arguments, rows=3, **named):
    """A model that knows what to do with so many samples."""
    model = built(*arguments, **named)
    model.predict(samples(rows))
    assert status_of(model, samples(rows)) == k.OK
    return model


def status_of(model, X):
    known = model._seen._known
    result = np.empty(known.shape, known.dtype)
    return known.run(id(X), id(result))


def whole(model, X):
    """What the whole way gives."""
    most, few.MOST = few.MOST, -1
    kept = vars(model).pop("_seen", None)
    try:
        return model.predict(X)
    finally:
        few.MOST = most
        vars(model).pop("_seen", None)
        if kept is not None:
            model._seen = kept


def assert_same(model, X, other):
    """It predicts and leaves what the whole way of another does."""
    found, expected = model.predict(X), whole(other, X)
    assert found.dtype == expected.dtype and found.tobytes() == expected.tobytes()
    assert left(model) == left(other)


def outcome(model, X, way):
    """What comes of it: the outputs, or the error."""
    try:
        found = way(model, X)
        return found.dtype, found.tobytes()
    except Exception as error:
        return type(error), str(error)
