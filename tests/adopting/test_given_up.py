"""What a class computes and nobody reads: where that may raise, the class is left."""

import ast
import contextlib

import numpy as np
import pytest
from beside import DENSE, HEAD, LABELS, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt, meaning
from fastnn.adopting.given_up import raises_for_nothing
from fastnn.losses import Loss_CategoricalCrossentropy

LOSS = '''
class Loss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        y_pred = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = y_pred[range(len(y_pred)), y_true]
        else:
            c = np.sum(y_pred * y_true, axis=1)
        return -np.log(c)
    def backward(self, dvalues, y_true):
        FIRST
        if len(y_true.shape) == 1:
            y_true = np.eye(len(dvalues[0]))[y_true]
        self.dinputs = -y_true / dvalues
        self.dinputs = self.dinputs / len(dvalues)
'''


def adopted(code, name):
    """Whether the class is, of a module of this text."""
    return name in adopt(load(HEAD + code, "given_up")).adopted


@pytest.mark.parametrize("first, is_adopted", [
    ("pass", True),
    ("samples = len(dvalues)", True),
    ("samples, labels = len(dvalues), len(dvalues[0])", True),
    ("self.dinputs = dvalues.copy()", True),
    ("self.dinputs = -y_true / dvalues / len(dvalues)", False),
    ("share = y_true / dvalues", False),
    ("y_true / dvalues", False),
    ("share = dvalues[range(len(dvalues)), y_true]", False),
    ("share = np.dot(dvalues, dvalues)", False),
    ("share = dvalues.reshape(3)", False),
])
def test_what_may_raise_for_nothing_is_not_left_out(first, is_adopted):
    assert adopted(LOSS.replace("FIRST", first), "Loss") == is_adopted


def test_a_flag_that_is_no_array_has_no_copy():
    code = HEAD + '''
class ReLU:
    def __init__(self):
        self.cache = {}
    def forward(self, x, training=False):
        self.cache["x"] = x
        training = training.copy()
        return np.maximum(x, 0, dtype=x.dtype)
    def backward(self, d):
        x = self.cache.pop("x")
        return d / (x > 0)
'''

    def program(module):
        found = []
        for training in ((), (False,), (np.ones(2),)):
            relu = module.ReLU()
            try:
                found.append(relu.forward(numbers(3, 2), *training))
            except AttributeError as error:
                found.append(error)
        return found
    assert_same_beside(code, program)
    plain = code.replace("        training = training.copy()\n", "")
    assert_same_beside(plain, program, adopted=["ReLU"])


def test_what_is_another_in_one_case_is_no_different():
    given_up = DENSE.replace("    def backward", '''        self.output = inputs * inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward''', 1)
    assert given_up != DENSE
    kind = next(one.name for one in ast.parse(DENSE).body if isinstance(one, ast.ClassDef))
    assert adopted(DENSE, kind)
    assert not adopted(given_up, kind)


@pytest.mark.parametrize("body, line", [
    ("self.a = x @ y", None),
    ("self.a = x @ y; self.a = x", 2),
    ("self.a = x @ y; self.b = self.a; self.a = x", None),
    ("self.a = x @ y; self.tell(); self.a = x", None),
    ("self.a = x @ y; super().forward(x); self.a = x", None),
    ("self.a = x @ y; self.a += 1", None),
    ("self.a = x @ y; other.a = x", 2),  # which may be the same object
    ("a = x @ y", 2),
    ("a = x @ y; return a", None),
    ("a = x * 2", None),
    ("a = x.shape[0] * (x / len(y))", None),
    ("a = b = x @ y; return b", None),
    ("a, b = x @ y, x; return b", None),  # one of several is told by its parts, which are read
    ("a = np.sum(x, axis=1)", 2),
    ("a = x[y]", 2),
    ("a = x[1:]", None),
    ("a = -np.exp(x)", None),
    ("x * y", 2),
    ("x == y", 2),
])
def test_ways_from_what_is_computed(body, line):
    text = "def f(self, x, y):\n" + "".join(f"    {one.strip()}\n" for one in body.split(";"))
    assert raises_for_nothing(ast.parse(text).body[0]) == line


def test_ways_through_branches_and_rounds():
    def line(text):
        return raises_for_nothing(ast.parse(text).body[0])
    assert line("""def f(self, x, y):
    a = x @ y
    if y:
        a = x
    return a""") == 2
    assert line("""def f(self, x, y):
    a = x @ y
    if y:
        b = a
    else:
        b = a + 1
    return b""") is None
    assert line("""def f(self, x, y):
    if y:
        self.a = x @ y
    else:
        self.a = x
    self.a = y""") == 3
    assert line("""def f(self, x, y):
    last = x
    for one in y:
        print(last)
        last = x @ one""") is None
    assert line("""def f(self, x, y):
    for one in y:
        last = x @ one""") == 3
    assert line("""def f(self, x, y):
    a = x @ y
    if y:
        return x
    return a""") == 2
    assert line("""def f(self, x, y):
    a = x @ y
    if y:
        raise ValueError
    return a""") is None


@pytest.mark.parametrize("first", [
    "n, m = y_true.shape", "m = y_true.shape[1]", "m = len(y_true[0])",
    "m = y_true.clip(0, 1).shape[1]", "(n, m), k = y_true.shape, 1",
    "if len(dvalues) > 2:\n            n, m = y_true.shape",
    "if len(y_true.shape) == 1:\n            n, m = y_true.shape"])
def test_targets_of_one_axis_whose_second_length_is_asked_for(first):
    """Theirs raises, whether it is read or not; of two axes there is nothing to say."""
    def program(module):
        found = []
        for rows in (5, 2, 1):
            shares = np.exp(numbers(rows, 3)) / 4
            for y in (LABELS[:rows], np.eye(3)[LABELS[:rows]], np.eye(3)[LABELS[:rows]][:, :1]):
                loss = module.Loss()
                try:
                    loss.backward(shares, y)
                except Exception as error:  # what came is compared
                    found.append(error)
                found.append(loss)
        return found
    assert_same_beside(HEAD + LOSS.replace("FIRST", first), program)


@pytest.mark.parametrize("first, runs", [
    ("n, m = y_true.shape", False), ("n, m = dvalues.shape", True),
    ("if len(y_true.shape) == 2:\n            n, m = y_true.shape", True)])
def test_what_is_asked_of_two_axes_alone_is_ours(first, runs, monkeypatch):
    module, asked = load(HEAD + LOSS.replace("FIRST", first)), []
    real = Loss_CategoricalCrossentropy.backward
    monkeypatch.setattr(Loss_CategoricalCrossentropy, "backward", lambda *args, **more: (
        asked.append(1), real(*args, **more))[1])
    assert "Loss" in adopt(module).adopted
    loss, shares = module.Loss(), np.exp(numbers(5, 3)) / 4
    loss.backward(shares, np.eye(3)[LABELS])
    assert asked == [1]
    with contextlib.nullcontext() if runs else pytest.raises(ValueError):
        loss.backward(shares, LABELS)
    assert len(asked) == 1 + runs and meaning(module.Loss).whole == runs
