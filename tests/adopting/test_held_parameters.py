"""Parameters in dicts and in places of their own, and what else such a dict may be."""

import collections
import types

import numpy as np
import pytest
from beside import HEAD, LABELS, LOSS, RELU, SOFTMAX, assert_same_beside, numbers
from programs_of_classes import load
from same_states import bits

import fastnn
from fastnn.adopting import adopt

AFFINE = HEAD + '''
class Affine:
    def __init__(self, n, m):
        self.params = {"W": 0.5 * np.random.randn(n, m), "b": np.zeros((1, m))}
        self.grads = {}
    def forward(self, x):
        self.x = x
        self.output = np.dot(x, self.params["W"]) + self.params["b"]
        return self.output
    def backward(self, d):
        self.grads["W"] = np.dot(self.x.T, d)
        self.grads["b"] = np.sum(d, axis=0, keepdims=True)
        self.dinputs = np.dot(d, self.params["W"].T)
        return self.dinputs
class SGD:
    def __init__(self, lr=0.1):
        self.lr = lr
    def update_params(self, layer):
        layer.params["W"] -= self.lr * layer.grads["W"]
        layer.params["b"] -= self.lr * layer.grads["b"]
'''
PLACES = HEAD + '''
class Place:
    def __init__(self, value):
        self.value, self.slope = value, None
class Affine:
    def __init__(self, n, m):
        self.w, self.b = Place(0.5 * np.random.randn(n, m)), Place(np.zeros((1, m)))
    def forward(self, x):
        self.x = x
        self.output = np.dot(x, self.w.value) + self.b.value
        return self.output
    def backward(self, d):
        self.w.slope = np.dot(self.x.T, d)
        self.b.slope = np.sum(d, axis=0, keepdims=True)
        self.dinputs = np.dot(d, self.w.value.T)
        return self.dinputs
class SGD:
    def __init__(self, lr=0.1):
        self.lr = lr
    def update_params(self, layer):
        layer.w.value -= self.lr * layer.w.slope
        layer.b.value -= self.lr * layer.b.slope
'''


def used(module, layer, steps=2):
    """What a layer leaves behind that is trained, and the errors that it meets."""
    sgd, errors = module.SGD(), []
    for step in range(steps):
        for call in (lambda step=step: layer.forward(numbers(5, 3, seed=step)),
                     lambda step=step: layer.backward(numbers(5, 4, seed=step + 4)),
                     lambda: sgd.update_params(layer)):
            try:
                call()
            except Exception as error:
                errors.append((type(error).__name__, str(error)))
    return layer, sgd, errors


class Counted(dict):
    asked = 0

    def __getitem__(self, key):
        self.asked += 1
        print("asked for", key)
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        print("set", key)
        super().__setitem__(key, value)


class Missing(dict):
    def __missing__(self, key):
        return np.ones((3, 4)) if key == "W" else np.ones((1, 4))


def _alone(layer):
    layer.params = layer.grads = {**layer.params}


DICTS = {
    "as it was": lambda layer: None,
    "one that counts": lambda layer: setattr(layer, "params", Counted(layer.params)),
    "gradients in one that counts": lambda layer: setattr(layer, "grads", Counted()),
    "one that makes what is missing": lambda layer: setattr(layer, "params", Missing()),
    "ordered": lambda layer: setattr(layer, "params", collections.OrderedDict(layer.params)),
    "of anybody": lambda layer: setattr(layer, "params", collections.UserDict(layer.params)),
    "that nobody may change": lambda layer: setattr(
        layer, "params", types.MappingProxyType(layer.params)),
    "gradients that nobody may change": lambda layer: setattr(
        layer, "grads", types.MappingProxyType(layer.grads)),
    "one for both": _alone,
    "that of the object": lambda layer: (vars(layer).update(layer.params),
                                         setattr(layer, "params", vars(layer))),
    "gradients in that of the object": lambda layer: setattr(layer, "grads", vars(layer)),
    "with another name for it": lambda layer: setattr(layer, "other", layer.params),
    "with a value under two keys": lambda layer: layer.params.update(
        again=layer.params["W"]),
    "without weights": lambda layer: layer.params.pop("W"),
    "without biases": lambda layer: layer.params.pop("b"),
    "with a row of biases": lambda layer: layer.params.update(b=np.zeros(4)),
    "with lists": lambda layer: layer.params.update(b=[[0.0] * 4]),
    "with whole numbers": lambda layer: layer.params.update(W=np.ones((3, 4), int)),
    "with float32": lambda layer: layer.params.update(W=np.ones((3, 4), np.float32)),
    "by columns": lambda layer: layer.params.update(W=np.asfortranarray(layer.params["W"])),
    "with biases that are a row of the weights": lambda layer: layer.params.update(
        b=layer.params["W"][:1]),
    "a list": lambda layer: setattr(layer, "params", [1, 2]),
    "nothing": lambda layer: setattr(layer, "params", None),
    "gradients of before": lambda layer: layer.grads.update(b=1, a=2, W=3),
    "gone": lambda layer: delattr(layer, "params")}


@pytest.mark.parametrize("which", DICTS)
def test_dicts_of_all_kinds(which):
    def program(module):
        layer = module.Affine(3, 4)
        DICTS[which](layer)
        return used(module, layer)
    assert_same_beside(AFFINE, program, adopted=["Affine", "SGD"])


def test_the_order_of_what_was_put_into_a_dict():
    def program(module):
        layer, *rest = used(module, module.Affine(3, 4), 1)
        return list(layer.params), list(layer.grads), list(vars(layer)), rest
    assert_same_beside(AFFINE, program, adopted=["Affine", "SGD"], order=True)


def test_another_dict_later():
    def program(module):
        layer = module.Affine(3, 4)
        states = [used(module, layer)]
        kept = layer.params
        layer.params = {"W": numbers(3, 4), "b": numbers(1, 4)}
        states.append(used(module, layer))
        layer.params = Counted(kept)
        return *states, used(module, layer), kept
    assert_same_beside(AFFINE, program, adopted=["Affine", "SGD"])


@pytest.mark.parametrize("word", ["params", "grads"])
def test_a_property_of_that_name_later(word):
    def program(module):
        layer = module.Affine(3, 4)
        before = used(module, layer, 1)
        held = vars(layer).pop(word)

        def look(self):
            print("looked at")
            return held
        setattr(module.Affine, word, property(look))
        return before[1:], used(module, layer)
    assert_same_beside(AFFINE, program, adopted=["Affine", "SGD"])


def test_a_dict_of_the_class():
    code = AFFINE.replace("        self.grads = {}\n", "").replace(
        "class Affine:\n", "class Affine:\n    grads = {}\n")
    def program(module):
        layers = [module.Affine(3, 4), module.Affine(3, 4)]
        return [used(module, layer) for layer in layers], module.Affine.grads
    assert_same_beside(code, program)


class Looked:
    """An object with a value that says when it is looked at."""

    def __init__(self, value):
        self._value = value

    @property
    def value(self):
        print("looked at")
        return self._value

    @value.setter
    def value(self, value):
        print("set")
        self._value = value


class Shadowed(Looked):
    """What is under that name in its dict is never looked at."""

    def __init__(self, value):
        self._value = value
        self.__dict__["value"] = 2 * value


class Watched:
    def __init__(self, value):
        self.value = value

    def __getattribute__(self, name):
        print("asked for", name)
        return 2 * object.__getattribute__(self, name) if name == "value" else (
            object.__getattribute__(self, name))


class Guessing:
    def __init__(self, value):
        self.__dict__["held"] = value

    def __getattr__(self, name):
        print("asked for", name)
        return self.held


class Slotted:
    __slots__ = ("value", "slope")

    def __init__(self, value):
        self.value = value


class OfTheClass:
    def __init__(self, value):
        type(self).value = np.ones((3, 4))


OTHERS = {kind.__name__: kind
          for kind in (Looked, Shadowed, Watched, Guessing, Slotted, OfTheClass)}
OTHERS |= {"a namespace": lambda value: types.SimpleNamespace(value=value),
           "itself": lambda value: value, "a dict": lambda value: {"value": value},
           "nothing": lambda value: None}


@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
def test_places_of_other_kinds(kind):
    def program(module):
        layer = module.Affine(3, 4)
        layer.w = kind(layer.w.value)
        found = used(module, layer)
        place = layer.w
        return found[1:], getattr(place, "value", None), getattr(place, "slope", None), layer.b
    assert_same_beside(PLACES, program, adopted=["Affine", "SGD"])


@pytest.mark.parametrize("how", ["one place for both", "shared by layers", "the layer itself"])
def test_places_that_are_one(how):
    def program(module):
        layer, other = module.Affine(3, 4), module.Affine(3, 4)
        if how == "one place for both":
            layer.w = layer.b
        elif how == "shared by layers":
            layer.w = other.w
        else:
            layer.value = layer.w.value
            layer.w = layer
        found, errors = used(module, layer)[::2]
        return errors, used(module, other)[2], found.b, other, layer.w is layer or layer
    assert_same_beside(PLACES, program, adopted=["Affine", "SGD"])


@pytest.mark.parametrize("code", [AFFINE, PLACES], ids=["dicts", "places"])
def test_a_run_of_such_layers(code):
    """`fit` trains them as a loop does, and leaves their arrays where they were."""
    code += "".join(one.removeprefix(HEAD) for one in (RELU, SOFTMAX, LOSS))
    plain, other = load(code), load(code)
    assert {"Affine", "SGD"} <= set(adopt(other).adopted)

    def layers(module):
        np.random.seed(5)
        return [module.Affine(3, 4), module.ReLU(), module.Affine(4, 3), module.Softmax()]
    expected, found, x = layers(plain), layers(other), numbers(5, 3)
    held = [one.params if code.startswith(AFFINE) else one.w for one in found[::2]]
    fastnn.fit(found, other.CCE(), other.SGD(), x, LABELS, epochs=5, verbose=False)
    loss, sgd = plain.CCE(), plain.SGD()
    for _ in range(5):
        output = x
        for layer in expected:
            layer.forward(output)
            output = layer.output
        loss.backward(output, LABELS)
        slope = loss.dinputs
        for layer in reversed(expected):
            layer.backward(slope)
            slope = layer.dinputs
        for layer in expected[::2]:
            sgd.update_params(layer)

    def arrays(layer):
        if hasattr(layer, "params"):
            return [*layer.params.values(), *layer.grads.values()]
        return [layer.w.value, layer.b.value, layer.w.slope, layer.b.slope]
    for one, its, holder in zip(expected[::2], found[::2], held):
        assert [bits(a) for a in arrays(one)] == [bits(a) for a in arrays(its)]
        assert holder is (its.params if hasattr(its, "params") else its.w)
