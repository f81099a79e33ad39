"""What the fuzz has found, each as the smallest program that showed it."""

import numpy as np
import pytest
from by_hand import loop
from networks import Case, Net, assert_fit_is_the_loop

import fastnn

ACTIVATIONS = ["Tanh", "Sigmoid", "Softmax", "ReLU", "LeakyReLU"]


@pytest.mark.parametrize("samples", [1, 2, 5, 9])
def test_validation_is_one_batch_where_the_training_is(book_numpy, samples):
    """It went in batches of as many samples as the training has."""
    def network(nn, case):
        np.random.seed(1)
        X = np.random.randn(samples, 2)
        return Net([nn.Layer_Dense(2, 3)], nn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   nn.Optimizer_SGD(), nn.Accuracy_Categorical(), X, np.arange(samples) % 3)
    X, y = np.random.RandomState(2).randn(7, 2), np.arange(7) % 3
    assert_fit_is_the_loop(Case(), make=network, epochs=2, validation_data=(X, y))


@pytest.mark.parametrize("turn", [slice(None, None, -1), slice(0, 1, 3)], ids=str)
def test_a_single_row_may_have_any_strides(book_numpy, stepwise_runs, turn):
    def network(nn, case):
        np.random.seed(1)
        X, y = np.ones((1, 4))[turn], np.ones((1, 2))[turn]
        return Net([nn.Layer_Dense(4, 2)], nn.Loss_MeanSquaredError(), nn.Optimizer_SGD(), None,
                   X.astype("f4")[turn], y.astype("f4")[turn])
    assert_fit_is_the_loop(Case(), make=network, epochs=2)
    assert not stepwise_runs


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("epochs", [1, 20])
def test_what_cannot_be_compiled_to_its_end_is_not_begun(native_numpy, activation, epochs):
    """The gradient before the first dense layer is asked for in the last step alone."""
    X = np.random.RandomState(1).randn(9, 3)  # float64 meets float32 weights
    layers = [getattr(fastnn, f"Activation_{activation}")(), fastnn.Layer_Dense(3, 1)]
    optimizer = fastnn.Optimizer_SGD(0.1)
    fastnn.fit(layers, fastnn.Loss_MeanSquaredError(), optimizer, X, np.ones((9, 1), "f4"),
               epochs=epochs)
    assert optimizer.iterations == epochs and layers[0].dinputs.shape == X.shape


@pytest.mark.parametrize("gap", [60.0, 86.0, 88.0, 100.0])
def test_small_probabilities_do_not_become_zero_where_they_are_divided_by(native_numpy, gap):
    """-(0 / p) is 0 for the smallest p, and NaN for p = 0."""
    layer = fastnn.Layer_Dense(1, 2)
    layer.set_parameters(np.array([[0.0, -gap]], "f4"), np.zeros((1, 2), "f4"))
    fastnn.fit([layer, fastnn.Activation_Softmax()], fastnn.Loss_CategoricalCrossentropy(),
               fastnn.Optimizer_SGD(0.1), np.ones((1, 1), "f4"), np.zeros(1, int), epochs=2)
    assert np.isfinite(layer.weights).all()


@pytest.mark.parametrize("first", ["Sigmoid", "Tanh", "ReLU", "Linear", "Softmax"])
def test_a_chain_may_begin_with_an_activation(native_numpy, first):
    """Of such a one `fit` asked for the weights, where a wide ReLU layer came behind (97771)."""
    left = []
    for fit in (False, True):
        np.random.seed(4)
        layers = [getattr(fastnn, f"Activation_{first}")(), fastnn.Layer_Dense(2, 48),
                  fastnn.Activation_ReLU(), fastnn.Layer_Dense(48, 3)]
        loss, optimizer = (fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                           fastnn.Optimizer_SGD())
        X, y = np.random.randn(9, 2).astype("f4"), np.arange(9) % 3
        if fit:
            fastnn.fit(layers, loss, optimizer, X, y, epochs=2)
        else:
            loop(layers, loss, optimizer, X, y, 2, 9)
        left.append(layers[1].weights)
    assert np.allclose(left[0], left[1], rtol=1e-5, atol=1e-7)  # native: in another order
