"""What the report says of loops with a class that was not adopted: words that a student knows; and
loops with a loss that is adopted for class numbers alone.
"""

import pytest
from adopted_ways import run_file, same_adopted, with_own_classes
from both_ways import changed
from epoch_programs import IN_ONE
from loop_programs import SPIRAL
from test_loops_own_steps import PROGRAM as OWN_STEPS

from fastnn.running import loops
from fastnn.support import numerics

PROGRAM = '''\
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
class SoftmaxLoss:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
        p = self.output[range(len(y_true)), y_true]
        return np.mean(-np.log(p + 1e-9))
    def backward(self, y_true):
        self.dinputs = self.output.copy()
        self.dinputs[range(len(y_true)), y_true] -= 1
        self.dinputs /= len(y_true)
class SGD:
    def update_params(self, layer):
        layer.weights -= 0.1 * layer.dweights
        layer.biases -= 0.1 * layer.dbiases
# ADOPT
X, y = np.random.randn(40, 2), np.random.randint(0, 3, 40)
dense, loss, optimizer = Dense(2, 3), SoftmaxLoss(), SGD()
for epoch in range(100):
    dense.forward(X)
    value = loss.forward(dense.output, y)
    loss.backward(y)
    dense.backward(loss.dinputs)
    optimizer.update_params(dense)
'''


@pytest.mark.parametrize("line", [
    "p = self.output[range(len(y_true)), y_true]",
    "print(end='')\n        p = self.output[range(len(y_true)), y_true]"])
def test_a_loss_that_was_left(line, tmp_path):
    """It said that range or print is called, which is none of the reader's business."""
    source = PROGRAM.replace("p = self.output[range(len(y_true)), y_true]", line)
    run_file(source, tmp_path / "program.py", adopted=True)
    (said,) = loops.report()
    assert "SoftmaxLoss is not adopted, so that fit does not do what its forward does (line" in said


OF_LABELS = changed(OWN_STEPS, ("""\
    def labels_of(self, y_true):
        if len(y_true.shape) == 2:
            self.y_true = np.argmax(y_true, axis=1)
        else:
            self.y_true = y_true

""", ""), ("        self.labels_of(y_true)\n", "        self.y_true = y_true\n"))


def test_a_loss_that_keeps_all_of_class_numbers_is_trained(tmp_path):
    assert same_adopted(OF_LABELS, tmp_path) > 200, loops.report()


@pytest.mark.parametrize("targets", ["y = np.eye(3)[y]", "y = y.reshape(-1, 1)", "y = y * 1.0"])
def test_of_other_targets_it_runs_as_it_is(targets, tmp_path):
    """One-hot targets would be taken for their class numbers: theirs raises."""
    source = changed(OF_LABELS, ("optimizer = Adam(0.05, 1e-2)\n",
                                 f"optimizer = Adam(0.05, 1e-2)\n{targets}\n"))
    said = []
    for adopted in False, True:
        try:
            said.append(run_file(source, tmp_path / "program.py", adopted).lines)
        except Exception as error:  # what came is compared
            said.append((type(error), str(error)))
    assert said[0] == said[1]


def test_an_object_that_is_otherwise_than_its_class_was_read_is_said_to_be_that(
        tmp_path, monkeypatch):
    """It was said to be of none of our classes."""
    source = changed(with_own_classes(SPIRAL), (
        "        self.output = np.dot(inputs, self.weights) + self.biases\n",
        "        self.output = inputs @ self.weights + self.biases\n"))
    monkeypatch.setattr(numerics, "are_plain", lambda: False)
    same_adopted(source, tmp_path)
    (said,) = loops.report()
    assert said.endswith("Layer_Dense is adopted, but in a way that fit does not have: `@` has "
                         "other digits than np.dot under nnfs.init()")


def test_batches_of_epochs_that_ran_as_they_are_are_not_counted_beside_those_trained(tmp_path):
    """They were a line of their own: so many of so many turns, of some of the epochs."""
    source = changed(IN_ONE, ("if epoch % 10 == 0", "if epoch % 20 == 0"))
    assert same_adopted(source, tmp_path) >= 40
    (said,) = loops.report()
    assert "over epoch" in said
