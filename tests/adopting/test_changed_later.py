"""What is changed after `adopt`: methods, parts, NumPy, globals, the class itself."""

import types

import numpy as np
import pytest
from beside import (
    COMBINED,
    DENSE,
    LABELS,
    LOSS,
    RELU,
    SGD,
    SOFTMAX,
    Layer,
    assert_same_beside,
    numbers,
)
from programs_of_classes import load

from fastnn.adopting import adopt


def trebled(self, x, *more):
    """What somebody puts in the place of a forward."""
    self.output = 3 * x
    return self.output[:, 0]


def test_a_forward_put_into_a_class_later():
    def program(module):
        module.CCE.forward = trebled
        loss = module.CCE()
        return loss.calculate(numbers(5, 3), LABELS), loss
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_put_into_the_base_later():
    def program(module):
        module.Loss.calculate = lambda self, output, y: 42
        return module.CCE().calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_put_into_an_object():
    def program(module):
        loss = module.CCE()
        loss.forward = types.MethodType(trebled, loss)
        return loss.calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_deleted_later():
    def program(module):
        del module.CCE.forward
        return module.CCE().calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


@pytest.mark.parametrize("where", ["the class", "the object", "the base", "another object"])
def test_parts_that_are_changed_later(where):
    def program(module):
        both = module.Both()
        if where == "the class":
            module.Softmax.forward = trebled
        elif where == "the object":
            both.activation.forward = types.MethodType(trebled, both.activation)
        elif where == "the base":
            module.Loss.calculate = lambda self, output, y: 42
        else:
            both.activation = types.SimpleNamespace(
                forward=lambda x: None, output=np.full((5, 3), 0.25))
        return both.forward(numbers(5, 3), LABELS), both.backward(both.output, LABELS), both
    assert_same_beside(COMBINED, program, adopted=["Softmax", "CCE", "Both"])


@pytest.mark.parametrize("gone", ["activation", "loss"])
@pytest.mark.parametrize("instead", [None, 3, "nothing"])
def test_parts_that_are_no_objects(gone, instead):
    def program(module):
        both = module.Both()
        both.forward(numbers(5, 3), LABELS)
        if instead == "nothing":
            delattr(both, gone)
        else:
            setattr(both, gone, instead)
        return both.backward(both.output, LABELS), both
    assert_same_beside(COMBINED, program, adopted=["Both"])


@pytest.mark.parametrize("name", ["exp", "sum", "dot", "max"])
def test_numpy_with_another_function(name, monkeypatch):
    right = getattr(np, name)

    def other(*args, **named):
        return right(*args, **named) + 1

    def program(module):
        with monkeypatch.context() as patch:
            patch.setattr(np, name, other)
            relu, dense, softmax = module.ReLU(), module.Dense(3, 3), module.Softmax()
            for thing in relu, dense, softmax:
                thing.forward(numbers(5, 3))
            return relu, dense, softmax
    assert_same_beside(RELU + DENSE + SOFTMAX, program, adopted=["ReLU", "Dense", "Softmax"])


def test_another_numpy():
    def program(module):
        module.np = types.SimpleNamespace(maximum=lambda a, b: b + 1)
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        return relu
    assert_same_beside(RELU, program, adopted=["ReLU"])


@pytest.mark.parametrize("later", [0.5, 0, -0.0, np.float64(0.1), "a", None])
def test_globals_that_change(later):
    code = "EPS, ZERO = 1e-7, 0\n" + RELU.replace("maximum(0,", "maximum(ZERO,").replace(
        "= 0\n", "= ZERO\n")

    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        module.ZERO = later
        try:
            relu.forward(numbers(5, 3))
            relu.backward(numbers(5, 3))
        except Exception as error:
            return error, relu
        return relu
    assert_same_beside(code, program)


def test_a_helper_that_changes():
    code = RELU.replace("np.maximum(0, inputs)", "positive(inputs)") + '''
def positive(x, least=0):
    return np.maximum(least, x)
'''
    def program(module):
        relu, found = module.ReLU(), []
        for change in ("positive.__defaults__ = (2,)", "positive.__code__ = (lambda x: x).__code__",
                       "positive = abs", "del positive"):
            try:
                exec(change, module.__dict__)
                relu.forward(numbers(5, 3))
            except Exception as error:
                found.append(error)
            else:
                found.append(relu.output)
        return found
    assert_same_beside(code, program)


def test_builtins_that_change():
    code = SOFTMAX

    def program(module):
        module.zip = lambda *of: [(a, b) for a, b in zip(*of)][:2]
        softmax = module.Softmax()
        softmax.forward(numbers(5, 3))
        softmax.backward(numbers(5, 3))
        return softmax.dinputs[:2]
    assert_same_beside(code, program, adopted=["Softmax"])


@pytest.mark.parametrize("what", ["__setattr__", "__getattribute__", "__getattr__", "output"])
def test_a_class_that_looks_on_from_now_on(what):
    def program(module):
        seen = []
        relu = module.ReLU()
        relu.forward(numbers(5, 3))

        def looking_on(self, name, *value):
            seen.append(name)
            return getattr(object, what)(self, name, *value)
        if what == "output":
            module.ReLU.output = property(lambda self: 3, lambda self, value: seen.append("set"))
        elif what == "__getattr__":
            module.ReLU.__getattr__ = lambda self, name: seen.append(name)
        else:
            setattr(module.ReLU, what, looking_on)
        relu.forward(numbers(5, 3))
        return seen
    assert_same_beside(RELU, program, adopted=["ReLU"])


def test_a_layer_that_looks_on_from_now_on():
    def program(module):
        seen = []
        kind = type("Watched", (Layer,), {})
        layer, optimizer = kind(), module.SGD()
        optimizer.update_params(layer)
        kind.__setattr__ = lambda self, name, value: seen.append(name)
        optimizer.update_params(layer)
        return seen, layer.weights
    assert_same_beside(SGD, program, adopted=["SGD"])


def test_code_that_a_function_is_given_between_two_adoptions():
    """What was read of a function is what it was."""
    module = load(RELU)
    report = adopt(module)
    assert set(report.adopted) == {"ReLU"}
    report.undo()
    module.ReLU.forward.__code__ = trebled_by_code.__code__
    assert not adopt(module).adopted
    layer = module.ReLU()
    layer.forward(numbers(5, 3))
    assert np.array_equal(layer.output, 3 * numbers(5, 3))


def trebled_by_code(self, inputs):
    """Of the same arguments as a forward of theirs."""
    self.output = 3 * inputs


@pytest.mark.parametrize("change", ["another base", "a __setattr__ of the base",
                                    "a __getattribute__ of the base"])
def test_a_base_that_is_changed_later(change):
    """Ours, which stood in the class itself, did what the base had done before."""
    def program(module):
        seen = []

        def doubled(self, name, value):
            object.__setattr__(self, name, value * 2)

        def noted(self, name):
            seen.append(name)
            return object.__getattribute__(self, name)
        if change == "another base":
            module.Both.__bases__ = (type("Counted", (module.Loss,), {
                "calculate": lambda self, output, y: 42, "__init__": module.Loss.__init__}),)
        elif change.startswith("a __setattr__"):
            module.Loss.__setattr__ = doubled
        else:
            module.Loss.__getattribute__ = noted
        loss = module.Both()
        found = [loss.calculate(np.abs(numbers(5, 3)), LABELS)]
        loss.backward(np.abs(numbers(5, 3)), LABELS)
        return found, vars(loss)["dinputs"], [one for one in seen if not one.startswith("__")]
    code = LOSS.replace("class CCE(", "class Both(")
    assert_same_beside(code, program, adopted=["Both"])
