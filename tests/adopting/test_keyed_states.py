"""Optimizers that keep what they know of a layer in dicts and lists, under whatever key."""

import collections

import numpy as np
import pytest
from asked_updates import updates_asked
from beside import HEAD, Layer, assert_same_beside, numbers
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt
from fastnn.adopting.found import proof_of

BY_ID = HEAD + '''
class Momentum:
    def __init__(self, eta=0.1, mu=0.9):
        self.eta, self.mu, self.velocity = eta, mu, {}
    def apply(self, layer):
        key = id(layer)
        if key not in self.velocity:
            self.velocity[key] = [np.zeros_like(layer.weights), np.zeros_like(layer.biases)]
        v = self.velocity[key]
        v[0] = self.mu * v[0] - self.eta * layer.dweights
        v[1] = self.mu * v[1] - self.eta * layer.dbiases
        layer.weights += v[0]
        layer.biases += v[1]
    def step(self, layers):
        for layer in layers:
            self.apply(layer)
'''
BY_NAME = HEAD + '''
class Adam:
    def __init__(self, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
        self.m, self.v = {}, {}
    def step(self, layers):
        self.t += 1
        for i, layer in enumerate(layers):
            for name in ("weights", "biases"):
                g = getattr(layer, "d" + name)
                k = (i, name)
                self.m[k] = self.beta1 * self.m.get(k, np.zeros_like(g)) + (1 - self.beta1) * g
                self.v[k] = self.beta2 * self.v.get(k, np.zeros_like(g)) + (1 - self.beta2) * g**2
                m = self.m[k] / (1 - self.beta1**self.t)
                v = self.v[k] / (1 - self.beta2**self.t)
                setattr(layer, name, getattr(layer, name) - self.lr * m / (np.sqrt(v) + self.eps))
'''
BY_PLACE = HEAD + '''
class Adam:
    def __init__(self, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps, self.t, self.m = lr, b1, b2, eps, 0, None
    def step(self, layers):
        if self.m is None:
            self.m = [[np.zeros_like(l.weights), np.zeros_like(l.biases)] for l in layers]
            self.v = [[np.zeros_like(l.weights), np.zeros_like(l.biases)] for l in layers]
        self.t += 1
        for k, layer in enumerate(layers):
            for j, (p, g) in enumerate(((layer.weights, layer.dweights),
                                        (layer.biases, layer.dbiases))):
                self.m[k][j] = self.b1 * self.m[k][j] + (1 - self.b1) * g
                self.v[k][j] = self.b2 * self.v[k][j] + (1 - self.b2) * g ** 2
                m_hat = self.m[k][j] / (1 - self.b1 ** self.t)
                v_hat = self.v[k][j] / (1 - self.b2 ** self.t)
                p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
'''
BY_LAYER = HEAD + '''
class RMSprop:
    def __init__(self, lr=0.01, rho=0.9, eps=1e-7):
        self.lr, self.rho, self.eps, self.cache = lr, rho, eps, {}
    def step(self, layers):
        for layer in layers:
            c = self.cache.setdefault(layer, {"w": np.zeros_like(layer.weights),
                                              "b": np.zeros_like(layer.biases)})
            c["w"] = self.rho * c["w"] + (1 - self.rho) * layer.dweights ** 2
            c["b"] = self.rho * c["b"] + (1 - self.rho) * layer.dbiases ** 2
            layer.weights -= self.lr * layer.dweights / (np.sqrt(c["w"]) + self.eps)
            layer.biases -= self.lr * layer.dbiases / (np.sqrt(c["b"]) + self.eps)
'''
IN_PLACE = HEAD + '''
class Momentum:
    def __init__(self, lr=0.1, mu=0.9):
        self.lr, self.mu, self.vw, self.vb = lr, mu, {}, {}
    def step(self, layers):
        for n, layer in enumerate(layers):
            if n not in self.vw:
                self.vw[n] = np.zeros_like(layer.weights)
                self.vb[n] = np.zeros_like(layer.biases)
            self.vw[n] *= self.mu
            self.vw[n] -= self.lr * layer.dweights
            self.vb[n] *= self.mu
            self.vb[n] -= self.lr * layer.dbiases
            layer.weights += self.vw[n]
            layer.biases += self.vb[n]
'''
CODES = {"by id": BY_ID, "by name": BY_NAME, "by place": BY_PLACE, "by layer": BY_LAYER,
         "in place": IN_PLACE}
KIND = {name: code.partition("class ")[2].partition(":")[0] for name, code in CODES.items()}


def kind_in(module):
    return next(value for value in vars(module).values() if isinstance(value, type))


def layers_of(dtype=np.float64):
    return [Layer((3, 4), dtype), Layer((4, 2), dtype, 6), Layer((1, 1), dtype, 7)]


def shown(optimizer):
    """What it keeps, without the keys: ids are others in another program."""
    return {name: list(value.values()) if isinstance(value, dict) else value
            for name, value in vars(optimizer).items()}


def stepped(optimizer, layers, count=4, first=0):
    """Steps with other gradients each; what came of them."""
    found = []
    for number in range(first, first + count):
        for place, layer in enumerate(layers):
            layer.dweights = numbers(*layer.weights.shape, seed=number + place).astype(
                layer.weights.dtype)
        try:
            optimizer.step(layers)
        except Exception as error:  # what came is compared
            found.append(error)
        found.append([{name: np.copy(value) for name, value in vars(layer).items()}
                      for layer in layers])
    return found


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_several_steps(name, dtype):
    def program(module):
        optimizer, layers = kind_in(module)(), layers_of(dtype)
        held = [(layer.weights, layer.biases) for layer in layers]
        return stepped(optimizer, layers), held, shown(optimizer), layers
    assert_same_beside(CODES[name], program, adopted=[KIND[name]])


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name, monkeypatch):
    asked = updates_asked(monkeypatch)
    module = load(CODES[name])
    adopt(module)
    optimizer, layers = kind_in(module)(), layers_of()
    stepped(optimizer, layers, 1)
    asked.clear()
    stepped(optimizer, layers, 1)
    assert [id(one) for one in asked] == [id(one.weights) for one in layers]


def of_all(change, optimizer):
    """Each dict or list in which there are states, changed."""
    for value in vars(optimizer).values():
        if isinstance(value, (dict, list)):
            change(value)


def inner_of(held):
    return [one for one in (held.values() if isinstance(held, dict) else held)
            if isinstance(one, (dict, list))]


def replaced(name, other):
    def change(optimizer):
        for key, value in vars(optimizer).items():
            if isinstance(value, (dict, list)):
                setattr(optimizer, key, other(value))
    return name, change


def alias(optimizer):
    held = [key for key, value in vars(optimizer).items() if isinstance(value, (dict, list))]
    setattr(optimizer, held[-1], getattr(optimizer, held[0]))


def one_list(optimizer):
    def change(held):
        first, *others = inner_of(held) or [None]
        if first is not None and isinstance(held, dict):
            held.update(dict.fromkeys(held, first))
        elif first is not None:
            held[:] = [first for _ in held]
    of_all(change, optimizer)


class Counting(dict):
    """Notes who asks."""

    def __getitem__(self, key):
        self.asked = getattr(self, "asked", 0) + 1
        return super().__getitem__(key)


def odd_values(value):
    def change(optimizer):
        def put(held):
            for inner in [held, *inner_of(held)]:
                for key in (list(inner) if isinstance(inner, dict) else range(len(inner))):
                    if isinstance(inner[key], np.ndarray):
                        inner[key] = value(inner[key])
        of_all(put, optimizer)
    return change


ODD = dict([
    replaced("subclasses", lambda held: Counting(held) if isinstance(held, dict) else held),
    replaced("ordered", lambda held: collections.OrderedDict(held) if isinstance(held, dict)
             else tuple(held)),
    replaced("emptied", lambda held: type(held)()),
    replaced("nothing", lambda held: None),
    replaced("arrays", lambda held: np.zeros((3, 2))),
    ("one dict for all", alias), ("one list for all layers", one_list),
    ("of lists", odd_values(lambda array: array.tolist())),
    ("of numbers", odd_values(lambda array: 0.5)),
    ("of float32", odd_values(lambda array: array.astype("f"))),
    ("of rows", odd_values(lambda array: array[0])),
    ("read only", odd_values(lambda array: [array.setflags(write=False), array][1])),
    ("of none", odd_values(lambda array: None))])


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("way", ODD)
def test_odd_states(name, way):
    def program(module):
        optimizer, layers = kind_in(module)(), layers_of()
        found = [stepped(optimizer, layers, 2)]
        ODD[way](optimizer)
        return found, stepped(optimizer, layers, 2, 2), shown(optimizer), layers
    assert_same_beside(CODES[name], program, adopted=[KIND[name]])


def begins_elsewhere(optimizer, layer):
    """The last of the arrays that it keeps looks at the weights."""
    held = [value for value in vars(optimizer).values() if isinstance(value, (dict, list))][-1]
    while True:
        key = list(held)[-1] if isinstance(held, dict) else len(held) - 1
        if isinstance(held[key], np.ndarray):
            held[key] = layer.weights
            return
        held = held[key]


@pytest.mark.parametrize("name", CODES)
def test_a_state_that_is_the_weights(name):
    """Where the weights change first, what is kept of the biases is another then."""
    def program(module):
        optimizer, layers = kind_in(module)(), [Layer((1, 4))]
        found = [stepped(optimizer, layers, 2)]
        begins_elsewhere(optimizer, layers[0])
        return found, stepped(optimizer, layers, 2, 2), shown(optimizer), layers
    assert_same_beside(CODES[name], program, adopted=[KIND[name]])


class Sly:
    """A number to dicts, and none to others."""

    def __init__(self, number):
        self.number, self.seen = number, []

    def __hash__(self):
        self.seen.append("hashed")
        return hash(self.number)

    def __eq__(self, other):
        self.seen.append("compared")
        return self.number == other

    def __index__(self):
        self.seen.append("an index")
        return self.number


@pytest.mark.parametrize("name", CODES)
def test_odd_keys(name):
    """What a loop gives besides layers is asked for by its type: `enumerate` may be theirs."""
    code = CODES[name] + '''
def enumerate(several):
    for place, one in zip(PLACES, several):
        yield place, one
'''

    def program(module):
        found, places = [], (True, 0, np.int64(1), -1, 1.0, Sly(5), None, "a", (1,))
        for first in places:
            module.PLACES = [first, 1, 2]
            optimizer, layers = kind_in(module)(), layers_of()
            found += [stepped(optimizer, layers, 3), getattr(first, "seen", None), layers]
        return found
    assert_same_beside(code, program)


def test_layers_that_are_keys_of_their_own():
    def program(module):
        class Same(Layer):
            asked = 0

            def __hash__(self):
                Same.asked += 1
                return 1

            def __eq__(self, other):
                Same.asked += 1
                return isinstance(other, Same)
        optimizer = kind_in(module)()
        layers = [Same((3, 4)), Same((3, 4), seed=8)]
        return stepped(optimizer, layers), Same.asked, layers
    assert_same_beside(BY_LAYER, program, adopted=["RMSprop"])


@pytest.mark.parametrize("name, old, new", [
    ("by id", "key = id(layer)", "key = 5"),
    ("by id", "v[1] = self.mu * v[1]", "v[1] = self.mu * v[0]"),
    ("by id", "v[1] = self.mu * v[1]", "v[0] = self.mu * v[1]"),
    ("by id", "v[1] = self.mu * v[1]", "v[-1] = self.mu * v[-1]"),
    ("by id", "layer.weights += v[0]", "layer.weights += self.velocity[id(self)][0]"),
    ("by id", "        v = self.velocity[key]\n", "        v = self.velocity[key] = [np.ones_like("
     "layer.weights), np.ones_like(layer.biases)]\n"),
    ("by id", "        layer.weights += v[0]\n", "        layer.weights += v[0]\n"
     "        del v[0]\n"),
    ("by id", "        v = self.velocity[key]\n", "        v = self.velocity[key].copy()\n"),
    ("by id", "        v = self.velocity[key]\n", "        v = self.velocity.pop(key)\n"),
    ("by id", "        v = self.velocity[key]\n",
     "        v = self.velocity[key]\n        self.last = v\n"),
    ("by name", "k = (i, name)", "k = i"), ("by name", "k = (i, name)", "k = name"),
    ("by name", "k = (i, name)", "k = (i % 2, name)"),
    ("by name", "np.zeros_like(g)) + (1 - self.beta1)", "np.ones_like(g)) + (1 - self.beta1)"),
    ("by name", "self.v[k] = self.beta2 * self.v.get(k", "self.v[k] = self.beta2 * self.m.get(k"),
    ("by name", "        self.t += 1\n", ""), ("by name", "self.t += 1", "self.t += 2"),
    ("by name", '("weights", "biases")', '("weights", "weights")'),
    ("by name", "        self.m, self.v = {}, {}\n", "        self.m = self.v = {}\n"),
    ("by place", "for j, (p, g)", "for j, (g, p)"),
    ("by place", "self.v[k][j] = self.b2 * self.v[k][j]", "self.v[k][j] = self.b2 * self.v[j][k]"),
    ("by place", "self.v[k][j] = self.b2 * self.v[k][j]", "self.m[k][j] = self.b2 * self.m[k][j]"),
    ("by place", "        self.t += 1\n", ""),
    ("by place", "self.v[k][j] / (1 -", "self.v[0][j] / (1 -"),
    ("by layer", "setdefault(layer,", "setdefault(str(layer),"),
    ("by layer", 'c["b"] = self.rho * c["b"]', 'c["w"] = self.rho * c["b"]'),
    ("in place", "self.vb[n] *= self.mu", "self.vw[n] *= self.mu"),
    ("in place", "self.vb[n] *= self.mu", "self.vb[n] = self.vb[n] * self.mu"),
    ("in place", "layer.biases += self.vb[n]", "layer.biases += self.vb[0]"),
    ("in place", "                self.vb[n] = np.zeros_like(layer.biases)\n",
     "                self.vb[n] = np.ones_like(layer.biases)\n")])
def test_what_looks_alike(name, old, new):
    """Is left, or does the same."""
    assert old in CODES[name]

    def program(module):
        optimizer = kind_in(module)()
        layers = [Layer((2, 2)), Layer((2, 2), seed=6), Layer((2, 2), seed=7)]
        return stepped(optimizer, layers), shown(optimizer), layers
    assert_same_beside(CODES[name].replace(old, new), program)


@pytest.mark.parametrize("name", ["by name", "by place"])
def test_steps_that_are_not_counted_before_are_a_mistake(name):
    module = load(CODES[name].replace("        self.t += 1\n", ""))
    assert "not counted before" in adopt(module).left["Adam"]


@pytest.mark.parametrize("name, old, new", [
    ("by id", "np.zeros_like(layer.biases)", "np.ones_like(layer.biases)"),
    ("by id", "[np.zeros_like(layer.weights)", "[layer.weights"),
    ("by id", "[np.zeros_like(layer.weights)", "[0.1 * np.zeros_like(layer.weights)"),
    ("by name", "np.zeros_like(g)) + (1 - self.beta2)", "g) + (1 - self.beta2)"),
    ("by place", "self.v = [[np.zeros_like(l.weights)", "self.v = [[np.ones_like(l.weights)"),
    ("by layer", '"b": np.zeros_like(layer.biases)', '"b": np.ones_like(layer.biases)'),
    ("in place", "self.vb[n] = np.zeros_like(layer.biases)", "self.vb[n] = layer.dbiases.copy()")])
def test_what_begins_otherwise_is_a_mistake(name, old, new):
    assert old in CODES[name]
    module = load(CODES[name].replace(old, new))
    assert KIND[name] in adopt(module).left


def test_no_run_takes_what_lies_under_keys():
    module = load(BY_ID)
    adopt(module)
    proof = proof_of(module.Momentum)
    assert "apart" in proof.names.flags
    with pytest.raises(TypeError, match="optimizer must be an object with"):
        fastnn.fit([fastnn.Layer_Dense(3, 3)], fastnn.Loss_CategoricalCrossentropy(),
                   module.Momentum(), numbers(5, 3), np.array([0, 1, 2, 1, 0]), epochs=1)
