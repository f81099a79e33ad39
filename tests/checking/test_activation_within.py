"""Dense layers with their activation inside are judged as what they are."""

import json

import pytest

from fastnn.checking import command

KEEPS_Z = """
    def forward(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return {output}
"""
KEEPS_OUT = """
    def forward(self, x):
        self.x = x
        z = x @ self.W + self.b
        self.out = {output}
        return self.out
"""
RELU, SIGMOID, TANH = "np.maximum(0, {})", "1 / (1 + np.exp(-{}))", "np.tanh({})"
RIGHT = [
    ("relu", KEEPS_Z, RELU, "(self.z > 0)"), ("relu", KEEPS_OUT, RELU, "(self.out > 0)"),
    ("sigmoid", KEEPS_OUT, SIGMOID, "self.out * (1 - self.out)"),
    ("tanh", KEEPS_OUT, TANH, "(1 - self.out ** 2)"),
    ("tanh", KEEPS_Z, TANH, "(1 - np.tanh(self.z) ** 2)")]


def checked(tmp_path, capsys, forward, output, slope, *, sums="axis=0, keepdims=True"):
    made = forward.format(output=output.format("self.z" if "self.z" in forward else "z"))
    path = tmp_path / "program.py"
    path.write_text(f"""import numpy as np
class Layer:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out) * 0.1, np.zeros((1, n_out))
{made}
    def backward(self, g):
        g = g * {slope}
        self.dW, self.db = self.x.T @ g, g.sum({sums})
        return g @ self.W.T
""")
    command.main([str(path), "--json"])
    (one,) = json.loads(capsys.readouterr().out)["classes"]
    return one


@pytest.mark.parametrize("name, forward, output, slope", RIGHT)
def test_they_are_right(tmp_path, capsys, name, forward, output, slope):
    one = checked(tmp_path, capsys, forward, output, slope)
    assert (one["verdict"], one["gradients"]) == ("right", "agree")
    assert one["role"] == f"dense layer and {name}"


@pytest.mark.parametrize("name, forward, output, slope", RIGHT)
def test_a_mistake_in_one_gradient_is_that_one(tmp_path, capsys, name, forward, output, slope):
    one = checked(tmp_path, capsys, forward, output, slope, sums="axis=1, keepdims=True")
    (row,) = one["differences"]
    assert one["role"] == f"dense layer and {name}" and row["attribute"] == "db"


def test_a_wrong_slope_is_wrong_in_all(tmp_path, capsys):
    one = checked(tmp_path, capsys, KEEPS_OUT, SIGMOID, "(1 - self.out)")
    assert one["role"] == "dense layer and sigmoid" and one["verdict"] == "differs"
    assert one["gradients"] == "differ" and len(one["differences"]) == 3


def test_an_activation_that_is_too_much_is_still_said(tmp_path, capsys):
    """A plain layer's backward behind a ReLU: the ReLU does not belong there."""
    one = checked(tmp_path, capsys, KEEPS_OUT, RELU, "1")
    (row,) = one["differences"]
    assert (one["role"], row["mistake"]) == ("dense layer", "activation within")


def test_a_dense_layer_stays_one(tmp_path, capsys):
    one = checked(tmp_path, capsys, KEEPS_OUT, "{}", "1")
    assert (one["verdict"], one["role"]) == ("right", "dense layer")
    one = checked(tmp_path, capsys, KEEPS_OUT, "{}", "1", sums="axis=1, keepdims=True")
    assert (one["verdict"], one["role"]) == ("differs", "dense layer")
