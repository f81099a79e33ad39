"""Losses that keep what they give back, and methods that call one of ours and do no more."""

import numpy as np
import pytest
from beside import COMBINED, DENSE, HEAD, LABELS, LOSS, RELU, assert_same_beside, numbers

from fastnn.adopting.mirrors import mirror

KEPT = LOSS.replace("data_loss = np.mean(sample_losses)\n        return data_loss",
                    "self.loss = np.mean(sample_losses)\n        return self.loss")
BOTH_KEPT = COMBINED.replace("return self.loss.calculate(self.output, y_true)",
                             "self.value = self.loss.calculate(self.output, y_true)\n"
                             "        return self.value")


def of_loss(module):
    loss = module.CCE()
    outputs = np.exp(numbers(5, 3))
    outputs /= outputs.sum(axis=1, keepdims=True)
    given = loss.calculate(outputs, LABELS)
    loss.backward(outputs, LABELS)
    return given, vars(loss), getattr(loss, "loss", None) is given


def of_both(module):
    both, found = module.Both(), []
    for times in (1, 3):
        given = both.forward(times * numbers(5, 3), LABELS)
        both.backward(both.output, LABELS)
        found += [given, both.value, both.value is given, both.dinputs]
    both.forward(numbers(5, 3).tolist(), LABELS)  # which is theirs
    return found, both.value


@pytest.mark.parametrize("code, program, name", [
    (KEPT, of_loss, "CCE"), (BOTH_KEPT, of_both, "Both")])
def test_the_result_is_kept(code, program, name):
    report = assert_same_beside(code, program, adopted=(name,))
    assert {"CCE": "calculate", "Both": "forward"}[name] in report.adopted[name]


@pytest.mark.parametrize("old, new", [
    ("return self.value", "return 2 * self.value"), ("return self.value", "return None"),
    ("self.value = self.loss", "self.value = 1 + self.loss"),
    ("return self.value", "self.value += 1\n        return self.value")])
def test_another_number_is_kept(old, new):
    assert BOTH_KEPT.count(old) == 1
    code = BOTH_KEPT.replace(old, new)
    report = assert_same_beside(code, of_both)
    assert "forward" not in report.adopted.get("Both", "")


def test_a_run_would_leave_the_number_of_before():
    def program(module):
        kinds = module.Both, module.Softmax
        found.append([isinstance(mirror(kind()).ours, kind) for kind in kinds])
    found = []
    assert_same_beside(BOTH_KEPT, program, adopted=("Both", "Softmax"))
    assert found[-1] == [True, False]


MODULE = HEAD + '''
class Module:
    def __call__(self, x):
        return self.forward(x)
    def parameters(self):
        raise NotImplementedError
'''
GIVES_BACK = DENSE.replace(HEAD, "").replace("class Dense:", "class Dense(Module):").replace(
    "+ self.biases\n", "+ self.biases\n        return self.output\n")
RECTIFIES = RELU.replace(HEAD, "").replace("class ReLU:", "class ReLU(Module):").replace(
    "np.maximum(0, inputs)\n", "np.maximum(0, inputs)\n        return self.output\n")


def called(module):
    layer, relu = module.Dense(3, 4), module.ReLU()
    given = relu(layer(numbers(6, 3)))
    relu.backward(given)
    layer.backward(relu.dinputs)
    return given, given is relu.output, vars(layer), vars(relu)


def test_a_base_class_calls_forward():
    assert_same_beside(MODULE + GIVES_BACK + RECTIFIES, called, adopted=("Dense", "ReLU"))


@pytest.mark.parametrize("old, new", [
    ("return self.forward(x)", "return self.forward(-x)"),
    ("return self.forward(x)", "self.output = self.forward(x)\n        self.output += 1\n"
                               "        return self.output")])
def test_a_base_class_does_more(old, new):
    report = assert_same_beside(MODULE.replace(old, new) + GIVES_BACK + RECTIFIES, called)
    assert not {"Dense", "ReLU"} & set(report.adopted)
