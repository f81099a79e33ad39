"""What their own lines raise where ours do not compute: told as it would be without us."""

import traceback
import warnings

import numpy as np
import pytest
from beside import COMBINED, DENSE, LABELS, LOSS, RELU, SGD, Layer, assert_same_beside, numbers


def told(function, *given):
    """The traceback, from the test on, without the name of the file: each module has another."""
    try:
        function(*given)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        return repr(error), [(one.name, one.lineno, one.line) for one in frames]
    return "nothing was raised"


REFUSED = {
    "a layer's inputs": (DENSE, lambda m: (m.Dense(4, 3).forward, numbers(5, 3))),
    "a layer's gradients": (DENSE, lambda m: (m.Dense(4, 3).backward, numbers(5, 3))),
    "no array": (RELU, lambda m: (m.ReLU().backward, None)),
    "what a method calls": (LOSS, lambda m: (m.CCE().calculate, numbers(5, 3), LABELS[:3])),
    "what a part calls": (COMBINED, lambda m: (m.Both().forward, numbers(5, 3), LABELS[:3])),
    "a layer without gradients": (SGD, lambda m: (m.SGD().update_params, object())),
    "a step that does not fit": (SGD, lambda m: (m.SGD(0.1).update_params, _broken())),
}


def _broken():
    layer = Layer()
    layer.dbiases = numbers(2, 3)
    return layer


@pytest.mark.parametrize("what", REFUSED)
def test_a_traceback(what):
    code, calls = REFUSED[what]

    def program(module):
        said = told(*calls(module))
        assert said != "nothing was raised"
        return said
    report = assert_same_beside(code, program)
    assert report.adopted


INHERITED = DENSE + """
class Derived(Dense):
    pass
class Own(Dense):
    def forward(self, inputs):
        super().forward(inputs)
        self.output = self.output * 2
"""


@pytest.mark.parametrize("name", ["Derived", "Own"])
def test_a_traceback_of_what_is_inherited(name):
    def program(module):
        return told(getattr(module, name)(4, 3).forward, numbers(5, 3))
    assert_same_beside(INHERITED, program, adopted=["Dense", "Derived"])


def test_a_method_that_is_inherited_from_another_later():
    def program(module):
        module.Dense.forward = lambda self, inputs: setattr(self, "output", inputs.shape)
        layer = module.Derived(4, 3)
        layer.forward(numbers(5, 4))
        return layer
    assert_same_beside(INHERITED, program, adopted=["Derived"])


def test_one_line_methods_raise_where_they_stand():
    code = "import numpy as np\nclass Act:\n" + (
        "    def forward(self, inputs): self.inputs = inputs; self.output = np.maximum(0, inputs)\n"
        "    def backward(self, dvalues): self.dinputs = dvalues.copy(); "
        "self.dinputs[self.inputs <= 0] = 0\n")

    def program(module):
        act = module.Act()
        act.forward(numbers(5, 3))
        return told(act.backward, numbers(4, 3)), told(act.backward, 3), act
    assert_same_beside(code, program, adopted=["Act"])


@pytest.mark.parametrize("filters", [
    [("error",)], [("error", RuntimeWarning)], [("ignore",), ("error",)],
    [("error",), ("ignore", RuntimeWarning)], [("error", Warning), ("ignore", UserWarning)],
    [("error", UserWarning)]], ids=str)
def test_warnings_that_are_raised(filters):
    """Ours warn of nothing: then their own lines run."""
    def program(module):
        both, dense = module.Both(), module.Dense(3, 3)
        found = []
        for wanted in (filters, [("ignore",)], filters):
            with warnings.catch_warnings():
                for one in wanted:
                    warnings.simplefilter(*one)
                found += [told(both.activation.forward, np.array([[np.inf, np.inf]])),
                          told(both.loss.backward, np.zeros((2, 3)), LABELS[:2]),
                          told(dense.forward, np.full((2, 3), 1e308) * [[1, -1, 1], [1, 1, 1]])]
        return found, both
    assert_same_beside(COMBINED + DENSE, program, adopted=["Both", "Softmax", "CCE", "Dense"])


def test_a_warning_that_is_raised_by_its_text():
    def program(module):
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="divide by zero")
            return told(module.CCE().backward, np.zeros((2, 3)), LABELS[:2])
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_warnings_that_are_raised_when_a_class_is_adopted():
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        def program(module):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return told(module.CCE().backward, np.zeros((2, 3)), LABELS[:2])
        assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_filter_that_is_exchanged_in_its_list():
    """The list was as long as before, and its first filter the same."""
    def program(module):
        loss = module.CCE()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.simplefilter("ignore", ImportWarning)
            found = [told(loss.backward, np.zeros((2, 3)), LABELS[:2])]
            warnings.filters[1] = ("error", None, RuntimeWarning, None, 0)
            return [*found, told(loss.backward, np.zeros((2, 3)), LABELS[:2])]
    assert_same_beside(LOSS, program, adopted=["CCE"])
