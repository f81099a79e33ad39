"""Copies of objects go on alike, and objects hold the names of the book only."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from programs import assert_same
from whole_loop import ENDS, Loop, every_optimizer, left, model

import fastnn

pytestmark = pytest.mark.usefixtures("book_numpy")

COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": lambda a, p=protocol: pickle.loads(pickle.dumps(a, p))
       for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("end", ENDS)
@every_optimizer
def test_copy_goes_on_training_alike(optimizer, copied, end):
    loop = Loop(fastnn, optimizer, end).steps(3)
    before, state = left(loop), np.random.get_state()
    other = copied(loop)
    assert_same(left(other), before)
    expected = left(loop.steps(3))
    assert_same(left(other), before)
    np.random.set_state(state)
    assert_same(left(other.steps(3)), expected)
    assert_same(left(loop), expected)


def test_model_is_copied(capsys):
    trained = model(fastnn, fastnn)
    X = np.random.randn(5, 2)
    for copied in COPIES.values():
        other = copied(trained)
        assert other.layers[0] is not trained.layers[0]
        assert other.layers[0].next is other.layers[1]
        np.testing.assert_array_equal(other.predict(X), trained.predict(X))


PASSED = {"inputs", "output", "dinputs"}
LINKS = {"prev", "next"}
BOOK_NAMES = {
    "Layer_Dense": PASSED | LINKS | {
        "weights", "biases", "weight_regularizer_l1", "weight_regularizer_l2",
        "bias_regularizer_l1", "bias_regularizer_l2", "dweights", "dbiases",
        "weight_momentums", "bias_momentums", "weight_cache", "bias_cache"},
    "Layer_Dropout": PASSED | LINKS | {"rate", "binary_mask"},
    "Activation_ReLU": PASSED | LINKS,
    "Activation_LeakyReLU": PASSED | LINKS | {"alpha"},
    "Activation_Tanh": PASSED | LINKS,
    "Activation_Softmax": PASSED | LINKS,
    "Loss_CategoricalCrossentropy": {
        "trainable_layers", "accumulated_sum", "accumulated_count"},
    "Optimizer_Adam": {"learning_rate", "current_learning_rate", "decay", "iterations", "epsilon",
                       "beta_1", "beta_2"},
    "Accuracy_Categorical": {"binary", "accumulated_sum", "accumulated_count"},
    "Model": {"layers", "softmax_classifier_output", "loss", "optimizer", "accuracy",
              "input_layer", "output_layer_activation", "trainable_layers", "lines"},
    "Activation_Softmax_Loss_CategoricalCrossentropy": {"activation", "loss", "dinputs"},
}


def test_objects_hold_the_names_of_the_book_only(capsys):
    trained = model(fastnn, fastnn)
    for layer in trained.layers:
        vars(layer).pop("weight_scale", None)  # ours, and only where it was given
    for one in [trained, *trained.layers, trained.loss, trained.optimizer, trained.accuracy,
                trained.softmax_classifier_output]:
        names = {name for name in vars(one) if not name.startswith("_")}
        assert names == BOOK_NAMES[type(one).__name__], type(one).__name__
