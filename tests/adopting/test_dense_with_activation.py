"""Dense layers with their activation inside, any formula of it, by a name that they hold, too."""

import sys
from contextlib import nullcontext

import numpy as np
import pytest
from beside import HEAD, assert_same_beside, numbers
from driven import left_to_theirs
from nnfs_context import nnfs_in_force
from twins import twins_of

LAYER = HEAD + '''
class Layer:
    def __init__(self, n_in, n_out, activation="relu"):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros((1, n_out))
        self.activation = activation
    def forward(self, x):
        self.x = x
        self.z = np.dot(x, self.W) + self.b
        self.a = FORTH
        return self.a
    def backward(self, da):
        dz = BACK
        self.dW = np.dot(self.x.T, dz)
        self.db = np.sum(dz, axis=0, keepdims=True)
        return np.dot(dz, self.W.T)
'''
WAYS = {
    "relu": ("np.maximum(0, self.z)", "da * (self.z > 0)"),
    "relu of output": ("np.maximum(self.z, 0)", "np.where(self.a > 0, da, 0)"),
    "leaky": ("np.where(self.z > 0, self.z, 0.01 * self.z)",
              "np.where(self.z > 0, da, 0.01 * da)"),
    "sigmoid": ("1 / (1 + np.exp(-self.z))", "da * self.a * (1 - self.a)"),
    "tanh": ("np.tanh(self.z)", "da * (1 - self.a ** 2)"),
    "tanh of sums": ("np.tanh(self.z)", "da * (1 - np.tanh(self.z) ** 2)")}
NAMED = {"relu or none": (
    'np.maximum(0, self.z) if self.activation == "relu" else self.z',
    'da * (self.z > 0) if self.activation == "relu" else da')}
CODES = {name: LAYER.replace("FORTH", forth).replace("BACK", back)
         for name, (forth, back) in {**WAYS, **NAMED}.items()}
CHAIN = '''
class Layer:
    def __init__(self, n_in, n_out, activation="relu"):
        self.weights = 0.1 * np.random.randn(n_in, n_out)
        self.biases = np.zeros(n_out)
        self.activation = activation
    def forward(self, inputs):
        self.inputs = inputs
        z = inputs @ self.weights + self.biases
        if self.activation == "relu":
            self.output = np.maximum(0, z)
        elif self.activation == "sigmoid":
            self.output = 1 / (1 + np.exp(-z))
        elif self.activation == "tanh":
            self.output = np.tanh(z)
        else:
            self.output = z
        return self.output
    def backward(self, dvalues):
        if self.activation == "relu":
            d = dvalues * (self.output > 0)
        elif self.activation == "sigmoid":
            d = dvalues * self.output * (1 - self.output)
        elif self.activation == "tanh":
            d = dvalues * (1 - self.output ** 2)
        else:
            d = dvalues
        self.dweights = self.inputs.T @ d
        self.dbiases = d.sum(axis=0)
        self.dinputs = d @ self.weights.T
        return self.dinputs
'''
CODES["chain"] = HEAD + CHAIN
CODES["other kept"] = LAYER.replace("FORTH", (
    'np.maximum(0, self.z) if self.activation == "relu" else 1 / (1 + np.exp(-self.z))')).replace(
    "BACK", 'da * (self.z > 0) if self.activation == "relu" else da * self.a * (1 - self.a)')
CODES["flat"] = CODES["relu"].replace(", keepdims=True", "").replace(
    "np.zeros((1, n_out))", "np.zeros(n_out)")
CODES["products"] = CODES["sigmoid"].replace("np.dot(x, self.W)", "x @ self.W").replace(
    "np.dot(self.x.T, dz)", "self.x.T @ dz").replace("np.dot(dz, self.W.T)", "dz @ self.W.T")
CODES["nothing kept"] = CODES["tanh"].replace("self.z", "z")


def trained(dtype, *, activation="relu", shape=(7, 3, 5), change=None):
    """Steps of a layer, and copies of all that it has after each."""
    def program(module):
        N, I, O = shape
        layer, found = module.Layer(I, O, activation), []
        for name, value in vars(layer).items():
            if isinstance(value, np.ndarray):
                setattr(layer, name, numbers(*value.shape).astype(dtype))
        for step in range(14):  # until products are tried
            given = numbers(N, I, seed=step).astype(dtype)
            found.append(layer.forward(given))
            if change is not None:
                change(layer)
            try:
                found.append(layer.backward(numbers(N, O, seed=step + 50).astype(dtype)))
            except Exception as error:  # what came is compared
                found.append(error)
            for name, slope in (("W", "dW"), ("b", "db"), ("weights", "dweights"),
                                ("biases", "dbiases")):
                if hasattr(layer, slope):
                    setattr(layer, name, getattr(layer, name) - dtype(0.01) * getattr(layer, slope))
            found.append({name: np.copy(value) for name, value in vars(layer).items()})
        return layer, found
    return program


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("book", [False, True])
def test_steps(name, dtype, book):
    with nnfs_in_force(True) if book else nullcontext():
        for shape in ((7, 3, 5), (1, 3, 5), (7, 1, 5), (7, 3, 1), (40, 30, 20)):
            report = assert_same_beside(CODES[name], trained(dtype, shape=shape),
                                        adopted=["Layer"])
    assert "with its activation" in report.adopted["Layer"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name):
    ((twins,), _) = twins_of(CODES[name])
    assert not left_to_theirs(twins)


@pytest.mark.parametrize("name", ["relu or none", "chain", "other kept"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "none", None, 1, "Relu"])
def test_objects_by_other_names(name, activation):
    for dtype in (np.float32, np.float64):
        assert_same_beside(CODES[name], trained(dtype, activation=activation), adopted=["Layer"])


def test_what_another_case_asks_for_is_gone():
    """Where theirs looks it up in any case, it would raise."""
    code = CODES["other kept"].replace("        dz =", "        self.a\n        dz =")
    for one in (CODES["other kept"], code):
        assert_same_beside(one, trained(np.float64, change=lambda layer: delattr(layer, "a")))


def test_a_name_that_changes_between():
    for name in ("relu or none", "chain"):
        for other in ("tanh", "relu"):
            assert_same_beside(CODES[name], trained(
                np.float64, change=lambda layer, other=other: setattr(
                    layer, "activation", other)), adopted=["Layer"])


@pytest.mark.parametrize("kept", ["z", "a", "x", "output", "inputs"])
@pytest.mark.parametrize("to", [
    np.asfortranarray, lambda a: a.astype(">f8"), lambda a: a[:1], lambda a: a[0],
    lambda a: a.astype("f"), lambda a: a.tolist(), lambda a: None, lambda a: -a])
def test_what_is_kept_is_changed_by_others(kept, to):
    def change(layer):
        if hasattr(layer, kept):
            setattr(layer, kept, to(getattr(layer, kept)))
    for name in ("relu", "sigmoid", "chain", "products"):
        assert_same_beside(CODES[name], trained(np.float64, change=change), adopted=["Layer"])


@pytest.mark.parametrize("way", ["columns", "other bytes", "list", "infinite", "nan", "none",
                                 "whole", "row"])
def test_gradients_and_inputs_of_every_kind(way):
    def of(a):
        return {"columns": np.asfortranarray, "other bytes": lambda a: a.astype(">f8"),
                "list": lambda a: a.tolist(), "infinite": lambda a: np.where(a > 1, np.inf, a),
                "nan": lambda a: np.where(a > 1, np.nan, a), "none": lambda a: a[:0],
                "whole": lambda a: a.astype(int), "row": lambda a: a[0]}[way](a)

    def program(module):
        layer, found = module.Layer(3, 5), []
        for x, d in ((of(numbers(7, 3)), numbers(7, 5)), (numbers(7, 3), of(numbers(7, 5))),
                     (numbers(7, 3), numbers(1, 5)), (numbers(7, 3), numbers(7, 5).astype("f"))):
            for method, given in ((layer.forward, x), (layer.backward, d)):
                try:
                    found.append(method(given))
                except Exception as error:  # what came is compared
                    found.append(error)
                found.append({name: np.copy(value) for name, value in vars(layer).items()})
        return layer, found
    for name in CODES:
        assert_same_beside(CODES[name], program, adopted=["Layer"])


@pytest.mark.parametrize(("name", "old", "new"), [
    ("relu", "da * (self.z > 0)", "da * (self.x > 0)"),
    ("relu", "da * (self.z > 0)", "da * (self.z < 0)"),
    ("relu", "np.dot(self.x.T, dz)", "np.dot(self.x.T, da)"),
    ("relu", "np.sum(dz, axis=0", "np.sum(da, axis=0"),
    ("relu", "np.dot(dz, self.W.T)", "np.dot(da, self.W.T)"),
    ("relu", "np.dot(self.x.T, dz)", "np.dot(self.x.T, dz) / len(dz)"),
    ("sigmoid", "self.a * (1 - self.a)", "self.z * (1 - self.z)"),
    ("sigmoid", "np.exp(-self.z)", "np.exp(self.z)"),
    ("tanh", "1 - self.a ** 2", "1 - self.z ** 2"),
    ("tanh", "np.dot(x, self.W) + self.b", "np.dot(x, self.W) - self.b"),
    ("tanh", "np.tanh(self.z)", "np.tanh(self.z) + x"),
    ("tanh", "self.x = x", "self.x = x.copy()"),
    ("relu or none", 'self.z > 0) if self.activation == "relu"',
     'self.z > 0) if self.activation == "tanh"')])
def test_what_looks_alike_is_left(name, old, new):
    assert old in CODES[name]
    report = assert_same_beside(CODES[name].replace(old, new), trained(np.float64, shape=(5, 5, 5)))
    assert "Layer" in report.left
