"""What a program puts in the place of NumPy's functions, and around methods that were adopted."""

import functools

import numpy as np
import pytest
from beside import DENSE, LABELS, LOSS, RELU, SGD, SOFTMAX, assert_same_beside, numbers

import fastnn
from fastnn.support import own_numpy

DROPOUT = """
import numpy as np
class Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, inputs):
        self.inputs = inputs
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask
    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask
"""


def steps(module):
    """One step of each object; all that they are then."""
    made = []
    for name, given in (("Dense", (4, 3)), ("ReLU", ()), ("Softmax", ()), ("Dropout", (0.2,))):
        layer = getattr(module, name)(*given)
        layer.forward(numbers(5, 4 if name == "Dense" else 3))
        layer.backward(numbers(5, 3, seed=2))
        made.append(layer)
    loss, optimizer = module.CCE(), module.SGD(0.5, momentum=0.5)
    value = loss.calculate(np.abs(numbers(5, 3)), LABELS)
    loss.backward(np.abs(numbers(5, 3)), LABELS)
    optimizer.update_params(made[0])
    return made, value, loss.dinputs


def other(own):
    """A function that gives something else than this one, and looks like it."""
    @functools.wraps(own)
    def replaced(*given, **named):
        return 0.75 * own(*given, **named)
    if isinstance(own, np.ufunc):  # NumPy's own functions ask for it
        replaced.reduce = lambda *given, **named: 0.75 * own.reduce(*given, **named)
    return replaced


ALL = DENSE + RELU + SOFTMAX + DROPOUT + LOSS + SGD
REPLACED = ["dot", "sum", "add", "maximum", "exp", "max", "empty_like", "diagflat", "mean", "clip",
            "log", "eye", "zeros_like", "random.binomial"]


def replace(monkeypatch, name):
    """Put another function there."""
    owner, last = (np.random, name[7:]) if name.startswith("random.") else (np, name)
    monkeypatch.setattr(owner, last, other(getattr(owner, last)))


@pytest.mark.parametrize("name", REPLACED)
def test_a_function_of_numpys_that_is_replaced_later(name, monkeypatch):
    def program(module):
        with monkeypatch.context() as context:
            before = steps(module)
            replace(context, name)
            return before, steps(module)
    report = assert_same_beside(ALL, program)
    assert not report.left.keys() - {"Loss"}


@pytest.mark.parametrize("name", REPLACED)
def test_a_function_of_numpys_that_was_replaced_before(name, monkeypatch):
    replace(monkeypatch, name)
    report = assert_same_beside(ALL, steps)
    assert report.left.keys() - {"Loss"}, report.adopted


def test_what_is_numpys_own(monkeypatch):
    assert own_numpy.is_own("exp") and own_numpy.is_own("random.binomial")
    assert not own_numpy.is_own("nothing") and not own_numpy.is_own("random.nothing")
    monkeypatch.setattr(np, "random", None)
    assert not own_numpy.is_own("random.binomial")


def test_nnfs_is_known(book_numpy):
    assert own_numpy.is_own("dot") and own_numpy.is_own("zeros") and own_numpy.is_own("eye")


def counted(method, calls):
    """The method, and a count."""
    @functools.wraps(method)
    def counting(self, *given):
        calls.append(method.__name__)
        return method(self, *given)
    return counting


FAMILY = DENSE + """
class Derived(Dense):
    pass
class Own(Dense):
    def backward(self, dvalues):
        super().backward(dvalues)
"""


@pytest.mark.parametrize("name", ["Dense", "Derived", "Own"])
def test_what_is_put_around_an_adopted_method(name):
    """It has the method's attributes, and is another one: for a class that is derived, too."""
    calls = []

    def around(module):
        module.Dense.forward = counted(module.Dense.forward, calls)

    def adopting(module):
        report = fastnn.adopt(module.Dense)
        around(module)
        again = fastnn.adopt(module.Derived, module.Own)
        assert set(again.left) == {"Derived", "Own"}
        return report

    def program(module):
        if not hasattr(module.Dense.forward, "__wrapped__"):
            around(module)
        layer = getattr(module, name)(4, 3)
        del calls[:]
        layer.forward(numbers(5, 4))
        layer.backward(numbers(5, 3))
        return list(calls), layer
    assert_same_beside(FAMILY, program, adopted=["Dense"], adopting=adopting)
