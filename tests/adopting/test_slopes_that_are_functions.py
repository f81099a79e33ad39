"""Functions of outputs and targets as losses of ours, for loops: their digits, and what is none."""

import numpy as np
import pytest
from beside import numbers
from programs_of_classes import load

from fastnn.adopting import own_slopes
from fastnn.adopting.functions import slope_of, squared_error

SLOPES = {
    "2 * (p - y) / np.size(y)": True, "2 * (p - y) / y.size": True, "2 * (p - y) / p.size": True,
    "2 * (p - y) / len(y)": False, "2 * (p - y) / y.shape[0]": False,
    "(p - y) * 2 / len(p)": False, "-2 * (y - p) / y.size": True, "(p - y) / len(y)": False,
    "2.0 * np.subtract(p, y) / np.size(p)": True, "3 * (p - y) / y.size": True,
    "np.sign(p - y) / y.size": True, "(p - y) ** 2 * (p - y) / len(y)": False,
    "((1 - y) / (1 - p) - y / p) / np.size(y)": True,
    "-(y / p - (1 - y) / (1 - p)) / len(y)": False,
    "(p - y) / (p * (1 - p)) / len(y)": False,
    "np.where(np.abs(p - y) < 1, p - y, np.sign(p - y)) / y.size": True}
NONE = [
    "2 * (p - y)", "2 / np.size(y) * (p - y)", "2 * (p - y) / y.shape[1]", "2 * p / y.size",
    "2 * (p - y) / 100", "np.where(p > y, 1, -1) / y.size", "(p > y) / y.size",
    "(p - np.sum(y)) / y.size", "(p - y.mean(axis=0)) / y.size", "2 * (p - y[::-1]) / y.size",
    "np.dot(p, y.T) / y.size", "np.random.random() * (p - y) / y.size", "(p - y) / np.size(p.T[0])",
    "sum(p - y) / y.size", "print(p) or (p - y) / y.size", "p.sort() or (p - y) / y.size"]


def function(text, head="def f(y, p):"):
    return load(f"import numpy as np\n{head}\n    return {text}\n").f


@pytest.fixture(autouse=True)
def made_anew():
    yield
    own_slopes._made.clear()


@pytest.mark.parametrize("text", SLOPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_loss_goes_backward_as_the_function_does(text, dtype):
    f = function(text)
    found = slope_of(f, 1)
    assert found.by_size is SLOPES[text] and found.still_stands()
    for shape in ((37, 1), (37, 4))[:1 if found.by_size else 2]:
        p, y = numbers(*shape).astype(dtype), (numbers(*shape, seed=8) > 0).astype(dtype)
        p[:6, 0] = 0, -0.0, np.inf, np.nan, 1, y[5, 0]
        loss = found.ours()
        with np.errstate(all="ignore"):
            loss.backward(p, y)
            want = f(y, p)
        assert loss.dinputs.dtype == want.dtype
        numbers_of = [np.where(np.isnan(one), 0, one).tobytes() for one in (loss.dinputs, want)]
        assert numbers_of[0] == numbers_of[1]
        assert (np.isnan(loss.dinputs) == np.isnan(want)).all()


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_slope(text):
    assert slope_of(function(text), 1) is None


@pytest.mark.parametrize("head", ["def f(y, p, w=1):", "def f(y, *p):", "def f(y, p=0):",
                                  "def f(*, y, p):", "@np.vectorize\ndef f(y, p):"])
def test_functions_of_other_arguments(head):
    f = function("2 * (p - y) / np.size(y)", head)
    assert not hasattr(f, "__code__") or slope_of(f, 1) is None


def test_which_are_the_outputs_is_asked():
    f = function("2 * (y - p) / y.size")
    upwards, downhill = slope_of(f, 0).ours, slope_of(f, 1).ours
    assert upwards.__name__ == "_SquaredErrorUpwards" and downhill is not upwards


@pytest.mark.parametrize("text, is_one", [
    ("np.mean((y - p) ** 2)", True), ("np.mean(np.square(p - y))", True),
    ("((p - y) ** 2).mean()", True), ("np.mean((p - y) * (p - y))", True),
    ("np.mean(np.power(p - y, 2))", False), ("np.mean((p - y) ** 2) / 2", False),
    ("np.mean((p - y) ** 2, axis=0)", False), ("np.sum((p - y) ** 2) / len(y)", False),
    ("np.mean(np.abs(p - y))", False), ("np.mean((p + y) ** 2)", False),
    ("np.sqrt(np.mean((p - y) ** 2))", False)])
def test_which_functions_are_the_mean_of_squares(text, is_one):
    assert (squared_error(function(text)) is not None) is is_one


def test_what_is_changed_is_another():
    f = function("2 * (p - y) / np.size(y)")
    found = slope_of(f, 1)
    f.__code__ = function("3 * (p - y) / np.size(y)").__code__
    assert not found.still_stands()
    scaled = load("import numpy as np\nSCALE = 2.0\ndef f(y, p):\n"
                  "    return SCALE * (p - y) / np.size(y)\n")
    found = slope_of(scaled.f, 1)
    scaled.SCALE = 3.0
    assert not found.still_stands()
