"""Activations that keep more than inputs and output: what they kept is what they read."""

import numpy as np
import pytest
from beside import DENSE, HEAD, LABELS, LOSS, SGD, SOFTMAX, assert_same_beside, numbers
from programs_of_classes import load
from same_states import bits

import fastnn
from fastnn.adopting import adopt

SWISH = HEAD + '''
class Swish:
    def forward(self, x):
        self.s = 1 / (1 + np.exp(-x))
        self.x = x
        self.output = x * self.s
        return self.output
    def backward(self, d):
        self.dinputs = d * (self.s + self.x * self.s * (1 - self.s))
        return self.dinputs
'''
MASK = HEAD + '''
class Relu:
    def forward(self, x):
        self.mask = x > 0
        self.output = x * self.mask
        return self.output
    def backward(self, d):
        self.dinputs = d * self.mask
        return self.dinputs
'''
LEAKY = HEAD + '''
class Leaky:
    slope = 0.1
    def forward(self, x):
        self.factor = np.where(x > 0, 1.0, self.slope)
        self.output = x * self.factor
        return self.output
    def backward(self, d):
        self.dinputs = d * self.factor
        return self.dinputs
'''
KINDS = {"Swish": SWISH, "Relu": MASK, "Leaky": LEAKY}
KEPT = {"Swish": "s", "Relu": "mask", "Leaky": "factor"}


def batch():
    return np.concatenate([numbers(3, 3), [[0.0, -0.0, np.nan], [np.inf, -np.inf, 5e-324]]])


def between(thing, x, name):
    """What somebody may do between the way there and the way back, by name."""
    kept = getattr(thing, name)
    return {"nothing": lambda: None,
            "the inputs change in place": lambda: x.fill(-3.0),
            "what was kept changes in place": lambda: kept.fill(0),
            "another is kept": lambda: setattr(thing, name, 2.0 * x),
            "whole numbers are kept": lambda: setattr(thing, name, np.full(x.shape, 7)),
            "a row is kept": lambda: setattr(thing, name, kept[0]),
            "a number is kept": lambda: setattr(thing, name, 0.5),
            "by columns": lambda: setattr(thing, name, np.asfortranarray(kept)),
            "of float32": lambda: setattr(thing, name, kept.astype(np.float32)),
            "nothing is kept": lambda: delattr(thing, name),
            "the slope is another": lambda: setattr(thing, "slope", 0.7)}


@pytest.mark.parametrize("what", between(type("", (), {"_": np.zeros(1)})(), np.zeros(1), "_"))
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_kept_is_what_counts(kind, what):
    def program(module):
        thing, x, d = getattr(module, kind)(), batch(), numbers(5, 3, seed=4)
        there = thing.forward(x)
        between(thing, x, KEPT[kind])[what]()
        try:
            back = thing.backward(d)
        except Exception as error:
            back = error
        return thing, x, there, back
    assert_same_beside(KINDS[kind], program, adopted=[kind])


@pytest.mark.parametrize("slope", [0, 1, True, None, -0.0, np.float32(0.3), np.float64(0.3), np.nan,
                                   "0.3", np.array([0.1, 0.2, 0.3])])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slopes_of_other_types(slope, dtype):
    def program(module):
        thing = module.Leaky()
        thing.slope = slope
        there = thing.forward(batch().astype(dtype))
        return thing, there, thing.backward(numbers(5, 3, seed=4).astype(dtype))
    assert_same_beside(LEAKY, program, adopted=["Leaky"])


def test_a_choice_of_whole_numbers_is_no_float():
    """-np.where(x > 0, 0, 1) is of whole numbers, among which there is no -0."""
    code = HEAD + '''
class Odd:
    def forward(self, x):
        self.x = x
        self.output = np.abs(x) * (-np.where(x > 0, 0, 1))
    def backward(self, d):
        self.dinputs = d * np.where(self.x > 0, 0, 1)
'''
    def program(module):
        thing = module.Odd()
        thing.forward(batch())
        thing.backward(numbers(5, 3))
        return thing
    report = assert_same_beside(code, program)
    assert not report.adopted


@pytest.mark.parametrize("index", ["self.flag", "self.where", "[0, 1]", "0"])
def test_places_are_no_masks(index):
    code = HEAD + f'''
class Relu:
    flag = 1
    def forward(self, x):
        self.x, self.where = x, np.abs(x)
        self.output = np.maximum(x, 0)
    def backward(self, d):
        self.dinputs = d.copy()
        self.dinputs[{index}] = 0
'''
    def program(module):
        thing = module.Relu()
        thing.forward(numbers(5, 3))
        thing.backward(numbers(5, 3, seed=4))
        return thing
    assert not assert_same_beside(code, program).adopted


def test_numbers_that_were_kept_are_no_mask():
    """They are not 0 where a mask would hold, and NumPy refuses them as places."""
    code = HEAD + '''
class Least:
    def forward(self, x):
        self.above = np.maximum(x, 0)
        self.x = x
        self.output = np.minimum(x, 0)
    def backward(self, d):
        self.dinputs = d.copy()
        self.dinputs[self.above] = 0
        self.dinputs = self.dinputs * (self.x <= 0)
'''
    def program(module):
        thing = module.Least()
        thing.forward(numbers(5, 3))
        try:
            thing.backward(numbers(5, 3, seed=4))
        except IndexError as error:
            return thing, str(error)
        return thing
    assert not assert_same_beside(code, program).adopted


@pytest.mark.parametrize("call", ["np.clip(x, 0, None)", "np.clip(x, min=0, max=None)",
                                  "x.clip(0)", "x.clip(min=0)", "np.clip(x, 0, np.inf)",
                                  "np.clip(x, a_max=None, a_min=0)", "-np.clip(-x, None, 0)"])
def test_one_bound(call):
    code = HEAD + f'''
class Relu:
    def forward(self, x):
        self.x = x
        self.output = {call}
    def backward(self, d):
        self.dinputs = d * (self.x > 0)
'''
    for dtype in (np.float32, np.float64):
        def program(module, dtype=dtype):
            thing = module.Relu()
            thing.forward(batch().astype(dtype))
            thing.backward(numbers(5, 3, seed=4).astype(dtype))
            return thing
        assert_same_beside(code, program)


@pytest.mark.parametrize("call", ["np.clip(x, 0)", "np.clip(x, a_min=0)", "np.clip(x, 0, 1, x)",
                                  "np.clip(x, 0, 1, a_min=0)", "np.clip(x, 0, None, min=0)",
                                  "np.clip(x, min=0, a_max=1)", "np.clip(x, 0, 1, out=x)",
                                  "x.clip(0, 1, x)", "np.clip(x, None, None)", "x.clip()"])
def test_other_bounds_are_left(call):
    code = HEAD + f'''
class Relu:
    def forward(self, x):
        self.x = x
        self.output = {call}
    def backward(self, d):
        self.dinputs = d * (self.x > 0)
'''
    def program(module):
        thing, x = module.Relu(), batch()
        try:
            thing.forward(x)
        except TypeError as error:
            return thing, x, error
        return thing, x
    assert not assert_same_beside(code, program).adopted


def training(module, kind, by_hand):
    """A network trained in whole batches: by a loop over the objects, or by fit."""
    np.random.seed(2)
    layers = [module.Dense(3, 4), getattr(module, kind)(), module.Dense(4, 3), module.Softmax()]
    for layer in layers[::2]:
        layer.weights = numbers(*layer.weights.shape, seed=7)
    loss, sgd, x = module.CCE(), module.SGD(0.5), numbers(5, 3)
    if not by_hand:
        fastnn.fit(layers, loss, sgd, x, LABELS, epochs=7, verbose=False)
        return layers
    for _ in range(7):
        output = x
        for layer in layers:
            layer.forward(output)
            output = layer.output
        loss.backward(output, LABELS)
        dvalues = loss.dinputs
        for layer in reversed(layers):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        sgd.pre_update_params()
        for layer in layers[::2]:
            sgd.update_params(layer)
        sgd.post_update_params()
    return layers


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_leaves_what_was_kept(kind):
    code = KINDS[kind] + "".join(one.removeprefix(HEAD) for one in (DENSE, SOFTMAX, LOSS, SGD))
    plain, other = load(code), load(code)
    assert kind in adopt(other).adopted
    expected, found = training(plain, kind, True), training(other, kind, False)
    for one, its in zip(expected, found):
        for name in ("weights", "output", "dinputs", KEPT[kind]):
            assert hasattr(one, name) == hasattr(its, name)
            if hasattr(one, name):
                assert bits(getattr(one, name)) == bits(getattr(its, name)), name
