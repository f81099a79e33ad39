"""One sample without an axis for samples, and one class: what NumPy's classes compute."""

import re

import numpy as np
import pytest
from by_hand import loop
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference
from fastnn.support import numerics

X = np.array([0.4, 0.5])
COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"


@pytest.fixture(params=["book", "native"])
def numpy_of(request):
    """`nnfs.init()`, or NumPy as it is."""
    if request.param == "book":
        request.getfixturevalue("book_numpy")


def _dense(nn, I=2, O=4):  # noqa: E741
    np.random.seed(5)
    return nn.Layer_Dense(I, O)


@pytest.mark.parametrize("kind", ["f4", "f8", "f2", "i8", "object", "list", "tuple", "strided"])
@pytest.mark.parametrize("O", [1, 4, 300])
def test_dense_layer_takes_one_sample(numpy_of, kind, O):
    value = {"list": X.tolist(), "tuple": tuple(X), "strided": np.repeat(X, 2)[::2]}.get(kind)
    value = X.astype(kind) if value is None else value
    ours, theirs = _dense(fastnn, O=O), _dense(reference, O=O)
    ours.forward(value)
    theirs.forward(np.asarray(value, "f8" if kind == "object" else None))
    assert ours.output.shape == theirs.output.shape == (1, O)
    assert ours.output.dtype == theirs.output.dtype
    if isinstance(value, np.ndarray) and kind != "object":
        assert ours.inputs is value
    output = ours.output
    if numerics.follows_book():
        assert np.array_equal(output, theirs.output)
    ours.forward(np.asarray(value, "f8" if kind == "object" else None).reshape(1, -1))
    assert np.array_equal(output, ours.output)


@pytest.mark.parametrize("I", [1, 2, 3, 17, 300])
def test_one_sample_has_the_digits_of_a_batch_of_one(numpy_of, I):  # noqa: E741
    x = np.random.default_rng(1).normal(size=I).astype("f4")
    ours, theirs = _dense(fastnn, I), _dense(reference, I)
    ours.forward(x)
    theirs.forward(x)
    output = ours.output
    if numerics.follows_book():
        assert np.array_equal(output, theirs.output)
    ours.forward(x.reshape(1, -1))
    assert np.array_equal(ours.output, output)


def test_flat_biases_give_a_flat_output(book_numpy):
    layers = _dense(fastnn), _dense(reference)
    for layer in layers:
        layer.biases = layer.biases.reshape(-1)
        layer.forward(X)
    assert layers[0].output.shape == (4,)
    assert np.array_equal(layers[0].output, layers[1].output)


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "Sigmoid", "Tanh", "Linear"])
@pytest.mark.parametrize("value", [X - 0.45, np.float32(-0.5), np.ones((2, 3, 4), "f4"),
                                   np.ones((4, 3, 2), "f4").T], ids=["(2,)", "()", "3 axes", "T"])
def test_activations_take_any_shape(numpy_of, name, value):
    found = []
    for nn in (fastnn, reference):
        one = getattr(nn, f"Activation_{name}")()
        one.forward(value)
        if np.ndim(value):
            one.backward(value * 2)
        found.append(arrays_of({"one": one}))
    assert_same(*found)


def test_dropout_takes_one_sample(numpy_of):
    found = []
    for nn in (fastnn, reference):
        np.random.seed(2)
        one = nn.Layer_Dropout(0.5)
        one.forward(np.arange(9.0))
        one.backward(np.arange(9.0))
        found.append(arrays_of({"one": one}))
    assert_same(*found)


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError"])
@pytest.mark.parametrize("O", [1, 3])
def test_losses_take_the_targets_of_one_sample(numpy_of, name, O):
    p, y = np.full((1, O), 0.25, "f4"), np.linspace(0, 1, O).astype("f4")
    found = []
    for nn in (fastnn, reference):
        one = getattr(nn, f"Loss_{name}")()
        result = one.calculate(p, y)
        one.backward(p, y)
        found.append(arrays_of({"one": one, "result": result}))
    assert_same(*found)


def test_accuracy_takes_the_targets_of_one_sample():
    p, y = np.array([[1, 0, 1]]), np.array([1, 1, 1])
    found = []
    for nn in (fastnn, reference):
        one = nn.Accuracy_Categorical(binary=True)
        found.append(arrays_of({"result": one.calculate(p, y), "one": one}))
    assert_same(*found)


@pytest.mark.parametrize(("call", "message"), [
    (lambda d: d.backward(np.ones((1, 4))),
     "Layer_Dense(2, 4).backward: inputs must be (N, columns), got (2,). One sample: call forward "
     "with inputs.reshape(1, -1)"),
    (lambda d: d.forward(np.ones((1, 5, 2))),
     "Layer_Dense(2, 4).forward: inputs must be (N, 2), got (1, 5, 2). Check n_inputs."),
    (lambda d: fastnn.Activation_Softmax().forward(d.output[0]),
     "Activation_Softmax.forward: inputs must be (N, columns), got (4,)"),
    (lambda d: fastnn.Loss_CategoricalCrossentropy().forward(np.full((1, 3), 1 / 3), [0, 1, 2]),
     "Loss_CategoricalCrossentropy.forward: y_true must have one label for each of the 1 samples, "
     "got 3"),
    (lambda d: fastnn.fit([d], fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(), X, [1.0]),
     "fit: X and y must have one row for each sample, got (2,) and (1,). One sample: "
     "X.reshape(1, -1)"),
])
def test_what_numpy_cannot_or_only_broadcasts_is_refused(call, message):
    layer = _dense(fastnn)
    layer.forward(X)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(layer)


def _model(nn, O, *before):
    np.random.seed(0)
    model = nn.Model()
    for layer in (*before, nn.Layer_Dense(2, 8), nn.Activation_ReLU(), nn.Layer_Dense(8, O),
                  nn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_Adam(0.05),
              accuracy=nn.Accuracy_Categorical())
    model.finalize()
    return model


@pytest.mark.parametrize("batch_size", [None, 2, 64])
def test_model_predicts_and_evaluates_one_sample(book_numpy, capsys, batch_size):
    found = []
    for nn in (fastnn, reference):
        model = _model(nn, 3)
        output = model.predict(X, batch_size=batch_size)
        model.evaluate(X, np.array([1]), batch_size=batch_size)
        found.append((output, capsys.readouterr().out))
    assert found[0][0].shape == (1, 3)
    assert np.array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("batch_size", [None, 1, 64])
@pytest.mark.parametrize("kinds", [
    [("Layer_BatchNorm", 2)], [("Layer_Dropout", 0.2)], [("Activation_ReLU",)],
    [("Activation_Linear",), ("Layer_BatchNorm", 2), ("Activation_Tanh",)]])
def test_model_takes_one_sample_whichever_layer_comes_first(book_numpy, capsys, kinds, batch_size):
    found = []
    for nn, sample in (fastnn, X), (reference, X.reshape(1, -1)):
        model = _model(nn, 3, *(getattr(nn, name)(*options) for name, *options in kinds))
        output = model.predict(sample, batch_size=batch_size)
        model.evaluate(sample, np.array([1]), batch_size=batch_size)
        found.append((output, capsys.readouterr().out))
    assert np.array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]


def test_batch_norm_takes_one_sample_when_it_does_not_train(numpy_of):
    found = []
    for nn in fastnn, reference:
        layer = nn.Layer_BatchNorm(2)
        layer.forward(np.array([[1.0, 2.0], [3.0, 7.0]]))
        layer.forward(X, training=False)
        assert layer.inputs is X and layer.output.shape == (1, 2)
        found.append(layer.output)
    assert np.array_equal(*found)
    with pytest.raises(ValueError, match=r"inputs must be \(N, 2\), got \(2,\)"):
        fastnn.Layer_BatchNorm(2).forward(X)


@pytest.mark.parametrize("method", ["predict", "evaluate"])
def test_model_refuses_a_sample_of_another_network(method):
    arguments = {"predict": (np.ones(3),), "evaluate": (np.ones(3), np.zeros(1, int))}[method]
    with pytest.raises(ValueError, match=r"\(3,\)"):
        getattr(_model(fastnn, 3), method)(*arguments)


# ------------------------------------------------------------------------------------- one class

ROWS = np.random.default_rng(3).normal(size=(30, 2)).astype("f4")


@pytest.mark.parametrize("kind", ["f4", "f8", "i8", "?"])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_fit_takes_one_class_as_onehot(book_numpy, kind, batch_size):
    y = np.ones((30, 1), kind)
    np.random.seed(0)
    layers = [fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), fastnn.Layer_Dense(8, 1)]
    loss, optimizer = getattr(fastnn, COMBINED)(), fastnn.Optimizer_Adam()
    history = fastnn.fit(layers, loss, optimizer, ROWS, y, epochs=3, batch_size=batch_size,
                         validation_data=(ROWS, y))
    np.random.seed(0)
    theirs = [reference.Layer_Dense(2, 8), reference.Activation_ReLU(),
              reference.Layer_Dense(8, 1)]
    combined, adam = getattr(reference, COMBINED)(), reference.Optimizer_Adam()
    loop(theirs, combined, adam, ROWS, y, 3, batch_size or 30)
    for ours, other in zip(layers[::2], theirs[::2]):
        assert np.array_equal(ours.weights, other.weights)
        assert np.array_equal(ours.biases, other.biases)
    assert history[-1].accuracy == history[-1].validation_accuracy == 1


def test_model_takes_one_class_as_onehot(book_numpy, capsys):
    lines = []
    for nn in (fastnn, reference):
        model = _model(nn, 1)
        model.train(ROWS, np.ones((30, 1)), epochs=20, batch_size=8, print_every=2,
                    validation_data=(ROWS, np.ones((30, 1))))
        lines.append(capsys.readouterr().out)
    assert lines[0] == lines[1]


def test_accuracy_tells_one_class_from_indices_in_a_column():
    one = fastnn.Accuracy_Categorical()
    assert one.calculate(np.zeros(5, int), np.ones((5, 1))) == 1
    for predictions, y in ((np.zeros(5, int), np.zeros((5, 1))),
                           (np.ones(5, int), np.ones((5, 1))),
                           (np.arange(5), np.arange(5)[:, None])):
        with pytest.raises(ValueError, match=r"y must be \(5,\) like the predictions"):
            one.calculate(predictions, y)
