"""A Model that leaves a step out: each is found, and named."""

import json

import pytest
from corpus_files import files

from fastnn.checking import command

(PLAIN,) = (one.code for one in files() if one.name == "book_model")
MORE = """
class Layer_Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, inputs, training):
        self.inputs = inputs
        if not training:
            self.output = inputs.copy()
            return
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask
    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask
"""
CHANGES = [
    ("def __init__(self, n_inputs, n_neurons):\n",
     "def __init__(self, n_inputs, n_neurons, weight_regularizer_l2=0):\n"
     "        self.weight_regularizer_l2 = weight_regularizer_l2\n"),
    ("        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)\n",
     "        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)\n"
     "        if self.weight_regularizer_l2 > 0:\n"
     "            self.dweights += 2 * self.weight_regularizer_l2 * self.weights\n"),
    ("    def calculate(self, output, y):\n        return np.mean(self.forward(output, y))\n",
     "    def regularization_loss(self):\n"
     "        return sum(one.weight_regularizer_l2 * np.sum(one.weights ** 2)\n"
     "                   for one in self.trainable_layers)\n"
     "    def calculate(self, output, y, *, include_regularization=False):\n"
     "        data_loss = np.mean(self.forward(output, y))\n"
     "        if not include_regularization:\n"
     "            return data_loss\n"
     "        return data_loss + self.regularization_loss()\n"),
    ("self.loss.calculate(output, y)",
     "self.loss.calculate(output, y, include_regularization=True)"),
    ("    def forward(self, X, training):\n        self.input_layer",
     "    def predict(self, X):\n"
     "        return self.forward(X, training=False)\n"
     "    def forward(self, X, training):\n        self.input_layer")]


def changed(text, *pairs):
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


BOOK = changed(PLAIN, *CHANGES) + MORE
PRE = "            self.optimizer.pre_update_params()\n"
POST = "            self.optimizer.post_update_params()\n"
UPDATE = ("            for layer in self.trainable_layers:\n"
          "                self.optimizer.update_params(layer)\n")
PASSED = "            self.layers[-1].dinputs = self.softmax_classifier_output.dinputs\n"
# what is changed, what it looks like, and some of the sentence
LEFT_OUT = {
    "pre": ([(PRE, "")], "rate never decays", "pre_update_params is never called"),
    "post": ([(POST, "")], "iterations not counted", "post_update_params is never called"),
    "both": ([(PRE, ""), (POST, "")], "rate never decays",
             "pre_update_params and post_update_params are never called"),
    "penalty": ([(", include_regularization=True", "")], "regularization left out",
                "regularization_loss"),
    "dropout": ([("training=False", "training=True")], "dropout not switched off", "predict gives"),
    "first": ([("in self.trainable_layers:", "in self.trainable_layers[1:]:")],
              "first layer not updated", ""),
    "last": ([("in self.trainable_layers:", "in self.trainable_layers[:1]:")],
             "last layer not updated", ""),
    "twice": ([(UPDATE, UPDATE + UPDATE)], "layers updated twice", ""),
    "softmax twice": ([("for layer in reversed(self.layers[:-1]):\n"
                        "                layer.backward(layer.next.dinputs)\n            return",
                        "self.layers[-1].backward(self.softmax_classifier_output.dinputs)\n"
                        "            for layer in reversed(self.layers[:-1]):\n"
                        "                layer.backward(layer.next.dinputs)\n            return")],
                      "softmax passed twice", ""),
    "softmax not": ([("            self.softmax_classifier_output.backward(output, y)\n",
                      "            self.loss.backward(output, y)\n"),
                     (PASSED, "            self.layers[-1].dinputs = self.loss.dinputs\n")],
                    "softmax left out", "past the softmax"),
    "one more": ([("epochs + 1", "epochs + 2")], "one epoch too many", "")}


def model_of(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text(text)
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (0 if report["right"] else 1)
    (one,) = (one for one in report["classes"] if one["name"] == "Model")
    return one, report


def test_the_books_model_is_right(tmp_path, capsys):
    one, report = model_of(tmp_path, capsys, BOOK)
    assert report["right"], [one for one in report["classes"] if one["differences"]]
    assert (one["verdict"], one["same_bits"], one["remarks"]) == ("right", True, [])
    assert one["vocabulary"]["of dropout"] == "Layer_Dropout"


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_step_that_is_left_out_is_named(tmp_path, capsys, name):
    pairs, mistake, sentence = LEFT_OUT[name]
    one, report = model_of(tmp_path, capsys, changed(BOOK, *pairs))
    assert one["verdict"] == "differs" and not report["right"]
    (row,) = one["differences"]
    assert row["mistake"] == mistake and sentence in row["sentence"]
    assert row["formula"] and row["chapter"] == "chapter 18"


def test_the_gradient_of_the_output_that_is_not_passed_is_an_error_with_its_line(tmp_path, capsys):
    one, report = model_of(tmp_path, capsys, changed(BOOK, (PASSED, "")))
    assert one["verdict"] == "raises" and not report["right"]
    (row,) = one["differences"]
    assert row["raised"] == "AttributeError: 'Activation_Softmax' object has no attribute 'dinputs'"
    assert row["at"].endswith("layer.backward(layer.next.dinputs)")


BOTH = '''
import numpy as np
class Dense:
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
class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(1, keepdims=True))
        self.output = e / e.sum(1, keepdims=True)
class CCE:
    def calculate(self, p, y):
        return np.mean(-np.log(np.clip(p[range(len(p)), y], 1e-7, 1 - 1e-7)))
class Softmax_CCE:
    def forward(self, z, y):
        e = np.exp(z - z.max(1, keepdims=True))
        self.output = e / e.sum(1, keepdims=True)
        return CCE().calculate(self.output, y)
    def backward(self, d, y):
        self.dinputs = d.copy()
        self.dinputs[range(len(y)), y] -= 1
        self.dinputs /= len(y)
class SGD:
    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate
    def update_params(self, layer):
        layer.weights -= self.learning_rate * layer.dweights
        layer.biases -= self.learning_rate * layer.dbiases
class Model:
    def __init__(self):
        self.layers = []
    def add(self, layer):
        self.layers.append(layer)
    def set(self, *, loss, optimizer):
        self.loss, self.optimizer = loss, optimizer
    def train(self, X, y, *, epochs=1):
        for epoch in range(epochs):
            out = X
            for layer in self.layers:
                layer.forward(out)
                out = layer.output
            loss = self.loss.forward(out, y)
            self.loss.backward(self.loss.output, y)
            grad = self.loss.dinputs
            for layer in reversed(self.layers):
                layer.backward(grad)
                grad = layer.dinputs
            for layer in self.layers:
                if hasattr(layer, "weights"):
                    self.optimizer.update_params(layer)
'''


def test_a_model_for_the_loss_with_the_softmax_in_it_is_not_said_to_raise(tmp_path, capsys):
    one, report = model_of(tmp_path, capsys, BOTH)
    assert one["verdict"] == "not recognised" and "has no attribute 'forward'" in one["why"]
    assert report["right"]
