"""Losses that add the penalties of layers to their mean: that stays theirs, what it is made of is
ours.
"""

import itertools

import numpy as np
import pytest
from beside import HEAD, LABELS, LOSS, SOFTMAX, Layer, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt
from fastnn.losses import Loss_CategoricalCrossentropy

REMEMBERS = HEAD + '''
class Loss:
    def remember_trainable_layers(self, layers):
        self.trainable_layers = layers
    def regularization_loss(self):
        found = 0
        for layer in self.trainable_layers:
            if layer.l2 > 0:
                found += layer.l2 * np.sum(layer.weights * layer.weights)
        return found
    def calculate(self, output, y):
        return np.mean(self.forward(output, y)) + self.regularization_loss()
class CrossEntropy(Loss):
    def forward(self, y_pred, y_true):
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            p = p[range(len(p)), y_true]
        else:
            p = np.sum(p * y_true, axis=1)
        return -np.log(p)
''' + LOSS.partition("        return -np.log(correct_confidences)\n")[2]
ALL = REMEMBERS.replace(''' + self.regularization_loss()
''', ''' + penalty
''').replace('''        return np.mean(''', '''        penalty = 0
        for layer in self.trainable_layers:
            if layer.l1 > 0:
                penalty += layer.l1 * np.sum(np.abs(layer.weights))
            if layer.l2 > 0:
                penalty += layer.l2 * np.sum(layer.weights * layer.weights)
        return np.mean(''')
GIVEN = REMEMBERS.replace('''(self, output, y):
''', '''(self, output, y, layers=()):
''').replace("self.regularization_loss()", "sum(self.penalty(one) for one in layers)").replace(
    "    def calculate", '''    def penalty(self, layer):
        return layer.l2 * np.sum(layer.weights * layer.weights)
    def calculate''')
BOTH = REMEMBERS + SOFTMAX.replace(HEAD, "") + '''
class Both:
    def __init__(self):
        self.activation, self.loss = Softmax(), CrossEntropy()
    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)
    def backward(self, dvalues, y_true):
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)
'''
CODES = {"remembers": REMEMBERS, "all of them": ALL, "given": GIVEN}
SHARES = np.exp(numbers(5, 3)) / np.exp(numbers(5, 3)).sum(axis=1, keepdims=True)


def layers_of(l1, l2):
    made = [Layer(), Layer((4, 3), seed=8)]
    for place, layer in enumerate(made):
        layer.l1, layer.l2 = l1 * place, l2 * (2 - place)
    return made


@pytest.mark.parametrize("name", CODES)
def test_with_penalties_and_without(name):
    def program(module):
        found = []
        for l1, l2, dtype, y in itertools.product(
                (0, 1e-3, -1.0, np.nan), (0, 5e-4, 1), "fd", (LABELS, np.eye(3)[LABELS])):
            loss, layers = module.CrossEntropy(), layers_of(l1, l2)
            loss.remember_trainable_layers(layers)
            args = [SHARES.astype(dtype), y.astype(dtype) if y.ndim == 2 else y]
            found.append(loss.calculate(*args, layers) if name == "given"
                         else loss.calculate(*args))
            loss.backward(*args)
            found.append(loss)
        return found
    assert_same_beside(CODES[name], program, adopted=["CrossEntropy"])


def test_in_one_with_softmax():
    def program(module):
        found = []
        for l2, y in itertools.product((0, 5e-4), (LABELS, np.eye(3)[LABELS])):
            both = module.Both()
            both.loss.remember_trainable_layers(layers_of(0, l2))
            found.append(both.forward(numbers(5, 3), y))
            both.backward(both.output, y)
            found.append(both)
        return found, module.Both().forward(numbers(5, 3), LABELS)  # which remembers none
    assert_same_beside(BOTH, program, adopted=["Softmax", "CrossEntropy", "Both"])


@pytest.mark.parametrize("name", CODES)
def test_it_is_ours_that_runs(name, monkeypatch):
    module, asked = load(CODES[name]), []
    adopt(module)
    real = Loss_CategoricalCrossentropy.forward
    monkeypatch.setattr(Loss_CategoricalCrossentropy, "forward",
                        lambda *args, **more: asked.append(1) or real(*args, **more))
    module = load(CODES[name])
    adopt(module)
    loss, layers = module.CrossEntropy(), layers_of(0, 1)
    loss.remember_trainable_layers(layers)
    loss.calculate(SHARES, LABELS, *([layers] if name == "given" else []))
    assert asked == [1]


@pytest.mark.parametrize("name, old, new", [
    ("remembers", "layer.l2 * np.sum(layer.weights", "layer.l2 * np.mean(layer.weights"),
    ("remembers", "found += layer.l2", "found -= layer.l2"),
    ("remembers", "found += layer.l2", "found = layer.l2"),
    ("remembers", "np.sum(layer.weights * layer.weights)", "np.sum(layer.weights)"),
    ("remembers", "return np.mean(", "return np.sum("),
    ("remembers", "+ self.reg", "- self.reg"), ("remembers", "found = 0\n", "found = 1\n"),
    ("all of them", "layer.l1 * np.sum(np.abs(layer.weights))", "layer.l1 * np.sum(layer.weights)"),
    ("given", "for one in layers)", "for one in layers[1:])"),
    ("given", "for one in layers)", "for one in layers if one.l2)"),
    ("given", "sum(self.penalty(one) for one in layers)", "max(self.penalty(one) for one in "
                                                         "layers)"),
    ("given", "for one in layers)", "for two in layers)"),
    ("given", "for one in layers)", "for one in layers) / 2")])
def test_a_mean_that_is_another_is_left(name, old, new):
    assert old in CODES[name]
    module = load(CODES[name].replace(old, new))
    assert "CrossEntropy" in adopt(module).left


def test_a_sum_of_theirs():
    def program(module):
        loss = module.CrossEntropy()
        return loss.calculate(SHARES, LABELS, layers_of(0, 1)), loss
    assert_same_beside(GIVEN + "def sum(several):\n    return 5.0\n", program)
