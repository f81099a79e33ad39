"""Optimizers that change their states in place: whoever keeps such an array sees it change."""

import itertools

import numpy as np
import pytest
from asked_updates import updates_asked
from beside import ADAGRAD, HEAD, SGD, Layer, assert_same_beside
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt
from fastnn.adopting.giving import _written

ADAM = HEAD + '''
class Adam:
    def __init__(self, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-7):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
    def update_params(self, layer):
        if not hasattr(layer, "wm"):
            layer.wm, layer.wc = np.zeros_like(layer.weights), np.zeros_like(layer.weights)
            layer.bm, layer.bc = np.zeros_like(layer.biases), np.zeros_like(layer.biases)
        layer.wm *= self.beta1
        layer.wm += (1 - self.beta1) * layer.dweights
        layer.bm *= self.beta1
        layer.bm += (1 - self.beta1) * layer.dbiases
        layer.wc *= self.beta2
        layer.wc += (1 - self.beta2) * layer.dweights ** 2
        layer.bc *= self.beta2
        layer.bc += (1 - self.beta2) * layer.dbiases ** 2
        m = layer.wm / (1 - self.beta1 ** (self.t + 1))
        v = layer.wc / (1 - self.beta2 ** (self.t + 1))
        layer.weights -= self.lr * m / (np.sqrt(v) + self.eps)
        m = layer.bm / (1 - self.beta1 ** (self.t + 1))
        v = layer.bc / (1 - self.beta2 ** (self.t + 1))
        layer.biases -= self.lr * m / (np.sqrt(v) + self.eps)
    def post_update_params(self):
        self.t += 1
'''
RMSPROP = HEAD + '''
class RMSprop:
    def __init__(self, lr=0.01, rho=0.9, eps=1e-7):
        self.lr, self.rho, self.eps = lr, rho, eps
    def update_params(self, layer):
        if not hasattr(layer, "wc"):
            layer.wc, layer.bc = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.wc *= self.rho
        layer.wc += (1 - self.rho) * layer.dweights ** 2
        layer.bc *= self.rho
        layer.bc += (1 - self.rho) * layer.dbiases ** 2
        layer.weights -= self.lr * layer.dweights / (np.sqrt(layer.wc) + self.eps)
        layer.biases -= self.lr * layer.dbiases / (np.sqrt(layer.bc) + self.eps)
'''
MOMENTUM = HEAD + '''
class Momentum:
    def __init__(self, lr=0.1, momentum=0.9):
        self.lr, self.momentum = lr, momentum
    def update_params(self, layer):
        if not hasattr(layer, "wm"):
            layer.wm, layer.bm = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.wm *= self.momentum
        layer.wm -= self.lr * layer.dweights
        layer.bm *= self.momentum
        layer.bm -= self.lr * layer.dbiases
        layer.weights += layer.wm
        layer.biases += layer.bm
'''
CODES = {"Adam": ADAM, "RMSprop": RMSPROP, "Momentum": MOMENTUM}
NAMES = ("wm", "wc", "bm", "bc")


def steps(module, layer, count=4):
    """An optimizer, and copies of what the layer has after each step: the gradients are others."""
    optimizer = getattr(module, next(name for name in CODES if hasattr(module, name)))()
    return optimizer, [step(optimizer, layer, number) for number in range(count)]


def step(optimizer, layer, number):
    random = np.random.RandomState(number)
    layer.dweights = random.randn(*layer.dweights.shape).astype(layer.dweights.dtype)
    layer.dbiases = random.randn(*layer.dbiases.shape).astype(layer.dbiases.dtype)
    optimizer.update_params(layer)
    if hasattr(optimizer, "post_update_params"):
        optimizer.post_update_params()
    return {name: np.copy(value) for name, value in vars(layer).items()}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (70, 33)])
def test_the_same_arrays_change(name, dtype, shape):
    def program(module):
        layer = Layer(shape, dtype)
        optimizer, first = steps(module, layer, 1)
        held = {key: value for key, value in vars(layer).items() if key in NAMES}
        views = {key: value.reshape(-1)[:2] for key, value in held.items()}
        found = [first]
        for number in range(1, 4):
            after = step(optimizer, layer, number)
            found.append([after, [np.copy(one) for one in views.values()],
                          [getattr(layer, key) is value for key, value in held.items()]])
        return found, layer, optimizer, held, views
    assert_same_beside(CODES[name], program, adopted=[name])


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_does_it(name, monkeypatch):
    """In the very arrays where all states change in place, without a copy of one."""
    module = load(CODES[name])
    adopt(module)
    optimizer, layer = getattr(module, name)(), Layer()
    optimizer.update_params(layer)
    asked = updates_asked(monkeypatch)
    optimizer.update_params(layer)
    assert len(asked) == 1 and asked[0] is layer.weights


@pytest.mark.parametrize("name", CODES)
def test_mixed_types(name):
    """What is added in place leaves a state its type."""
    def program(module):
        found = []
        for own, slope, state in itertools.product("fd", repeat=3):
            layer = Layer(dtype=own)
            optimizer, seen = steps(module, layer, 1)
            for key in vars(layer).keys() & {*NAMES}:
                setattr(layer, key, getattr(layer, key).astype(state))
            layer.dweights = layer.dweights.astype(slope)
            found.append([seen, step(optimizer, layer, 2), layer])
        return found
    assert_same_beside(CODES[name], program, adopted=[name])


BEGIN = '''\
        if not hasattr(layer, "wm"):
            layer.wm, layer.bm = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
'''


@pytest.mark.parametrize("begins", ["the optimizer", "the layer"])
@pytest.mark.parametrize(("old", "new"), [
    ("", ""), ("layer.wm *= self.momentum\n", "layer.wm = layer.wm * self.momentum\n"),
    ("layer.weights += layer.wm", "layer.weights = layer.weights + layer.wm")])
def test_each_array_of_another_type(begins, old, new):
    """Also where layers begin with their momentums, and where a sum makes a new array."""
    code = MOMENTUM if begins == "the optimizer" else MOMENTUM.replace(BEGIN, "")
    assert BEGIN in MOMENTUM and old in code

    def program(module):
        found = []
        for own, other, state, slope, slopes in itertools.product("fd", repeat=5):
            layer, optimizer = Layer(dtype=own), module.Momentum()
            layer.wm, layer.bm = np.ones((3, 4), state), np.ones((1, 4), state)
            layer.biases = layer.biases.astype(other)
            layer.dweights, layer.dbiases = np.ones((3, 4), slope), np.ones((1, 4), slopes)
            held = layer.wm, layer.bm, layer.weights
            for _ in range(2):
                try:
                    optimizer.update_params(layer)
                except Exception as error:  # what came is compared
                    found.append(error)
            found.append((layer, held))
        return found
    assert_same_beside(code.replace(old, new) if old else code, program, adopted=["Momentum"])


def alias(layer, one, other):
    setattr(layer, one, getattr(layer, other))


ALIASES = {
    "momentums that are one": lambda layer: alias(layer, "bm", "wm"),
    "caches that are one": lambda layer: alias(layer, "bc", "wc"),
    "a momentum that is a cache": lambda layer: alias(layer, "wm", "wc"),
    "a momentum that is the weights": lambda layer: alias(layer, "wm", "weights"),
    "a cache that is the gradient": lambda layer: alias(layer, "wc", "dweights"),
    "a cache that is the other gradient": lambda layer: alias(layer, "bc", "dweights"),
    "biases that are the weights": lambda layer: alias(layer, "biases", "weights"),
    "a gradient that is the weights": lambda layer: alias(layer, "dbiases", "weights"),
    "a cache that is read only": lambda layer: [
        getattr(layer, key).setflags(write=False) for key in ("wc", "bc", "wm") if hasattr(
            layer, key)],
    "a cache of a row": lambda layer: setattr(layer, "wc", np.ones(4)),
    "a cache that is a number": lambda layer: setattr(layer, "wc", 1.0),
    "a momentum that is a list": lambda layer: setattr(layer, "wm", [[0.0] * 4]),
    "a momentum of columns": lambda layer: setattr(layer, "wm", np.asfortranarray(
        np.ones((1, 8)))[:, ::2]),
}


@pytest.mark.parametrize("code", [*CODES.values(), ADAGRAD.replace("weight_cache", "wc").replace(
    "bias_cache", "bc"), SGD], ids=[*CODES, "Adagrad", "SGD"])
@pytest.mark.parametrize("change", ALIASES)
def test_arrays_that_are_one(code, change):
    """Of Adagrad two layers' caches that were one array were wrong, and gradients that were the
    other parameters.
    """
    def program(module):
        optimizer = next(value for name, value in vars(module).items()
                         if isinstance(value, type))()
        layer, found = Layer((1, 4)), []
        optimizer.update_params(layer)
        ALIASES[change](layer)
        for _ in range(2):
            try:
                optimizer.update_params(layer)
            except Exception as error:  # what came is compared
                found.append(error)
        return layer, found
    assert_same_beside(code, program, adopted=[code.partition("class ")[2].partition(":")[0]])


@pytest.mark.parametrize("shift", [1, 3, 40])
@pytest.mark.parametrize("code", [*CODES.values(), SGD], ids=[*CODES, "SGD"])
def test_arrays_that_overlap(code, shift):
    """NumPy computes a whole update before it changes a number."""
    def program(module):
        optimizer = next(value for value in vars(module).values() if isinstance(value, type))()
        buffer, layer = np.linspace(-1, 1, 500), Layer((1, 60))
        layer.weights, layer.dweights = (buffer[start:start + 60].reshape(1, 60)
                                         for start in (0, shift))
        layer.biases, layer.dbiases = (buffer[start:start + 60].reshape(1, 60)
                                       for start in (300, 300 - shift))
        for _ in range(3):
            optimizer.update_params(layer)
        return layer, buffer
    assert_same_beside(code, program)


OTHERWISE = {
    "anew where t is even": ("layer.wm *= self.beta1\n        layer.wm += (1 - self.beta1) * "
                             "layer.dweights", """\
if self.t % 2:
            layer.wm = self.beta1 * layer.wm + (1 - self.beta1) * layer.dweights
        else:
            layer.wm *= self.beta1
            layer.wm += (1 - self.beta1) * layer.dweights"""),
    "anew and then in place": ("layer.wm *= self.beta1\n", "layer.wm = self.beta1 * layer.wm\n"),
    "in place and then anew": ("layer.wm += (1 - self.beta1) * layer.dweights",
                               "layer.wm = layer.wm + (1 - self.beta1) * layer.dweights"),
    "weights anew where t is even": ("layer.weights -= self.lr * m / (np.sqrt(v) + self.eps)", """\
if self.t % 2:
            layer.weights = layer.weights - self.lr * m / (np.sqrt(v) + self.eps)
        else:
            layer.weights -= self.lr * m / (np.sqrt(v) + self.eps)"""),
    "a name of the state before": ("layer.wm *= self.beta1\n",
                                   "before = layer.wm\n        layer.wm *= self.beta1\n"),
    "kept besides": ("        layer.weights -= self.lr * m",
                     "        layer.last = layer.wm\n        layer.weights -= self.lr * m"),
    "kept by the optimizer": ("        layer.weights -= self.lr * m",
                              "        self.last = layer.wm\n        layer.weights -= self.lr * m"),
    "in another order": ("layer.wm *= self.beta1\n        layer.wm += (1 - self.beta1) * "
                         "layer.dweights", "layer.wm += (1 - self.beta1) * layer.dweights\n"
                         "        layer.wm *= self.beta1"),
    "copied when there is no other": ("            layer.bm, layer.bc", """\
            layer.wm = layer.wm.copy()
            layer.bm, layer.bc"""),
    "begun by another name": ('hasattr(layer, "wm")', 'hasattr(layer, "begun")'),
    "begun with ones": ("np.zeros_like(layer.weights), np.zeros_like(layer.weights)",
                        "np.ones_like(layer.weights), np.zeros_like(layer.weights)"),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_looks_alike(what):
    """The same arrays, and the same numbers, after each step."""
    old, new = OTHERWISE[what]
    assert old in ADAM

    def program(module):
        layer = Layer()
        optimizer, found = steps(module, layer, 1)
        held = dict(vars(layer))
        for number in range(1, 5):
            found.append(step(optimizer, layer, number))
            found.append([getattr(layer, key) is value for key, value in held.items()])
        return found, held, layer, optimizer
    assert_same_beside(ADAM.replace(old, new), program)


@pytest.mark.parametrize("name", CODES)
def test_fit_leaves_the_same_arrays(name):
    """A run steps by their own methods: it would put others in the place of these."""
    def trained(module, fit):
        dense, loss = fastnn.Layer_Dense(3, 4), fastnn.Loss_MeanSquaredError()
        optimizer = getattr(module, name)()
        random = np.random.RandomState(4)
        dense.weights = random.randn(3, 4)
        X, y = random.randn(6, 3), random.randn(6, 4)
        dense.forward(X)
        dense.backward(y)
        optimizer.update_params(dense)
        held = {key: vars(dense)[key] for key in NAMES if key in vars(dense)}
        if fit:
            fastnn.fit([dense], loss, optimizer, X, y, epochs=4)
        for _ in range(0 if fit else 4):
            dense.forward(X)
            loss.backward(dense.output, y)
            dense.backward(loss.dinputs)
            optimizer.pre_update_params()
            optimizer.update_params(dense)
            optimizer.post_update_params()
        assert all(getattr(dense, key) is value for key, value in held.items())
        return [dense.weights, dense.biases, *held.values()]
    code = CODES[name].replace("        self.lr, ", """\
        self.lr0, self.decay, self.iterations = lr, 0.1, 0
        self.lr, """) + """\
    def pre_update_params(self):
        if self.decay:
            self.lr = self.lr0 * (1. / (1. + self.decay * self.iterations))
"""
    code = code.replace("self.t +", "self.iterations +")
    if "post_update_params" not in code:
        code += "    def post_update_params(self):\n        self.iterations += 1\n"
    plain, other = load(code), load(code)
    assert name in adopt(other).adopted
    for one, two in zip(trained(plain, fit=False), trained(other, fit=True), strict=True):
        assert one.dtype == two.dtype and one.tobytes() == two.tobytes()


def test_numbers_are_written_where_they_are_not():
    array, numbers = np.zeros(3), np.arange(3.0)
    assert _written(array, numbers) is array and array.tolist() == [0, 1, 2]
    assert _written(array, array) is array
