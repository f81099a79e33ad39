"""A function may be given another code, or other defaults, and stay the same function: IPython's
autoreload does that with whatever was edited.
"""

import ast

import numpy as np
import pytest
from beside import COMBINED, DENSE, HEAD, LABELS, RELU, SGD, SOFTMAX, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt

HELPED = SOFTMAX.replace("np.exp(inputs - np.max(inputs, axis=1, keepdims=True))", "exps_of(inputs)"
                         ).replace("class Softmax", '''
def exps_of(inputs):
    return np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
class Softmax''')
WITHIN = SOFTMAX.replace("np.exp(inputs - np.max(inputs, axis=1, keepdims=True))",
                         "self.exps_of(inputs)").replace("class Softmax", '''
class Base:
    def exps_of(self, inputs):
        return np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
class Softmax(Base)''')
DOUBLED = COMBINED.replace("def calculate(self, output, y):", '''
    def calculate(self, output, y, twice=False):
        if twice:
            return 2 * np.mean(self.forward(output, y))'''.strip())


def _twice(name, method, *more):
    """Gives a class's method the code of one that does something else, in the middle."""
    def program(module):
        found = []
        for _ in range(2):
            one = getattr(module, name)(*more)
            found.append(_used(one))
            getattr(module, name).__dict__[method].__code__ = _other.__code__
            found.append(_used(one))
        return found
    return program


def _other(self, inputs):
    self.output = inputs * 3


def _used(one):
    one.forward(numbers(5, 3))
    return dict(vars(one))


@pytest.mark.parametrize(("code", "name", "more"), [
    (DENSE, "Dense", (3, 4)), (RELU, "ReLU", ()), (SOFTMAX, "Softmax", ())])
def test_another_code_is_what_runs(code, name, more):
    """It was refused: "forward() requires a code object with 23 free vars, not 0"."""
    assert_same_beside(code, _twice(name, "forward", *more), adopted=[name])


@pytest.mark.parametrize(("owner", "method"), [
    ("Loss", "calculate"), ("CCE", "forward"), ("Softmax", "forward")])
def test_who_follows_a_method_sees_its_other_code(owner, method):
    others = {"calculate": lambda self, output, y: 2.5,
              "forward": lambda self, *given: setattr(self, "output", given[0] + 1) or given[0]}

    def program(module):
        both = module.Both()
        found = [both.forward(numbers(5, 3), LABELS)]
        getattr(module, owner).__dict__[method].__code__ = others[method].__code__
        return [*found, both.forward(numbers(5, 3), LABELS), both]
    assert_same_beside(COMBINED, program, adopted=["Both", "CCE", "Softmax"])


@pytest.mark.parametrize(("code", "where"), [(HELPED, None), (WITHIN, "Base")])
def test_a_helper_with_another_code(code, where):
    def program(module):
        softmax = module.Softmax()
        softmax.forward(numbers(5, 3))
        found = [softmax.output]
        helper = vars(getattr(module, where) if where else module)["exps_of"]
        helper.__code__ = (lambda *given: np.ones((5, 3))).__code__
        softmax.forward(numbers(5, 3))
        return [*found, softmax.output]
    assert_same_beside(code, program, adopted=["Softmax"])


def test_other_defaults_of_a_method_that_is_followed():
    def program(module):
        both = module.Both()
        found = [both.forward(numbers(5, 3), LABELS)]
        module.Loss.calculate.__defaults__ = (True,)
        return [*found, both.forward(numbers(5, 3), LABELS)]
    assert_same_beside(DOUBLED, program, adopted=["Both", "CCE"])


def test_a_class_is_adopted_and_let_go_around_another_code():
    """What has another code is theirs: nothing is put back over it."""
    module = load(RELU)
    report = adopt(module)
    module.ReLU.forward.__code__ = _other.__code__
    report.undo()
    one = module.ReLU()
    one.forward(np.ones(2))
    assert one.output.tolist() == [3.0, 3.0] and "__adopted__" not in vars(module.ReLU.backward)


def test_adopted_functions_look_like_theirs():
    """A debugger's view of them, and what hashes codes as profilers do."""
    plain, module = load(DENSE + SGD.replace(HEAD, "")), load(DENSE + SGD.replace(HEAD, ""))
    adopt(module)
    for kind, name in (("Dense", "forward"), ("SGD", "update_params")):
        ours, theirs = (vars(getattr(one, kind))[name] for one in (module, plain))
        assert hasattr(ours, "__adopted__")
        for word in ("co_freevars", "co_cellvars", "co_flags", "co_firstlineno", "co_name",
                     "co_argcount"):
            assert getattr(ours.__code__, word) == getattr(theirs.__code__, word), word
        assert ours.__closure__ is None and hash(ours.__code__) == hash(ours.__code__)


LOOKS = ("locals()", "vars()", "dir()", "__import__('sys')._getframe().f_locals")


@pytest.mark.parametrize("look", LOOKS)
def test_who_looks_at_its_own_names_finds_none_of_ours(look):
    code = DENSE.replace("        self.inputs = inputs\n", f'''
        if inputs.ndim != 2:
            raise ValueError(sorted({look}))
        self.inputs = inputs
''')
    assert ast.parse(code)

    def program(module):
        return module.Dense(3, 4).forward(numbers(3))
    report = assert_same_beside(code, program)
    assert "forward" not in report.adopted.get("Dense", "").split(": ")[-1]
