"""Losses that leave the mean to who uses them, and such as take it and forget it behind."""

import json

import pytest

from fastnn.checking import command

FORWARD = {
    "mean squared error": ("np.mean((p - y) ** 2, axis=-1)", "2 * (p - y) / p.shape[1]"),
    "mean absolute error": ("np.mean(np.abs(p - y), axis=-1)", "np.sign(p - y) / p.shape[1]"),
    "binary cross-entropy": (
        "np.mean(-(y * np.log(clip(p)) + (1 - y) * np.log(1 - clip(p))), axis=-1)",
        "-(y / clip(p) - (1 - y) / (1 - clip(p))) / p.shape[1]"),
    "loss of its own": ("np.mean(np.log(np.cosh(p - y)), axis=-1)", "np.tanh(p - y) / p.shape[1]")}
CLASS = """import numpy as np
def clip(p):
    return np.clip(p, 1e-7, 1 - 1e-7)
class NAME:
    def forward(self, p, y):
        return FORWARD
    def backward(self, p, y):
        self.dinputs = BACKWARD
"""
MEAN = """    def calculate(self, p, y):
        return np.mean(self.forward(p, y))
"""


def checked(tmp_path, capsys, forward, backward, more="", name="Mine"):
    path = tmp_path / "program.py"
    path.write_text(CLASS.replace("NAME", name).replace("FORWARD", forward).replace(
        "BACKWARD", backward) + more)
    command.main([str(path), "--json"])
    return json.loads(capsys.readouterr().out)["classes"][0]


@pytest.mark.parametrize("role", FORWARD)
def test_losses_of_samples_with_their_own_gradients_are_right(tmp_path, capsys, role):
    one = checked(tmp_path, capsys, *FORWARD[role])
    assert (one["verdict"], one["role"], one["gradients"]) == ("right", role, "agree")
    assert one["differences"] == [] and any("the mean" in words or "sum of what" in words
                                            for words in one["remarks"])


@pytest.mark.parametrize("role", FORWARD)
def test_one_that_takes_the_mean_has_to_divide(tmp_path, capsys, role):
    one = checked(tmp_path, capsys, *FORWARD[role], MEAN)
    assert one["verdict"] == "differs"
    assert {row["mistake"] for row in one["differences"]} == {"missing mean over samples"}


@pytest.mark.parametrize("role", FORWARD)
def test_one_that_divides_is_right_with_a_mean_and_without(tmp_path, capsys, role):
    forward, backward = FORWARD[role]
    for more in (MEAN, ""):
        one = checked(tmp_path, capsys, forward, f"{backward} / len(p)", more)
        assert (one["verdict"], one["role"]) == ("right", role)


def test_the_sum_over_outputs_is_right_with_its_own_gradient(tmp_path, capsys):
    both = "np.sum((p - y) ** 2, axis=1)", "2 * (p - y)"
    one = checked(tmp_path, capsys, *both, name="SquaredError")
    assert one["verdict"] == "right" and any("sum over the outputs" in words
                                             for words in one["remarks"])
    one = checked(tmp_path, capsys, *both, name="MSE")  # which is no sum
    assert one["verdict"] == "differs"


def test_losses_of_elements_are_right_with_their_own_gradients(tmp_path, capsys):
    one = checked(tmp_path, capsys, "(p - y) ** 2", "2 * (p - y)")
    assert (one["verdict"], one["role"]) == ("right", "mean squared error")
    one = checked(tmp_path, capsys, "(p - y) ** 2", "2 * (p - y) / p.shape[1]")
    assert one["verdict"] == "differs"


def test_other_mistakes_stay(tmp_path, capsys):
    forward, backward = FORWARD["mean squared error"]
    one = checked(tmp_path, capsys, forward, f"-{backward}")
    assert one["verdict"] == "differs"
