"""The NumPy reference, object by object: cases worked by hand.

The hand-worked numbers are sums of powers of two wherever the formula allows, so that they must
come out exactly.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from worked import LABELS, PROBABILITIES, equal, worked_dense

from fastnn import reference as nn

# log and exp of the mathematics library may be one unit in the last place (2e-16) off
ONE_LAST_BIT = 4e-16


# ----------------------------------------------------------------------------------- layers


def test_dense_forward_by_hand():
    layer = worked_dense()
    # 1 * 1 + 2 * 0.5 + 0.25 and so on
    equal(layer.output, [[2.25, 2.5], [5.25, 4.5]])


def test_dense_backward_by_hand():
    layer = worked_dense()
    layer.backward(np.array([[1, 2], [-1, 0.5]]))
    equal(layer.dweights, [[-2, 3.5], [-2, 6]])
    equal(layer.dbiases, [[0, 2.5]])
    equal(layer.dinputs, [[-1, 4.5], [-1.5, 0.5]])


def test_dense_penalties_by_hand():
    layer = worked_dense(weight_regularizer_l1=0.5, weight_regularizer_l2=0.25,
                         bias_regularizer_l1=2, bias_regularizer_l2=0.5)
    layer.weights[0, 0] = 0  # the slope of |w| at 0 is +1
    layer.backward(np.zeros((2, 2)))
    equal(layer.dweights, [[0.5, -0.5 - 0.5], [0.5 + 0.25, 0.5 + 1]])
    equal(layer.dbiases, [[2 + 0.25, -2 - 0.5]])
    equal(layer.dinputs, np.zeros((2, 2)))
    got = nn.Loss().regularization_loss(layer)
    # 0.5 * (0 + 1 + 0.5 + 2) + 0.25 * (0 + 1 + 0.25 + 4) + 2 * 0.75 + 0.5 * (0.0625 + 0.25)
    assert got == 1.75 + 1.3125 + 1.5 + 0.15625


def test_regularization_loss_sums_the_remembered_layers():
    loss = nn.Loss()
    assert loss.regularization_loss() == 0
    layers = [worked_dense(weight_regularizer_l1=1), worked_dense(bias_regularizer_l1=1)]
    loss.remember_trainable_layers(layers)
    got = loss.regularization_loss()
    assert got == 4.5 + 0.75
    assert loss.regularization_loss(layers[1]) == 0.75


def test_dense_starts_with_scaled_normal_weights(book_numpy):
    layers = [nn.Layer_Dense(2, 3), nn.Layer_Dense(3, 1, weight_scale=0.1)]
    np.random.seed(0)
    equal(layers[0].weights, 0.01 * np.random.randn(2, 3))
    equal(layers[1].weights, 0.1 * np.random.randn(3, 1))
    equal(layers[1].biases, np.zeros((1, 1)))
    assert layers[0].weights.dtype == layers[0].biases.dtype == np.float32


def test_dense_parameters_are_handed_over_by_reference():
    one, two = worked_dense(), nn.Layer_Dense(2, 2)
    two.set_parameters(*one.get_parameters())
    assert two.weights is one.weights
    assert two.biases is one.biases


def test_dropout_scales_what_it_keeps():
    np.random.seed(3)
    layer = nn.Layer_Dropout(0.75)
    inputs = np.ones((50, 40))
    layer.forward(inputs)
    np.random.seed(3)
    expected = np.random.binomial(1, 0.25, size=(50, 40)) * 4
    assert layer.rate == 0.25
    equal(layer.binary_mask, expected)
    equal(layer.output, expected)
    assert set(np.unique(expected)) == {0, 4}
    layer.backward(2 * inputs)
    equal(layer.dinputs, 2 * expected)


def test_dropout_copies_its_inputs_outside_training():
    layer = nn.Layer_Dropout(0.75)
    inputs = np.ones((5, 4))
    layer.forward(inputs, False)
    equal(layer.output, inputs)
    assert layer.output is not inputs
    assert not hasattr(layer, "binary_mask")


# ------------------------------------------------------------------------------ activations


@pytest.mark.parametrize(
    ("activation", "output", "dinputs"),
    [
        (nn.Activation_ReLU(), [0, 0, 2], [0, 0, 7]),
        (nn.Activation_LeakyReLU(0.25), [-0.25, 0, 2], [1.25, 1.5, 7]),
        (nn.Activation_Linear(), [-1, 0, 2], [5, 6, 7]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_activation_by_hand(activation, output, dinputs):
    activation.forward(np.array([[-1.0, 0, 2]]))
    activation.backward(np.array([[5.0, 6, 7]]))
    equal(activation.output, [output])
    equal(activation.dinputs, [dinputs])
    assert activation.predictions(activation.output) is activation.output


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "Softmax", "Sigmoid", "Tanh", "Linear"])
def test_activation_backward_leaves_its_argument_alone(name):
    activation = getattr(nn, f"Activation_{name}")()
    activation.forward(np.array([[-1.0, 0, 2]]))
    dvalues = np.array([[5.0, 6, 7]])
    activation.backward(dvalues)
    assert not np.shares_memory(activation.dinputs, dvalues)
    equal(dvalues, [[5, 6, 7]])


def test_sigmoid_by_hand():
    sigmoid = nn.Activation_Sigmoid()
    sigmoid.forward(np.array([[0.0, 800, -math.log(3)]]))
    np.testing.assert_allclose(sigmoid.output, [[0.5, 1, 0.25]], rtol=ONE_LAST_BIT)
    sigmoid.output = np.array([[0.5, 1, 0.25]])
    sigmoid.backward(np.array([[4.0, 4, 4]]))
    equal(sigmoid.dinputs, [[1, 0, 0.75]])
    equal(sigmoid.predictions(sigmoid.output), [[0, 1, 0]])


def test_tanh_by_hand():
    tanh = nn.Activation_Tanh()
    tanh.forward(np.array([[0.0, math.log(3) / 2]]))
    np.testing.assert_allclose(tanh.output, [[0, 0.5]], rtol=ONE_LAST_BIT)
    tanh.output = np.array([[0, 0.5]])
    tanh.backward(np.array([[4.0, 4]]))
    equal(tanh.dinputs, [[4, 3]])


def test_softmax_by_hand():
    softmax = nn.Activation_Softmax()
    softmax.forward(np.array([[0, math.log(3)], [1000, 1000]]))
    np.testing.assert_allclose(softmax.output, [[0.25, 0.75], [0.5, 0.5]], rtol=ONE_LAST_BIT)
    equal(softmax.predictions(softmax.output), [1, 0])


def test_softmax_backward_uses_the_output_assigned_by_hand():
    softmax = nn.Activation_Softmax()
    softmax.output = np.array([[0.25, 0.25, 0.5]])
    softmax.backward(np.array([[1.0, 2, 4]]))
    # output * (dvalues - sum of output * dvalues), the sum being 2.75
    equal(softmax.dinputs, [[0.25 * -1.75, 0.25 * -0.75, 0.5 * 1.25]])


# ----------------------------------------------------------------------------------- losses


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_categorical_crossentropy_by_hand(y):
    loss = nn.Loss_CategoricalCrossentropy()
    got = loss.forward(PROBABILITIES, y)
    np.testing.assert_allclose(got, [math.log(2), math.log(8)], rtol=ONE_LAST_BIT)
    loss.backward(PROBABILITIES, y)
    equal(loss.dinputs, [[-1 / 0.5 / 2, 0, 0], [0, 0, -1 / 0.125 / 2]])


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_categorical_crossentropy_clips_certainty(y):
    loss = nn.Loss_CategoricalCrossentropy()
    got = loss.forward(np.array([[1.0, 0, 0], [1, 0, 0]]), y)
    # 1 - 1e-7 is itself rounded, by up to 1e-16
    np.testing.assert_allclose(got, [-math.log1p(-1e-7), 7 * math.log(10)], rtol=1e-8)


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_combined_by_hand(y):
    combined = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    got = combined.forward(np.log(PROBABILITIES), y)
    np.testing.assert_allclose(combined.output, PROBABILITIES, rtol=ONE_LAST_BIT)
    np.testing.assert_allclose(got, (math.log(2) + math.log(8)) / 2, rtol=ONE_LAST_BIT)
    combined.backward(PROBABILITIES, y)
    equal(combined.dinputs, [[-0.25, 0.125, 0.125], [0.0625, 0.375, -0.4375]])
    equal(PROBABILITIES[0], [0.5, 0.25, 0.25])


def test_binary_crossentropy_by_hand():
    loss = nn.Loss_BinaryCrossentropy()
    y, p = np.array([[1, 0], [1, 1]]), np.array([[0.5, 0.5], [0.5, 0.25]])
    got = loss.forward(p, y)
    expected = [math.log(2), (math.log(2) + math.log(4)) / 2]
    np.testing.assert_allclose(got, expected, rtol=ONE_LAST_BIT)
    loss.backward(p, y)
    equal(loss.dinputs, [[-0.5, 0.5], [-0.5, -1]])


def test_binary_crossentropy_clips_certainty():
    loss = nn.Loss_BinaryCrossentropy()
    y, p = np.array([[1], [0]]), np.array([[0.0], [0.0]])
    # 1 - 1e-7 is itself rounded, by up to 1e-16
    np.testing.assert_allclose(
        loss.forward(p, y), [7 * math.log(10), -math.log1p(-1e-7)], rtol=1e-8)
    loss.backward(p, y)
    np.testing.assert_allclose(loss.dinputs, [[-1e7 / 2], [1 / (1 - 1e-7) / 2]], rtol=1e-15)


PREDICTED, WANTED = np.array([[1.0, 2], [3, 5]]), np.array([[0.0, 2], [5, 1]])


def test_mean_squared_error_by_hand():
    loss = nn.Loss_MeanSquaredError()
    equal(loss.forward(PREDICTED, WANTED), [0.5, 10])
    assert loss.calculate(PREDICTED, WANTED) == 5.25
    loss.backward(PREDICTED, WANTED)
    equal(loss.dinputs, [[0.5, 0], [-1, 2]])


@pytest.mark.parametrize(("book", "sign"), [(False, 1), (True, -1)])
def test_mean_absolute_error_by_hand(book, sign):
    loss = nn.Loss_MeanAbsoluteError(book_gradient=book)
    equal(loss.forward(PREDICTED, WANTED), [0.5, 3])
    loss.backward(PREDICTED, WANTED)
    equal(loss.dinputs, sign * np.array([[0.25, 0], [-0.25, 0.25]]))


def test_loss_of_a_pass_weighs_every_sample_alike():
    loss = nn.Loss_MeanSquaredError()
    loss.calculate(PREDICTED, WANTED)
    loss.new_pass()
    loss.remember_trainable_layers([worked_dense(weight_regularizer_l1=1)])
    assert loss.calculate(np.array([[2.0]]), np.array([[0.0]])) == 4
    assert loss.calculate(np.ones((3, 1)), np.zeros((3, 1))) == 1
    assert loss.calculate_accumulated() == 7 / 4
    assert loss.calculate_accumulated(include_regularization=True) == (7 / 4, 4.5)
    got = loss.calculate(PREDICTED, WANTED, include_regularization=True)
    assert got == (5.25, 4.5)


# ------------------------------------------------------------------------------- optimizers


def layer_with(weight: float, bias: float) -> SimpleNamespace:
    return SimpleNamespace(weights=np.array([[weight]]), biases=np.array([[bias]]))


def steps(optimizer, gradients, weight=10.0, bias=20.0):
    """One update per gradient, the same for the weight and, negated, for the bias."""
    layer = layer_with(weight, bias)
    weights, biases = layer.weights, layer.biases
    path = []
    for gradient in gradients:
        layer.dweights, layer.dbiases = np.array([[gradient]]), np.array([[-gradient]])
        optimizer.pre_update_params()
        optimizer.update_params(layer)
        optimizer.post_update_params()
        path.append(layer.weights.item())
        assert layer.biases.item() - bias == weight - layer.weights.item()
    assert layer.weights is weights  # updated in place
    assert layer.biases is biases
    assert optimizer.iterations == len(gradients)
    return layer, path


def state_of(layer):
    names = ("weight_momentums", "bias_momentums", "weight_cache", "bias_cache")
    return {name: getattr(layer, name).item() for name in names if hasattr(layer, name)}


def test_sgd_by_hand():
    layer, path = steps(nn.Optimizer_SGD(0.5), [2.0, 4.0])
    assert path == [9, 7]
    assert state_of(layer) == {}


def test_sgd_with_momentum_by_hand():
    layer, path = steps(nn.Optimizer_SGD(0.5, momentum=0.5), [2.0, 2.0])
    assert path == [9, 7.5]
    assert state_of(layer) == {"weight_momentums": -1.5, "bias_momentums": 1.5}


def test_adagrad_by_hand():
    layer, path = steps(nn.Optimizer_Adagrad(1.5, epsilon=1), [3.0, 4.0])
    assert path == [10 - 4.5 / 4, 10 - 4.5 / 4 - 6 / 6]  # roots of 9 and of 9 + 16, plus 1
    assert state_of(layer) == {"weight_cache": 25, "bias_cache": 25}


def test_rmsprop_by_hand():
    layer, path = steps(nn.Optimizer_RMSprop(0.5, epsilon=1, rho=0.75), [2.0, 1.0])
    assert path == [10 - 1 / 2, 10 - 1 / 2 - 0.5 / 2]  # both caches are 1
    assert state_of(layer) == {"weight_cache": 1, "bias_cache": 1}


def test_adam_by_hand():
    optimizer = nn.Optimizer_Adam(1.5, epsilon=1, beta_1=0.5, beta_2=0.75)
    layer, path = steps(optimizer, [2.0, 2.0])
    assert path == [9, 8]  # corrected, the momentum is 2 and the root of the cache 2
    assert state_of(layer) == {"weight_momentums": 1.5, "bias_momentums": -1.5,
                               "weight_cache": 1.75, "bias_cache": 1.75}


def test_adam_corrects_by_the_iterations_counted():
    optimizer = nn.Optimizer_Adam(1.5, epsilon=1, beta_1=0.5, beta_2=0.75)
    layer = layer_with(10.0, 20.0)
    layer.dweights = layer.dbiases = np.array([[2.0]])
    for _ in range(2):  # without post_update_params the count stays 0
        optimizer.update_params(layer)
    # momentum 1.5 / 0.5, cache 1.75 / 0.25
    expected = 9 - 1.5 * 3 / (math.sqrt(7) + 1)
    assert layer.weights.item() == pytest.approx(expected, rel=ONE_LAST_BIT)


@pytest.mark.parametrize(
    "name", ["Optimizer_SGD", "Optimizer_Adagrad", "Optimizer_RMSprop", "Optimizer_Adam"])
def test_learning_rate_decays_with_the_iterations(name):
    optimizer = getattr(nn, name)(learning_rate=0.5, decay=1.0)
    got = []
    for _ in range(4):
        optimizer.pre_update_params()
        got.append(optimizer.current_learning_rate)
        optimizer.post_update_params()
    expected = [0.5, 0.5 * (1 / 2), 0.5 * (1 / 3), 0.5 * (1 / 4)]
    assert got == expected
    assert optimizer.learning_rate == 0.5


def test_optimizer_defaults_are_the_book_s():
    got = [vars(optimizer()) for optimizer in (
        nn.Optimizer_SGD, nn.Optimizer_Adagrad, nn.Optimizer_RMSprop, nn.Optimizer_Adam)]
    common = {"decay": 0.0, "iterations": 0}
    slow = common | {"learning_rate": 0.001, "current_learning_rate": 0.001, "epsilon": 1e-7}
    fast = common | {"learning_rate": 1.0, "current_learning_rate": 1.0}
    expected = [fast | {"momentum": 0.0}, fast | {"epsilon": 1e-7},
                slow | {"rho": 0.9}, slow | {"beta_1": 0.9, "beta_2": 0.999}]
    assert got == expected


# --------------------------------------------------------------------------------- accuracy


def test_accuracy_categorical_counts_right_classes():
    accuracy = nn.Accuracy_Categorical()
    accuracy.init(LABELS[0])
    assert accuracy.calculate(np.array([0, 1]), LABELS[0]) == 0.5
    assert accuracy.calculate(np.array([0, 2]), LABELS[1]) == 1
    assert accuracy.calculate_accumulated() == 3 / 4
    accuracy.new_pass()
    assert accuracy.calculate(np.array([1, 1]), LABELS[0]) == 0
    assert accuracy.calculate_accumulated() == 0


def test_accuracy_binary_compares_each_output():
    accuracy = nn.Accuracy_Categorical(binary=True)
    got = accuracy.calculate(np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]]))
    assert got == 0.75


def test_accuracy_regression_takes_its_precision_from_the_targets():
    accuracy = nn.Accuracy_Regression()
    accuracy.init(np.array([[-250.0], [250.0]]))
    assert accuracy.precision == 1
    got = accuracy.calculate(np.array([[1.0], [0.75], [-2]]), np.array([[0.0], [0], [0]]))
    assert got == 1 / 3  # a difference of 1 is not within 1
    accuracy.init(np.array([[-500.0], [500.0]]))
    assert accuracy.precision == 1
    accuracy.init(np.array([[-500.0], [500.0]]), reinit=True)
    assert accuracy.precision == 2
