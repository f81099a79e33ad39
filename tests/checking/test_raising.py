"""A class that raises: what, where, and that it is not right; and what raises for us alone."""

import json

import pytest

from fastnn.checking import command

HEAD = "import numpy as np\n"
SGD = """
class Optimizer_SGD:
    def __init__(self, learning_rate=1., decay=0., momentum=0.):
        self.learning_rate = self.current_learning_rate = learning_rate
        self.decay, self.momentum, self.iterations = decay, momentum, 0
    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate / (1 + self.decay * self.iterations)
    def update_params(self, layer):
        rate = self.current_learning_rate
        if self.momentum:
            if not hasattr(layer, 'u'):
                layer.u, layer.v = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
            layer.u = self.momentum * layer.u - rate * layer.dweights
            layer.v = self.momentum * layer.v - rate * layer.dbiases
        else:
            layer.u, layer.v = -rate * layer.dweights, -rate * layer.dbiases
        layer.weights += layer.u
        layer.biases += layer.v
    def post_update_params(self):
        self.iterations += 1
"""
DENSE = """
class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
"""
ENTROPY = """
class Loss_CategoricalCrossentropy:
    def forward(self, y_pred, y_true):
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        right = p[range(len(p)), y_true] if y_true.ndim == 1 else np.sum(p * y_true, axis=1)
        return -np.log(right)
    def backward(self, dvalues, y_true):
        if y_true.ndim == 1:
            y_true = np.eye(len(dvalues[0]))[y_true]
        self.dinputs = -y_true / dvalues / len(dvalues)
"""
DROPOUT = """
class Layer_Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, inputs):
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask
    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask
"""
SOFTMAX = """
class Activation_Softmax:
    def forward(self, inputs):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = self.output * (dvalues - np.sum(dvalues * self.output, 1, keepdims=True))
"""
# a class, what is changed in it; its verdict and role, the method, what is raised, the line, and
# what that looks like
RAISING = [
    (SGD, "        rate = self.current", "        rate = self.curent",
     "raises", "optimizer SGD", "update_params", "AttributeError: 'Optimizer_SGD' object has no",
     "line 11: rate = self.curent_learning_rate", "misspelt name"),
    (SGD, "= self.learning_rate / (1", "= self.learning_rate / (one",
     "raises", "optimizer SGD", "pre_update_params", "NameError: name 'one' is not defined",
     "line 9: self.current_learning_rate = self.learning_rate / (one + self.decay * "
     "self.iterations)", ""),
    (SGD, "layer.u, layer.v = -rate * layer.dweights", "layer.u, layer.v = -rat * layer.dweights",
     "differs", "optimizer SGD", "update_params", "NameError: name 'rat' is not defined",
     "line 18: layer.u, layer.v = -rat * layer.dweights, -rate * layer.dbiases", "misspelt name"),
    (DENSE, "np.dot(inputs, self.weights)", "np.dot(self.weights, inputs)",
     "raises", "dense layer", "forward", "ValueError: shapes (3,4) and (5,3) not aligned",
     "line 9: self.output = np.dot(self.weights, inputs) + self.biases", ""),
    (DENSE, "np.random.randn(n_inputs, n_neurons)", "np.random.randn((n_inputs, n_neurons))",
     "raises", "dense layer", "__init__", "TypeError: 'tuple' object cannot be interpreted",
     "line 5: self.weights = 0.01 * np.random.randn((n_inputs, n_neurons))", ""),
    (DENSE, "self.weights.T", "self.weigths.T", "differs", "dense layer", "backward",
     "AttributeError: 'Layer_Dense' object has no attribute 'weigths'",
     "line 13: self.dinputs = np.dot(dvalues, self.weigths.T)", "misspelt name"),
    (ENTROPY, "-np.log(right)", "-np.log(rihgt)", "raises", "categorical cross-entropy", "forward",
     "NameError: name 'rihgt' is not defined", "line 7: return -np.log(rihgt)", "misspelt name"),
    (DROPOUT, "dvalues * self.binary_mask", "dvalues * self.kept", "differs", "dropout", "backward",
     "AttributeError: 'Layer_Dropout' object has no attribute 'kept'",
     "line 10: self.dinputs = dvalues * self.kept", "state not kept"),
    (SOFTMAX, "self.output = e", "output = e", "raises", "softmax", "backward",
     "AttributeError: 'Activation_Softmax' object has no attribute 'output'",
     "line 8: self.dinputs = self.output * (dvalues - np.sum(dvalues * self.output, 1, "
     "keepdims=True))", "state not kept"),
    (SOFTMAX, "np.exp(inputs", "np.expo(inputs", "raises", "softmax", "forward",
     "AttributeError: module 'numpy' has no attribute 'expo'",
     "line 5: e = np.expo(inputs - np.max(inputs, axis=1, keepdims=True))", "misspelt name"),
    (SOFTMAX.replace("Activation_Softmax", "Normal"), "np.exp(inputs", "np.expo(inputs",
     "raises", "", "forward", "AttributeError: module 'numpy' has no attribute 'expo'",
     "line 5: e = np.expo(inputs - np.max(inputs, axis=1, keepdims=True))", "misspelt name")]


def checked(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text(HEAD + text)
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (0 if report["right"] else 1)
    return report


@pytest.mark.parametrize("case", RAISING, ids=[one[6][:30] + one[2][:12] for one in RAISING])
def test_what_raises_is_told_with_its_line_beside_a_class_that_is_right(tmp_path, capsys, case):
    text, right, wrong, verdict, role, method, raised, at, mistake = case
    assert right in text
    beside = SGD.replace("Optimizer_SGD", "Beside") if text is not SGD else DENSE
    report = checked(tmp_path, capsys, text.replace(right, wrong) + beside)
    assert not report["right"]
    one, two = report["classes"]
    assert two["verdict"] == "right"
    assert (one["verdict"], one["role"]) == (verdict, role)
    (row,) = one["differences"]
    assert row["method"] == method and row["raised"].startswith(raised)
    assert (row["at"], row["mistake"]) == (at, mistake)
    command.main([str(tmp_path / "program.py")])
    said = capsys.readouterr().out
    assert row["raised"] in said and at in said


COLUMNS = """
class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.W, self.b = np.random.randn(n_neurons, n_inputs), np.zeros((n_neurons, 1))
    def forward(self, X):
        self.X = X
        return self.W @ X + self.b
"""
TARGETS_FIRST = """
class Loss_CategoricalCrossentropy:
    def forward(self, y_true, y_pred):
        return -np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)[range(len(y_pred)), y_true])
"""
SET_ELSEWHERE = """
class Loader:
    def batch(self, index):
        return self.rows[index]
class Trainer:
    def __init__(self, loader):
        loader.rows = [1, 2]
    def step(self, layer):
        return NUMBERS[layer]
NUMBERS = sorted([2, 1])
"""
UNFINISHED = """
class Activation_ReLU:
    def forward(self, inputs):
        raise NotImplementedError
    def backward(self, dvalues):
        raise NotImplementedError
"""


@pytest.mark.parametrize("text", [COLUMNS, TARGETS_FIRST, SET_ELSEWHERE, UNFINISHED],
                         ids=["columns", "targets first", "set elsewhere", "unfinished"])
def test_what_raises_because_it_was_used_otherwise_is_no_mistake(tmp_path, capsys, text):
    report = checked(tmp_path, capsys, text + DENSE.replace("Layer_Dense", "Beside"))
    assert report["right"]
    assert {one["verdict"] for one in report["classes"]} <= {"right", "not recognised"}
