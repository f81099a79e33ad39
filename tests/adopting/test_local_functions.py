"""Functions that a constructor makes for each object, and layers that are told of a rate which is
nothing to them.
"""

import types

import numpy as np
import pytest
from beside import HEAD, assert_same_beside, numbers
from driven import differences_of, left_to_theirs
from twins import twins_of

BASE = HEAD + '''
class Activation:
    def __init__(self, activation, activation_prime):
        self.activation = activation
        self.activation_prime = activation_prime
    def forward(self, input):
        self.input = input
        return self.activation(self.input)
    def backward(self, output_gradient, learning_rate):
        return np.multiply(output_gradient, self.activation_prime(self.input))
'''
DEFS = BASE + '''
class Sigmoid(Activation):
    def __init__(self):
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        def sigmoid_prime(x):
            s = sigmoid(x)
            return s * (1 - s)
        super().__init__(sigmoid, sigmoid_prime)
'''
LAMBDAS = BASE + '''
class Tanh(Activation):
    def __init__(self):
        tanh = lambda x: np.tanh(x)
        tanh_prime = lambda x: 1 - np.tanh(x) ** 2
        super().__init__(tanh, tanh_prime)
'''
ONE_LINE = BASE + '''
class ReLU(Activation):
    def __init__(self):
        super().__init__(lambda x: np.maximum(0, x), lambda x: np.where(x > 0, 1.0, 0.0))
'''
ITS_OWN = HEAD + '''
class Cubic:
    def __init__(self):
        self.f = lambda x: x * x * x
        self.slope = lambda x: 3 * x * x
    def forward(self, x):
        self.x = x
        self.output = self.f(x)
    def backward(self, d, lr):
        self.dinputs = d * self.slope(self.x)
'''
BOTH = LAMBDAS.replace("1 - np.tanh(x) ** 2", "1 - tanh(x) ** 2")
WAYS = {"defs": DEFS, "lambdas": LAMBDAS, "one calls the other": BOTH,
        "one line": ONE_LINE, "its own": ITS_OWN}
KINDS = {"defs": "Sigmoid", "lambdas": "Tanh", "one calls the other": "Tanh",
         "one line": "ReLU", "its own": "Cubic"}


@pytest.mark.parametrize("name", WAYS)
def test_it_is_adopted_and_each_case_leaves_the_same(name):
    (found,), _ = twins_of(WAYS[name])
    assert (found.name, found.proof.form.ours.__name__) == (KINDS[name], "Activation_Own")
    assert left_to_theirs(found) == []
    assert differences_of(found, 5) == ""


def used(thing):
    given, found = numbers(5, 3), []
    for call in (lambda: thing.forward(given), lambda: thing.backward(numbers(5, 3, seed=4), 0.1)):
        try:
            found.append(call())
        except Exception as error:
            found.append(error)
    return thing.__class__.__name__, found


def _with_other_closure(module, thing):
    """The same code, another function around."""
    slope = thing.activation_prime
    thing.activation_prime = types.FunctionType(
        slope.__code__, slope.__globals__, "slope", None, (types.CellType(lambda x: 2 * x),))


def _with_empty_closure(module, thing):
    slope = thing.activation_prime
    thing.activation_prime = types.FunctionType(
        slope.__code__, slope.__globals__, "slope", None, (types.CellType(),))


def _with_other_globals(module, thing):
    thing.activation = types.FunctionType(thing.activation.__code__, {"np": _Other})


class _Other:
    exp = staticmethod(np.cosh)


CHANGES = {
    "nothing": lambda module, thing: None,
    "another function": lambda module, thing: setattr(thing, "activation", lambda x: x + 1),
    "another's": lambda module, thing: setattr(
        thing, "activation", module.Sigmoid().activation),
    "swapped": lambda module, thing: vars(thing).update(
        activation=thing.activation_prime, activation_prime=thing.activation),
    "no function": lambda module, thing: setattr(thing, "activation_prime", None),
    "gone": lambda module, thing: delattr(thing, "activation_prime"),
    "other code": lambda module, thing: setattr(
        thing.activation, "__code__", (lambda x: x - 1).__code__),
    "what it calls has other code": lambda module, thing: setattr(
        thing.activation_prime.__closure__[0].cell_contents, "__code__",
        (lambda x: 2 * x).__code__),
    "what it calls is another": lambda module, thing: setattr(
        thing.activation_prime.__closure__[0], "cell_contents", lambda x: -x),
    "a default": lambda module, thing: setattr(thing.activation, "__defaults__", (1.0,)),
    "another closure": _with_other_closure, "an empty closure": _with_empty_closure,
    "other globals": _with_other_globals,
    "another NumPy": lambda module, thing: setattr(module, "np", _Other)}


@pytest.mark.parametrize("which", CHANGES)
def test_what_is_changed_later(which):
    def program(module):
        thing, other = module.Sigmoid(), module.Sigmoid()
        before = used(thing)
        CHANGES[which](module, thing)
        return before, used(thing), used(other)
    assert_same_beside(DEFS, program, adopted=["Sigmoid"])


@pytest.mark.parametrize("old, new", [
    ("return s * (1 - s)", "return s * (2 - s)"),
    ("(sigmoid, sigmoid_prime)", "(sigmoid_prime, sigmoid)"),
    ("(sigmoid, sigmoid_prime)", "(sigmoid, sigmoid)"),
    # of a name that is another thing by the time it is called
    ("        super().__init__(sigmoid, sigmoid_prime)",
     "        super().__init__(sigmoid, sigmoid_prime)\n        sigmoid = np.tanh"),
    ("        def sigmoid_prime(x):", "        def sigmoid(x):\n            return np.tanh(x)\n"
     "        def sigmoid_prime(x):"),
    ("        def sigmoid_prime(x):", "        sigmoid = np.vectorize(sigmoid)\n"
     "        def sigmoid_prime(x):"),
    ("        def sigmoid_prime(x):", "        def change():\n            nonlocal sigmoid\n"
     "            sigmoid = np.tanh\n        self.change = change\n        def sigmoid_prime(x):"),
    # what it is called with
    ("def sigmoid(x):", "def sigmoid(x, scale=1.0):"),
    ("def __init__(self):", "def __init__(self, scale=1.0):\n        one = scale"),
    ("def sigmoid(x):", "@np.vectorize\n        def sigmoid(x):"),
    ("return 1 / (1 + np.exp(-x))", "yield 1 / (1 + np.exp(-x))"),
    ("return np.multiply(output_gradient,", "return learning_rate * np.multiply(output_gradient,"),
    ("return np.multiply(output_gradient, ", "self.w = learning_rate * output_gradient\n"
     "        return np.multiply(output_gradient, "),
])
def test_look_alikes_are_left(old, new):
    code = DEFS.replace(old, new)
    if "one = scale" in new:
        code = code.replace("(1 + np.exp(-x))", "(one + np.exp(-x))")
    assert code != DEFS
    pairs, report = twins_of(code)
    assert pairs == [] and "Sigmoid" in report.left


@pytest.mark.parametrize("line", ["tanh = np.sin", "tanh, self.b = np.sin, 1", "del tanh",
                                  "self.all = [tanh := f for f in [np.sin]]",
                                  "for tanh in [np.sin]: pass", "import math as tanh"])
def test_a_name_that_is_another_later_is_left(line):
    for code in (BOTH.replace("        super()", f"        {line}\n        super()"), BOTH.replace(
            "tanh_prime)\n", f"tanh_prime)\n        {line}\n")):
        pairs, report = twins_of(code)
        assert pairs == [] and "Tanh" in report.left


def test_two_that_are_made_in_one_line_are_told_apart():
    code = LAMBDAS.replace("tanh = lambda x: np.tanh(x)\n        tanh_prime =",
                           "tanh, tanh_prime = lambda x: np.tanh(x),")
    (found,), _ = twins_of(code)
    assert differences_of(found, 11) == ""


def test_a_method_that_makes_functions_is_not_read():
    code = LAMBDAS.replace("return self.activation(self.input)",
                           "f = lambda x: np.tanh(x)\n        return f(self.input)")
    pairs, report = twins_of(code)
    assert pairs == [] and "a function within it" in report.left["Tanh"]
