"""Methods that raise where something is amiss: ours asks for that first, and theirs raises."""

import sys

import numpy as np
import pytest
from beside import DENSE, HEAD, LABELS, LOSS, RELU, assert_same_beside, numbers
from driven import differences_of, left_to_theirs
from programs_of_classes import load
from twins import twins_of

import fastnn
from fastnn import registry
from fastnn.adopting import adopt

GUARDED = HEAD + '''
class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.n_inputs = n_inputs
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.inputs = None
    def forward(self, inputs):
        if not isinstance(inputs, np.ndarray):
            raise TypeError(f"an array is expected, got {type(inputs)}")
        if inputs.ndim != 2 or inputs.shape[1] != self.n_inputs:
            print("this is not what was expected")
            raise ValueError(f"inputs of shape {inputs.shape}")
        assert inputs.shape[1] == self.weights.shape[0], "weights of another shape"
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        if self.inputs is None:
            raise RuntimeError("forward first")
        assert len(dvalues) == len(self.inputs)
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
'''
CHECKED_LOSS = LOSS.replace("        samples = len(y_pred)\n", '''        samples = len(y_pred)
        if len(y_pred) != len(y_true):
            raise ValueError("targets")
''').replace(
    "        return -np.log(correct_confidences)", '''        else:
            raise ValueError(f"targets of {y_true.ndim} axes")
        return -np.log(correct_confidences)''')
CHECKED_RELU = RELU.replace("        self.inputs = inputs\n", '''        self.inputs = inputs
        if isinstance(inputs, (list, tuple)):
            raise TypeError("a list")
''').replace("        self.dinputs = dvalues.copy()\n", '''\
        if dvalues.shape != self.inputs.shape:
            raise ValueError(f"{dvalues.shape} is not {self.inputs.shape}")
        if not hasattr(self, "inputs"):
            raise RuntimeError("forward first")
        if getattr(self, "inputs", None) is None:
            raise RuntimeError("forward first, of something")
        self.dinputs = dvalues.copy()
''')
WAYS = {"GUARDED": GUARDED, "CHECKED_LOSS": CHECKED_LOSS, "CHECKED_RELU": CHECKED_RELU}


@pytest.mark.parametrize("name", WAYS)
def test_a_guarded_class_beside_itself(name):
    pairs, report = twins_of(WAYS[name])
    assert len(pairs) == 1, report.left
    said = differences_of(pairs[0], 7)
    assert not said, said


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_a_guarded_class_beside_itself_in_all_cases(name):
    said = differences_of(twins_of(WAYS[name])[0][0], 1)
    assert not said, said


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", WAYS)
def test_it_is_ours_that_runs(name):
    assert left_to_theirs(twins_of(WAYS[name])[0][0]) == []


def _tried(call, *args):
    try:
        return call(*args)
    except Exception as error:  # what came is compared
        return error


@pytest.mark.parametrize("given", [
    None, [[1.0, 2.0, 3.0]], 3, numbers(5, 4), numbers(5), numbers(2, 5, 3), numbers(0, 3),
    numbers(5, 3).astype(np.float32), numbers(5, 3).astype(int), "text",
    np.ma.masked_array(numbers(5, 3), numbers(5, 3) > 0)], ids=str)
def test_what_is_refused_is_refused_in_their_words(given):
    def program(module):
        dense, found = module.Dense(3, 2), []
        found.append(_tried(dense.backward, numbers(5, 2)))
        found.append(_tried(dense.forward, given))
        dense.forward(numbers(5, 3))
        found.append(_tried(dense.backward, given))
        dense.n_inputs = 4
        found.append(_tried(dense.forward, numbers(5, 3)))
        for other in (3.0, np.int64(3), np.array([3, 3]), None, "3", True):
            dense.n_inputs = other
            found.append(_tried(dense.forward, numbers(5, 3)))
        del dense.n_inputs
        found.append(_tried(dense.forward, numbers(5, 3)))
        dense.inputs = None
        found.append(_tried(dense.backward, numbers(5, 2)))
        return dense, found
    assert_same_beside(GUARDED, program, adopted=["Dense"])


@pytest.mark.parametrize("guard", [
    "if inputs.max() > 1: raise ValueError('large')",
    "if inputs[0, 0] == 0: raise ValueError('zero')",
    "if (inputs > 1).any(): raise ValueError('large')",
    "if self.weights == 0: raise ValueError('elements')",
    "assert inputs.shape[1] == count(), 'counted'",
    "assert (n := inputs.shape[1]) == 3 and n == 3",
    "assert inputs.dtype == float",
    "if not self.ready: raise ValueError('a property')",
    "for one in inputs:\n            if len(one) != 3: raise ValueError('a row')",
    "try:\n            assert len(inputs) > 3\n        except KeyError:\n            inputs = 0",
    "if len(inputs) > 3: self.biases += 1; raise ValueError('after a change')",
    "if len(inputs) > 3: return\n        raise ValueError",
    "if len(inputs) < 3: return 3\n        if len(inputs) < 4: raise KeyError('few')",
    "if len(inputs) > self.most: raise ValueError('too many')",
    "if self.kind == 'other': raise ValueError('text')"])
@pytest.mark.parametrize("most", [3, 9])
def test_guards_of_all_kinds(guard, most):
    """Whether it is adopted or not: each line is theirs to raise at, and before it nothing is."""
    code = HEAD + '''
seen = []
def count():
    seen.append(1)
    return 3
''' + DENSE.replace(HEAD, "").replace("        self.inputs = inputs\n", (
        f"        {guard}\n        self.inputs = inputs\n")).replace(
        "    def forward", "    ready = property(lambda self: seen.append(2) or True)\n"
        "    def forward")

    def program(module):
        dense, found = module.Dense(3, 2), []
        dense.most, dense.kind = most, "this"
        for count in (5, 3, 2, 0):
            found.append(_tried(dense.forward, numbers(count, 3)))
            found.append(_tried(dense.forward, 0 * numbers(count, 3)))
        dense.kind = "other"
        found.append(_tried(dense.forward, numbers(5, 3)))
        return dense, found, module.seen
    assert_same_beside(code, program)


@pytest.mark.parametrize("code, why", [
    (GUARDED.replace("self.dinputs = np.dot(dvalues, self.weights.T)", "self.dinputs = np.dot("
                     "dvalues, self.weights.T) / len(dvalues)"), "backward is not"),
    (GUARDED.replace("if self.inputs is None:\n            raise RuntimeError",
                     "if self.inputs.max() > 9:\n            raise RuntimeError"), "backward")])
def test_what_looks_alike_is_left(code, why):
    assert adopt(load(code)).left["Dense"].startswith(why)


@pytest.mark.parametrize("guard, lent", [
    ("assert len(inputs) < 20", False), ("assert inputs.ndim == 2", True),
    ("if self.most < 5: raise ValueError", False), ("if inputs is None: raise ValueError", True)])
def test_a_run_has_ours_only_where_theirs_could_not_raise(guard, lent):
    code = DENSE.replace("        self.inputs = inputs\n",
                         f"        {guard}\n        self.inputs = inputs\n")
    module = load(code)
    assert "forward" in adopt(module).adopted["Dense"]
    assert (registry.lender(module.Dense) is not None) is lent
    layer = module.Dense(3, 2)
    layer.most = 3
    x, y = numbers(20, 3), numbers(20, 2)

    def trained():
        fastnn.fit([layer], fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(0.1), x, y,
                   epochs=2)
    if lent:
        trained()
    else:
        with pytest.raises((AssertionError, ValueError)):
            trained()


def test_labels_of_another_kind_are_refused_in_their_words():
    def program(module):
        loss, p = module.CCE(), np.full((5, 3), 1 / 3)
        return [_tried(loss.calculate, p, y) for y in (
            LABELS, LABELS[:4], np.eye(3)[LABELS], np.eye(3)[LABELS][None], np.array(3))]
    assert_same_beside(CHECKED_LOSS, program, adopted=["CCE"])


@pytest.mark.parametrize("where", ["class ReLU:\n    frozen = None\n",
                                   "class Base:\n    frozen = 1\nclass ReLU(Base):\n",
                                   "class ReLU:\n"])
@pytest.mark.parametrize("what", ["hasattr(self, 'frozen')", "not hasattr(self, 'frozen')"])
def test_what_the_class_has_its_objects_have(where, what):
    """What is asked of the object's own attributes is another question than `hasattr`."""
    code = RELU.replace("class ReLU:\n", where).replace("        self.inputs = inputs\n", (
        f"        if {what}: raise ValueError('frozen')\n        self.inputs = inputs\n"))

    def program(module):
        relu = module.ReLU()
        found = [_tried(relu.forward, numbers(5, 3))]
        relu.frozen = 1
        found.append(_tried(relu.forward, numbers(5, 3)))
        del relu.frozen
        found.append(_tried(relu.forward, numbers(5, 3)))
        module.ReLU.frozen = 3
        return relu, found, _tried(relu.forward, numbers(5, 3))
    assert_same_beside(code, program)
