"""`for p, g in ((layer.weights, layer.dweights), ...): p -= rate * g`: a name of its own for an
array that is changed in place.
"""

import itertools

import numpy as np
import pytest
from beside import HEAD, Layer, assert_same_beside
from test_states_in_place import ALIASES

DESCENT = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1):
        self.rate = rate
    def update_params(self, layer):
        for p, g in ((layer.weights, layer.dweights), (layer.biases, layer.dbiases)):
            p -= self.rate * g
'''
MOMENTUM = HEAD + '''
class Optimizer:
    def __init__(self, lr=0.1, momentum=0.9):
        self.lr, self.momentum = lr, momentum
    def update_params(self, layer):
        if not hasattr(layer, "wm"):
            layer.wm, layer.bm = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        for p, g, m in ((layer.weights, layer.dweights, layer.wm),
                        (layer.biases, layer.dbiases, layer.bm)):
            m *= self.momentum
            m -= self.lr * g
            p += m
'''
OVER = DESCENT.replace("update_params(self, layer):\n", (
    "update_params(self, *layers):\n        for layer in layers:\n")).replace("        for p", (
        "            for p")).replace("            p -=", "                p -=")
CODES = {"descent": DESCENT, "momentum": MOMENTUM, "over layers": OVER}


def steps(optimizer, layer, found):
    """Two steps; what came of them."""
    for _ in range(2):
        try:
            optimizer.update_params(layer)
        except Exception as error:  # what came is compared
            found.append(error)
        found.append({name: np.copy(value) for name, value in vars(layer).items()})


def with_states(shape=(3, 4), state="d"):
    layer = Layer(shape)
    for name in ("wm", "wc"):
        setattr(layer, name, np.ones(shape, state))
    for name in ("bm", "bc"):
        setattr(layer, name, np.ones((1, shape[1]), state))
    return layer


def program(module):
    """Types, arrays that are one, and what is no array; who else has the arrays sees them change.
    """
    found = []
    for own, other, state, slope, slopes in itertools.product("fd", repeat=5):
        layer, optimizer = with_states(state=state), module.Optimizer()
        for name, kind in (("weights", own), ("biases", other), ("dweights", slope),
                           ("dbiases", slopes)):
            setattr(layer, name, getattr(layer, name).astype(kind))
        held = layer.weights, layer.biases, layer.wm, layer.bm
        steps(optimizer, layer, found)
        found.append((layer, held))
    for change in ALIASES.values():
        layer = with_states((1, 4))
        change(layer)
        steps(module.Optimizer(), layer, found)
    for name, odd in itertools.product(("wm", "bm", "weights", "biases", "dweights"), (
            1.0, 2, None, [1.0], np.float32(1), np.array(1.0), True)):
        layer = with_states((1, 4))
        setattr(layer, name, odd)
        steps(module.Optimizer(), layer, found)
    layer = Layer()
    steps(module.Optimizer(), layer, found)
    return found


@pytest.mark.parametrize("name", CODES)
def test_the_arrays_change(name):
    assert_same_beside(CODES[name], program, adopted=["Optimizer"])


@pytest.mark.parametrize(("old", "new"), [
    ("np.zeros_like(layer.weights), np.zeros_like(layer.biases)", "0.0, 0.0"),
    ("m *= self.momentum", "m = m * self.momentum"), ("p += m", "p = p + m"),
    ("            p += m\n", "            p += m\n            layer.last = m\n"),
    ("            m *=", "            lr = self.lr\n            lr *= 1.0\n            m *="),
    ("            m *=", "            k = self.momentum\n            k += 0.5\n            m *="),
    ("m *= self.momentum", "layer.wm *= self.momentum"),
    ("            p += m\n", "            p += m\n            g *= 0\n"),
    ("            p += m\n", "            p += m\n            layer.bm = m\n"),
    ("            p += m\n", "            p += m\n            self.momentum = m\n"),
    ("            m -= self.lr * g\n", "            m -= self.lr * g\n            m = m.T.T\n"),
    ("            m -= self.lr * g\n", "            m -= self.lr * g\n            g = m\n"
                                       "            g *= 2\n")])
def test_what_looks_alike_is_left(old, new):
    assert old in MOMENTUM
    report = assert_same_beside(MOMENTUM.replace(old, new), program)
    assert "Optimizer" in report.left
