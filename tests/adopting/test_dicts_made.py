"""Dense layers that put their gradients into a dict that each way back makes anew."""

from collections import OrderedDict

import numpy as np
import pytest
from beside import HEAD, adopt, assert_same_beside, load, numbers
from driven import left_to_theirs
from twins import twins_of

DENSE = HEAD + '''
class Dense:
    def __init__(self, i, o):
        self.params = {"W": np.random.randn(i, o), "b": np.zeros((1, o))}
        self.grads = {}
    def forward(self, x):
        self.x = x
        return np.dot(x, self.params["W"]) + self.params["b"]
    def backward(self, g):
        self.grads = {"W": np.dot(self.x.T, g), "b": g.sum(axis=0, keepdims=True)}
        return np.dot(g, self.params["W"].T)
'''
MADE = '{"W": np.dot(self.x.T, g), "b": g.sum(axis=0, keepdims=True)}'
CODES = {
    "literal": DENSE,
    "biases first": DENSE.replace(
        MADE, '{"b": g.sum(axis=0, keepdims=True), "W": np.dot(self.x.T, g)}'),
    "by words": DENSE.replace(
        MADE, "dict(W=np.dot(self.x.T, g), b=g.sum(axis=0, keepdims=True))"),
    "names before": DENSE.replace(f"self.grads = {MADE}", (
        "dW, db = np.dot(self.x.T, g), g.sum(axis=0, keepdims=True)\n"
        '        self.grads = {"W": dW, "b": db}')),
    "attributes, too": DENSE.replace(f"self.grads = {MADE}", (
        "self.dW = np.dot(self.x.T, g)\n        self.db = g.sum(axis=0, keepdims=True)\n"
        '        self.grads = {"dW": self.dW, "db": self.db}')),
    "of inputs, too": DENSE.replace("keepdims=True)}\n", (
        'keepdims=True), "x": np.dot(g, self.params["W"].T)}\n')).replace(
        'return np.dot(g, self.params["W"].T)', 'return self.grads["x"]'),
    "flat": DENSE.replace(", keepdims=True", "").replace("(1, o)", "o"),
    "products": DENSE.replace("np.dot(self.x.T, g)", "self.x.T @ g")}


def trained(dtype=np.float64, shape=(7, 3, 5), begun=None):
    """Steps of a layer, and what it has after each; dicts of before are kept."""
    def program(module):
        N, I, O = shape
        layer, found = module.Dense(I, O), []
        for name, value in layer.params.items():
            layer.params[name] = numbers(*value.shape).astype(dtype)
        for step in range(14):  # until products are tried
            if begun is not None:
                begun(layer)
            found.append(layer.grads if hasattr(layer, "grads") else None)
            for method, given in (("forward", numbers(N, I, seed=step)),
                                  ("backward", numbers(N, O, seed=step + 50))):
                try:
                    found.append(getattr(layer, method)(given.astype(dtype)))
                except Exception as error:  # what came is compared
                    found.append(error)
            found.append([list(layer.grads) if type(layer.grads) is dict else None])
        return layer, found
    return program


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CODES)
def test_steps(name, dtype):
    for shape in ((7, 3, 5), (1, 3, 5), (7, 1, 5), (7, 3, 1), (40, 30, 20)):
        assert_same_beside(CODES[name], trained(dtype, shape), adopted=["Dense"], order=True)


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name):
    ((twins,), report) = twins_of(CODES[name])
    assert "backward" in report.adopted["Dense"]
    assert not left_to_theirs(twins)


@pytest.mark.parametrize("held", [None, [], 3, OrderedDict(), {"W": 1, "other": np.ones(3)}])
def test_what_it_had_before(held):
    for code in CODES.values():
        assert_same_beside(code, trained(begun=lambda layer: setattr(
            layer, "grads", held)), adopted=["Dense"])
        assert_same_beside(code, trained(begun=lambda layer: vars(layer).pop(
            "grads", None)), adopted=["Dense"])


def test_one_dict_for_both():
    assert_same_beside(DENSE, trained(begun=lambda layer: setattr(layer, "grads", layer.params)),
                       adopted=["Dense"])


@pytest.mark.parametrize("made", [
    f"if g.shape[0] > 3: self.grads = {MADE}",
    f"if self.grads: self.grads = {MADE}",
    f"old = self.grads; self.grads = {MADE}; old['W'] = g",
    f"self.last = self.grads; self.grads = {MADE}",
    f"self.grads = {MADE}; self.grads = {MADE}",
    f"self.grads = {MADE}; self.grads['W'] /= len(g)",
    f"self.grads = {MADE}; self.n = self.grads['n']",
    f"self.grads = self.last = {MADE}",
    'self.grads = {"W": np.dot(self.x.T, g), "W": g.sum(axis=0, keepdims=True)}',
    'self.grads = {"W": np.dot(self.x.T, g), "b": g.sum(axis=0, keepdims=True), "n": 3}',
    'self.grads = {"W": np.dot(self.x.T, g), 0: g.sum(axis=0, keepdims=True)}',
    'self.grads = {"W": np.dot(self.x.T, g), "b": g.sum(axis=0, keepdims=True), "g": g}',
    'self.grads = {"W": np.dot(self.x.T, g), "b": g.sum(axis=1, keepdims=True)}',
    'self.grads = {"W": np.dot(self.x.T, g) / len(g), "b": g.sum(axis=0, keepdims=True)}',
    'self.grads = {"W": np.dot(g.T, self.x), "b": g.sum(axis=0, keepdims=True)}',
    'self.grads = {"W": np.dot(self.x.T, g)}',
    'self.params = {"W": np.dot(self.x.T, g), "b": g.sum(axis=0, keepdims=True)}'])
def test_what_looks_alike_is_left(made):
    code = DENSE.replace(f"self.grads = {MADE}", made)
    assert code != DENSE
    assert_same_beside(code, trained(shape=(5, 5, 5)))
    assert "backward" not in adopt(load(code)).adopted.get("Dense", "")
