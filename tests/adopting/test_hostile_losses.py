"""Losses at once and layers that always add their penalties: what they keep, divide by, clip at."""

import numpy as np
import pytest
from beside import HEAD, LABELS, assert_same_beside, numbers

ENTROPY = HEAD + '''
class CE:
    eps = 1e-7
    def __init__(self):
        self.other = 3
    def __call__(self, targets, probs):
        self.targets, self.probs = targets, probs
        p = np.clip(probs, self.eps, 1 - self.eps)
        if targets.ndim == 1:
            picked = p[np.arange(p.shape[0]), targets]
        else:
            picked = (p * targets).sum(axis=1)
        return -np.log(picked).mean()
    def gradient(self):
        t = self.targets
        if t.ndim == 1:
            t = np.eye(self.probs.shape[1])[t]
        return -(t / self.probs) / self.probs.shape[0]
'''


def shares(dtype=float):
    x = np.exp(numbers(5, 3))
    x = x / x.sum(axis=1, keepdims=True)
    x[0, 0], x[1, 2] = 1.0, 0.0
    return x.astype(dtype)


ONE_HOT = np.eye(3)[LABELS]
CHANGES = {
    "nothing": lambda loss: None,
    "another bound": lambda loss: setattr(loss, "eps", 1e-3),
    "another bound of the class": lambda loss: setattr(type(loss), "eps", 1e-3),
    "the same of NumPy": lambda loss: setattr(loss, "eps", np.float64(1e-7)),
    "of float32": lambda loss: setattr(loss, "eps", np.float32(1e-7)),
    "no bound": lambda loss: setattr(loss, "eps", 0),
    "no number": lambda loss: setattr(loss, "eps", None),
    "not there": lambda loss: delattr(type(loss), "eps"),
    "a property": lambda loss: setattr(type(loss), "eps", property(
        lambda self: print("asked") or 1e-7)),
    "labels kept as floats": lambda loss: setattr(loss, "targets", LABELS.astype(float)),
    "one-hot is kept": lambda loss: setattr(loss, "targets", ONE_HOT),
    "whole numbers are kept": lambda loss: setattr(loss, "targets", ONE_HOT.astype(int)),
    "probabilities by columns": lambda loss: setattr(loss, "probs", np.asfortranarray(loss.probs)),
    "of three axes": lambda loss: setattr(loss, "probs", loss.probs[None]),
    "lists": lambda loss: setattr(loss, "probs", loss.probs.tolist()),
    "probabilities change in place": lambda loss: loss.probs.__imul__(0.5),
    "nothing is kept": lambda loss: delattr(loss, "probs")}


@pytest.mark.parametrize("which", CHANGES)
@pytest.mark.parametrize("target", [LABELS, ONE_HOT, ONE_HOT.astype(np.float32)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_that_keeps(which, target, dtype):
    def program(module):
        loss, found = module.CE(), []
        for step in range(2):
            if step:
                try:
                    CHANGES[which](loss)
                except AttributeError as error:
                    found.append(str(error))
            for call in (loss.gradient, lambda: loss(target, shares(dtype)), loss.gradient):
                try:
                    found.append(call())
                except Exception as error:
                    found.append((type(error).__name__, str(error)))
        return loss, found
    assert_same_beside(ENTROPY, program, adopted=["CE"])


@pytest.mark.parametrize("bounds", ["self.eps, 1 - 2 * self.eps", "2 * self.eps, 1 - self.eps",
                                    "self.other, 1 - self.other", "self.eps, self.eps",
                                    "1 - self.eps, self.eps", "self.eps, 1"])
def test_other_bounds(bounds):
    code = ENTROPY.replace("self.eps, 1 - self.eps", bounds)
    report = assert_same_beside(code, lambda module: module.CE()(LABELS, shares()))
    assert ("CE" in report.adopted) == (bounds == "self.other, 1 - self.other")


MSE = HEAD + '''
class Loss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
class MSE(Loss):
    scale = np.ones((2, 2))
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)
    def backward(self, p, y):
        self.dinputs = 2 * (p - y) / p.size
'''


@pytest.mark.parametrize("size", ["p.size", "y.size", "np.size(y)", "len(p)", "self.scale.size",
                                  "(2 * p).size", "p.T.size", "p[0].size", "p.shape[0]"])
def test_sizes(size):
    code = MSE.replace("p.size", size)

    def program(module):
        made = []
        for p, y in ((numbers(5, 3), numbers(5, 3, seed=2)), (numbers(5, 3), numbers(5, 1)),
                     (numbers(5, 3), numbers(1, 3)), (numbers(5, 3), numbers(5, 3) > 0),
                     (numbers(5, 3).astype(np.float32), numbers(5, 3)), (numbers(5, 3), LABELS[:3]),
                     (numbers(5, 3).T, numbers(3, 5)), (numbers(0, 3), numbers(0, 3))):
            loss = module.MSE()
            try:
                made += [loss.calculate(p, y), loss.backward(p, y), loss]
            except Exception as error:
                made.append((type(error).__name__, str(error)))
        return made
    report = assert_same_beside(code, program)
    assert ("MSE" in report.adopted) == (size in ("p.size", "y.size", "np.size(y)"))


PENALTIES = HEAD + '''
class Dense:
    def __init__(self, n, m, l1=0.0, l2=0.0):
        self.w, self.b = 0.5 * np.random.randn(n, m), np.zeros((1, m))
        self.l1, self.l2 = l1, l2
    def forward(self, x):
        self.x = x
        self.output = np.dot(x, self.w) + self.b
    def backward(self, d):
        self.dw = np.dot(self.x.T, d) + 2 * self.l2 * self.w
        self.db = np.sum(d, axis=0, keepdims=True)
        self.dx = np.dot(d, self.w.T)
'''
SIGNS = PENALTIES.replace(" + 2 * self.l2 * self.w", "").replace("        self.dx", """\
        self.dw += self.l1 * np.where(self.w < 0, -1, 1)
        self.dw += 2 * self.l2 * self.w
        self.db += self.l1 * np.where(self.b < 0, -1, 1)
        self.db += 2 * self.l2 * self.b
        self.dx""").replace("self.l1 * np.where(self.b", "self.k1 * np.where(self.b").replace(
    "self.l2 * self.b", "self.k2 * self.b").replace(
    "= l1, l2", "= l1, l2\n        self.k1, self.k2 = l2, l1")


@pytest.mark.parametrize("code", [PENALTIES, SIGNS], ids=["squares", "all"])
@pytest.mark.parametrize("strength", [0, 0.0, -0.0, 0.1, -0.1, 1, True, None, np.nan, np.inf,
                                      5e-324, np.float64(0.1), np.float32(0.1), "0.1", [0.1] * 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_penalties_of_any_strength(code, strength, dtype):
    def program(module):
        layer = module.Dense(3, 4, strength, strength)
        layer.w, layer.b = layer.w.astype(dtype), layer.b.astype(dtype)
        layer.w[0], layer.b[0, 1:] = [0.0, -0.0, np.nan, np.inf], [-0.0, np.nan, -np.inf]
        layer.forward(numbers(5, 3).astype(dtype))
        try:
            layer.backward(np.zeros((5, 4), dtype) if strength == 0 else
                           numbers(5, 4, seed=4).astype(dtype))
        except Exception as error:
            return layer, (type(error).__name__, str(error))
        return layer
    assert_same_beside(code, program, adopted=["Dense"])
