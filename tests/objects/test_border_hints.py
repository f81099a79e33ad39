"""What a beginner hands over in a result's place: the messages say what to hand over instead."""

import re

import numpy as np
import pytest

from fastnn import (
    Activation_GELU,
    Activation_ReLU,
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Layer_Dense,
    Loss_CategoricalCrossentropy,
    Optimizer_Adam,
    Optimizer_AdamW,
)

X = np.ones((4, 2))
DENSE = Layer_Dense(2, 3)
DENSE.forward(X)

CASES = {
    "a layer for its output": (
        lambda: Activation_ReLU().forward(DENSE),
        "must be an array of numbers, got Layer_Dense(2, 3) (Layer_Dense): pass its .output"),
    "a layer for its output, in a loss": (
        lambda: Loss_CategoricalCrossentropy().calculate(DENSE, np.zeros(4, int)),
        "got Layer_Dense(2, 3) (Layer_Dense): pass its .output"),
    "what forward returns": (
        lambda: Activation_ReLU().forward(DENSE.forward(X)),
        "got None: forward returns nothing, pass the object's .output"),
    "what backward returns": (
        lambda: DENSE.backward(None),
        "got None: backward returns nothing, pass the object's .dinputs"),
    "a loss for its gradient": (
        lambda: DENSE.backward(Activation_Softmax_Loss_CategoricalCrossentropy()),
        ": pass its .dinputs"),
    "an activation for a layer": (
        lambda: Optimizer_Adam().update_params(Activation_ReLU()),
        "update_params: Activation_ReLU has no weights, so there is nothing to update"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_message_says_what_to_pass_instead(name):
    call, words = CASES[name]
    with pytest.raises(TypeError, match=f"{re.escape(words)}$"):
        call()


def test_labels_that_are_none_are_told_without_a_hint():
    with pytest.raises(TypeError, match="y_true must be an array of numbers, got None$"):
        Loss_CategoricalCrossentropy().calculate(DENSE.output, None)


@pytest.mark.parametrize(("method", "words"), [
    (Activation_ReLU.forward, "Activation.forward() missing"),
    (Activation_GELU.forward, "Activation.forward() missing"),
    (Optimizer_Adam.update_params, "Optimizer.update_params() missing"),
    (Optimizer_AdamW.update_params, "Optimizer.update_params() missing")])
def test_forgotten_parentheses_name_no_class_of_the_inside(method, words):
    with pytest.raises(TypeError, match=f"^{re.escape(words)}"):
        method(X)
