"""Layers that give back several arrays at once, have their parameters in a list, or take what they
kept out of a dict again.
"""

import itertools

import numpy as np
import pytest
from beside import HEAD, assert_same_beside, numbers
from programs_of_classes import load

from fastnn import layers
from fastnn.adopting import adopt, meaning

TUPLE = HEAD + '''
class Dense:
    def __init__(self, n_in, n_out):
        self.theta = [np.random.randn(n_in, n_out), np.zeros((1, n_out))]
    def forward(self, x):
        w, b = self.theta
        self.saved = x
        return np.tensordot(x, w, axes=1) + b
    def backward(self, upstream):
        w, _ = self.theta
        dx = np.tensordot(upstream, w.T, axes=1)
        dw = np.tensordot(self.saved.T, upstream, axes=1)
        return dx, dw, upstream.sum(axis=0, keepdims=True)
'''
PLAIN = TUPLE.replace("self.theta = [", "self.w, self.b = ").replace("((1, n_out))]", (
    "((1, n_out))")).replace("w, b = self.theta", "w, b = self.w, self.b").replace(
        "w, _ = self.theta", "w = self.w").replace("tensordot", "dot").replace(", axes=1", "")
SOME = PLAIN.replace("        return dx, dw,", "        self.dx = dx\n        return dw,")
CACHED = HEAD + '''
class ReLU:
    def __init__(self):
        self.cache = {}
    def forward(self, x):
        self.cache["x"] = x
        return np.maximum(x, 0, dtype=x.dtype)
    def backward(self, grad):
        x = self.cache.pop("x")
        return grad * (x > 0)
'''
ZEROS = HEAD + '''
class ReLU:
    def forward(self, x):
        self.x = x
        x = x + 0.0
        x = x + 0.0
        self.y = np.maximum(0, x)
    def backward(self, d):
        self.dx = np.where(self.x > 0, d, 0)
'''
CODES = {"a list": TUPLE, "attributes": PLAIN, "some of them": SOME, "a dict": CACHED,
         "zeros added": ZEROS}
KIND = {name: code.partition("class ")[2].partition(":")[0] for name, code in CODES.items()}


def made(module):
    return module.Dense(4, 3) if hasattr(module, "Dense") else module.ReLU()


def called(layer, method, *args):
    try:
        return getattr(layer, method)(*args)
    except Exception as error:  # what came is compared
        return error


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", "fd")
def test_there_and_back(name, dtype):
    def program(module):
        layer, found = made(module), []
        for seed in range(3):
            x = numbers(5, 4, seed=seed).astype(dtype)
            found.append(called(layer, "forward", x))
            d = numbers(5, 3 if hasattr(module, "Dense") else 4, seed=seed + 5).astype(dtype)
            found += [called(layer, "backward", d), layer]
            found += [called(layer, "backward", d), layer]  # which may have taken it out
        return found
    assert_same_beside(CODES[name], program, adopted=[KIND[name]])


ODD = {
    "zeros": lambda *shape: np.array([0.0, -0.0, 1.0, -1.0, np.nan, np.inf])[
        numbers(*shape).astype(int) % 6],
    "one number": lambda *shape: np.array([[-0.0]]), "a list": lambda *shape: numbers(
        *shape).tolist(), "an axis": lambda *shape: numbers(shape[1]), "three axes":
    lambda *shape: numbers(2, *shape), "none": lambda *shape: numbers(0, shape[1]), "whole": lambda
    *shape: numbers(*shape).astype(int), "columns": lambda *shape: np.asfortranarray(numbers(
        *shape)), "half": lambda *shape: numbers(*shape).astype("e"), "truths": lambda *shape:
    numbers(*shape) > 0, "nothing": lambda *shape: None}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("there, back", [
    *itertools.product(ODD, ["zeros"]), *itertools.product(["zeros"], ODD)])
def test_odd_arrays(name, there, back):
    def program(module):
        layer = made(module)
        wide = 3 if hasattr(module, "Dense") else 4
        return [called(layer, "forward", ODD[there](5, 4)), called(
            layer, "backward", ODD[back](5, wide)), layer]
    assert_same_beside(CODES[name], program)


@pytest.mark.parametrize("change", [
    lambda layer: layer.theta.append(5), lambda layer: layer.theta.pop(),
    lambda layer: layer.theta.reverse(), lambda layer: setattr(layer, "theta", tuple(layer.theta)),
    lambda layer: setattr(layer, "theta", np.ones((2, 4, 3))),
    lambda layer: setattr(layer, "theta", dict(enumerate(layer.theta))),
    lambda layer: setattr(layer, "theta", None),
    lambda layer: layer.theta.__setitem__(0, layer.theta[0].tolist()),
    lambda layer: layer.theta.__setitem__(0, np.asfortranarray(layer.theta[0])),
    lambda layer: layer.theta.__setitem__(1, np.zeros(3)),
    lambda layer: layer.theta.__setitem__(1, 0.5)])
def test_odd_lists(change):
    def program(module):
        layer = made(module)
        change(layer)
        return [called(layer, "forward", numbers(5, 4)), called(
            layer, "backward", numbers(5, 3)), layer]
    assert_same_beside(TUPLE, program, adopted=["Dense"])


@pytest.mark.parametrize("change", [
    lambda layer: layer.cache.clear(), lambda layer: setattr(layer, "cache", None),
    lambda layer: layer.cache.update(x=None), lambda layer: layer.cache.update(x=[[1.0]]),
    lambda layer: setattr(layer, "cache", [1]),
    lambda layer: setattr(layer, "cache", type("Own", (dict,), {
        "pop": lambda self, key: numbers(5, 4)})())])
def test_odd_dicts(change):
    def program(module):
        layer = made(module)
        found = [called(layer, "forward", numbers(5, 4))]
        change(layer)
        return found, called(layer, "backward", numbers(5, 4)), layer
    assert_same_beside(CACHED, program, adopted=["ReLU"])


@pytest.mark.parametrize("name, old, new", [
    ("a list", "axes=1) + b", "axes=0) + b"), ("a list", "w.T, axes=1", "w, axes=1"),
    ("a list", "return dx, dw,", "return dw, dx,"), ("a list", "return dx, dw,", "return dx, dx,"),
    ("a list", "w, b = self.theta", "b, w = self.theta"),
    ("a list", "w, b = self.theta", "w, b, *_ = self.theta"),
    ("a list", "return dx, dw, ", "return dx, 2 * dw, "), ("a list", "return dx, dw, ", "return "),
    ("attributes", "return dx, dw, ", "return dx, dw, dw, "),
    ("attributes", "return dx, dw, ", "return self.saved, dw, "),
    ("some of them", "self.dx = dx", "self.dx = 2 * dx"),
    ("a dict", 'pop("x")', 'pop("y")'), ("a dict", "pop(", "get("), ("a dict", "pop(", "copy("),
    ("a dict", 'pop("x")', 'pop("x", grad)'), ("a dict", 'pop("x")', 'pop("x", 0)'),
    ("a dict", "dtype=x.dtype", "dtype=np.float32"), ("a dict", "x, 0, dtype", "x, 0.5, dtype"),
    ("a dict", "return grad * (x > 0)", "return grad * (self.cache['x'] > 0)"),
    ("zeros added", "x = x + 0.0\n        self.y", "x = x + 1.0\n        self.y"),
    ("zeros added", "x = x + 0.0\n        self.y", "x = x + 0\n        self.y"),
    ("zeros added", "x = x + 0.0\n        self.y", "x = x - 0.0\n        self.y")])
def test_what_looks_alike(name, old, new):
    """Is left, or does the same."""
    assert old in CODES[name]

    def program(module):
        layer = made(module)
        wide = 3 if hasattr(module, "Dense") else 4
        return [called(layer, "forward", ODD["zeros"](5, 4)), called(
            layer, "backward", numbers(5, wide)), layer]
    assert_same_beside(CODES[name].replace(old, new), program)


@pytest.mark.parametrize("name", ["a list", "attributes"])
def test_it_is_ours_that_runs(name, monkeypatch):
    """Of the others `test_corpus_adopted.py` knows it."""
    module, asked = load(CODES[name]), []
    for method in ("forward", "backward"):
        real = getattr(layers.Layer_Dense, method)
        monkeypatch.setattr(layers.Layer_Dense, method, lambda *args, _real=real, **more: (
            asked.append(1), _real(*args, **more))[1])
    monkeypatch.setattr("fastnn.adopting.wrappers.direct", lambda *_: None)
    adopt(module)
    layer = made(module)
    layer.forward(numbers(5, 4))
    layer.backward(numbers(5, 3))
    assert len(asked) == 2


_KEPT = PLAIN.replace("        return dx, dw, upstream.sum(axis=0, keepdims=True)\n", (
    "        db = upstream.sum(axis=0, keepdims=True)\n"
    "        self.dx, self.dw, self.db = dx, dw, db\n"
    "        return "))


@pytest.mark.parametrize("given", [
    "[dx, dw, db]", "[dx]", "(dx,)", "dx, [dw, db]", "[dx, (dw, db)]", "[[dx], (dw,), db]",
    "dx, []", "[dx, upstream]", "tuple([dx, dw])", "list((dx, dw))", "(dx, dw) + (db,)",
    "[dx, dw][:1]", "(dx,) + [dw]"])
def test_lists_are_lists_and_tuples_are_tuples(given):
    def types_of(found):
        return [type(found).__name__, [types_of(one) for one in found]] if isinstance(
            found, tuple | list) else found

    def program(module):
        layer = made(module)
        layer.forward(numbers(5, 4))
        return [types_of(called(layer, "backward", numbers(5, 3, seed=seed)))
                for seed in range(3)]
    others = "upstream", "tuple", "list", "dx,) + [dw"
    assert_same_beside(f"{_KEPT}{given}\n", program, adopted=[
        "Dense"] * (not any(word in given for word in others)))


def test_no_run_takes_what_lies_in_a_list():
    module = load(TUPLE + CACHED.replace(HEAD, ""))
    adopt(module)
    assert not meaning(module.Dense).whole and not meaning(module.ReLU).whole


@pytest.mark.parametrize("there", ["x", "x.copy()", "np.array(x)", "x + 0.0"])
@pytest.mark.parametrize("back", ["d", "d.copy()", "np.array(d)", "1 * d"])
def test_a_copy_is_another_array(there, back):
    """An identity's slope is no forward of ours, which hands on the array that it is given."""
    code = HEAD + f'''
class Identity:
    def forward(self, x):
        self.y = {there}
        return self.y
    def backward(self, d):
        return {back}
'''

    def program(module):
        layer, x, d = module.Identity(), numbers(5, 4), numbers(5, 4, seed=2)
        y = layer.forward(x)
        y += 1
        slopes = layer.backward(d)
        slopes += 1
        return x, d, y, slopes
    assert_same_beside(code, program)


@pytest.mark.parametrize("early", ["return x", "return x.copy()"])
def test_what_is_given_in_one_case_is_no_copy(early):
    """Ours copies what it does not drop."""
    code = HEAD + f'''
class Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, x, training):
        self.x = x
        if not training:
            {early}
        self.mask = np.random.binomial(1, self.rate, size=x.shape) / self.rate
        return x * self.mask
    def backward(self, d):
        return d * self.mask
'''

    def program(module):
        np.random.seed(4)
        layer, x = module.Dropout(0.2), numbers(5, 4)
        dropped, kept = layer.forward(x, True), layer.forward(x, False)
        kept += 1
        return x, dropped, kept, layer.backward(x)
    assert_same_beside(code, program, adopted=["Dropout"] if "copy" in early else [])
