"""Every gradient against central differences in float64, for each module that holds the classes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rosters import PLAIN, names_of

import fastnn

NAMESPACES = [PLAIN, fastnn]

STEP = 1e-5
# A difference quotient over 2 STEP errs by f's own rounding over STEP, about 1e-16 / 1e-5, and by
# STEP^2 / 6 times the third derivative, here below 100: together below 2e-9. The slopes compared
# are 0.01 to 10, so a wrong factor or sign is far outside.
TOLERANCE = 1e-8

N, I, O = 4, 3, 5  # noqa: E741  the axis letters of the project

pytestmark = pytest.mark.parametrize("nn", NAMESPACES, ids=lambda nn: nn.__name__)


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    state = np.random.get_state()
    np.random.seed(7)
    yield
    np.random.set_state(state)


def off_zero(*shape: int) -> np.ndarray:
    """Random numbers of both signs, all further from 0 than a difference step reaches."""
    values = np.random.uniform(0.2, 1.5, shape)
    signs = np.where(np.arange(values.size).reshape(shape) % 2, 1, -1)
    return values * signs


def assert_slopes(got: np.ndarray, function: Callable[[], Any], x: np.ndarray) -> None:
    """`got` holds the slopes of function() along each element of x, which it changes in place."""
    expected = np.empty_like(x)
    for index in np.ndindex(*x.shape):
        middle = x[index]
        x[index] = middle + STEP
        above = function()
        x[index] = middle - STEP
        below = function()
        x[index] = middle
        expected[index] = (above - below) / (2 * STEP)
    assert np.abs(expected).max() > 0.01, "nothing to compare"
    assert got.shape == x.shape
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, expected, rtol=0, atol=TOLERANCE)


def assert_backward_matches(module: Any, inputs: np.ndarray) -> None:
    """dinputs against the slopes of a random weighted sum of the outputs."""
    module.forward(inputs)
    dvalues = off_zero(*module.output.shape)

    def weighted_sum() -> float:
        module.forward(inputs)
        return np.sum(dvalues * module.output)

    module.backward(dvalues)
    assert_slopes(module.dinputs, weighted_sum, inputs)


# ----------------------------------------------------------------------------------- layers

REGULARIZERS = {
    "none": {},
    "weight_l1": {"weight_regularizer_l1": 0.3},
    "weight_l2": {"weight_regularizer_l2": 0.2},
    "bias_l1": {"bias_regularizer_l1": 0.4},
    "bias_l2": {"bias_regularizer_l2": 0.1},
    "all": {"weight_regularizer_l1": 0.3, "weight_regularizer_l2": 0.2,
            "bias_regularizer_l1": 0.4, "bias_regularizer_l2": 0.1},
}


@pytest.mark.parametrize("regularizers", REGULARIZERS.values(), ids=REGULARIZERS)
@pytest.mark.parametrize("name", ["weights", "biases", "inputs"])
def test_dense_gradient_matches_differences(nn, name, regularizers):
    layer = nn.Layer_Dense(I, O, **regularizers)
    layer.weights, layer.biases = off_zero(I, O), off_zero(1, O)
    inputs, dvalues = off_zero(N, I), off_zero(N, O)
    loss = nn.Loss_MeanSquaredError()

    def penalised_sum() -> float:
        layer.forward(inputs)
        return np.sum(dvalues * layer.output) + loss.regularization_loss(layer)

    layer.forward(inputs)
    layer.backward(dvalues)
    x = inputs if name == "inputs" else getattr(layer, name)
    assert_slopes(getattr(layer, f"d{name}"), penalised_sum, x)


def test_dropout_gradient_matches_differences(nn):
    layer = nn.Layer_Dropout(0.4)
    inputs, dvalues = off_zero(N, O), off_zero(N, O)

    def weighted_sum() -> float:
        np.random.seed(11)  # the same mask every time
        layer.forward(inputs)
        return np.sum(dvalues * layer.output)

    weighted_sum()
    assert 0 < np.count_nonzero(layer.binary_mask) < layer.binary_mask.size
    layer.backward(dvalues)
    assert_slopes(layer.dinputs, weighted_sum, inputs)


def test_dropout_backward_uses_the_mask_it_finds(nn):
    layer = nn.Layer_Dropout(0.5)
    layer.forward(np.ones((2, 2)))
    layer.binary_mask = np.array([[2.0, 0], [0, 2]])
    layer.backward(np.array([[1.0, 2], [3, 4]]))
    np.testing.assert_array_equal(layer.dinputs, [[2, 0], [0, 8]])


# ------------------------------------------------------------------------------ activations


@pytest.mark.parametrize("name", names_of("layer", "Activation_"))
def test_activation_gradient_matches_differences(nn, name):
    assert_backward_matches(getattr(nn, f"Activation_{name}")(), off_zero(N, O))


def test_leaky_relu_gradient_follows_alpha(nn):
    assert_backward_matches(nn.Activation_LeakyReLU(alpha=0.3), off_zero(N, O))


# ----------------------------------------------------------------------------------- losses

CLASSES = np.array([0, 4, 2, 2])
LABELS = {"sparse": CLASSES, "onehot": np.eye(O)[CLASSES]}


def probabilities(*shape: int) -> np.ndarray:
    """Random numbers well inside (0, 1), where nothing is clipped."""
    return np.random.uniform(0.2, 0.8, shape)


def assert_loss_matches(loss: Any, predicted: np.ndarray, y: np.ndarray) -> None:
    """dinputs against the slopes of the mean loss over the samples."""
    loss.backward(predicted, y)
    assert_slopes(loss.dinputs, lambda: np.mean(loss.forward(predicted, y)), predicted)
    assert loss.calculate(predicted, y) == np.mean(loss.forward(predicted, y))


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_categorical_crossentropy_gradient_matches_differences(nn, y):
    assert_loss_matches(nn.Loss_CategoricalCrossentropy(), probabilities(N, O), y)


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_combined_gradient_matches_differences(nn, y):
    combined = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    inputs = off_zero(N, O)
    combined.forward(inputs, y)
    combined.backward(combined.output, y)
    assert_slopes(combined.dinputs, lambda: combined.forward(inputs, y), inputs)


@pytest.mark.parametrize("outputs", [1, O])
def test_binary_crossentropy_gradient_matches_differences(nn, outputs):
    y = np.arange(N * outputs).reshape(N, outputs) % 3 % 2
    assert_loss_matches(nn.Loss_BinaryCrossentropy(), probabilities(N, outputs), y)


@pytest.mark.parametrize("outputs", [1, O])
@pytest.mark.parametrize("name", ["MeanSquaredError", "MeanAbsoluteError", "Huber"])
def test_regression_loss_gradient_matches_differences(nn, name, outputs):
    y = np.random.randn(N, outputs)
    predicted = y + off_zero(N, outputs)
    assert_loss_matches(getattr(nn, f"Loss_{name}")(), predicted, y)


def test_mean_absolute_error_book_gradient_is_the_opposite(nn):
    y = np.random.randn(N, O)
    predicted = y + off_zero(N, O)
    ours, book = nn.Loss_MeanAbsoluteError(), nn.Loss_MeanAbsoluteError(book_gradient=True)
    ours.backward(predicted, y)
    book.backward(predicted, y)
    np.testing.assert_array_equal(book.dinputs, -ours.dinputs)
    assert book.calculate(predicted, y) == ours.calculate(predicted, y)


# ------------------------------------------------------------------------------------ model

CHAINS = {
    "classifier": ("Activation_Softmax", "Loss_CategoricalCrossentropy", CLASSES),
    "binary": ("Activation_Sigmoid", "Loss_BinaryCrossentropy", LABELS["onehot"]),
    "regression": ("Activation_Linear", "Loss_MeanSquaredError", 3 * LABELS["onehot"]),
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
@pytest.mark.parametrize("name", ["weights", "biases"])
def test_model_gradient_matches_differences(nn, name, chain):
    activation, loss, y = chain
    model = nn.Model()
    model.add(nn.Layer_Dense(I, 4, weight_regularizer_l2=0.2, bias_regularizer_l1=0.4))
    model.add(nn.Activation_Tanh())
    model.add(nn.Layer_Dense(4, O, weight_regularizer_l1=0.3, bias_regularizer_l2=0.1))
    model.add(getattr(nn, activation)())
    model.set(loss=getattr(nn, loss)(), optimizer=nn.Optimizer_SGD(),
              accuracy=nn.Accuracy_Categorical())
    model.finalize()
    inputs = off_zero(N, I)
    layers = model.trainable_layers
    for layer in layers:
        layer.weights, layer.biases = off_zero(*layer.weights.shape), off_zero(1, layer.biases.size)

    def whole_loss() -> float:
        output = model.forward(inputs, training=True)
        return sum(model.loss.calculate(output, y, include_regularization=True))

    model.backward(model.forward(inputs, training=True), y)
    got = [getattr(layer, f"d{name}") for layer in layers]
    for gradient, layer in zip(got, layers, strict=True):
        assert_slopes(gradient, whole_loss, getattr(layer, name))
