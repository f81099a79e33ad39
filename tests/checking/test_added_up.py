"""Gradients that are added up over calls: right with a method that sets them to zero, and told."""

import json

import pytest

from fastnn.checking import command

LAYER = """import numpy as np
class Linear:
    def __init__(self, i, o):
        self.W = np.random.randn(i, o); self.b = np.zeros((1, o)); {made}
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW += self.x.T @ g
        self.db += g.sum(0, keepdims=True)
        return g @ self.W.T
"""
ZEROS = "self.dW = np.zeros_like(self.W); self.db = np.zeros_like(self.b)"
METHOD = "    def {}(self):\n        {}\n"
PARAMETER = """import numpy as np
class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)
class Linear:
    def __init__(self, i, o):
        self.weight, self.bias = Parameter(np.random.randn(i, o)), Parameter(np.zeros((1, o)))
    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data
    def backward(self, g):
        self.weight.grad += self.x.T @ g
        self.bias.grad += g.sum(axis=0, keepdims=True)
        return g @ self.weight.data.T
class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr
    def {}(self):
        for p in self.params:
            {}
"""


def checked(tmp_path, capsys, code):
    path = tmp_path / "program.py"
    path.write_text(code)
    command.main([str(path), "--json"])
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["classes"]}
    return found["Linear"]


@pytest.mark.parametrize("made, name, body", [
    ("self.zero_grad()", "zero_grad", ZEROS), (ZEROS, "clear", "self.dW[:] = 0; self.db[:] = 0")])
def test_with_its_own_zero_grad_it_is_right(tmp_path, capsys, made, name, body):
    one = checked(tmp_path, capsys, LAYER.format(made=made) + METHOD.format(name, body))
    assert (one["verdict"], one["gradients"]) == ("right", "agree")
    assert one["vocabulary"]["dweights"] == "dW" and one["vocabulary"]["weights"] == "W"
    assert one["remarks"] == [f"its gradients are added up until {name}() sets them to zero"]


@pytest.mark.parametrize("made", ["self.dW = self.db = None", "self.n = 0"])
def test_it_may_be_what_makes_them(tmp_path, capsys, made):
    one = checked(tmp_path, capsys, LAYER.format(made=made) + METHOD.format("zero_grad", ZEROS))
    assert (one["verdict"], one["gradients"]) == ("right", "agree")
    assert one["remarks"] == ["its backward was tried after zero_grad(), which makes what it adds "
                              "to"]
    for other in "", METHOD.format("zero_grad", ZEROS.replace("zeros", "ones")):
        one = checked(tmp_path, capsys, LAYER.format(made=made) + other)
        assert one["verdict"] != "right"


@pytest.mark.parametrize("more", [
    "", METHOD.format("zero_grad", "self.dW[:] = 0"),  # one of the two
    METHOD.format("zero_grad", "self.gW = np.zeros_like(self.W); self.gb = 0"),  # others
    METHOD.format("reset", ZEROS + "; self.W = 0.1 * np.random.randn(*self.W.shape)"),
    METHOD.format("zero_grad", "self.dW[:] = 1; self.db[:] = 1")])
def test_without_one_it_differs_by_its_own_name_and_number(tmp_path, capsys, more):
    one = checked(tmp_path, capsys, LAYER.format(made=ZEROS) + more)
    (row,) = one["differences"]
    assert one["vocabulary"]["dweights"] == row["attribute"] == "dW"
    assert row["mistake"] == "state left from the call before"
    assert row["sentence"] == "dW is added up over calls: it is right at the first call alone"
    assert abs(row["got"] - row["expected"]) > 0.1


@pytest.mark.parametrize("body", ["p.grad[...] = 0", "p.grad = np.zeros_like(p.data)",
                                  "p.grad.fill(0.0)", "p.grad *= 0"])
def test_what_is_beside_it_may_set_them_to_zero(tmp_path, capsys, body):
    one = checked(tmp_path, capsys, PARAMETER.format("zero_grad", body))
    assert one["verdict"] == "right"
    assert one["remarks"] == ["its gradients are added up until SGD.zero_grad() sets them to zero"]


@pytest.mark.parametrize("body", ["p.data -= self.lr * p.grad", "p.other = 0", "p.grad += 0",
                                  "p.data = p.data - (0 + p.grad)", "p.grad = p.grad + 0"])
def test_what_does_something_else_with_them_does_not(tmp_path, capsys, body):
    one = checked(tmp_path, capsys, PARAMETER.format("step", body))
    (row,) = one["differences"]
    assert row["attribute"] == "weight.grad" and "added up" in row["sentence"]


def test_other_state_is_said_as_before(tmp_path, capsys):
    one = checked(tmp_path, capsys, LAYER.format(made="self.dW, self.db = 0, 0").replace(
        "self.dW += self.x.T @ g", "self.dW = 0.5 * self.dW + self.x.T @ g"))
    (row,) = one["differences"]
    assert row["attribute"] == "dW" and row["sentence"].endswith("is used or added to")
