"""Optimizers whose base class goes over the layers, counts, and calls what they have for each."""

import sys
from pathlib import Path

import numpy as np
import pytest
from beside import assert_same_beside, numbers

sys.path.append(str(Path(__file__).parents[1] / "checking"))
from corpus_files import files  # noqa: E402

CODE = next(one.code for one in files() if one.name == "optimizer_that_counts_in_its_base")
SGD = CODE + '''
class SGD(Optimizer):
    def update(self, layer):
        layer.weights -= self.learning_rate * layer.dweights
        layer.biases -= self.learning_rate * layer.dbiases
'''


def steps(kind, called, trainable=True):
    def program(module):
        layers = [module.Dense(3, 4), module.Dense(4, 2)]
        layers[0].trainable = trainable
        optimizer = getattr(module, kind)(0.05)
        for turn in range(4):
            x = numbers(6, 3, seed=turn)
            for layer in layers:
                x = layer.forward(x)
            for layer in reversed(layers):
                x = layer.backward(x)
            if called == "apply":
                optimizer.apply(layers)
            else:
                for layer in layers:
                    optimizer.update(layer)
        return [vars(one) for one in layers], vars(optimizer)
    return program


@pytest.mark.parametrize("trainable", [True, False, 1, np.bool_(True)])
@pytest.mark.parametrize("called", ["apply", "update"])
@pytest.mark.parametrize("kind", ["Adam", "SGD"])
def test_both_leave_the_same(kind, called, trainable):
    assert_same_beside(SGD, steps(kind, called, trainable), adopted=("Adam", "SGD"))


def test_which_method_is_ours():
    report = assert_same_beside(SGD, steps("Adam", "apply"))
    assert "apply as update_params" in report.adopted["Adam"]
    assert "update as update_params" in report.adopted["SGD"]  # which needs no count


@pytest.mark.parametrize("old, new", [
    ("self.update(layer)\n", "self.update(layers[0])\n"),
    ("self.update(layer)\n", "self.update(layer)\n                self.iterations += 1\n"),
    ("self.update(layer)\n", "self.update(layer)\n                layer.weights *= 0.9\n"),
    ("self.update(layer)\n", "break\n")])
def test_what_looks_alike_does_the_same(old, new):
    assert SGD.count(old) == 1
    report = assert_same_beside(SGD.replace(old, new), steps("Adam", "apply"))
    assert "Adam" not in report.adopted
