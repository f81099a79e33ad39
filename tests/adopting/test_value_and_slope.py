"""Activations of two methods that keep nothing: a function, and its slope."""

from contextlib import nullcontext

import numpy as np
import pytest
from beside import HEAD, adopt, assert_same_beside, load, numbers
from driven import left_to_theirs
from nnfs_context import nnfs_in_force
from twins import twins_of

from fastnn.adopting import meaning

ACTIVATION = HEAD + '''
class Act:
    def value(self, z):
        return VALUE
    def slope(self, z):
        return SLOPE
'''
WAYS = {
    "tanh": ("np.tanh(z)", "1 - np.tanh(z) ** 2"), "tanh of outputs": ("np.tanh(z)", "1 - z ** 2"),
    "sigmoid": ("1 / (1 + np.exp(-z))", "self.value(z) * (1 - self.value(z))"),
    "sigmoid of outputs": ("1 / (1 + np.exp(-z))", "z * (1 - z)"),
    "softplus": ("np.log(1 + np.exp(z))", "1 / (1 + np.exp(-z))"),
    "swish": ("z / (1 + np.exp(-z))",
              "1 / (1 + np.exp(-z)) + z * np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    "gauss": ("np.exp(-z ** 2)", "-2 * z * np.exp(-z ** 2)"),
    "exp": ("np.exp(z)", "np.exp(z)"), "softsign": ("z / (1 + np.abs(z))",
                                                    "1 / (1 + np.abs(z)) ** 2")}


def code_of(value, slope):
    return ACTIVATION.replace("VALUE", value).replace("SLOPE", slope)


CODES = {name: code_of(*pair) for name, pair in WAYS.items()}
CODES["called"] = CODES["sigmoid"].replace("def value", "def __call__").replace(
    "self.value(z)", "self(z)")
GIVEN = {
    "plain": lambda a: a, "float32": lambda a: a.astype("f"), "whole": lambda a: a.astype(int),
    "columns": np.asfortranarray, "other bytes": lambda a: a.astype(">f8"),
    "list": lambda a: a.tolist(), "one axis": lambda a: a[0], "a number": lambda a: float(a[0, 0]),
    "NumPy's number": lambda a: a[0, 0], "none": lambda a: a[:0], "three axes": lambda a: a[None],
    "every other": lambda a: a[:, ::2], "infinite": lambda a: np.where(a > 1, np.inf, a),
    "nan": lambda a: np.where(a > 1, np.nan, a), "zeros": lambda a: a * 0.0 - 0.0,
    "truths": lambda a: a > 0, "large": lambda a: a * 1e3, "half": lambda a: a.astype("e")}


def asked(of=lambda a: a, shape=(7, 5), between=None):
    """Both methods of one object, and what is left of what they were given."""
    def program(module):
        act, found = module.Act(), []
        for step in range(4):
            for name in ("value", "__call__", "slope"):
                if between is not None:
                    between(module, act, step)
                if hasattr(module.Act, name):
                    given = of(3 * numbers(*shape, seed=step))
                    try:
                        found.append((getattr(act, name)(given), given))
                    except Exception as error:  # what came is compared
                        found.append(error)
        return act, found
    return program


@pytest.mark.parametrize("book", [False, True])
@pytest.mark.parametrize("name", CODES)
def test_arrays_of_every_kind(name, book):
    with nnfs_in_force(True) if book else nullcontext():
        for of in GIVEN.values():
            report = assert_same_beside(CODES[name], asked(of), adopted=["Act"])
        for shape in ((1, 1), (300, 40)):
            assert_same_beside(CODES[name], asked(shape=shape), adopted=["Act"])
    assert "with its slope" in report.adopted["Act"]


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name):
    ((twins,), _) = twins_of(CODES[name])
    assert not left_to_theirs(twins)


@pytest.mark.parametrize("between", [
    lambda module, act, step: setattr(module.Act, "value", lambda self, z: z * 2.0),
    lambda module, act, step: setattr(act, "value", lambda z: z * 2.0),
    lambda module, act, step: setattr(module, "np", None) if step == 2 else None,
    lambda module, act, step: setattr(act, "output", 3)])
@pytest.mark.parametrize("name", ["sigmoid", "tanh of outputs"])
def test_what_happens_between(name, between):
    assert_same_beside(CODES[name], asked(between=between), adopted=["Act"])


@pytest.mark.parametrize(("value", "slope"), [
    ("np.tanh(z)", "1 + np.tanh(z) ** 2"), ("np.tanh(z)", "1 - np.tanh(z)"),
    ("np.tanh(z)", "np.tanh(z) ** 2 - 1"), ("np.tanh(z)", "1 - z"),
    ("np.tanh(z)", "z * (1 - z)"), ("np.tanh(z)", "1 - np.exp(z) ** 2"),
    ("1 / (1 + np.exp(-z))", "z * (1 + z)"), ("1 / (1 + np.exp(z))", "z * (1 - z)"),
    ("1 / (1 + np.exp(-z))", "np.exp(-z) / (1 + np.exp(-z))"),
    ("1 / (1 + np.exp(-z))", "self.value(z) * (1 - z)"),
    ("np.exp(z)", "2 * np.exp(z)"), ("np.exp(z)", "np.exp(-z)"),
    ("np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)", "z * (1 - z)"),
    ("np.tanh(z)", "1 - np.tanh(z) ** 2 + 1e-3"), ("z ** 2", "2 * z + z * 1e-2")])
def test_no_slope_of_the_function_is_left(value, slope):
    code = code_of(value, slope)
    assert_same_beside(code, asked())
    assert "Act" in adopt(load(code)).left


@pytest.mark.parametrize(("old", "new"), [
    ("return np.tanh(z)", "z *= 1.0; return np.tanh(z)"),
    ("return np.tanh(z)", "self.calls = 1; return np.tanh(z)"),
    ("return np.tanh(z)", "return np.tanh(z * FACTOR[0])"),
    ("return np.tanh(z)", "return np.tanh(z) if len(z) > 3 else z"),
    ("return np.tanh(z)", "return np.tanh(z), z"),
    ("return np.tanh(z)", "np.random.rand(); return np.tanh(z)"),
    ("return np.tanh(z)", "print(end=''); return np.tanh(z)"),
    ("def value(self, z)", "def value(self, z, more)")])
def test_more_than_a_function_is_left(old, new):
    code = CODES["tanh of outputs"].replace(old, new) + "FACTOR = [1.0]\n"
    assert new in code
    assert_same_beside(code, asked())
    assert "Act" in adopt(load(code)).left


def test_no_run_takes_it_for_one_of_ours():
    module = load(CODES["tanh"])
    assert "Act" in adopt(module).adopted
    assert meaning(module.Act) is None or not hasattr(meaning(module.Act).ours, "formula")
