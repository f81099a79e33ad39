"""Activations that change the negative part of a copy in place: `y[x < 0] *= 0.1`."""

import sys

import numpy as np
import pytest
from beside import HEAD, adopt, assert_same_beside, load, numbers
from driven import differences_of, left_to_theirs
from twins import twins_of

LEAKY = HEAD + '''
class Leaky:
    def __init__(self, a=0.05):
        self.a = a
    def forward(self, x):
        self.x = x
        y = x.copy()
        y[x < 0] *= self.a
        return y
    def backward(self, d):
        dx = d.copy()
        dx[self.x < 0] *= self.a
        return dx
'''
CODES = {
    "times": LEAKY, "a number": LEAKY.replace("*= self.a", "*= 0.01"),
    "divided": LEAKY.replace("*= self.a", "/= 20.0"),
    "of the inputs": LEAKY.replace("y[x < 0] *= self.a", "y[x < 0] = x[x < 0] * self.a"),
    "a mask": LEAKY.replace("y[x < 0]", "mask = x < 0\n        y[mask]"),
    "np.copy": LEAKY.replace("x.copy()", "np.copy(x)").replace("d.copy()", "np.array(d)"),
    "kept": LEAKY.replace("return y", "self.y = y\n        return self.y")}
KEPT_MASK = LEAKY.replace("self.x = x", "self.neg = x < 0").replace("x < 0] *=", "neg] *=").replace(
    "y[neg", "y[self.neg").replace("self.neg]", "self.neg]")


@pytest.mark.parametrize("name", CODES)
def test_all_cases(name):
    ((twins,), report) = twins_of(CODES[name], f"parts_{name}".replace(" ", "_"))
    assert "forward, backward" in report.adopted["Leaky"]
    said = differences_of(twins, 5)
    assert not said, said
    if sys.version_info >= (3, 11):
        assert not left_to_theirs(twins)


def test_a_mask_that_is_kept():
    ((twins,), _) = twins_of(KEPT_MASK, "parts_kept_mask")
    said = differences_of(twins, 5)
    assert not said, said


def steps(of):
    def program(module):
        layer, found = module.Leaky(), []
        for step in range(3):
            for method in ("forward", "backward"):
                try:
                    given = of(numbers(5, 5, seed=step))
                    found.append((getattr(layer, method)(given), given))
                except Exception as error:  # what came is compared
                    found.append(error)
        return layer, found
    return program


@pytest.mark.parametrize("of", [
    lambda a: a, lambda a: a.astype("f"), lambda a: a.astype(int), np.asfortranarray,
    lambda a: a.astype(">f8"), lambda a: a[0], lambda a: a.tolist(), lambda a: a[:, ::2],
    lambda a: np.where(a > 1, np.nan, a), lambda a: a * -0.0,
    lambda a: np.where(a < 0, -np.inf, a)])
@pytest.mark.parametrize("name", CODES)
def test_arrays_of_every_kind(name, of):
    assert_same_beside(CODES[name], steps(of), adopted=["Leaky"])


@pytest.mark.parametrize("number", [np.float64(0.1), np.float32(0.1), np.array(0.1), 0, -1.0, "a"])
def test_what_it_is_multiplied_by(number):
    def program(module):
        layer = module.Leaky(number)
        found = []
        for kind in (np.float32, np.float64):
            for method in ("forward", "backward"):
                try:
                    found.append(getattr(layer, method)(numbers(5, 5).astype(kind)))
                except Exception as error:  # what came is compared
                    found.append(error)
        return layer, found
    assert_same_beside(LEAKY, program, adopted=["Leaky"])


@pytest.mark.parametrize(("old", "new"), [
    ("y = x.copy()", "y = x"), ("dx = d.copy()", "dx = d"),
    ("dx[self.x < 0] *= self.a", "dx[self.x > 0] *= self.a"),
    ("dx[self.x < 0] *= self.a", "dx[dx < 0] *= self.a"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] += self.a"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] = self.a"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] *= self.a * self.a"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] /= self.a"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] = self.a * self.x[self.x < 0]"),
    ("dx[self.x < 0] *= self.a", "dx[self.x < 0] = self.a * dx[self.x > 0]"),
    ("dx[self.x < 0] *= self.a", "dx[0] *= self.a"),
    ("dx[self.x < 0] *= self.a", "dx *= self.a"),
    ("y[x < 0] *= self.a", "y[x < 0] *= -self.a"), ("y[x < 0] *= self.a", "y[x < 0] **= 3"),
    ("y[x < 0] *= self.a", "y[x < 0] = np.exp(y[x < 0])")])
def test_what_looks_alike_is_left(old, new):
    assert old in LEAKY
    code = LEAKY.replace(old, new)
    assert_same_beside(code, steps(lambda a: a))
    assert "Leaky" in adopt(load(code)).left
