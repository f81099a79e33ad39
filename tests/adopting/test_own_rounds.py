"""Optimizers by formulas of their own that go over layers, and what stands around the loop."""

import numpy as np
import pytest
from beside import HEAD, Layer, assert_same_beside

ROUNDS = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1, decay=0.01, m=0.9):
        self.rate, self.decay, self.m, self.count = rate, decay, m, 0
    def step(self, layers):
        rate = self.rate / (1 + self.decay * self.count)
        for layer in layers:
            layer.kept_w = self.m * getattr(layer, "kept_w", 0.0) + layer.dweights
            layer.kept_b = self.m * getattr(layer, "kept_b", 0.0) + layer.dbiases
            layer.weights = layer.weights - rate * layer.kept_w
            layer.biases = layer.biases - rate * layer.kept_b
        self.count += 1
'''
RATE = "        rate = self.rate / (1 + self.decay * self.count)\n"
COUNT = "        self.count += 1\n"
RIGHT = {"as it is": (RATE, RATE),
         "a product": (RATE, "        rate = self.rate * (1. / (1. + self.decay * self.count))\n"),
         "on the object": ("rate = self.rate /", "self.now = self.rate /"),
         "counted in a line of its own": ("self.count += 1", "self.count = self.count + 1"),
         "without decay": (RATE, "        rate = self.rate\n"),
         "under a condition, on the object": (
             RATE, "        if self.decay:\n            self.now = self.rate / ("
                   "1 + self.decay * self.count)\n")}
WRONG = {"it grows": ("(1 + self.decay * self.count)", "1 + self.decay * self.count"),
         "a difference": ("/ (1 + self", "* (1 - self"),
         "a power": ("/ (1 + self.decay *", "/ (1 + self.decay **"),
         "of what has decayed": (RATE, RATE.replace("rate =", "self.rate =", 1)),
         "not counted": (COUNT, ""),
         "counted by two": ("+= 1", "+= 2"),
         "counted too early": (RATE, COUNT + RATE),
         "counted for each layer": (COUNT, "    " + COUNT),
         "counted twice": (COUNT, COUNT + COUNT),
         "from 1 on": ("self.m, self.count = rate, decay, m, 0",
                       "self.m, self.count = rate, decay, m, 1"),
         "not used": ("- rate *", "- self.rate *"),
         "of another number": ("self.rate /", "self.m /"),
         "of one": ("self.rate /", "1 /"),
         "doubled": ("rate = self.rate /", "rate = 2 * self.rate /"),
         "halved behind": (COUNT, COUNT + "        self.rate *= 0.5\n"),
         "made twice": (RATE, RATE + RATE.replace("self.rate /", "rate /"))}


def steps(module):
    """Some steps of several layers."""
    optimizer, layers = module.Optimizer(), [Layer(), Layer((4, 2)), Layer(dtype=np.float32)]
    for _ in range(4):
        optimizer.step(layers)
    return optimizer, layers


def changed(old, new):
    """The source with something else in it."""
    assert old in ROUNDS
    code = ROUNDS.replace(old, new)
    if "self.now" in new:
        code = code.replace("- rate *", "- self.now *").replace("self.rate, self", "self.now = rate"
                                                                "\n        self.rate, self")
    return code if "self.decay * self.count" in code or RATE == old == new else code.replace(
        "decay=0.01, ", "").replace("self.decay, ", "").replace("rate, decay, m", "rate, m")


@pytest.mark.parametrize("name", RIGHT)
def test_rounds(name):
    report = assert_same_beside(changed(*RIGHT[name]), steps)
    assert report.adopted["Optimizer"].startswith("an optimizer by its own formula"), report


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_around_them(name):
    old, new = WRONG[name]
    assert old in ROUNDS
    report = assert_same_beside(ROUNDS.replace(old, new), steps)
    assert not report.adopted


EACH = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1, m=0.9):
        self.rate, self.m, self.count = rate, m, 0
    def step(self, layer):
        self.count += 1
        if not hasattr(layer, "kept_w"):
            layer.kept_w, layer.kept_b = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.kept_w = self.m * layer.kept_w + layer.dweights
        layer.kept_b = self.m * layer.kept_b + layer.dbiases
        layer.weights -= self.rate * layer.kept_w
        layer.biases -= self.rate * layer.kept_b
'''


def test_counts_that_nobody_asks():
    def program(module):
        optimizer, layers = module.Optimizer(), [Layer(), Layer((4, 2))]
        for _ in range(3):
            for layer in layers:
                optimizer.step(layer)
        return optimizer, layers
    report = assert_same_beside(EACH, program)
    assert report.adopted["Optimizer"].startswith("an optimizer by its own formula")
    decayed = EACH
    for old, new in (("m=0.9", "m=0.9, decay=0.1"), ("self.count = ", "self.count, self.decay = "),
                     ("m, 0", "m, 0, decay"),
                     ("self.rate *", "self.rate * (1 / (1 + self.decay * self.count)) *")):
        decayed = decayed.replace(old, new)
    for code in decayed, decayed.replace("        self.count += 1\n", "").rstrip() + (
            "\n        self.count += 1\n"):
        assert not assert_same_beside(code, program).adopted
