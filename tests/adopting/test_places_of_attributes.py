"""Classes whose objects keep their attributes in `__slots__`."""

import copy
import pickle
import sys

import numpy as np
import pytest
from asked_updates import updates_asked
from beside import HEAD, LABELS, Layer, assert_same_beside, numbers
from driven import left_to_theirs
from programs_of_classes import load
from twins import twins_of

import fastnn
from fastnn.adopting import adopt, meaning
from fastnn.adopting.guards import is_plain
from fastnn.adopting.slots import Slots

DENSE = HEAD + '''
class Dense:
    __slots__ = ("w", "b", "x", "y", "gw", "gb", "gx", "__weakref__")
    def __init__(self, i, o):
        self.w, self.b = np.random.randn(i, o), np.zeros((1, o))
    def run(self, x):
        self.x = x
        self.y = x @ self.w + self.b
        return self.y
    def unrun(self, gy):
        self.gw, self.gb, self.gx = self.x.T @ gy, gy.sum(0)[np.newaxis], gy @ self.w.T
'''
RELU = HEAD + '''
class ReLU:
    __slots__ = "inputs", "output", "dinputs"
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
'''
SOFTMAX = HEAD + '''
class Softmax:
    __slots__ = ("output",)
    def forward(self, inputs):
        exps = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exps / np.sum(exps, axis=1, keepdims=True)
'''
SGD = HEAD + '''
class SGD:
    __slots__ = ("rate", "momentum", "n")
    def __init__(self, rate=0.1):
        self.rate, self.momentum, self.n = rate, 0.9, 0
    def update_params(self, layer):
        if not hasattr(layer, "vw"):
            layer.vw, layer.vb = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.vw = self.momentum * layer.vw - self.rate * layer.dweights
        layer.vb = self.momentum * layer.vb - self.rate * layer.dbiases
        layer.weights += layer.vw
        layer.biases += layer.vb
'''
LOSS = HEAD + '''
class Loss:
    __slots__ = ("y_pred", "y_true", "dinputs")
    def calculate(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = p[range(len(p)), y_true]
        else:
            c = np.sum(p * y_true, axis=1)
        return np.mean(-np.log(c))
    def backward(self):
        y_true = self.y_true
        if len(y_true.shape) == 1:
            y_true = np.eye(len(self.y_pred[0]))[y_true]
        self.dinputs = -y_true / self.y_pred
        self.dinputs = self.dinputs / len(self.y_pred)
'''
CODES = {"Dense": DENSE, "ReLU": RELU, "Softmax": SOFTMAX, "SGD": SGD, "Loss": LOSS}


def held(thing):
    """Its attributes, as those of an object with a dict are compared."""
    if hasattr(thing, "__dict__"):
        return dict(vars(thing))
    return {name: getattr(thing, name, "nothing") for name in type(thing).__slots__
            if name != "__weakref__"}


def calls(thing, step=0):
    """Each of its methods, with what it needs; what it has after each."""
    x = np.abs(numbers(5, 3, seed=step + 1)) + 0.1
    ways = {"run": [x], "unrun": [numbers(5, 4, seed=step)], "forward": [x], "backward": [x],
            "calculate": [x, LABELS], "update_params": [Layer()]}
    found = []
    for name, given in ways.items():
        method = getattr(thing, name, None)
        if method is not None:
            given = given[:method.__code__.co_argcount - 1]
            try:
                found.append(method(*given))
            except Exception as error:  # what came is compared
                found.append(error)
            found.append([{key: np.copy(value) for key, value in held(thing).items()}, given])
    return found


def made(module, name):
    return getattr(module, name)(*((3, 4) if name == "Dense" else ()))


@pytest.mark.parametrize("name", CODES)
def test_several_steps(name):
    def program(module):
        thing = made(module, name)
        found = [[calls(thing, step), list(held(thing).values())] for step in range(3)]
        return found, held(thing)
    assert_same_beside(CODES[name], program, adopted=[name])


@pytest.mark.parametrize("name", CODES)
def test_places_that_are_empty(name):
    """What is not there yet, or no more, raises as it does."""
    def program(module):
        found = []
        for place in getattr(module, name).__slots__:
            thing = made(module, name)
            calls(thing)
            if place != "__weakref__" and hasattr(thing, place):
                delattr(thing, place)
            found += [calls(thing, 1), held(thing), held(made(module, name))]
            for value in (None, 1, [1.0], "x", np.float32(1)):
                if place != "__weakref__":
                    setattr(thing, place, value)
                    found += [calls(thing, 2), held(thing)]
        return found
    assert_same_beside(CODES[name], program, adopted=[name])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name, monkeypatch):
    if name in ("Dense", "SGD"):
        what, real = updates_asked(monkeypatch), fastnn.layers.products.product
        if name == "Dense":
            monkeypatch.setattr("fastnn.adopting.direct.product",
                                lambda *given: what.append(given) or real(*given))
        monkeypatch.setattr("fastnn.adopting.direct._made", {})
        module = load(CODES[name])
        adopt(module)
        thing = made(module, name)
        layer = Layer()
        for _ in range(2):
            thing.run(numbers(5, 3)) if name == "Dense" else thing.update_params(layer)
        assert what
        return
    ((twins,), _) = twins_of(CODES[name])
    assert not left_to_theirs(twins)


@pytest.mark.parametrize("change", [
    "class Other(KIND):\n    pass\n", "class Other(KIND):\n    __slots__ = ('more',)\n",
    "class Other(KIND):\n    __slots__ = ('__dict__',)\n"])
@pytest.mark.parametrize("name", CODES)
def test_derived_classes(name, change):
    """With a dict beside the places, or with more of them."""
    def program(module):
        thing = made(module, "Other") if name != "Dense" else module.Other(3, 4)
        found = calls(thing)
        return found, {key: getattr(thing, key, None) for key in getattr(
            module, name).__slots__ if key != "__weakref__"}, getattr(thing, "__dict__", None)
    assert_same_beside(CODES[name] + change.replace("KIND", name), program, adopted=[name])


@pytest.mark.parametrize(("old", "new"), [
    ('"y", ', ""), ('"gx", ', ""), ('"w", ', ""), ("gy.sum(0)", "gy.sum(1)"),
    ("    def __init__", "    z = property(lambda self: self.w)\n    def __init__"),
    ("self.y = x @ self.w", "self.y = x @ self.w.T"), ("[np.newaxis]", "[np.newaxis, np.newaxis]"),
    ("    def __init__", "    def __setattr__(self, name, value):\n"
                         "        object.__setattr__(self, name, value)\n    def __init__"),
    ("    def __init__", "    def __getattr__(self, name):\n        return 1.0\n    def __init__")])
def test_what_looks_alike(old, new):
    def program(module):
        try:
            thing = module.Dense(3, 4)
        except AttributeError as error:
            return error
        return calls(thing), held(thing), [getattr(thing, one, None) for one in "wbxy"]
    assert old in DENSE
    assert_same_beside(DENSE.replace(old, new, 1), program)


def test_a_place_that_becomes_a_property():
    def program(module):
        dense = module.Dense(3, 4)
        found, place = [calls(dense)], module.Dense.y
        module.Dense.y = property(lambda self: 5, lambda self, value: found.append(value))
        found.append(calls(dense, 1))
        module.Dense.y = place
        return found, calls(dense, 2), held(dense)
    assert_same_beside(DENSE, program, adopted=["Dense"])


def test_another_newaxis():
    def program(module):
        dense = module.Dense(3, 4)
        dense.run(numbers(5, 3))
        np.newaxis = 0
        try:
            dense.unrun(numbers(5, 4))
        finally:
            np.newaxis = None
        return held(dense)
    assert_same_beside(DENSE, program, adopted=["Dense"])


def test_layers_with_places_are_left_to_an_optimizer_of_theirs():
    code = SGD + '''
class Layer:
    __slots__ = ("weights", "biases", "dweights", "dbiases", "vw", "vb")
'''

    def program(module):
        layer, optimizer = module.Layer(), module.SGD()
        for name, value in vars(Layer()).items():
            setattr(layer, name, value)
        for _ in range(3):
            optimizer.update_params(layer)
        return held(layer), held(optimizer)
    assert_same_beside(code, program, adopted=["SGD"])


def test_copies_and_runs():
    module = load(DENSE)
    adopt(module)
    dense = module.Dense(3, 4)
    dense.run(numbers(5, 3))
    for twin in (copy.copy(dense), copy.deepcopy(dense), pickle.loads(pickle.dumps(dense, 5))):
        assert np.array_equal(twin.run(numbers(5, 3)), dense.y)
    assert meaning(module.Dense).ours is fastnn.Layer_Dense and not meaning(module.Dense).whole
    assert is_plain(module.Dense, frozenset("wb")) and not is_plain(module.Dense, frozenset("wz"))


def test_slots_as_a_dict():
    module = load(DENSE)
    dense = module.Dense(3, 4)
    places = Slots(dense)
    assert places["w"] is dense.w and places.get("y") is None and "y" not in places
    assert "run" not in places and places.get("run", 3) == 3
    places["y"] = 2
    assert dense.y == 2 and "y" in places
    with pytest.raises(KeyError):
        places["gx"]
