"""Optimizers with tuples as states, numbers in tuples, and a rate that is a property."""

import numpy as np
import pytest
from asked_updates import updates_asked
from beside import HEAD, Layer, assert_same_beside
from programs_of_classes import load
from test_keyed_states import kind_in, layers_of, stepped

from fastnn.adopting import adopt
from fastnn.adopting.found import proof_of

CODE = HEAD + '''
class Adam:
    def __init__(self, rate=0.01, decay=0.1, epsilon=1e-7, beta_1=0.9, beta_2=0.999):
        self.initial, self.decay, self.epsilon = rate, decay, epsilon
        self.betas = (beta_1, beta_2)
        self.iterations = 0
    @property
    def rate(self):
        return self.initial * (1.0 / (1.0 + self.decay * self.iterations))
    def _change(self, layer, parameter, gradient, state):
        b1, b2 = self.betas
        m, c = getattr(layer, state, (0.0, 0.0))
        m = b1 * m + (1 - b1) * gradient
        c = b2 * c + (1 - b2) * gradient**2
        setattr(layer, state, (m, c))
        t = self.iterations + 1
        parameter -= self.rate * (m / (1 - b1**t)) / (np.sqrt(c / (1 - b2**t)) + self.epsilon)
    def step(self, network):
        for layer in network:
            self._change(layer, layer.weights, layer.dweights, "_w")
            self._change(layer, layer.biases, layer.dbiases, "_b")
        self.iterations += 1
'''
LISTS = CODE.replace("setattr(layer, state, (m, c))", "setattr(layer, state, [m, c])")
CODES = {"tuples": CODE, "lists": LISTS}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_several_steps(name, dtype):
    def program(module):
        optimizer, layers = module.Adam(), layers_of(dtype)
        first = stepped(optimizer, layers, 2)
        held = [(layer._w, layer._b) for layer in layers]
        return first, held, stepped(optimizer, layers, 3, 2), optimizer, layers, [
            layer._w is pair[0] for layer, pair in zip(layers, held)]
    assert_same_beside(CODES[name], program, adopted=["Adam"])


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name, monkeypatch):
    asked = updates_asked(monkeypatch)
    module = load(CODES[name])
    adopt(module)
    optimizer, layers = module.Adam(), layers_of()
    stepped(optimizer, layers, 1)
    asked.clear()
    stepped(optimizer, layers, 1)
    assert [id(one) for one in asked] == [id(one.weights) for one in layers]


ODD = {
    "a list": lambda layer: setattr(layer, "_w", list(layer._w)),
    "three": lambda layer: setattr(layer, "_w", (*layer._w, 1)),
    "one": lambda layer: setattr(layer, "_w", layer._w[:1]),
    "an array": lambda layer: setattr(layer, "_w", np.array(layer._w)),
    "a dict": lambda layer: setattr(layer, "_w", dict(enumerate(layer._w))),
    "numbers": lambda layer: setattr(layer, "_w", (0.0, 0.0)),
    "none": lambda layer: setattr(layer, "_w", None), "away": lambda layer: delattr(layer, "_w"),
    "the other's": lambda layer: setattr(layer, "_b", layer._w),
    "one array twice": lambda layer: setattr(layer, "_w", (layer._w[1], layer._w[1])),
    "float32": lambda layer: setattr(layer, "_w", tuple(one.astype("f") for one in layer._w)),
    "by columns": lambda layer: setattr(layer, "_w", tuple(
        np.asfortranarray(one) for one in layer._w)),
    "a generator": lambda layer: setattr(layer, "_w", (one for one in layer._w)),
    "a subclass": lambda layer: setattr(layer, "_w", type("Own", (tuple,), {})(layer._w))}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("way", ODD)
def test_odd_states(name, way):
    def program(module):
        optimizer, layers = module.Adam(), layers_of()
        found = stepped(optimizer, layers, 2)
        for layer in layers:
            ODD[way](layer)
        found += stepped(optimizer, layers, 2, 2)
        for layer in layers:
            if type(getattr(layer, "_w", None)).__name__ == "generator":
                layer._w = "a generator"
        return found, optimizer, layers
    assert_same_beside(CODES[name], program, adopted=["Adam"])


@pytest.mark.parametrize("change", [
    lambda kind: setattr(kind, "rate", property(lambda self: 0.5)),
    lambda kind: setattr(kind, "rate", 0.5), lambda kind: delattr(kind, "rate"),
    lambda kind: setattr(kind.rate.fget, "__code__", (lambda self: 0.5).__code__),
    lambda kind: setattr(kind, "initial", property(lambda self: 0.5)),
    lambda kind: setattr(kind, "betas", property(lambda self: (0.5, 0.5)))])
def test_another_property_midway(change):
    def program(module):
        optimizer, layers = module.Adam(), layers_of()
        found = stepped(optimizer, layers, 2)
        change(module.Adam)
        return found, stepped(optimizer, layers, 2, 2), optimizer, layers
    assert_same_beside(CODE, program, adopted=["Adam"])


def test_odd_numbers():
    def program(module):
        found = []
        for betas in ([0.9, 0.999], (0.9,), (1, 1), (np.float32(0.9), 0.9), "ab", {0.9: 1, 0.8: 2},
                      (0.9, 0.999, 1), None, np.array([0.9, 0.9]), (0.0, 0.0)):
            optimizer, layers = module.Adam(), layers_of(np.float32)
            optimizer.betas = betas
            found += [stepped(optimizer, layers), optimizer.iterations, layers]
        return found
    assert_same_beside(CODE, program, adopted=["Adam"])


@pytest.mark.parametrize("old, new", [
    ("setattr(layer, state, (m, c))", "setattr(layer, state, (c, m))"),
    ("setattr(layer, state, (m, c))", "setattr(layer, state, (m, m))"),
    ("setattr(layer, state, (m, c))", "setattr(layer, state, (m, c, t))"),
    ("setattr(layer, state, (m, c))", "self.last = (m, c)\n"
                                      "        setattr(layer, state, self.last)"),
    ("setattr(layer, state, (m, c))", "pair = (m, c)\n        self.last = pair\n"
                                      "        setattr(layer, state, pair)"),
    ("setattr(layer, state, (m, c))\n", "setattr(layer, state, (m, gradient))\n"),
    ("(0.0, 0.0)", "(1.0, 0.0)"), ("(0.0, 0.0)", "(0.0, 1.0)"), ("(0.0, 0.0)", "0.0"),
    ("b1, b2 = self.betas", "b2, b1 = self.betas"), ("    @property\n", ""),
    ("        self.iterations += 1\n", ""), ("        self.iterations += 1\n",
                                            "        self.iterations += 2\n"),
    ("        t = self.iterations + 1\n", "        t = self.iterations\n"),
    ('dbiases, "_b"', 'dbiases, "_w"'), ("1.0 / (1.0 + self", "1.0 / (2.0 + self")])
def test_what_looks_alike(old, new):
    """Is left, or does the same."""
    assert old in CODE

    def program(module):
        optimizer, layers = module.Adam(), [Layer((2, 2)), Layer((2, 2), seed=8)]
        return stepped(optimizer, layers), optimizer, layers
    assert_same_beside(CODE.replace(old, new), program)


def test_a_rate_that_never_falls_is_a_mistake():
    module = load(CODE.replace("        self.iterations += 1\n", ""))
    assert "not counted behind" in adopt(module).left["Adam"]


def test_no_run_takes_it():
    module = load(CODE)
    adopt(module)
    assert "apart" in proof_of(kind_in(module)).names.flags
