"""Dense layers that make their own step on the way back: `self.weights -= learning_rate * dW`."""

from fractions import Fraction

import numpy as np
import pytest
from beside import HEAD, assert_same_beside, numbers
from cases import cases_of
from driven import differences_of, left_to_theirs
from twins import Case, compared, twins_of

from fastnn.adopting import stepping_forms

DENSE = HEAD + '''
class Layer:
    def __init__(self):
        self.input = None
        self.output = None
    def forward(self, input):
        raise NotImplementedError
    def backward(self, output_gradient, learning_rate):
        raise NotImplementedError

class Dense(Layer):
    def __init__(self, n_inputs, n_outputs):
        self.weights = 0.1 * np.random.randn(n_inputs, n_outputs)
        self.bias = np.zeros((1, n_outputs))
    def forward(self, input):
        self.input = input
        self.output = np.dot(self.input, self.weights) + self.bias
        return self.output
    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(self.input.T, output_gradient)
        bias_gradient = np.sum(output_gradient, axis=0, keepdims=True)
        input_gradient = np.dot(output_gradient, self.weights.T)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * bias_gradient
        return input_gradient
'''
FLAT = HEAD + '''
class Affine:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m) * 0.1
        self.b = np.zeros(m)
    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b
    def step_back(self, lr, grad):
        dx = grad @ self.W.T
        self.W -= self.x.T.dot(grad) * lr
        self.b -= grad.sum(axis=0) * lr
        return dx
'''
ONE = HEAD + '''
class FCLayer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size, output_size) - 0.5
        self.bias = np.random.rand(1, output_size) - 0.5
    def forward_propagation(self, input_data):
        self.input = input_data
        self.output = np.dot(self.input, self.weights) + self.bias
        return self.output
    def backward_propagation(self, output_error, learning_rate):
        input_error = np.dot(output_error, self.weights.T)
        weights_error = np.dot(self.input.T, output_error)
        self.weights -= learning_rate * weights_error
        self.bias -= learning_rate * output_error
        return input_error
'''
KEPT = HEAD + '''
class Linear:
    def __init__(self, n, m):
        self.weights, self.biases = 0.1 * np.random.randn(n, m), np.zeros((1, m))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues, learning_rate):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights += -learning_rate * self.dweights
        self.biases += -learning_rate * self.dbiases
'''
_BIAS = "self.bias -= learning_rate * bias_gradient\n"
_INPUT = "        input_gradient = np.dot(output_gradient, self.weights.T)\n"


def anew(code):
    """Weights and biases made anew."""
    return code.replace("self.weights -= ", "self.weights = self.weights - ").replace(
        "self.bias -= ", "self.bias = self.bias - ")


def owned(code):
    """By a rate that the layer has."""
    code = code.replace(", learning_rate", "").replace("learning_rate", "self.rate")
    return code.replace("n_outputs):", "n_outputs, rate=0.1):\n        self.rate = rate")


WAYS = {
    "in place": DENSE, "anew": anew(DENSE), "flat": FLAT, "kept": KEPT,
    "its own": owned(DENSE), "its own anew": owned(anew(DENSE)),
    "its own flat": FLAT.replace("n, m):", "n, m, rate=0.1):\n        self.rate = rate").replace(
        "lr, grad", "grad").replace("lr", "self.rate"),
    "a number": DENSE.replace("-= learning_rate", "-= 0.05").replace(", learning_rate", ""),
    "flat anew": FLAT.replace("self.b -= grad.sum(axis=0) * lr",
                              "self.b = self.b - lr * grad.sum(axis=0)"),
    "one row of flat": FLAT.replace("np.zeros(m)", "np.zeros((1, m))"),
    "one": ONE, "one anew": anew(ONE)}


def twins(name, code=None):
    (found,), report = twins_of(code or WAYS[name])
    assert found.proof.form.ours.__name__ == "Layer_Dense"
    assert {one.pattern for one in found.proof.methods} == {"forward", "backward"}, report
    return found


@pytest.mark.parametrize("name", WAYS)
def test_each_case_leaves_the_same(name):
    assert differences_of(twins(name), 3, first=len(name) % 3) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_all_cases_leave_the_same(name):
    assert differences_of(twins(name), 1) == ""


@pytest.mark.parametrize("name", [
    one for one in WAYS if one not in ("one", "one anew")])
def test_it_is_ours_that_runs(name):
    assert left_to_theirs(twins(name)) == []


@pytest.mark.parametrize("name", ["one", "one anew"])
def test_of_one_sample_it_is_ours_that_runs(name, monkeypatch):
    done = []
    own = stepping_forms.sgd_update.refuses
    monkeypatch.setattr(stepping_forms, "sized", lambda *given: lambda *arrays: (
        done.append(1), own(*arrays))[1])
    found = twins(name)
    assert compared(found, Case((1, 5))) is None
    assert done


@pytest.mark.parametrize("rate", [
    0, 1, 2, 0.0, -0.0, -0.3, 1e300, 1e-320, np.nan, np.inf, True, None, np.float64(0.1),
    np.float32(0.1), np.int64(1), Fraction(1, 3), np.array(0.1), np.array([0.1, 0.2, 0.1, 0.3]),
    10**400, "0.1"], ids=repr)
@pytest.mark.parametrize("name", ["in place", "anew", "flat"])
def test_any_rate(name, rate):
    found = twins(name)
    for dtype in (np.float64, np.float32):
        assert compared(found, Case(dtype=dtype, rate=rate)) is None


@pytest.mark.parametrize("rate", [0, 1, -0.3, np.nan, True, None, np.float64(0.1), Fraction(1, 3),
                                  np.array(0.1), 10**400, "0.1"], ids=repr)
@pytest.mark.parametrize("name", ["its own", "its own flat"])
def test_any_rate_of_its_own(name, rate):
    found = twins(name)
    assert compared(found, Case(settings=(("current_learning_rate", rate),))) is None


@pytest.mark.parametrize("name", ["in place", "anew", "kept"])
def test_arrays_that_share_memory(name):
    """What theirs reads behind a change, ours would have read before."""
    inputs = "inputs" if name == "kept" else "input"
    bias = "biases" if name == "kept" else "bias"
    kind = "Linear" if name == "kept" else "Dense"

    def program(module):
        layers = []
        for share in (inputs, "gradient", "gradient and biases", "inputs and biases", "both"):
            layer = getattr(module, kind)(4, 4)
            layer.forward(numbers(4, 4))
            dvalues = numbers(4, 4, seed=3)
            if share == inputs:
                layer.weights = getattr(layer, inputs)
            elif share == "gradient":
                dvalues = layer.weights
            elif share == "gradient and biases":
                setattr(layer, bias, dvalues[2:3])
            elif share == "inputs and biases":
                setattr(layer, bias, getattr(layer, inputs)[1:2])
            else:
                setattr(layer, bias, layer.weights[1:2])
            layer.backward(dvalues, 0.5)
            layers += [layer, dvalues]
        return layers
    assert_same_beside(WAYS[name], program, adopted=[kind])


def test_who_holds_the_weights_sees_the_step_or_does_not():
    for name in ("in place", "anew"):
        def program(module):
            layer = module.Dense(3, 4)
            held = layer.weights, layer.bias
            layer.forward(numbers(5, 3))
            given = layer.backward(numbers(5, 4), 0.1)
            return layer, held, given, [one is other for one, other in zip(
                held, (layer.weights, layer.bias))]
        assert_same_beside(WAYS[name], program, adopted=["Dense"])


@pytest.mark.parametrize("old, new", [
    ("self.weights -= learning_rate", "self.weights += learning_rate"),
    ("self.bias -= learning_rate", "self.bias += learning_rate"),
    ("self.bias -= learning_rate * ", "self.bias -= 2 * learning_rate * "),
    ("self.bias -= learning_rate * bias_gradient", "pass"),
    ("self.weights -= learning_rate * weights_gradient", "self.weights -= learning_rate"),
    ("self.weights -= learning_rate * weights_gradient",
     "self.weights -= learning_rate * (weights_gradient + 0.1 * self.weights)"),
    ("np.sum(output_gradient, axis=0", "np.mean(output_gradient, axis=0"),
    ("np.sum(output_gradient, axis=0", "np.sum(output_gradient, axis=1"),
    ("np.dot(output_gradient, self.weights.T)", "np.dot(output_gradient, self.weights)"),
    ("np.dot(self.input.T, output_gradient)", "np.dot(output_gradient.T, self.input)"),
    ("np.dot(self.input.T, output_gradient)",
     "np.dot(self.input.T, output_gradient) / self.input.shape[0]"),
    ("return input_gradient", "return output_gradient"),
    ("return input_gradient", "return weights_gradient"),
    ("learning_rate * weights_gradient", "learning_rate * weights_gradient * learning_rate"),
    # which weights the gradient is of, half of it
    (_INPUT, "        w = self.weights.T\n        input_gradient = np.dot(output_gradient, w)\n"
     "        self.seen = w\n"),
    (_INPUT, "        self.turned = self.weights.T\n" + _INPUT),
])
def test_look_alikes_are_left(old, new):
    code = DENSE.replace(old, new)
    assert code != DENSE
    pairs, report = twins_of(code)
    assert pairs == [] and "Dense" in report.left


@pytest.mark.parametrize("code", [
    DENSE.replace(_INPUT, "").replace(_BIAS, _BIAS + _INPUT),
    ONE.replace("        input_error = np.dot(output_error, self.weights.T)\n", "").replace(
        "return input_error", "return np.dot(output_error, self.weights.T)")])
def test_the_gradient_of_the_weights_behind_the_step_is_left(code):
    """It is a mistake, and other digits."""
    pairs, _ = twins_of(code)
    assert pairs == []


def test_cases_are_many():
    assert len(cases_of("layer")) > 300
