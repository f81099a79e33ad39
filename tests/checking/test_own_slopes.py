"""Activations and losses that the book has not: their backward against their own forward."""

import json

import pytest

from fastnn.checking import command

ELU = """
    def __init__(self, alpha=1.0):
        self.alpha = alpha
    def forward(self, x):
        self.x = x
        self.output = np.where(x > 0, x, self.alpha * (np.exp(x) - 1))
    def backward(self, d):
        self.dinputs = {}
"""
SOFTPLUS = """
    def forward(self, x):
        self.inputs = x
        self.output = np.log1p(np.exp(x))
    def backward(self, d):
        self.dinputs = {}
"""
SWISH = """
    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-x))
        return x * self.s
    def backward(self, d):
        return {}
"""
HUBER = """
    def forward(self, y_pred, y_true):
        e = np.abs(y_true - y_pred)
        return np.mean(np.where(e <= 1, 0.5 * e ** 2, e - 0.5), axis=-1)
    def backward(self, dvalues, y_true):
        e = dvalues - y_true
        self.dinputs = {}
"""
LOGCOSH = """
    def forward(self, y_pred, y_true):
        return np.mean(np.log(np.cosh(y_pred - y_true)))
    def backward(self, y_pred, y_true):
        return {}
"""
S = "1 / (1 + np.exp(-self.inputs))"
# backward of a class; the mistake's name, and some of its sentence
WRONG = [
    (ELU, "d * np.where(self.x > 0, 1, self.output)", "", "inputs are above 0, and is not where"),
    (ELU, "d * np.where(self.x > 0, 1, self.alpha)", "mask forgotten", "as they came"),
    (ELU, "np.where(self.x > 0, 1, self.output + self.alpha)", "chain rule forgotten", ""),
    (ELU, "d * self.output", "value for slope", ""),
    (SOFTPLUS, S, "chain rule forgotten", "dvalues are not multiplied in"),
    (SOFTPLUS, f"-d * {S}", "wrong sign", ""),
    (SOFTPLUS, "d", "mask forgotten", ""),
    (SOFTPLUS, "d / (1 + np.exp(-self.output))", "output for inputs", ""),
    (SWISH, "d * self.s * (1 - self.s)", "", "not the slope of what forward computes"),
    (SWISH, "d * self.x", "inputs for slope", ""),
    (HUBER, "np.where(np.abs(e) <= 1, e, 1) / dvalues.size", "", "where y_pred - y_true is above"),
    (HUBER, "-np.clip(e, -1, 1) / dvalues.size", "wrong sign", ""),
    (HUBER, "np.clip(e, -1, 1)", "missing mean over outputs and samples", ""),
    (LOGCOSH, "np.sinh(y_pred - y_true) / y_pred.size", "", "not the slope of what forward"),
    (LOGCOSH, "np.abs(np.tanh(y_pred - y_true)) / y_pred.size", "absolute value", "sign is lost")]
RIGHT = [
    (ELU, "d * np.where(self.x > 0, 1, self.output + self.alpha)"), (SOFTPLUS, f"d * {S}"),
    (SWISH, "d * (self.s + self.x * self.s * (1 - self.s))"),
    (HUBER, "np.clip(e, -1, 1) / dvalues.size"),
    (HUBER, "np.clip(e, -1, 1) / dvalues.shape[1]"),  # of each sample, as its values are
    (LOGCOSH, "np.tanh(y_pred - y_true) / y_pred.size"),
    (LOGCOSH.replace("np.mean(np.log(np.cosh(y_pred - y_true)))",
                     "np.log(np.cosh(y_pred - y_true))"), "np.tanh(y_pred - y_true)")]
COSINE = """
    def forward(self, p, y):
        self.p, self.y = p, y
        n, m = np.linalg.norm(p, axis=1), np.linalg.norm(y, axis=1)
        return np.mean(1 - np.sum(p * y, axis=1) / n / m)
    def backward(self):
        n, m = (np.linalg.norm(one, axis=1, keepdims=True) for one in (self.p, self.y))
        c = np.sum(self.p * self.y, axis=1, keepdims=True) / n / m
        return -(self.y / n / m - c * self.p / n ** 2) / len(self.p)
"""
# What goes backward by another slope on purpose, or is no function of elements.
LOOK_ALIKES = {
    "straight through a sign": ("np.sign(x)", "d"), "straight through a clip": (
        "np.clip(x, -1, 1)", "d"), "a reversed gradient": ("x", "-0.5 * d"),
    "a batch's norm": ("(x - x.mean(0)) / x.std(0)", "d"), "rounded": ("np.round(x, 1)", "d")}


def checked(tmp_path, capsys, body, name="Mine"):
    path = tmp_path / "program.py"
    path.write_text(f"import numpy as np\nclass {name}:\n{body}")
    command.main([str(path), "--json"])
    (one,) = json.loads(capsys.readouterr().out)["classes"]
    return one


@pytest.mark.parametrize("body, gradient, mistake, words", WRONG)
def test_a_wrong_slope_is_found(tmp_path, capsys, body, gradient, mistake, words):
    one = checked(tmp_path, capsys, body.format(gradient))
    assert (one["verdict"], one["gradients"]) == ("differs", "differ")
    assert one["role"] == ("loss of its own" if "y_pred" in body else "activation of its own")
    (row,) = one["differences"]
    assert row["method"] == "backward" and row["mistake"] == mistake and words in row["sentence"]


@pytest.mark.parametrize("body, gradient", [*RIGHT, (COSINE, "")])
def test_a_right_slope_is_right(tmp_path, capsys, body, gradient):
    one = checked(tmp_path, capsys, body.format(gradient))
    assert (one["verdict"], one["gradients"]) == ("right", "agree")
    assert one["role"].endswith("of its own") and one["differences"] == []


@pytest.mark.parametrize("what", LOOK_ALIKES)
def test_what_means_to_go_another_way_is_not_judged(tmp_path, capsys, what):
    forward, backward = LOOK_ALIKES[what]
    one = checked(tmp_path, capsys, f"    def forward(self, x):\n        return {forward}\n"
                                    f"    def backward(self, d):\n        return {backward}\n")
    assert one["verdict"] == "not recognised" and one["role"] == ""


def test_of_the_books_losses_the_role_stays(tmp_path, capsys):
    """Where it is the backward alone that is wrong."""
    one = checked(tmp_path, capsys, """
    def forward(self, p, y):
        return np.mean((p - y) ** 2, axis=-1)
    def backward(self, p, y):
        self.dinputs = 2 * np.abs(p - y) / p.size
""")
    assert (one["verdict"], one["role"]) == ("differs", "mean squared error")
    assert one["differences"][0]["mistake"] == "absolute value"


def test_where_no_name_says_which_is_the_prediction_it_is_said(tmp_path, capsys):
    for first, second in (("u", "v"), ("a", "b")):
        one = checked(tmp_path, capsys, f"""
    def forward(self, {first}, {second}):
        return np.mean(np.log(np.cosh({first} - {second})))
    def backward(self, {first}, {second}):
        return np.tanh({second} - {first}) / {first}.size
""")
        assert one["differences"][0]["mistake"] == "wrong sign"
        assert "where the targets come first the sign is right" in one["remarks"][-1]


def test_a_slope_of_what_it_is_given_is_no_backward(tmp_path, capsys):
    one = checked(tmp_path, capsys, "    def forward(self, x):\n        return x ** 2\n"
                                    "    def derivative(self, x):\n        return 2 * x\n")
    assert one["verdict"] == "not recognised" and one["differences"] == []


def test_a_network_is_no_activation(tmp_path, capsys):
    network = """
    def __init__(self):
        self.layers = {empty}
    def add(self, layer):
        self.layers{add}
    def forward(self, x):
        for layer in {through}:
            x = layer.forward(x)
        return x
    def backward(self, d):
        for layer in reversed(list(self.layers)):
            d = layer.backward(d)
        return d
"""
    for empty, add, through in (
            ("[]", ".append(layer)", "self.layers"),
            ("{}", "[len(self.layers)] = layer", "self.layers.values()"),
            ("[]", ".append(layer)", "(self.layers[i] for i in range(len(self.layers)))")):
        one = checked(tmp_path, capsys, network.format(empty=empty, add=add, through=through))
        assert (one["verdict"], one["role"]) == ("not recognised", "")
        assert "a network is judged by its parts" in one["why"]
    one = checked(tmp_path, capsys, """
    def __init__(self):
        self.seen = []
    def forward(self, x):
        self.seen.append(x)
        self.output = x
    def backward(self, d):
        self.dinputs = d.copy()
""", "Linear")
    assert (one["verdict"], one["role"]) == ("right", "linear")


def test_numbers_that_loops_go_through_are_no_chain(tmp_path, capsys):
    one = checked(tmp_path, capsys, """
    def __init__(self, value):
        self.value = np.array(value)
    def each(self, x):
        for one in self.value:
            x = x + one
        return x
""")
    assert (one["verdict"], one["role"]) == ("not recognised", "") and "goes" not in one["why"]


def test_what_takes_a_layer_is_no_gradient(tmp_path, capsys):
    """A loss without backward, with a method that asks a layer for its regularizers."""
    one = checked(tmp_path, capsys, """
    def regularization_loss(self, layer):
        cost = 0
        if layer.weight_regularizer_l2 > 0:
            cost += layer.weight_regularizer_l2 * np.sum(layer.weights ** 2)
        return cost
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, p, y):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        if y.ndim == 2:
            y = np.argmax(y, axis=1)
        return -np.log(p[range(len(p)), y])
""")
    assert (one["verdict"], one["role"]) == ("right", "categorical cross-entropy")


SMOOTHED = """
    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        t = np.eye(inputs.shape[1])[y_true] * 0.9 + 0.1 / inputs.shape[1]
        return np.mean(-np.sum(t * np.log(np.clip(self.output, 1e-7, 1 - 1e-7)), axis=1))
    def backward(self, dvalues, y_true):
        t = np.eye(dvalues.shape[1])[y_true]{}
        self.dinputs = (dvalues - t) / len(dvalues)
"""


def test_softmax_with_smoothed_targets_is_right_where_its_gradient_is(tmp_path, capsys):
    one = checked(tmp_path, capsys, SMOOTHED.format(" * 0.9 + 0.1 / dvalues.shape[1]"))
    assert (one["verdict"], one["role"]) == ("right", "softmax and loss of its own")
    one = checked(tmp_path, capsys, SMOOTHED.format(""))
    assert one["verdict"] == "differs" and one["role"] == "softmax and loss"


def test_what_an_output_is_made_of_is_no_output(tmp_path, capsys):
    body = """
    def forward(self, inputs):
        self.s = 1 / (1 + np.exp(-inputs))
        self.output = inputs * self.s
    def backward(self, dvalues):
        self.dinputs = dvalues * self.s * (1 - self.s)
"""
    one = checked(tmp_path, capsys, body)
    assert (one["verdict"], one["role"]) == ("differs", "activation of its own")
