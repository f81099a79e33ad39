"""Samples in columns: judged as such where a file's layers say so, and no mistake of rows taken
for them.
"""

import json

import pytest

from fastnn.checking import command

DENSE = """
class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in) * 0.01
        self.b = np.zeros((n_out, 1))
    def forward(self, A):
        self.A = A
        return self.W @ A + self.b
    def backward(self, dZ):
        self.dW = dZ @ self.A.T
        self.db = np.sum(dZ, axis=1, keepdims=True)
        return self.W.T @ dZ
"""
MEANS = DENSE.replace("dZ @ self.A.T", "dZ @ self.A.T / self.A.shape[1]").replace(
    "np.sum(dZ, axis=1", "np.mean(dZ, axis=1")
ROWS = """
class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.01
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW = self.x.T @ d
        self.db = np.sum(d, axis=0, keepdims=True)
        return d @ self.W.T
"""
SOFTMAX = """
class Softmax:
    def forward(self, Z):
        e = np.exp(Z - np.max(Z, axis=0, keepdims=True))
        self.A = e / np.sum(e, axis=0, keepdims=True)
        return self.A
"""
ITS_BACKWARD = """
    def backward(self, d):
        return self.A * (d - np.sum(d * self.A, axis=0, keepdims=True))
"""
ENTROPY = """
class Entropy:
    def forward(self, A, Y):
        return -np.sum(Y * np.log(np.clip(A, 1e-7, 1 - 1e-7))) / Y.shape[1]
    def backward(self, A, Y):
        return -Y / A / Y.shape[1]
"""
BINARY = """
class Binary:
    def forward(self, A, Y):
        A = np.clip(A, 1e-7, 1 - 1e-7)
        return -1 / Y.shape[1] * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    def backward(self, A, Y):
        return -(Y / A - (1 - Y) / (1 - A))
"""
SQUARED = """
class Squared:
    def forward(self, A, Y):
        return np.mean((A - Y) ** 2, axis=0)
    def backward(self, A, Y):
        return 2 * (A - Y) / A.size
"""
ONE = """
class Dense:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)
    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias
    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient
        return input_gradient
"""
COLUMNS = "its samples are columns, the book's are rows"


def checked(tmp_path, capsys, *parts):
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\n" + "".join(parts))
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (0 if report["right"] else 1)
    return {one["name"]: one for one in report["classes"]}


def test_all_of_a_program_of_columns_is_right(tmp_path, capsys):
    found = checked(tmp_path, capsys, DENSE, SOFTMAX, ENTROPY, SQUARED)
    roles = {name: one["role"] for name, one in found.items()}
    assert roles == {"Linear": "dense layer", "Softmax": "softmax",
                     "Entropy": "categorical cross-entropy", "Squared": "mean squared error"}
    for one in found.values():
        assert one["verdict"] == "right" and COLUMNS in one["remarks"]
    assert found["Linear"]["gradients"] == "agree"


@pytest.mark.parametrize("old, new, method, attribute, mistake, words", [
    ("np.sum(dZ, axis=1", "np.sum(dZ, axis=0", "backward", "db", "wrong axis", "(axis=0)"),
    ("np.sum(dZ, axis=1", "np.mean(dZ, axis=1", "backward", "db", "mean over samples taken twice",
     "the mean over the samples"),
    ("dZ @ self.A.T", "2 * dZ @ self.A.T", "backward", "dW", "factor of 2 too much", ""),
    ("+ self.b", "- self.b", "forward", "returned value", "wrong sign", "subtracted"),
    ("np.sum(dZ, axis=1, keepdims=True)", "np.sum(dZ, axis=1)", "backward", "db",
     "missing keepdims", "")])
def test_mistakes_in_columns_are_told_in_their_words(tmp_path, capsys, old, new, method,
                                                     attribute, mistake, words):
    one = checked(tmp_path, capsys, DENSE.replace(old, new))["Linear"]
    (row,) = one["differences"]
    assert (one["role"], one["verdict"]) == ("dense layer", "differs")
    assert (row["method"], row["attribute"], row["mistake"]) == (method, attribute, mistake)
    assert words in row["sentence"]
    assert " . ".join(("dvalues", "inputs.T")) in row["formula"] or attribute != "dW"
    if "expected_shape" in row:
        assert row["expected_shape"] == [4, 1]


@pytest.mark.parametrize("parts, verdict", [
    ((ROWS, SOFTMAX), "differs"), ((ROWS, SOFTMAX, ITS_BACKWARD), "differs"),
    ((SOFTMAX,), "differs"), ((SOFTMAX, ITS_BACKWARD), "right"),
    ((DENSE, SOFTMAX), "right"), ((DENSE, SOFTMAX, ITS_BACKWARD), "right"),
    ((DENSE, SOFTMAX, ITS_BACKWARD.replace("axis=0", "axis=1")), "differs")])
def test_a_softmax_over_the_wrong_axis(tmp_path, capsys, parts, verdict):
    one = checked(tmp_path, capsys, *parts)["Softmax"]
    assert (one["role"], one["verdict"]) == ("softmax", verdict)
    if verdict == "differs" and DENSE not in parts:
        assert one["differences"][0]["mistake"] == "wrong axis"


def test_a_softmax_over_rows_is_over_the_wrong_axis_among_columns(tmp_path, capsys):
    rows = SOFTMAX.replace("axis=0", "axis=1")
    one = checked(tmp_path, capsys, DENSE, rows)["Softmax"]
    (row,) = one["differences"]
    assert row["mistake"] == "wrong axis" and "over the samples (axis=1)" in row["sentence"]
    for parts in (ROWS, rows), (rows,), (DENSE, ROWS, rows):
        assert checked(tmp_path, capsys, *parts)["Softmax"]["verdict"] == "right"


@pytest.mark.parametrize("body, words", [
    ("e = np.exp(x - np.max(x))", "maximum is that of the whole batch"),
    ("e = np.exp(x)", "the maximum is not subtracted")])
def test_other_ways_to_sum_over_the_wrong_axis(tmp_path, capsys, body, words):
    text = f"class Soft:\n    def forward(self, x):\n        {body}\n" \
           "        self.output = e / np.sum(e, axis=0, keepdims=True)\n"
    (row,) = checked(tmp_path, capsys, text)["Soft"]["differences"]
    assert row["mistake"] == "wrong axis" and words in row["sentence"]


def test_a_mean_along_the_wrong_axis_is_one_among_rows(tmp_path, capsys):
    for parts in (ROWS, SQUARED), (SQUARED,):
        (row,) = checked(tmp_path, capsys, *parts)["Squared"]["differences"]
        assert row["mistake"] == "wrong axis"


def test_the_layer_may_take_the_mean_where_the_loss_does_not(tmp_path, capsys):
    found = checked(tmp_path, capsys, MEANS, BINARY)
    assert {one["verdict"] for one in found.values()} == {"right"}
    assert any("means over the samples" in one for one in found["Linear"]["remarks"])
    assert any("one output" in one for one in found["Binary"]["remarks"])
    alone = checked(tmp_path, capsys, MEANS)["Linear"]
    assert alone["verdict"] == "right" and "is not divided" in " ".join(alone["remarks"])
    twice = checked(tmp_path, capsys, MEANS, ENTROPY)  # which does
    assert twice["Linear"]["verdict"] == "differs" and twice["Entropy"]["verdict"] == "right"
    rows = ROWS.replace("self.x.T @ d", "self.x.T @ d / len(d)").replace(
        "np.sum(d, axis=0", "np.mean(d, axis=0")
    assert checked(tmp_path, capsys, rows)["Dense"]["verdict"] == "differs"


def test_one_sample_at_a_time(tmp_path, capsys):
    softmax = """
class Softmax:
    def forward(self, input):
        tmp = np.exp(input)
        self.output = tmp / np.sum(tmp)
        return self.output
    def backward(self, output_gradient, learning_rate):
        n = np.size(self.output)
        return np.dot((np.identity(n) - self.output.T) * self.output, output_gradient)
"""
    found = checked(tmp_path, capsys, ONE, softmax)
    for one in found.values():
        assert one["verdict"] == "right" and "one sample at a time" in " ".join(one["remarks"])
    found = checked(tmp_path, capsys, ONE.replace("np.dot(self.weights.T, output", "np.dot("
                                                  "2 * self.weights.T, output"), softmax)
    assert found["Dense"]["differences"][0]["mistake"] == "factor of 2 too much"
    assert checked(tmp_path, capsys, ROWS, softmax)["Softmax"]["verdict"] == "differs"


def test_losses_that_are_functions(tmp_path, capsys):
    softmax = "def softmax(Z):\n    e = np.exp(Z - Z.max(axis={0}, keepdims=True))\n" \
              "    return e / e.sum(axis={0}, keepdims=True)\n"
    loss = "def cross_entropy(A, Y):\n" \
           "    return -np.sum(Y * np.log(np.clip(A, 1e-7, 1 - 1e-7))) / Y.shape[1]\n"
    assert checked(tmp_path, capsys, softmax.format(0), loss)["cross_entropy"]["verdict"] == "right"
    assert checked(tmp_path, capsys, softmax.format(1), loss)["cross_entropy"][
        "verdict"] == "differs"


@pytest.mark.parametrize("layers", ["", DENSE])
def test_what_a_loss_of_its_own_keeps_is_no_mistake(tmp_path, capsys, layers):
    """A - Y, which it sets as it goes forward, is not softmax's and loss's gradient without the
    mean.
    """
    found = checked(tmp_path, capsys, layers + """
class Huber:
    def forward(self, A, Y):
        self.d = A - Y
        return np.where(abs(self.d) < 1, 0.5 * self.d ** 2, abs(self.d) - 0.5).mean(axis=0)
    def backward(self):
        return np.clip(self.d, -1, 1) / self.d.size
""")
    assert found["Huber"]["verdict"] != "differs"
