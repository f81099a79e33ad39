"""Optimizers adopted before their layers, whose lines update biases first."""

import re

import numpy as np
import pytest
from beside import ADAGRAD, DENSE, SGD
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt

_OTHER = {"weight": "bias", "bias": "weight", "weights": "biases", "biases": "weights",
          "dweights": "dbiases", "dbiases": "dweights"}


def biases_first(code):
    """The same, with all that is done to weights done to biases and the other way round."""
    return re.sub(r"(?<![a-z])(d?weights|d?biases|weight|bias)(?![a-z])",
                  lambda found: _OTHER[found[0]], code)


def stepped(module, layers, adopts, features):
    np.random.seed(1)
    dense = layers.Dense(features, 2)
    kind = next(one for one in vars(module).values() if isinstance(one, type))
    optimizer = kind()
    optimizer.momentum = 0.9
    X, y = np.random.randn(6, features), np.random.randn(6, 2)
    loss = fastnn.Loss_MeanSquaredError()

    def by_hand(times):
        for step in range(times):
            dense.forward(X)
            loss.backward(dense.output, y)
            dense.backward(loss.dinputs)
            for name in "pre_update_params", "update_params", "post_update_params":
                getattr(optimizer, name)(*[dense] * (name == "update_params"))
            states = [key for key in vars(dense) if key.startswith("weight_")]
            for key in states:  # else those of both sides could be exchanged, and nobody saw it
                setattr(dense, key, getattr(dense, key) + step)
    by_hand(3)
    if adopts:
        fastnn.fit([dense], loss, optimizer, X, y, epochs=4)
    else:
        for _ in range(4):
            by_hand(1)
    return {name: value for name, value in vars(dense).items()
            if "weight" in name or "bias" in name}


@pytest.mark.parametrize("features", [1, 3])
@pytest.mark.parametrize("code", [SGD, ADAGRAD], ids=["SGD", "Adagrad"])
def test_a_run_has_the_states_of_the_right_side(code, features):
    """It took the states of one for the other's where both had one shape, or could not be made."""
    made = []
    for adopts in False, True:
        module, layers = load(biases_first(code)), load(DENSE)
        assert "biases" in biases_first(code)
        if adopts:
            assert adopt(module).adopted and adopt(layers).adopted
        made.append(stepped(module, layers, adopts, features))
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if not np.array_equal(made[0][name], made[1][name])] == []
