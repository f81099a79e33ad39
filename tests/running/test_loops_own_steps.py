"""Loops whose optimizer makes a step for each layer, and whose loss keeps all that it computes.

Each call counts and has a rate of its own; what goes backward is given nothing.
"""

import pytest
from adopted_ways import run_file, same_adopted
from both_ways import changed

from fastnn.running import loops
from fastnn.running.loops.sites import SITES

CLASSES = '''\
import numpy as np
from nnfs.datasets import spiral_data


class Dense:
    def __init__(self, n_inputs, n_nodes):
        self.weights = 0.1 * np.random.randn(n_inputs, n_nodes)
        self.biases = np.zeros((1, n_nodes))

    def forward(self, inputs):
        self.inputs = inputs
        self.sums = np.dot(inputs, self.weights) + self.biases

    def backprop(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)


class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backprop(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Softmax_loss:
    def __init__(self):
        self.probabilities = None
        self.accuracy = None
        self.loss = None

    def labels_of(self, y_true):
        if len(y_true.shape) == 2:
            self.y_true = np.argmax(y_true, axis=1)
        else:
            self.y_true = y_true

    def forward(self, inputs, y_true):
        self.labels_of(y_true)
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.probabilities = powers / np.sum(powers, axis=1, keepdims=True)
        self.classes = np.argmax(self.probabilities, axis=1)
        self.accuracy = np.mean(self.classes == self.y_true)
        clipped = np.clip(self.probabilities, 1e-7, 1 - 1e-7)
        self.confidences = clipped[range(len(clipped)), self.y_true]
        self.loss = np.mean(-np.log(self.confidences))

    def backprop(self):
        self.dvalues = self.probabilities.copy()
        self.dvalues[range(len(self.y_true)), self.y_true] -= 1
        self.dvalues = self.dvalues / len(self.y_true)


class Steps:
    def __init__(self, rate=1., decay=0., epsilon=1e-7, share=0.9, other=0.999):
        self.rate, self.decay, self.epsilon = rate, decay, epsilon
        self.iterations = 0
        self.share, self.other = share, other


class SGD(Steps):
    def step(self, layer):
        now = self.rate * (1. / (1. + self.decay * self.iterations))
        self.iterations += 1
        if self.share:
            if not hasattr(layer, "w_before"):
                layer.w_before = np.zeros_like(layer.weights)
                layer.b_before = np.zeros_like(layer.biases)
            by_w = self.share * layer.w_before - now * layer.dweights
            by_b = self.share * layer.b_before - now * layer.dbiases
            layer.w_before = by_w
            layer.b_before = by_b
        else:
            by_w = -now * layer.dweights
            by_b = -now * layer.dbiases
        layer.weights += by_w
        layer.biases += by_b


class Adagrad(Steps):
    def step(self, layer):
        now = self.rate * (1. / (1. + self.decay * self.iterations))
        self.iterations += 1
        if not hasattr(layer, "w_cache"):
            layer.w_cache = np.zeros_like(layer.weights)
            layer.b_cache = np.zeros_like(layer.biases)
        layer.w_cache += layer.dweights ** 2
        layer.b_cache += layer.dbiases ** 2
        layer.weights -= now * layer.dweights / (np.sqrt(layer.w_cache) + self.epsilon)
        layer.biases -= now * layer.dbiases / (np.sqrt(layer.b_cache) + self.epsilon)


class RMSprop(Steps):
    def step(self, layer):
        now = self.rate * (1. / (1. + self.decay * self.iterations))
        self.iterations += 1
        if not hasattr(layer, "w_cache"):
            layer.w_cache = np.zeros_like(layer.weights)
            layer.b_cache = np.zeros_like(layer.biases)
        layer.w_cache = self.share * layer.w_cache + (1 - self.share) * layer.dweights ** 2
        layer.b_cache = self.share * layer.b_cache + (1 - self.share) * layer.dbiases ** 2
        layer.weights -= now * layer.dweights / (np.sqrt(layer.w_cache) + self.epsilon)
        layer.biases -= now * layer.dbiases / (np.sqrt(layer.b_cache) + self.epsilon)


class Adam(Steps):
    def step(self, layer):
        now = self.rate * (1. / (1. + self.decay * self.iterations))
        self.iterations += 1
        if not hasattr(layer, "w_cache"):
            layer.w_cache = np.zeros_like(layer.weights)
            layer.w_mean = np.zeros_like(layer.weights)
            layer.b_cache = np.zeros_like(layer.biases)
            layer.b_mean = np.zeros_like(layer.biases)
        layer.w_mean = self.share * layer.w_mean + (1 - self.share) * layer.dweights
        layer.b_mean = self.share * layer.b_mean + (1 - self.share) * layer.dbiases
        w_mean = layer.w_mean / (1 - self.share ** self.iterations)
        b_mean = layer.b_mean / (1 - self.share ** self.iterations)
        layer.w_cache = self.other * layer.w_cache + (1 - self.other) * layer.dweights ** 2
        layer.b_cache = self.other * layer.b_cache + (1 - self.other) * layer.dbiases ** 2
        w_cache = layer.w_cache / (1 - self.other ** self.iterations)
        b_cache = layer.b_cache / (1 - self.other ** self.iterations)
        layer.weights -= now * w_mean / (np.sqrt(w_cache) + self.epsilon)
        layer.biases -= now * b_mean / (np.sqrt(b_cache) + self.epsilon)


# ADOPT
'''
PROGRAM = CLASSES + '''\
X, y = spiral_data(60, 3)
dense1, relu, dense2, output = Dense(2, 16), ReLU(), Dense(16, 3), Softmax_loss()
optimizer = Adam(0.05, 1e-2)
for epoch in range(301):
    dense1.forward(X)
    relu.forward(dense1.sums)
    dense2.forward(relu.output)
    loss = output.forward(dense2.sums, y)
    output.backprop()
    dense2.backprop(output.dvalues)
    relu.backprop(dense2.dinputs)
    dense1.backprop(relu.dinputs)
    optimizer.step(dense1)
    optimizer.step(dense2)
    if epoch % 50 == 0:
        print(epoch, output.accuracy, output.loss, output.confidences.sum(), optimizer.iterations)
'''
MADE, STEPS = "Adam(0.05, 1e-2)", "    optimizer.step(dense1)\n    optimizer.step(dense2)\n"
KEEPS_RATE = ("        now = self.rate * (1. / (1. + self.decay * self.iterations))\n",
              "        if self.decay:\n            self.now = self.rate * (\n"
              "                1. / (1. + self.decay * self.iterations))\n        now = self.now\n")


def made(optimizer: str) -> str:
    return changed(PROGRAM, (MADE, optimizer))


def behind(text: str, before: str = "") -> str:
    """With this at the end of each turn, and that before the loop."""
    return changed(PROGRAM, ("    if epoch % 50", f"{text}    if epoch % 50"),
                   ("for epoch", f"{before}for epoch"))


COMBINED = """\
class Combined:
    def forward(self, inputs, y_true):
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.probabilities = powers / np.sum(powers, axis=1, keepdims=True)
        clipped = np.clip(self.probabilities, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            confidences = clipped[range(len(clipped)), y_true]
        else:
            confidences = np.sum(clipped * y_true, axis=1)
        return np.mean(-np.log(confidences))

    def backprop(self, dvalues, y_true):
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dvalues = dvalues.copy()
        self.dvalues[range(len(dvalues)), y_true] -= 1
        self.dvalues = self.dvalues / len(dvalues)


"""
IN_THREE = """\
class InThree:
    def __init__(self, rate, decay):
        self.rate = self.now = rate
        self.decay, self.iterations = decay, 0

    def before(self):
        if self.decay:
            self.now = self.rate * (1. / (1. + self.decay * self.iterations))

    def step(self, layer):
        layer.weights += -self.now * layer.dweights
        layer.biases += -self.now * layer.dbiases

    def behind(self):
        self.iterations += 1


"""
TRAINED = {
    "Adam": PROGRAM,
    "Adam, nothing decays": made("Adam(0.05)"),
    "SGD": made("SGD(1, 1e-2, share=0)"),
    "SGD, nothing decays": made("SGD(share=0.)"),
    "momentum": made("SGD(0.5, 1e-2)"),
    "Adagrad": made("Adagrad(0.5, 1e-2)"),
    "RMSprop": made("RMSprop(0.02, 1e-2)"),
    "the last layer first": changed(PROGRAM, (
        STEPS, "    optimizer.step(dense2)\n    optimizer.step(dense1)\n")),
    "in a list": changed(PROGRAM, (
        STEPS, "    for layer in [dense2, dense1]:\n        optimizer.step(layer)\n")),
    "each behind its way back": changed(PROGRAM, (STEPS, "    optimizer.step(dense1)\n"), (
        "    dense1.backprop", "    optimizer.step(dense2)\n    dense1.backprop")),
    "float32": changed(PROGRAM, ("X, y = spiral_data(60, 3)", (
        "X, y = spiral_data(60, 3)\nX = X.astype(np.float32)")), (
        "0.1 * np.random.randn(n_inputs, n_nodes)",
        "(0.1 * np.random.randn(n_inputs, n_nodes)).astype(np.float32)"), (
        "np.zeros((1, n_nodes))", "np.zeros((1, n_nodes), np.float32)")),
    "one-hot targets": changed(PROGRAM, ("spiral_data(60, 3)", (
        "spiral_data(60, 3)\ny = np.eye(3)[y]"))),
    "a rate that changes": changed(PROGRAM, (
        "        print(", "        optimizer.rate *= 0.9\n        print(")),
    "keeps losses": behind("    kept.append((output.loss, float(output.accuracy)))\n",
                           "kept = []\n"),
    "keeps what forward gives": behind("    kept.append(loss)\n", "kept = []\n"),
    "keeps the share of the right ones": behind(
        "    kept.append(np.mean(output.classes == y))\n", "kept = []\n"),
    "stops by accuracy": behind("    if output.accuracy >= 0.6:\n        break\n"),
    "stops by loss": behind("    if output.loss < 0.8:\n        print(epoch)\n        break\n"),
    "a validation in each turn": behind(
        "    dense1.forward(more)\n    relu.forward(dense1.sums)\n    dense2.forward(relu.output)\n"
        "    output.forward(dense2.sums, labels)\n", "more, labels = spiral_data(20, 3)\n"),
    "batches": changed(PROGRAM, ("range(301)", "range(45)"), (
        "dense1.forward(X)", "dense1.forward(X[4 * epoch:4 * epoch + 4])"), (
        "(dense2.sums, y)", "(dense2.sums, y[4 * epoch:4 * epoch + 4])")),
    "another loss": changed(PROGRAM, ("# ADOPT\n", COMBINED + "# ADOPT\n"), (
        "Softmax_loss()\n", "Combined()\n"), (
        "output.backprop()", "output.backprop(output.probabilities, y)"), (
        "output.accuracy, output.loss, output.confidences.sum()", "loss")),
    "another optimizer": changed(PROGRAM, ("# ADOPT\n", IN_THREE + "# ADOPT\n"), (
        MADE, "InThree(0.5, 1e-2)"), (STEPS, "    optimizer.before()\n" + STEPS
                                     + "    optimizer.behind()\n")),
    "numbers that overflow": made("SGD(1e200, 1e-2, share=0)"),
    "a rate that is kept in each step": made("SGD(1, share=0)").replace(
        "now = self.rate *", "now = self.now = self.rate *"),
    "a rate that is kept": changed(PROGRAM, (
        "        self.iterations = 0\n", "        self.iterations, self.now = 0, rate\n")).replace(
            *KEEPS_RATE),
    "a rate that is kept, and does not decay": changed(made("RMSprop(0.02)"), (
        "        self.iterations = 0\n", "        self.iterations, self.now = 0, rate\n")).replace(
            *KEEPS_RATE),
}
LEFT = {
    "a layer has two steps": (changed(PROGRAM, (STEPS, STEPS + "    optimizer.step(dense1)\n")),
                              "does not update each layer with weights once"),
    "a layer has none": (changed(PROGRAM, (STEPS, "    optimizer.step(dense1)\n")),
                         "does not update each layer with weights once"),
    "by the name of the argument": (changed(PROGRAM, (
        "optimizer.step(dense2)", "optimizer.step(layer=dense2)")), "in a way that is not known"),
    "two optimizers": (changed(PROGRAM, ("optimizer.step(dense2)", "other.step(dense2)"), (
        "for epoch", "other = SGD(0.1)\nfor epoch")), "more than one optimizer"),
    "the loss of the turn before": (changed(PROGRAM, (
        "    dense1.forward(X)\n", "    before = output.loss\n    dense1.forward(X)\n")),
        "of what came forward in the turn before"),
    "keeps a loss of one-hot targets": (changed(TRAINED["keeps losses"], ("spiral_data(60, 3)", (
        "spiral_data(60, 3)\ny = np.eye(3)[y]"))), "keeps what fit does not record"),
    "keeps rates": (behind("    kept.append(optimizer.now)\n", "kept = []\n").replace(
        "        self.iterations = 0\n", "        self.iterations, self.now = 0, rate\n").replace(
            *KEEPS_RATE), "keeps what fit does not record"),
    "a step before the way back": (changed(PROGRAM, (STEPS, "    optimizer.step(dense1)\n"), (
        "    dense2.backprop", "    optimizer.step(dense2)\n    dense2.backprop"), (
        "for epoch", "dense2.dweights, dense2.dbiases = 0 * dense2.weights, 0 * dense2.biases\n"
                     "for epoch")), "is updated before it has gone backward"),
    "targets set midway": (changed(PROGRAM, (
        "    output.backprop()\n", "    output.y_true = y\n    output.backprop()\n")),
        "sets output.y_true"),
}


@pytest.mark.parametrize("name", TRAINED)
def test_a_step_for_each_layer(name, tmp_path):
    assert same_adopted(TRAINED[name], tmp_path) > 30, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_what_is_no_step_runs_as_it_is(name, tmp_path):
    source, why = LEFT[name]
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert why in "\n".join(loops.report())


def test_a_class_that_is_changed_after_the_proof_runs_as_it_is(tmp_path):
    """A step that counts twice, of a class that had another when it was adopted."""
    source = changed(PROGRAM, ("for epoch", (
        "proved = Adam.step\n"
        "def step(self, layer):\n    proved(self, layer)\n    self.iterations += 1\n"
        "Adam.step = step\nfor epoch")))
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert sum(site.trained for site in SITES.values()) == 0, loops.report()
