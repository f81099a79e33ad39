"""Functions of a file, beside classes or alone: judged, or said not to be."""

import json

import pytest

from fastnn.checking import command

RELU = """
class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
"""
# arguments and body of a function; its role, and what is remarked
RIGHT = {
    "softmax(x)": ("e = np.exp(x - np.max(x, axis=1, keepdims=True)); "
                   "return e / e.sum(axis=1, keepdims=True)", "softmax", ""),
    "soft(x)": ("e = np.exp(x - np.max(x, axis=1, keepdims=True)); "
                "return e / e.sum(axis=1, keepdims=True)", "softmax", ""),
    "softmax(z)": ("e = np.exp(z - np.max(z)); return e / e.sum()", "softmax", "of one sample"),
    "softmax(Z)": ("e = np.exp(Z - Z.max(axis=0)); return e / e.sum(axis=0)", "softmax",
                   "samples are columns"),
    "ReLU_deriv(z)": ("return z > 0", "relu's slope", "takes the inputs"),
    "relu_backward(dA, Z)": ("return dA * (Z > 0)", "relu's gradient", ""),
    "leaky_relu_derivative(x)": ("return np.where(x > 0, 1, 0.01)", "leaky relu's slope",
                                 "takes the inputs"),
    "leaky_relu(x, alpha=0.01)": ("return np.where(x > 0, x, alpha * x)", "leaky relu", ""),
    "sigmoid_prime(z)": ("s = 1 / (1 + np.exp(-z)); return s * (1 - s)", "sigmoid's slope",
                         "takes the inputs"),
    "d_sigmoid(a)": ("return a * (1 - a)", "sigmoid's slope", "takes the output"),
    "tanh_derivative(z)": ("return 1 - np.tanh(z) ** 2", "tanh's slope", "takes the inputs"),
    "mse(y_true, y_pred)": ("return np.mean((y_true - y_pred) ** 2)", "mean squared error", ""),
    "mse_prime(y_true, y_pred)": ("return 2 * (y_pred - y_true) / y_true.size",
                                  "mean squared error's gradient", ""),
    "cross_entropy(p, y)": ("return -np.mean(np.log(p[range(len(y)), y] + 1e-9))",
                            "categorical cross-entropy", "takes class numbers alone"),
    "cost(p, y)": ("return -np.sum(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))) / len(p)",
                   "categorical cross-entropy", "takes one-hot targets alone")}
# the same; role, mistake, and some of the sentence
WRONG = {
    "softmax(x)": ("e = np.exp(x); return e / e.sum(axis=1, keepdims=True)", "softmax",
                   "softmax without subtracting the maximum", "overflows"),
    "relu(z)": ("return np.minimum(0, z)", "relu", "wrong sign", "the minimum"),
    "relu_derivative(z)": ("return np.maximum(0, z)", "relu's slope", "", "it is relu"),
    "relu_backward(dA, Z)": ("return dA * (dA > 0)", "relu's gradient", "wrong mask", ""),
    "sigmoid(z)": ("return 1 / (1 + np.exp(z))", "sigmoid", "wrong sign", "exponent"),
    "sigmoid_derivative(a)": ("return a * (1 + a)", "sigmoid's slope", "wrong sign", "1 - output"),
    "tanh_prime(z)": ("return 1 - np.tanh(z)", "tanh's slope", "square forgotten", ""),
    "tanh(z)": ("return np.tahn(z)", "tanh", "misspelt name", "tanh is there"),
    "softmax_gradient(d, s)": ("return d * s * (1 - s)", "softmax's gradient", "diagonal alone",
                               ""),
    "mse(y_true, y_pred)": ("return np.sum((y_true - y_pred) ** 2)", "mean squared error",
                            "missing mean over outputs and samples", ""),
    "mse_prime(y_true, y_pred)": ("return 2 * (y_true - y_pred) / y_true.size",
                                  "mean squared error's gradient", "wrong sign", ""),
    "binary_cross_entropy(y, p)": ("return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))",
                                   "binary cross-entropy", "clipping forgotten", ""),
    "cross_entropy(p, y)": ("return np.mean(np.log(np.clip(p, 1e-7, 1 - 1e-7)[range(len(y)), y]))",
                            "categorical cross-entropy", "wrong sign", "")}


def checked(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text(f"import numpy as np\n{text}")
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (0 if report["right"] else 1)
    return report


def written(head, body):
    return f"def {head}:\n    {body}\n"


@pytest.mark.parametrize("beside", ["", RELU], ids=["alone", "beside"])
@pytest.mark.parametrize("head", RIGHT)
def test_right_functions_are_said_to_be(tmp_path, capsys, head, beside):
    body, role, remark = RIGHT[head]
    report = checked(tmp_path, capsys, beside + written(head, body))
    one = report["classes"][-1]
    assert (one["verdict"], one["role"]) == ("right", role) and report["right"]
    assert remark in " ".join(one["remarks"]) and bool(remark) == bool(one["remarks"])


@pytest.mark.parametrize("head", WRONG)
def test_wrong_functions_are_found_and_named(tmp_path, capsys, head):
    body, role, mistake, sentence = WRONG[head]
    report = checked(tmp_path, capsys, RELU + written(head, body))
    relu, one = report["classes"]
    assert relu["verdict"] == "right" and not report["right"]
    assert (one["verdict"], one["role"]) == ("raises" if "tahn" in body else "differs", role)
    (row,) = one["differences"]
    assert row["mistake"] == mistake and sentence in row["sentence"]


def test_all_others_are_named_as_not_judged(tmp_path, capsys):
    helpers = written("one_hot(y, n)", "return np.eye(n)[y]") + written(
        "normalised(x)", "return x / np.linalg.norm(x)") + written(
        "plot_sigmoid(x)", "return 2 / (1 + np.exp(-x))")
    report = checked(tmp_path, capsys, RELU + helpers)
    assert report["right"] and len(report["classes"]) == 1
    assert report["remarks"] == ["not judged: one_hot, normalised, plot_sigmoid, functions that "
                                 "are none of the book's by value or by name"]
