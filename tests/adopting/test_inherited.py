"""Methods of a base: ours stands where theirs is defined, for each class that inherits it."""

import inspect

import numpy as np
import pytest
from beside import DENSE, HEAD, LABELS, LOSS, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt
from fastnn.adopting.sources import original

SQUARES = '''
class MSE(Loss):
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)
    def backward(self, dvalues, y_true):
        self.dinputs = -2 * (y_true - dvalues) / len(dvalues[0]) / len(dvalues)
'''
TWO = LOSS + SQUARES
OWN = "an activation by its own formula: forward, backward"  # of twice what it is given
SHARES = np.full((5, 3), 0.25)

ABSTRACT = '''
from abc import ABC, abstractmethod
import abc
import numpy as np
class Layer(ABC):
    @abstractmethod
    def forward(self, inputs):
        self.inputs = inputs
    @abc.abstractmethod
    def backward(self, dvalues):
        raise NotImplementedError
class ReLU(Layer):
    def forward(self, inputs):
        super().forward(inputs)
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
'''


def test_a_derived_class_has_no_more_in_it_than_its_source():
    module = load(TWO)
    before = {kind: sorted(vars(kind)) for kind in (module.Loss, module.CCE, module.MSE)}
    report = adopt(module)
    assert "calculate" in report.adopted["CCE"] and "calculate" in report.adopted["MSE"]
    assert {kind: sorted(vars(kind)) for kind in before} == before
    assert "calculate" not in vars(module.CCE)
    assert original(module.Loss.calculate) is not module.Loss.calculate


@pytest.mark.parametrize("name, y", [("CCE", LABELS), ("MSE", numbers(5, 3))])
def test_each_of_two_has_its_own(name, y):
    def program(module):
        loss, bare = getattr(module, name)(), module.Loss()
        bare.forward = lambda output, y: output[0]
        return loss.calculate(SHARES, y), bare.calculate(SHARES, y), loss, module.Loss.calculate(
            loss, SHARES, y)
    assert_same_beside(TWO, program, adopted=["CCE", "MSE"])


@pytest.mark.parametrize("first", ["CCE", "MSE"])
def test_one_is_put_back_and_the_other_stays(first):
    module = load(TWO)
    plain = module.Loss.calculate
    reports = {name: adopt(getattr(module, name)) for name in ("CCE", "MSE")}
    other = "MSE" if first == "CCE" else "CCE"
    reports[first].undo()
    assert original(module.Loss.calculate) is plain is not module.Loss.calculate
    assert len(_kinds_before(module.Loss.calculate)) == 1
    assert getattr(module, other) in _kinds_before(module.Loss.calculate)
    reports[other].undo()
    assert module.Loss.calculate is plain
    assert set(adopt(module).adopted) == {"CCE", "MSE"}


def _kinds_before(function):
    """The classes for whose objects something stands before a function's lines."""
    return list(inspect.getattr_static(function, "__adopted__").place.before)


def test_who_was_adopted_first_relies_on_what_stands_there_by_now():
    """Else its own calls would be left to themselves, and nobody would be told."""
    module = load(TWO)
    adopt(module.CCE)
    adopt(module.MSE)
    before = inspect.getattr_static(module.Loss.calculate, "__adopted__").place.before
    for kind, lines in before.items():
        cells = [lines.value(name) for name in lines.followed]
        assert module.Loss.calculate in cells and kind.forward in cells


def test_what_the_base_is_given_later_is_inherited():
    def program(module):
        module.Loss.calculate = lambda self, output, y: "other"
        found = [getattr(module, name)().calculate(SHARES, LABELS) for name in ("CCE", "MSE")]
        del module.Loss.calculate
        return found, hasattr(module.CCE, "calculate")
    assert_same_beside(TWO, program, adopted=["CCE", "MSE"])


def test_a_class_derived_from_an_adopted_one_later():
    def program(module):
        class Doubled(module.CCE):
            def forward(self, y_pred, y_true):
                return 2 * super().forward(y_pred, y_true)
        return Doubled().calculate(SHARES, LABELS)
    assert_same_beside(TWO, program, adopted=["CCE"])


def test_a_base_of_another_module_stays_as_it_is():
    first = load(LOSS)
    code = HEAD + f"import sys\nLoss = sys.modules[{first.__name__!r}].Loss\n" + SQUARES
    second = load(code)
    plain = first.Loss.calculate
    assert "calculate" in adopt(second.MSE).adopted["MSE"]
    assert first.Loss.calculate is plain
    assert second.MSE().calculate(SHARES, numbers(5, 3)) == np.mean(
        np.mean((numbers(5, 3) - SHARES) ** 2, axis=-1))


def test_abstract_methods_that_derived_classes_call():
    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        relu.backward(numbers(5, 3, seed=2))
        try:
            module.Layer()
        except TypeError as error:
            return relu, str(error)
    report = assert_same_beside(ABSTRACT, program, adopted=["ReLU"])
    assert report.adopted["ReLU"] == "Activation_ReLU: forward, backward"


@pytest.mark.parametrize("decorator", ["same", "abstractmethod\n    @same", "doubled"])
def test_other_decorators_are_not_seen_through(decorator):
    code = ABSTRACT.replace("class Layer", '''
def same(function):
    return function
def doubled(function):
    def forward(self, inputs):
        self.inputs = 2 * inputs
    return forward
class Layer''').replace("@abstractmethod", f"@{decorator}", 1)

    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        return relu
    report = assert_same_beside(code, program)
    assert report.adopted.get("ReLU") in (None, OWN if decorator == "doubled" else None)


def test_a_name_that_is_not_abc_s():
    code = ABSTRACT.replace("import numpy", "def abstractmethod(function):\n    return function\n"
                            "import numpy")
    assert "ReLU" not in adopt(load(code)).adopted


def test_a_layer_that_inherits_all():
    code = DENSE + "class Wide(Dense):\n    pass\n"

    def program(module):
        layer = module.Wide(3, 2)
        layer.forward(numbers(5, 3))
        layer.backward(numbers(5, 2))
        return layer, sorted(vars(module.Wide)), module.Wide.forward is module.Dense.forward
    assert_same_beside(code, program, adopted=["Dense", "Wide"])


@pytest.mark.parametrize("base_too", [False, True])
def test_a_base_of_another_file_has_another_code(base_too):
    first = load(DENSE)
    code = (HEAD + f"import sys\nDense = sys.modules[{first.__name__!r}].Dense\n"
            "class Derived(Dense):\n    pass\n")

    def louder(self, inputs):
        self.output = inputs + 0.5

    module = load(code)
    if base_too:
        adopt(first)
    assert "forward" in adopt(module).adopted["Derived"]
    one = module.Derived(3, 2)
    one.forward(numbers(5, 3))
    assert one.output.shape == (5, 2)
    first.Dense.forward.__code__ = louder.__code__
    one.forward(numbers(5, 3))
    assert np.array_equal(one.output, numbers(5, 3) + 0.5)
