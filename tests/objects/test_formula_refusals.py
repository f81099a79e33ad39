"""Formulas that are refused when their class is made, and the words that say why."""

import itertools
import math

import numpy as np
import own_formulas
import pytest
from kernel_numpy import quiet

from fastnn import (
    Activation,
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Layer_Dense,
    Optimizer,
    Optimizer_AdamW,
    Optimizer_SGD,
    PointwiseLoss,
    registry,
    why_not,
)


@pytest.fixture(autouse=True)
def clean():
    with own_formulas.forgotten():
        yield


def activation(formula, slope=None, base=Activation):
    """A class of these formulas."""
    def zero(dvalues, inputs):
        return 0 * dvalues
    return type("Own", (base,), {"formula": formula, "slope": slope or zero})


def branching(inputs):
    return inputs if inputs > 0 else 0 * inputs


def both(inputs):
    return np.where(inputs > 0 and inputs < 1, inputs, 0)


def changing(inputs):
    inputs += 1
    return inputs


def assigning(inputs):
    inputs[0] = 1
    return inputs


def with_out(inputs):
    np.exp(inputs, out=inputs)
    return inputs


def asking(inputs):
    return inputs * 2.0 if isinstance(inputs, np.ndarray) else inputs * 3.0


CALLS = itertools.count(1)


def counting(inputs):
    return inputs * float(next(CALLS))


def keeping(inputs, kept=[]):  # noqa: B006
    kept.append(inputs)
    return kept[0] * 2.0


def endless(inputs):
    for _ in range(5000):
        inputs = inputs + 1.0
    return inputs


C = np.float64(0.5)

FORMULAS = {
    "the type of its argument": (asking, "something else of arrays than of what it is compiled"),
    "a result for each call": (counting, "nor change from call to call"),
    "what it was given first": (lambda inputs: keeping(inputs), "float32 arrays .* makes object"),
    "too many terms": (endless, "endless: it has too many terms within one another"),
    "a tuple": (lambda inputs: (inputs, inputs), "must give one array, got a tuple of 2"),
    "math": (lambda inputs: math.exp(inputs) * inputs, r"np\.exp\(x\) is compiled, not math"),
    "float": (lambda inputs: float(inputs) * inputs, "no number can be taken out of an array"),
    "len": (lambda inputs: len(inputs) * inputs, "no number can be taken out of an array"),
    "a branch": (branching, r"write np\.where\(x > 0, a, b\) for `a if x > 0 else b`"),
    "and": (both, "& and | for `and` and `or`"),
    "a NumPy number": (lambda inputs: C * inputs, r"float64\(0\.5\) is a NumPy number.*float\("),
    "an array": (lambda inputs: np.ones(3) * inputs, "neither an array of the formula nor a plain"),
    "None": (lambda inputs: inputs + None, "None is neither an array"),
    "+=": (changing, r"write x = x \+ y for x \+= y"),
    "an item written": (assigning, "nothing is assigned to parts of arrays"),
    "an item": (lambda inputs: inputs[0], "no part of an array can be taken"),
    "out": (with_out, "an argument cannot be changed"),
    "an unknown ufunc": (lambda inputs: np.sin(inputs), r"np\.sin is not compiled\. There are \+"),
    "an unknown function": (lambda inputs: np.roll(inputs, 1), r"np\.roll is not compiled"),
    "a sum": (lambda inputs: inputs - np.sum(inputs), r"np\.sum is not compiled"),
    "a reduction": (lambda inputs: np.add.reduce(inputs), "can only be called plainly"),
    "a method": (lambda inputs: inputs.clip(0, 1), r"an array's \.clip is not compiled"),
    "options of a function": (lambda inputs: np.exp(inputs, where=True), "called plainly"),
    "a third power": (lambda inputs: inputs**3, r"write x \* x \* x"),
    "a power of an array": (lambda inputs: 2.0**inputs, "no number to the power of an array"),
    "a matrix product": (lambda inputs: inputs @ inputs, r"np\.matmul is not compiled"),
    "a number": (lambda inputs: 1.0, "must give an array that depends on its arguments, got 1.0"),
    "an option": (lambda inputs, a=1: a, "depends on its arguments, got number"),
    "a truth value": (lambda inputs: inputs > 0, "depends on its arguments, got truth"),
    "nothing": (lambda inputs: None, "depends on its arguments, got None"),
    "exp of an option": (lambda inputs, a=1: np.exp(a) * inputs, r"np\.exp of plain numbers"),
    "abs of an option": (lambda inputs, a=1: np.where(inputs > np.abs(a), inputs, 0),
                         r"np\.absolute of plain numbers makes a float64"),
    "options added by NumPy": (lambda inputs, a=1: inputs * np.add(a, 1), r"np\.add of plain"),
    "options compared": (lambda inputs, a=1: np.where(a > 0, inputs, 0), "one must be an array"),
    "a quotient of options": (lambda inputs, a=1: inputs * (1 / a), "raises in Python where"),
    "no condition": (lambda inputs: np.where(inputs, 1, 0), "wants a comparison first"),
    "minus a truth value": (lambda inputs: inputs * -(inputs > 0), "a truth value is no number"),
    "too many options": (lambda inputs, a=1, b=1, c=1, d=1, e=1, f=1, g=1: inputs * a,
                         "a formula may have 6 options at most, got 7"),
    "an option before the array": (lambda alpha, inputs: inputs * alpha, "its arguments must be"),
    "self": (lambda self, inputs: inputs, r"must be arrays \(inputs\), then options"),
    "any options": (lambda inputs, *more: inputs, "each with a name"),
    "named options": (lambda inputs, *, alpha=1: inputs * alpha, "each with a name"),
    "another name": (lambda x: x, "its arguments must be|must be a function|symbol|array"),
    "the name of a method": (lambda inputs, forward=1: inputs * forward, "cannot be called 'forw"),
    "the output": (lambda inputs, output=1: inputs * output, "an option cannot be called 'output'"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_that_cannot_be_compiled(name):
    formula, words = FORMULAS[name]
    with pytest.raises(TypeError, match=words), quiet():
        activation(formula)
    assert "Own" not in {one.kind.__name__ for one in registry.entries()}


def test_slopes_that_are_none():
    cube, x = (lambda inputs: inputs * inputs * inputs), "at -4.1234"
    with pytest.raises(ValueError, match=f"Own: slope is .* {x}, where the formula's derivative"):
        activation(cube, lambda dvalues, inputs: 2 * dvalues * inputs**2)
    with pytest.raises(ValueError, match="neither formula nor slope is a number"):
        activation(lambda inputs: inputs * np.inf * 0, lambda dvalues, inputs: dvalues)
    with pytest.raises(TypeError, match="Own: slope must be .* arrays, and there is none$"):
        type("Own", (Activation,), {"formula": cube})
    with pytest.raises(TypeError, match="Own: formula must be a function of arrays$"):
        activation(np.tanh)
    with pytest.raises(TypeError, match="slope must be a function of dvalues, then of inputs"):
        activation(cube, lambda inputs, dvalues: 3 * inputs**2 * dvalues)
    with pytest.raises(TypeError, match="slope must be a function of dvalues, then of inputs"):
        activation(cube, lambda dvalues: dvalues)
    with pytest.raises(TypeError, match="slope has options .'beta',., the formula"):
        activation(cube, lambda dvalues, inputs, beta: 3 * inputs**2 * dvalues)


def test_losses_that_are_none():
    def loss(formula, slope):
        return type("Own", (PointwiseLoss,), {"formula": formula, "slope": slope})

    def squared(y_pred, y_true):
        return (y_pred - y_true) ** 2

    with pytest.raises(ValueError, match="Own: slope is .*, where the formula's derivative is"):
        loss(squared, lambda y_pred, y_true: 2 * (y_true - y_pred))
    with pytest.raises(TypeError, match="Own: slope must be a function of arrays"):
        type("Own", (PointwiseLoss,), {"formula": squared})
    for formula in (lambda y_true, y_pred: (y_pred - y_true) ** 2, lambda y_pred: y_pred,
                    lambda p, y: (p - y) ** 2):
        with pytest.raises(TypeError, match="first arguments must be y_pred and y_true"):
            loss(formula, lambda y_pred, y_true: 2 * (y_pred - y_true))
    with pytest.raises(TypeError, match="cannot be called 'accumulated_sum'"):
        loss(lambda y_pred, y_true, accumulated_sum=1: (y_pred - y_true) ** 2,
             lambda y_pred, y_true: 2 * (y_pred - y_true))


def asking_update(parameters, gradient, lr, t):
    return parameters - gradient * (2.0 if isinstance(gradient, np.ndarray) else 3.0)


UPDATES = {
    "the type of its argument": (asking_update, (), "something else of arrays than of what"),
    "states without a name": (lambda parameters, gradient, m, lr, t: (parameters, m), (),
                              r"named by the class: states = \(\"m\",\)"),
    "no t": (lambda parameters, gradient, lr: parameters, (), "its arguments must be parameters"),
    "turned": (lambda gradient, parameters, lr, t: gradient, (), "its arguments must be param"),
    "no state": (lambda parameters, gradient, lr, t: parameters, ("m",), "must be parameters, gr"),
    "one result": (lambda parameters, gradient, m, lr, t: parameters, ("m",),
                   "must give parameters, m, got 1"),
    "many": (lambda parameters, gradient, lr, t, a=1, b=1, c=1, d=1, e=1, f=1, g=1, h=1, i=1:
             parameters, (), "at most 8 options"),
    "states": (lambda parameters, gradient, a, b, c, d, e, f, g, lr, t: parameters,
               tuple("abcdefg"), "at most 6 states, got 7"),
    "root of t": (lambda parameters, gradient, lr, t: parameters - np.sqrt(t), (), "plain numbers"),
    "quotient": (lambda parameters, gradient, lr, t: parameters - lr / t * gradient, (), "divisor"),
    "iterations": (lambda parameters, gradient, lr, t, iterations=1: parameters * iterations, (),
                   "an option cannot be called 'iterations'"),
    "a rate": (lambda parameters, gradient, lr, t, decay=1: parameters * decay, (), "'decay'"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates_that_are_none(name):
    update, states, words = UPDATES[name]
    with pytest.raises(TypeError, match=words):
        type("Own", (Optimizer,), {"states": states, "update": update})


def test_the_options_of_an_update_of_ones_own_are_any_numbers():
    def update(parameters, gradient, lr, t, offset=-1.0, beta_1=1.5, signed=False):
        return np.where(signed, parameters, parameters + beta_1) + offset

    own = type("Own", (Optimizer,), {"update": update})
    assert vars(own()) | {"offset": -1.0, "beta_1": 1.5, "signed": False} == vars(own())
    assert own(signed=True, beta_1=-2).signed is True
    with pytest.raises(TypeError, match="^Own: beta_1 must be a number, got 'x'$"):
        own(beta_1="x")
    with pytest.raises(ValueError, match="^Own: learning_rate must be at least 0, got -1$"):
        own(-1)
    with pytest.raises(ValueError, match="^OwnKind: beta_1 must be from 0 to 1, got 1.5$"):
        type("OwnKind", (Optimizer_AdamW,), {})(beta_1=1.5)


def test_the_formula_that_cannot_be_compiled_is_named():
    with pytest.raises(TypeError, match=r"Cubed\.formula: of the powers of arrays only \*\* 2 is"):
        class Cubed(Activation):
            def formula(inputs):
                return inputs**3

            def slope(dvalues, inputs):
                return dvalues * 3 * inputs * inputs


@pytest.mark.parametrize("name", ["A B", "1x", "a.b", "x" * 300])
def test_a_class_may_have_any_name(name):
    own = type(name, (Activation,), {"formula": lambda inputs: inputs * 2.0,
                                     "slope": lambda dvalues, inputs: dvalues * 2.0})()
    own.forward(np.ones((2, 3), np.float32))
    assert np.array_equal(own.output, np.full((2, 3), 2, np.float32))


def test_whole_numbers_are_python_s(book_numpy):
    """Their squares are exact in Python, whatever their size: then NumPy computes."""
    def formula(inputs, k=2):
        return inputs * (k * k - 9007199515875288)

    def slope(dvalues, inputs, k=2):
        return dvalues * (k * k - 9007199515875288)

    own = type("Own", (Activation,), {"formula": formula, "slope": slope})(k=94906267)
    x = np.ones((2, 3), np.float32)
    own.forward(x)
    assert np.array_equal(own.output, formula(x, 94906267)) and own.output.all()
    assert "powers may be beyond float64's" in why_not(
        [Layer_Dense(2, 3), own], Activation_Softmax_Loss_CategoricalCrossentropy(),
        Optimizer_SGD())
