"""`nnfs.init()` is in force in most of the book's programs: answers are the same with it."""

import numpy as np
import pytest

import fastnn
from fastnn.checking import isolation


class Dense:
    """Its product is no `np.dot`, and so is not rounded where the expected one was."""

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


class Forgetful(Dense):
    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights


@pytest.mark.parametrize("forks", [True, False])
@pytest.mark.parametrize("mode", ["book_numpy", "cast_numpy"])
def test_answers_are_those_of_numpy_itself(mode, forks, request, monkeypatch):
    """It was said of the right one that the biases are not added."""
    if not forks:
        monkeypatch.delattr(isolation.os, "fork", raising=False)
    plain = fastnn.check(Dense, Forgetful).to_dict()
    request.getfixturevalue(mode)
    theirs = np.dot, np.zeros, np.random.randn
    found = fastnn.check(Dense, Forgetful)
    assert (np.dot, np.zeros, np.random.randn) == theirs and np.zeros(1).dtype == np.float32
    assert found.to_dict() == plain
    assert found["Dense"]["verdict"] == "right" and found["Dense"]["same_bits"]
    assert [row["mistake"] for row in found["Forgetful"]["differences"]] == ["biases forgotten"]
