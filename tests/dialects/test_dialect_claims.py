"""What single dialects claim: each difference from the book by itself."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import spiral_data

import fastnn
from fastnn import reference
from fastnn.dialects import (
    backprop,
    chapter9,
    chapter17,
    chapter18,
    drafts,
    flat_biases,
)


@pytest.fixture
def layer() -> Iterator[Any]:
    """A layer of 001 after one pass, NumPy seeded."""
    np.random.seed(1)
    made = backprop.Dense_layer(n_inputs=4, n_nodes=3)
    made.forward(np.random.randn(5, 4))
    made.backprop(np.random.randn(5, 3))
    yield made


def test_flat_biases_have_flat_gradients_and_matrix_state() -> None:
    dense: Any = flat_biases.Layer_Dense(4, 3)
    dense.forward(np.ones((5, 4)))
    dense.backward(np.ones((5, 3)))
    flat_biases.Optimizer_Adam().update_params(dense)
    assert dense.dbiases.shape == (3,)
    assert dense.biases.shape == dense.bias_cache.shape == dense.bias_momentums.shape == (1, 3)


def test_flat_biases_gradient_survives_an_update_that_fails() -> None:
    dense = flat_biases.Layer_Dense(4, 3)
    dense.dweights, dense.dbiases = np.ones((4, 3)), np.ones(2)
    with pytest.raises(ValueError, match="dbiases must be"):
        flat_biases.Optimizer_SGD().update_params(dense)
    assert dense.dbiases.shape == (2,)


def test_flat_biases_optimizers_take_the_book_layers() -> None:
    dense = fastnn.Layer_Dense(4, 3)
    dense.forward(np.ones((5, 4)))
    dense.backward(np.ones((5, 3)))
    flat_biases.Optimizer_SGD(learning_rate=1.0).update_params(dense)
    assert np.array_equal(dense.biases, [[-5, -5, -5]])


def test_flat_biases_sgd_follows_its_learning_rate_at_once() -> None:
    optimizer = flat_biases.Optimizer_SGD()
    assert optimizer.learning_rate == optimizer.initial_rate == 0.5
    optimizer.learning_rate = 0.25
    assert optimizer.initial_rate == optimizer.current_learning_rate == 0.25


@pytest.mark.parametrize("name", ["Optimizer_Adagrad", "Optimizer_RMSProp", "Optimizer_Adam"])
def test_flat_biases_optimizers_name_their_first_rate(name: str) -> None:
    optimizer = getattr(flat_biases, name)(0.125)
    assert optimizer.initial_learning_rate == 0.125
    optimizer.initial_learning_rate = 0.5
    assert optimizer.learning_rate == 0.5


def test_backprop_counts_calls_and_makes_state_at_the_first(layer: Any) -> None:
    optimizer = backprop.Optimizer_Adam()
    assert not hasattr(layer, "w_cache")
    optimizer.update_param(layer)
    optimizer.update_param(layer)
    assert optimizer.iterations == 2
    assert layer.w_cache.shape == layer.w_momentum.shape == (4, 3)
    assert not hasattr(layer, "weight_cache")


def test_backprop_momentum_is_not_that_of_adam(layer: Any) -> None:
    backprop.Optimizer_Adam().update_param(layer)
    means = layer.w_momentum.copy()
    backprop.Optimizer_SGD(learning_rate=0.5, momentum_ratio=0.9).update_param(layer)
    assert np.array_equal(layer.pre_w_momentums, -0.5 * layer.dweights)
    assert np.array_equal(layer.w_momentum, means)


def test_backprop_layer_can_be_given_its_output(layer: Any) -> None:
    layer.forward_pass = np.zeros((5, 3))
    assert layer.output is layer.forward_pass


def test_softmax_loss_starts_empty() -> None:
    loss = backprop.Softmax_loss()
    for name in ("softmax_probabilities", "pred_labels", "accuracy", "loss", "dvalues", "y_true"):
        assert getattr(loss, name) is None
    assert not hasattr(loss, "confidences")


def test_softmax_loss_in_single_steps() -> None:
    loss = backprop.Softmax_loss()
    loss.y_true_check(np.array([[0, 1], [1, 0]]))
    loss.softmax(np.zeros((2, 2)))
    loss.output_labels()
    loss.calculate_accuracy()
    loss.cross_entropy()
    assert np.array_equal(loss.confidences, [0.5, 0.5])
    assert loss.accuracy == 0.5 and loss.loss == np.log(2)


def test_chapter9_softmax_keeps_its_inputs_twice() -> None:
    inputs, head = np.zeros((2, 3)), chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    head.forward(inputs, np.array([0, 2]))
    assert head.activation.inpus is head.activation.inputs is inputs


def test_chapter9_gradients_of_both_ways_are_those_printed(book_numpy: None) -> None:
    probabilities = np.array([[0.7, 0.1, 0.2], [0.1, 0.5, 0.4], [0.02, 0.9, 0.08]])
    targets = np.array([0, 1, 1])
    head = chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    head.backward(probabilities, targets)
    softmax, loss = chapter9.Activation_Softmax(), chapter9.Loss_CategoricalCrossentropy()
    softmax.output = probabilities
    loss.backward(probabilities, targets)
    softmax.backward(loss.dinputs)
    assert str(head.dinputs).split("\n")[0] == "[[-0.1         0.03333333  0.06666667]"
    assert str(softmax.dinputs).split("\n")[0] == "[[-0.09999999  0.03333334  0.06666667]"


def test_chapter9_pass_is_the_one_printed(book_numpy: None) -> None:
    X, y = spiral_data(samples=100, classes=3)
    dense1, relu, dense2 = (chapter9.Layer_Dense(2, 3), chapter9.Activation_ReLU(),
                            chapter9.Layer_Dense(3, 3))
    head = chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    dense1.forward(X)
    relu.forward(dense1.output)
    dense2.forward(relu.output)
    assert str(head.forward(dense2.output, y)) == "1.0986104"
    head.backward(head.output, y)
    dense2.backward(head.dinputs)
    relu.backward(dense2.dinputs)
    dense1.backward(relu.dinputs)
    printed = {"[[ 1.5766357e-04  7.8368583e-05  4.7324400e-05]": dense1.dweights,
               "[[-3.60553473e-04  9.66117223e-05 -1.03671395e-04]]": dense1.dbiases,
               "[[ 5.44109462e-05  1.07411419e-04 -1.61822361e-04]": dense2.dweights,
               "[[-1.0729185e-05 -9.4610732e-06  2.0027859e-05]]": dense2.dbiases}
    for line, gradient in printed.items():
        assert str(gradient).split("\n")[0] == line


def test_drafts_loss_calculates_what_forward_returns() -> None:
    p, y = np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([0, 0])
    loss = drafts.Loss_CategoricalCrossentropy()
    assert loss.calculate(p, y) == loss.forward(p, y) == np.log(8) / 2
    assert loss.calculate(p, y, include_regularization=True) == (np.log(8) / 2, 0)
    assert loss.calculate_accumulated() == np.log(8) / 2


def test_drafts_regression_is_twice_as_strict() -> None:
    accuracy = drafts.Accuracy_Regression()
    accuracy.init(np.array([-500.0, 500.0]))
    assert accuracy.precision == 1.0
    assert accuracy.calculate(np.array([0.5, 2.0]), np.array([0.0, 0.0])) == 0.5


def test_drafts_sgd_starts_with_decay_and_compounds() -> None:
    optimizer = drafts.Optimizer_SGD()
    assert optimizer.decay == 0.1
    optimizer.iterations = 10
    for expected in (0.5, 0.25):
        optimizer.pre_update_params()
        assert optimizer.learning_rate == optimizer.current_learning_rate == expected


def test_drafts_train_a_model(book_numpy: None, capsys: pytest.CaptureFixture) -> None:
    X, y = spiral_data(samples=100, classes=3)
    model = drafts.Model()
    for one in (drafts.Layer_Dense(2, 8), drafts.Activation_ReLU(), drafts.Layer_Dense(8, 3),
                drafts.Activation_Softmax()):
        model.add(one)
    model.set(loss=drafts.Loss_CategoricalCrossentropy(), accuracy=drafts.Accuracy_Categorical(),
              optimizer=drafts.Optimizer_Adam(0.01, decay=1e-8))
    model.finalize()
    model.train(X, y, epochs=10, print_every=5, validation_data=(X, y))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch: 5", "epoch: 10", "validation"]


def test_chapter17_weights_start_ten_times_larger() -> None:
    weights = []
    for nn in (chapter17, fastnn):
        np.random.seed(3)
        weights.append(nn.Layer_Dense(2, 5).weights)
    np.random.seed(3)
    assert np.array_equal(weights[0], 0.1 * np.random.randn(2, 5))
    assert np.allclose(weights[0], 10 * weights[1])
    assert isinstance(chapter17.Layer_Dense(2, 5), fastnn.Layer_Dense)


def test_chapter18_model_prints_epochs(book_numpy: None, capsys: pytest.CaptureFixture) -> None:
    printed = []
    for nn, model in ((chapter18, chapter18.Model()), (reference, reference.Model(lines="epochs"))):
        np.random.seed(0)
        X, y = spiral_data(samples=50, classes=3)
        for one in (nn.Layer_Dense(2, 16, weight_regularizer_l2=5e-4), nn.Activation_ReLU(),
                    nn.Layer_Dropout(0.1), nn.Layer_Dense(16, 3), nn.Activation_Softmax()):
            model.add(one)
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical(),
                  optimizer=nn.Optimizer_Adam(learning_rate=0.05, decay=5e-5))
        model.finalize()
        model.train(X, y, epochs=60, print_every=20, validation_data=(X, y))
        printed.append(capsys.readouterr().out)
    got, expected = printed
    assert got == expected
    assert got.startswith("epoch: 20, acc: ")
