"""Softmax and loss in one that go backward from their own output, and means of means of rows."""

import inspect
import sys

import numpy as np
import pytest
from beside import HEAD, LABELS, assert_same_beside, numbers
from driven import left_to_theirs
from twins import twins_of

SOFTMAX = '''
class Loss:
    def forward(self, inputs, y_true):
        KEPT
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
        p = np.clip(self.output, 1e-7, 1 - 1e-7)
        CHOICE
        return np.mean(-np.log(c))
    def backward(self, y_true):
        LABELS
        self.dinputs = self.output.copy()
        self.dinputs[range(len(self.output)), y_true] -= 1
        self.dinputs = self.dinputs / len(self.output)
'''
BOTH = """if len(y_true.shape) == 1:
            c = p[range(len(p)), y_true]
        else:
            c = np.sum(p * y_true, axis=1)"""
ALONE = "c = p[range(len(p)), y_true]"
ARGMAX = """if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)"""


def softmax(choice, labels, kept="pass", *changes):
    code = SOFTMAX.replace("CHOICE", choice).replace("LABELS", labels).replace("KEPT", kept)
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return HEAD + code


KEEPS = ("def backward(self, y_true):", "def backward(self):\n        y_true = self.y_true")
ALL = '''
class Loss:
    def forward(self, inputs, y_true):
        self.y_true = y_true
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.p = e / np.sum(e, axis=1, keepdims=True)
        self.classes = np.argmax(self.p, axis=1)
        self.accuracy = np.mean(self.classes == self.y_true)
        clipped = np.clip(self.p, 1e-7, 1 - 1e-7)
        self.loss = np.mean(-np.log(clipped[range(len(clipped)), self.y_true]))
    def backward(self):
        self.dvalues = self.p.copy()
        self.dvalues[range(len(self.y_true)), self.y_true] -= 1
        self.dvalues = self.dvalues / len(self.y_true)
'''
SLOPE = {"binary": """p = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / p - (1 - y_true) / (1 - p)) / len(dvalues[0])""",
         "squared": "self.dinputs = -2 * (y_true - dvalues) / len(dvalues[0])",
         "absolute": "self.dinputs = np.sign(dvalues - y_true) / len(dvalues[0])"}
LOSSES = {"binary": """p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        losses = -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))""",
          "squared": "losses = (y_true - y_pred) ** 2",
          "absolute": "losses = np.abs(y_true - y_pred)"}
MEANS = {name: HEAD + f'''
class Loss:
    def forward(self, y_pred, y_true):
        {LOSSES[name]}
        return np.mean(np.mean(losses, axis=-1))
    def backward(self, dvalues, y_true):
        {SLOPE[name]}
        self.dinputs = self.dinputs / len(dvalues)
''' for name in SLOPE}
MEANS |= {f"{name} of all": code.replace("np.mean(np.mean(losses, axis=-1))", "np.mean(losses)")
          for name, code in MEANS.items()}
CODES = {
    "targets": softmax(BOTH, ARGMAX), "labels": softmax(ALONE, "pass"),
    "labels, counted": softmax(ALONE, "pass", "pass", ("len(self.output)", "len(y_true)"),
                               ("self.dinputs = self.dinputs / len", "self.dinputs /= len")),
    "kept": softmax(BOTH, ARGMAX, "self.y_true = y_true", KEEPS),
    "labels, kept": softmax(ALONE, "pass", "self.y_true = y_true", KEEPS),
    "all": HEAD + ALL, **MEANS}
TARGETS = {
    "labels": LABELS, "bytes": LABELS.astype(np.uint8), "one-hot": np.eye(3)[LABELS],
    "float32": np.eye(3, dtype="f")[LABELS], "soft": np.full((5, 3), 1 / 3),
    "whole": np.eye(3, dtype=int)[LABELS], "negative": LABELS - 3, "too large": LABELS + 1,
    "one": LABELS[:1], "few": LABELS[:4], "column": LABELS[:, None], "yes": LABELS > 0,
    "list": [0, 2, 1, 1, 0], "floats": LABELS * 1.0, "nan": np.eye(3)[LABELS] * np.nan,
    "zeros": np.zeros((5, 3)), "ones": np.ones((5, 3)), "none": LABELS[:0], "number": 1}


def calls(loss, x, y, found, change=None):
    """Forward and backward of a loss, and copies of what it has after each."""
    given = {"inputs": x, "y_pred": x, "dvalues": x, "y_true": y}
    for name in ("forward", "backward"):
        method = getattr(loss, name)
        arguments = [given[one] for one in inspect.signature(method).parameters]
        try:
            found.append(method(*arguments))
        except Exception as error:  # what came is compared
            found.append(error)
        found.append({key: np.copy(value) for key, value in vars(loss).items()})
        if change is not None:
            change(loss)


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_targets_of_every_kind(name, dtype):
    def program(module):
        loss, found = module.Loss(), []
        for number, (target, y) in enumerate(TARGETS.items()):
            shares = np.exp(numbers(5, 3, seed=number))
            shares = (shares / (1 + shares)).astype(dtype)
            loss = module.Loss()
            calls(loss, shares, y, found)
            calls(loss, shares, LABELS, found)  # steps one after another
            calls(loss, shares, y, found)
            found.append((target, loss))
        return found
    assert_same_beside(CODES[name], program, adopted=["Loss"])


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("way", ["columns", "other bytes", "three axes", "none", "infinite", "nan",
                                 "no numbers", "list", "whole"])
def test_inputs_of_every_kind(name, way):
    x = {"columns": np.asfortranarray(numbers(5, 3)), "other bytes": numbers(5, 3).astype(">f8"),
         "three axes": numbers(5, 3, 2), "none": numbers(0, 3), "list": numbers(5, 3).tolist(),
         "infinite": np.where(numbers(5, 3) > 1, np.inf, 0.5), "whole": np.arange(15).reshape(5, 3),
         "nan": np.where(numbers(5, 3) > 1, np.nan, 0.5), "no numbers": numbers(5, 0)}[way]

    def program(module):
        loss, found = module.Loss(), []
        for y in (LABELS, np.eye(3)[LABELS]):
            calls(loss, x, y, found)
        return loss, found
    assert_same_beside(CODES[name], program, adopted=["Loss"])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name):
    ((twins,), _) = twins_of(CODES[name])
    assert not left_to_theirs(twins)


CHANGES = {
    "of columns": lambda a: np.asfortranarray(a), "of other bytes": lambda a: a.astype(">f8"),
    "a part": lambda a: a[::2], "a row": lambda a: a[0], "a list": lambda a: a.tolist(),
    "nothing": lambda a: None, "float32": lambda a: a.astype("f"),
    "other numbers": lambda a: -a,
    "whole": lambda a: np.ones(a.shape, int),
    "read only": lambda a: np.broadcast_to(a[:1], a.shape)}


@pytest.mark.parametrize("name", [name for name in CODES if name not in MEANS])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_is_changed_by_others(name, change):
    """The output, and the targets, before it goes backward."""
    def program(module):
        loss, found = module.Loss(), []
        for kept, y in (("output", LABELS), ("p", LABELS), ("y_true", LABELS), (
                "y_true", np.eye(3)[LABELS])):
            def changed(loss, kept=kept):
                if hasattr(loss, kept):
                    setattr(loss, kept, CHANGES[change](getattr(loss, kept)))
            calls(loss, numbers(5, 3), y, found, changed)
        return loss, found
    if change == "a row" or change == "read only":
        assert_same_beside(CODES[name], program)
    else:
        assert_same_beside(CODES[name], program, adopted=["Loss"])


def test_targets_that_are_one_hot_later():
    """Kept targets are the ones that came: labels alone go their short way."""
    def program(module):
        loss, found = module.Loss(), []
        loss.forward(numbers(5, 3), LABELS)
        loss.y_true = np.eye(3)[LABELS]
        try:
            loss.backward()
        except Exception as error:  # what came is compared
            found.append(error)
        return loss, found
    for name in ("kept", "labels, kept", "all"):
        assert_same_beside(CODES[name], program, adopted=["Loss"])


def test_who_keeps_the_arrays():
    def program(module):
        loss, kept = module.Loss(), []
        for step in range(3):
            x = numbers(5, 3, seed=step)
            loss.forward(x, LABELS)
            loss.backward(*[LABELS] * (len(inspect.signature(loss.backward).parameters)))
            kept.append([*vars(loss).values()])
            vars(loss)[[*vars(loss)][-1]][...] = 7
        return kept
    for name in ("targets", "labels", "kept", "labels, kept", "all"):
        assert_same_beside(CODES[name], program, adopted=["Loss"])


@pytest.mark.parametrize(("name", "old", "new"), [
    ("targets", "-= 1", "-= 2"), ("targets", "/ len(self.output)", "/ self.output.shape[1]"),
    ("targets", "self.output.copy()", "self.output"), ("targets", "1e-7, 1 - 1e-7", "1e-9, 1"),
    ("labels", "/ len(self.output)", "/ self.output.size"), ("targets", "-np.log(c)", "np.log(c)"),
    ("kept", "self.y_true = y_true", "self.y_true = y_true.copy()"),
    ("kept", "self.y_true = y_true", "self.y_true = 1 - y_true"),
    ("all", "self.accuracy = np.mean", "self.accuracy = np.sum"),
    ("all", "np.argmax(self.p, axis=1)", "np.argmax(self.p, axis=0)"),
    ("all", "self.p.copy()", "self.p"), ("all", "/ len(self.y_true)", "/ len(self.p[0])"),
    ("binary", "axis=-1", "axis=0"), ("binary", "axis=-1)", "axis=-1, keepdims=True)"),
    ("squared", "np.mean(np.mean(losses, axis=-1))", "np.mean(np.mean(losses, axis=0))"),
    ("squared of all", "np.mean(losses)", "np.mean(losses, axis=0)"),
    ("squared of all", "np.mean(losses)", "np.median(losses)"),
    ("squared of all", "-2 * (y_true - dvalues)", "2 * (y_true - dvalues)"),
    ("binary of all", "np.mean(losses)", "-np.mean(-losses)"),
    ("squared", "np.mean(np.mean(losses, axis=-1))", "np.mean(np.sum(losses, axis=-1))"),
    ("absolute", "np.sign(dvalues - y_true)", "np.sign(y_true - dvalues) * 2"),
    ("binary", "/ len(dvalues[0])", "/ len(dvalues)")])
def test_what_looks_alike_is_left(name, old, new):
    def program(module):
        loss, found = module.Loss(), []
        for seed in range(3):
            x = 1 / (1 + np.exp(numbers(5, 3, seed=seed)))
            calls(loss, x, LABELS, found)
            calls(loss, x, np.eye(3)[LABELS], found)
        return loss, found
    assert old in CODES[name]
    report = assert_same_beside(CODES[name].replace(old, new), program)
    assert "Loss" in report.left
