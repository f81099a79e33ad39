"""Functions that a constructor is given, and what is made at the first call."""

import types

import numpy as np
import pytest
from beside import HEAD, LABELS, LOSS, SGD, SOFTMAX, assert_same_beside, numbers
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt

GIVEN = HEAD + '''
LIMIT = 0
def relu(x):
    return np.where(x > LIMIT, x, 0.0)
def slope_of_relu(x, one=1.0):
    return (x > LIMIT).astype(float)
def other(x):
    print("other")
    return 3 * x
class Activation:
    def __init__(self, function, slope=None):
        self.function, self.slope = function, slope
    def forward(self, x):
        self.x = x
        self.output = self.function(x)
        return self.output
    def backward(self, d):
        self.dinputs = d * self.slope(self.x)
        return self.dinputs
class ReLU(Activation):
    def __init__(self):
        super().__init__(relu, slope_of_relu)
'''


def used(thing):
    given, found = numbers(5, 3), []
    for call in (lambda: thing.forward(given), lambda: thing.backward(numbers(5, 3, seed=4))):
        try:
            found.append(call())
        except Exception as error:
            found.append(error)
    return thing, found


def _put(module, thing, name, value):
    setattr(thing, name, value)


def _in_closure():
    factor = 2.0

    def made(x):
        return factor * x

    def changed(value):
        nonlocal factor
        factor = value
    return made, changed


CHANGES = {
    "nothing": lambda module, thing: None,
    "another function": lambda module, thing: _put(module, thing, "function", module.other),
    "another slope": lambda module, thing: _put(module, thing, "slope", module.other),
    "no function": lambda module, thing: _put(module, thing, "function", None),
    "gone": lambda module, thing: delattr(thing, "function"),
    "a method of that name": lambda module, thing: setattr(
        module.ReLU, "function", lambda self, x: -x),
    "a property of that name": lambda module, thing: setattr(
        module.ReLU, "function", property(lambda self: module.other)),
    "other code": lambda module, thing: setattr(
        module.relu, "__code__", module.other.__code__),
    "another default": lambda module, thing: setattr(
        module.slope_of_relu, "__defaults__", (2.0,)),
    "another global": lambda module, thing: setattr(module, "LIMIT", 0.5),
    "another of that name in the module": lambda module, thing: setattr(
        module, "relu", module.other),
    "another constructor": lambda module, thing: setattr(
        module.ReLU, "__init__", lambda self: None)}


@pytest.mark.parametrize("which", CHANGES)
def test_what_is_changed_later(which):
    def program(module):
        thing = module.ReLU()
        before = used(thing)[1]
        CHANGES[which](module, thing)
        found = [before, used(thing)[1]]
        try:
            found.append(used(module.ReLU())[1])
        except Exception as error:
            found.append(error)
        return found
    assert_same_beside(GIVEN, program, adopted=["ReLU"])


@pytest.mark.parametrize("function", ["np.abs", "print", "made", "types.MethodType(relu, 3)"])
def test_functions_of_other_kinds(function):
    code = GIVEN.replace("super().__init__(relu,", f"super().__init__({function},")
    made, changed = _in_closure()

    def program(module):
        module.made, module.types = made, types
        changed(2.0)
        thing = module.ReLU()
        before = used(thing)[1]
        changed(-1.0)
        return before, used(thing)[1]
    report = assert_same_beside(code, program)
    assert "ReLU" not in report.adopted


def test_a_function_that_depends():
    code = GIVEN.replace('''    def __init__(self):
        super().__init__(relu, slope_of_relu)
''', '''    def __init__(self, leaky=False):
        super().__init__(relu, slope_of_relu)
        if leaky:
            self.function = other
''')
    def program(module):
        return used(module.ReLU())[1], used(module.ReLU(leaky=True))[1]
    assert_same_beside(code, program)


LAZY = HEAD + '''
class Dense:
    def __init__(self, neurons):
        self.neurons, self.weights, self.biases = neurons, None, None
    def forward(self, x):
        if self.weights is None:
            print("made")
            self.weights = 0.5 * np.random.randn(x.shape[1], self.neurons)
            self.biases = np.zeros((1, self.neurons))
        self.inputs = x
        self.output = np.dot(x, self.weights) + self.biases
    def backward(self, d):
        self.dweights = np.dot(self.inputs.T, d)
        self.dbiases = np.sum(d, axis=0, keepdims=True)
        self.dinputs = np.dot(d, self.weights.T)
'''


@pytest.mark.parametrize("change", [
    "pass", "thing.weights = None", "del thing.weights", "thing.weights = 3.0",
    "thing.weights = numbers(3, 2)", "thing.weights = [[1.0] * 4] * 3",
    "type(thing).weights = numbers(3, 4); del thing.weights",
    "type(thing).weights = None; del thing.weights"])
def test_weights_that_are_made_at_the_first_call(change):
    def program(module):
        thing = module.Dense(4)
        found = []
        for step in range(3):
            if step:
                exec(change, {"thing": thing, "numbers": numbers})
            for call in (lambda step=step: thing.forward(numbers(5, 3, seed=step)),
                         lambda: thing.backward(numbers(5, 4, seed=9))):
                try:
                    call()
                except Exception as error:
                    found.append((type(error).__name__, str(error)))
        return thing, found
    assert_same_beside(LAZY, program, adopted=["Dense"])


def test_a_run_of_what_is_not_made_yet():
    """`fit` has no layer of ours for one without weights: it runs theirs."""
    code = LAZY + "".join(one.removeprefix(HEAD) for one in (SOFTMAX, LOSS, SGD))
    found = []
    for adopting in (False, True):
        module = load(code)
        if adopting:
            assert "Dense" in adopt(module).adopted
        np.random.seed(3)
        layer = module.Dense(3)
        try:
            fastnn.fit([layer, module.Softmax()], module.CCE(), module.SGD(0.5), numbers(5, 4),
                       LABELS, epochs=3, verbose=False)
        except Exception as error:
            found.append((type(error), str(error)))
        else:
            found.append(layer.weights.tolist())
    assert found[0] == found[1]
