"""Losses that are the same either way round: the names of arguments say which way is downhill."""

import itertools

import pytest
from driven import differences_of
from twins import twins_of

LOSS = """
import numpy as np
class Loss:
    def forward(self, {both}):
        return np.mean((y_true - y_pred) ** 2, axis=-1)
    def calculate(self, {both}):
        return np.mean(self.forward({both}))
    def backward(self, {both}):
        self.dinputs = {slope}
"""
OF_ALL = """
import numpy as np
class Loss:
    def loss(self, {both}):
        return {factor}np.mean((y_true - y_pred) ** 2)
    def grad(self, {both}):
        return {slope}
"""
KEPT = """
import numpy as np
class Loss:
    def __call__(self, {both}):
        self.diff = {slope}
        return np.square(self.diff).mean()
    def backward(self):
        return 2 * self.diff / self.diff.size
"""
ABSOLUTE = LOSS.replace("(y_true - y_pred) ** 2", "np.abs(y_true - y_pred)")
SLOPES = {
    "by both lengths": (LOSS, "-2 * (y_true - y_pred) / len(y_pred[0]) / len(y_pred)"),
    "by lengths of targets": (LOSS, "-2 * (y_true - y_pred) / len(y_true[0]) / len(y_true)"),
    "by size": (LOSS, "2 * (y_pred - y_true) / y_pred.size"),
    "by size of targets": (LOSS, "2 * (y_pred - y_true) / y_true.size"),
    "by size and minus": (LOSS, "-2 * (y_true - y_pred) / y_pred.size"),
    "signs by size": (ABSOLUTE, "np.sign(y_pred - y_true) / y_pred.size"),
    "of all": (OF_ALL, "2 * (y_pred - y_true) / y_true.size"),
    "half of all": (OF_ALL.replace("{factor}", "0.5 * "), "(y_pred - y_true) / y_true.size"),
    "kept": (KEPT, "y_pred - y_true")}
ORDERS = {"predictions first": ("y_pred", "y_true"), "targets first": ("y_true", "y_pred")}
NAMES = {"the book's": {}, "a hat": {"y_pred": "y_hat", "y_true": "y"},
         "no mark": {"y_pred": "outputs", "y_true": "targets"}, "short": {
             "y_pred": "yhat", "y_true": "t"}}


def code_of(name, order, names=None, *, turned=False):
    """The class; turned: with the slope uphill."""
    text, slope = SLOPES[name]
    if turned:
        for pair in itertools.permutations(("y_pred", "y_true")):
            if "{} - {}".format(*pair) in slope:
                slope = slope.replace("{} - {}".format(*pair), "{} - {}".format(*pair[::-1]))
                break
    code = text.format(both=", ".join(ORDERS[order]), slope=slope, factor="")
    for old, new in (names or {}).items():
        code = code.replace(old, new)
    return code


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", sorted(SLOPES.keys() - {
    "by lengths of targets"}))  # which is none of ours
def test_a_slope_downhill_is_adopted(name, order):
    (twins,), report = twins_of(code_of(name, order), f"order_{name}_{order}".replace(" ", "_"))
    assert not report.left
    said = differences_of(twins, 37)
    assert not said, said


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_uphill_is_not(name, order, names):
    code = code_of(name, order, NAMES[names], turned=True)
    _, report = twins_of(code, f"uphill_{name}_{order}_{names}".replace(" ", "_"))
    assert "is not, operation by operation" in report.left["Loss"]


@pytest.mark.parametrize("name", ["by size", "of all", "kept"])
def test_where_no_name_says_it_the_first_is_the_prediction(name):
    """As in the book; another one is left alone."""
    for order, adopted in (("predictions first", True), ("targets first", False)):
        code = code_of(name, order, {"y_pred": "u", "y_true": "v"})
        _, report = twins_of(code, f"untold_{name}_{order}".replace(" ", "_"))
        assert ("Loss" in report.adopted) == adopted, order


def test_methods_that_do_not_agree_are_left_where_the_targets_come_first():
    code = code_of("by size", "predictions first")
    changed = code.replace("backward(self, y_pred, y_true)", "backward(self, y_true, y_pred)")
    assert changed != code
    assert "Loss" in twins_of(changed, "two_orders")[1].left


def test_another_method_may_say_it():
    code = code_of("of all", "targets first")
    changed = code.replace("def grad(self, y_true, y_pred)", "def grad(self, u, v)").replace(
        "return 2 * (y_pred - y_true) / y_true.size", "return 2 * (v - u) / u.size")
    assert changed != code
    assert "Loss" in twins_of(changed, "told_by_another")[1].adopted
    uphill = changed.replace("(v - u)", "(u - v)")
    assert "Loss" in twins_of(uphill, "told_by_another_uphill")[1].left
