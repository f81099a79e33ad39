"""Losses with the slope of the softmax before them, or of a difference that they keep."""

from contextlib import nullcontext

import numpy as np
import pytest
from beside import HEAD, LABELS, assert_same_beside, numbers
from nnfs_context import nnfs_in_force

SOFTMAX = '''
class Softmax:
    def forward(self, z):
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
        return self.output
'''
HANDS_ON = SOFTMAX + '''
    def backward(self, d):
        return d
'''
OWN_BACK = SOFTMAX + '''
    def backward(self, d):
        return self.output * (d - np.sum(d * self.output, axis=1, keepdims=True))
'''
ODD_BACK = SOFTMAX + '''
    def backward(self, d):
        return self.output * d
'''
LOSS = '''
class Loss:
    def forward(self, p, y):
        clipped = np.clip(p, 1e-7, 1 - 1e-7)
        return MEAN
    def backward(self, p, y):
        d = p.copy()
        d[np.arange(len(y)), y] -= 1
        return d / len(y)
'''
PICKED = "np.log(clipped[np.arange(len(y)), y])"
MEANS = {"mean": f"np.mean(-{PICKED})", "minus": f"-np.mean({PICKED})", "rows": f"-{PICKED}"}
LOSSES = {name: LOSS.replace("MEAN", mean) for name, mean in MEANS.items()}
ARGMAX = "        if len(y.shape) == 2:\n            y = np.argmax(y, axis=1)\n"
LOSSES["both"] = LOSS.replace("        return MEAN", '''        if len(y.shape) == 1:
            c = clipped[range(len(p)), y]
        else:
            c = np.sum(clipped * y, axis=1)
        return np.mean(-np.log(c))''').replace("        d = p.copy()\n", ARGMAX + (
    "        d = p.copy()\n")).replace("len(y)", "len(p)")
KEEPS = HEAD + '''
class Loss:
    def forward(self, y_hat, y):
        self.diff = y_hat - y
        return (self.diff ** 2).mean()
    def backward(self):
        return 2 * self.diff / self.diff.size
'''
HALF = HEAD + '''
class Loss:
    def forward(self, y_hat, y):
        return 0.5 * np.mean((y_hat - y) ** 2)
    def backward(self, y_hat, y):
        self.dinputs = (y_hat - y) / y_hat.size
'''
SQUARES = {"kept": KEEPS, "half": HALF, "halved": HALF.replace("0.5 * ", "").replace(
    "** 2)", "** 2) / 2"), "by the targets": HALF.replace("/ y_hat.size", "/ y.size")}


def of_softmax(dtype, targets):
    def program(module):
        softmax, loss, found = module.Softmax(), module.Loss(), []
        for step, y in enumerate(targets):
            p = softmax.forward(numbers(5, 3, seed=step).astype(dtype))
            for method in (loss.forward, loss.backward):
                try:
                    found.append(method(p, y))
                except Exception as error:  # what came is compared
                    found.append(error)
            d = np.ones((5, 3), dtype)
            found.append([getattr(softmax, "backward", np.copy)(d) is d, np.copy(p), vars(softmax)])
        return found
    return program


TARGETS = [LABELS, LABELS.astype(np.uint8), np.eye(3)[LABELS], np.eye(3, dtype="f")[LABELS],
           LABELS - 3, LABELS + 1, LABELS[:1], LABELS > 0, [0, 2, 1, 1, 0], LABELS * 1.0, LABELS]


@pytest.mark.parametrize("book", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("softmax", [HANDS_ON, SOFTMAX])
def test_a_loss_behind_softmax(name, softmax, dtype, book):
    with nnfs_in_force(True) if book else nullcontext():
        report = assert_same_beside(HEAD + softmax + LOSSES[name], of_softmax(dtype, TARGETS),
                                    adopted=["Softmax", "Loss"])
    assert report.adopted["Loss"].startswith("Loss_of_Softmax: forward")


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("softmax", ["", OWN_BACK, ODD_BACK, HANDS_ON + OWN_BACK.replace(
    "class Softmax", "class Another")])
def test_a_softmax_with_a_slope_of_its_own(name, softmax):
    """That of the loss has it already: who calls both has made a mistake."""
    def program(module):
        return None
    report = assert_same_beside(HEAD + softmax + LOSSES[name], program)
    assert "Loss" in report.left


@pytest.mark.parametrize(("old", "new"), [
    ("return d / len(y)", "return d"), ("return d / len(y)", "return d / d.size"),
    ("-= 1", "-= 2"), ("-= 1", "+= 1"), ("d = p.copy()", "d = p"),
    ("1e-7, 1 - 1e-7", "1e-9, 1"), ("np.mean(-", "np.mean("), ("return d / len(y)", "return p")])
def test_losses_that_look_alike(old, new):
    code = HEAD + HANDS_ON + LOSSES["mean"]
    assert old in code
    report = assert_same_beside(code.replace(old, new), of_softmax(np.float64, [LABELS]))
    assert "Loss" in report.left


@pytest.mark.parametrize("body", ["return d.copy()", "return -d", "return d * 1.0", "return d, d",
                                  "return self.output", "d *= 2\n        return d"])
def test_softmax_that_looks_as_if_it_handed_on(body):
    code = HEAD + HANDS_ON.replace("return d\n", body + "\n")
    report = assert_same_beside(code + LOSSES["mean"], of_softmax(np.float64, [LABELS]))
    assert {"Softmax", "Loss"} <= report.left.keys()


def squares(dtype, change=None):
    def program(module):
        loss, found = module.Loss(), []
        for step in range(6):
            p, y = (numbers(7, 3, seed=step + more).astype(dtype) for more in (0, 20))
            if step == 5:
                y = numbers(1, 3).astype(dtype)
            if step == 4:
                y = y.astype(np.float32)
            found.append(loss.forward(p, y))
            if change is not None and hasattr(loss, "diff"):
                loss.diff = change(loss.diff)
            try:
                found.append(loss.backward(*[p, y][:2 * (not hasattr(loss, "diff"))]))
            except Exception as error:  # what came is compared
                found.append(error)
            found.append({name: np.copy(value) for name, value in vars(loss).items()})
        return found
    return program


@pytest.mark.parametrize("book", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SQUARES)
def test_squared_differences(name, dtype, book):
    with nnfs_in_force(True) if book else nullcontext():
        assert_same_beside(SQUARES[name], squares(dtype), adopted=["Loss"])


@pytest.mark.parametrize("change", [
    np.asfortranarray, lambda a: a.astype(">f8"), lambda a: a[::2], lambda a: a[0],
    lambda a: a.tolist(), lambda a: None, lambda a: a.astype("f"), lambda a: a[:0], lambda a: -a,
    lambda a: a.astype(int), lambda a: a[:, ::2], lambda a: 0.5])
def test_the_difference_is_changed_by_others(change):
    assert_same_beside(KEEPS, squares(np.float64, change), adopted=["Loss"])


@pytest.mark.parametrize(("name", "old", "new"), [
    ("kept", "y_hat - y\n", "y - y_hat\n"), ("kept", "2 * self", "self"),
    ("kept", "2 * self.diff", "-2 * self.diff"), ("kept", "self.diff.size", "len(self.diff)"),
    ("kept", ".mean()", ".sum()"), ("kept", "y_hat - y\n", "y_hat + y\n"),
    ("half", "0.5 * ", "0.25 * "), ("half", "0.5 * ", ""), ("half", ".size", ".shape[0]"),
    ("half", "(y_hat - y) /", "(y - y_hat) /"), ("half", "(y_hat - y) /", "2 * (y_hat - y) /")])
def test_squared_differences_that_look_alike(name, old, new):
    assert old in SQUARES[name]
    report = assert_same_beside(SQUARES[name].replace(old, new), squares(np.float64))
    assert "Loss" in report.left
