"""Dense layers that are given an object for their activation, and call its methods."""

import numpy as np
import pytest
from beside import HEAD, adopt, assert_same_beside, load, numbers
from driven import left_to_theirs
from twins import twins_of

ACTIVATIONS = HEAD + '''
class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, d):
        return d * (1 - self.out ** 2)
class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)
    def backward(self, d):
        return d * (self.x > 0)
class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.out = e / np.sum(e, axis=1, keepdims=True)
        return self.out
class Counting:
    calls = 0
    def forward(self, x):
        self.calls += 1
        self.x = x
        return x * self.calls
    def backward(self, d):
        d *= 2
        return d
class Unproved:
    def forward(self, x):
        self.x = x
        return np.where(x > 1, x, np.sin(x))
    def backward(self, d):
        self.layer.weights[:] = 0
        return d * 2.0
'''
LAYER = ACTIVATIONS + '''
class Dense:
    def __init__(self, n_in, n_out, act):
        self.W, self.b, self.act = np.random.randn(n_in, n_out), np.zeros((1, n_out)), act
    def forward(self, x):
        self.x = x
        self.z = np.dot(x, self.W) + self.b
        self.a = self.act.forward(self.z)
        return self.a
    def backward(self, da):
        dz = self.act.backward(da)
        self.dW = np.dot(self.x.T, dz)
        self.db = np.sum(dz, axis=0, keepdims=True)
        return np.dot(dz, self.W.T)
'''
CODES = {
    "kept": LAYER,
    "nothing kept": LAYER.replace("self.z = ", "z = ").replace("self.z", "z").replace(
        "self.a = ", "return ").replace("        return self.a\n", ""),
    "flat": LAYER.replace(
        ", keepdims=True)\n        return np.dot(dz", ")\n        return np.dot(dz"),
    "products": LAYER.replace("np.dot(x, self.W)", "x @ self.W").replace(
        "np.dot(self.x.T, dz)", "self.x.T @ dz").replace("np.dot(dz, self.W.T)", "dz @ self.W.T")}


def trained(activation, dtype=np.float64, shape=(7, 3, 5), between=None):
    """Steps of a layer, and copies of all that it has after each."""
    def program(module):
        N, I, O = shape
        held = getattr(module, activation)() if isinstance(activation, str) else activation
        layer, found = module.Dense(I, O, held), []
        if activation == "Unproved":
            held.layer = layer
        for name in ("W", "b"):
            setattr(layer, name, numbers(*getattr(layer, name).shape).astype(dtype))
        for step in range(14):  # until products are tried
            for method, given in (("forward", numbers(N, I, seed=step)),
                                  ("backward", numbers(N, O, seed=step + 50))):
                if between is not None:
                    between(module, layer, step, method)
                try:
                    found.append(getattr(layer, method)(given.astype(dtype)))
                except Exception as error:  # what came is compared
                    found.append(error)
                found.append({name: np.copy(value) for name, value in vars(layer).items()
                              if isinstance(value, np.ndarray)})
        return layer, found
    return program


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ["Tanh", "ReLU", "Softmax", "Counting", "Unproved"])
@pytest.mark.parametrize("name", CODES)
def test_steps(name, activation, dtype):
    for shape in ((7, 3, 5), (1, 3, 5), (7, 1, 5), (7, 3, 1), (40, 30, 20)):
        report = assert_same_beside(CODES[name], trained(activation, dtype, shape),
                                    adopted=["Dense", "Tanh", "ReLU"])
        assert "with its activation" in report.adopted["Dense"]


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name):
    twins = next(one for one in twins_of(CODES[name])[0] if one.name == "Dense")
    assert not left_to_theirs(twins)


@pytest.mark.parametrize("held", [None, 3.0, np.tanh, np.ones((7, 5)), object()])
def test_what_is_no_activation(held):
    assert_same_beside(LAYER, trained(held), adopted=["Dense"])


def _another(module, layer, step, method):
    if step == 5:
        layer.act = module.Counting()


def _a_method_of_its_own(module, layer, step, method):
    if step == 5:
        layer.act.forward = lambda x: x * 3


def _changed(module, layer, step, method):
    if step == 5:
        type(layer.act).backward = lambda self, d: d * 3


def _of_another_batch(module, layer, step, method):
    if method == "backward":
        layer.act.forward(numbers(1, 5, seed=step))


def _the_layer_itself(module, layer, step, method):
    if step == 5:
        layer.act = layer


@pytest.mark.parametrize("between", [
    _another, _a_method_of_its_own, _changed, _of_another_batch, _the_layer_itself])
@pytest.mark.parametrize("activation", ["Tanh", "ReLU"])
def test_what_happens_between(activation, between):
    assert_same_beside(LAYER, trained(activation, between=between), adopted=["Dense"])


@pytest.mark.parametrize(("old", "new"), [
    ("dz = self.act.backward(da)", "dz = da"),
    ("dz = self.act.backward(da)", "dz = self.act.backward(da) * 2"),
    ("dz = self.act.backward(da)", "dz = self.act.backward(self.z)"),
    ("dz = self.act.backward(da)", "dz = self.act.forward(da)"),
    ("dz = self.act.backward(da)", "self.act.backward(da); dz = da"),
    ("dz = self.act.backward(da)", "self.act.backward(da); dz = self.act.backward(da)"),
    ("dz = self.act.backward(da)", "dz = self.act.backward(da); dz *= 2"),
    ("np.dot(self.x.T, dz)", "np.dot(self.x.T, da)"),
    ("np.dot(self.x.T, dz)", "np.dot(self.x.T, dz) / len(dz)"),
    ("np.sum(dz, axis=0", "np.sum(da, axis=0"), ("np.dot(dz, self.W.T)", "np.dot(da, self.W.T)"),
    ("self.a = self.act.forward(self.z)", "self.a = self.act.forward(self.z); self.z *= 2"),
    ("self.a = self.act.forward(self.z)", "self.a = self.act.forward(x)"),
    ("self.a = self.act.forward(self.z)", "self.a = self.act.backward(self.z)"),
    ("self.a = self.act.forward(self.z)", "self.act.forward(self.z); self.a = self.act.x"),
    ("self.a = self.act.forward(self.z)", "self.a = self.act.forward(self.z) + self.act.bias"),
    ("self.x = x\n        self.z", "self.x = x.copy()\n        self.z"),
    ("np.dot(x, self.W) + self.b", "np.dot(x, self.W) - self.b"),
    ("np.dot(x, self.W) + self.b", "np.dot(x, self.W)")])
def test_what_looks_alike_is_left(old, new):
    assert old in LAYER
    code = LAYER.replace(old, new)
    report = assert_same_beside(code, trained("Tanh", shape=(5, 5, 5)))
    assert "Dense" in report.left


def test_another_vocabulary_and_a_base():
    code = LAYER.replace("class Dense:", "class Base:\n    pass\nclass Dense(Base):").replace(
        "self.act", "self.nonlinearity")
    assert "Dense" in adopt(load(code)).adopted
