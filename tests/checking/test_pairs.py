"""A loss and a softmax beside each other: what one leaves to the other is no mistake."""

import fastnn

SOFTMAX = """
import numpy as np
class Softmax:
    def forward(self, inputs):
        exps = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exps / np.sum(exps, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
"""
LOSS = """
class CrossEntropy:
    def forward(self, y_pred, y_true):
        return -np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)[range(len(y_pred)), y_true])
    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - np.eye(len(dvalues[0]))[y_true]) / len(dvalues)
"""
BOOKS = LOSS.replace("(dvalues - np.eye(len(dvalues[0]))[y_true])",
                     "-np.eye(len(dvalues[0]))[y_true] / dvalues")
BOTH = """
class Both:
    def forward(self, inputs, y_true):
        exps = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exps / np.sum(exps, axis=1, keepdims=True)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        return np.mean(-np.log(clipped[range(len(inputs)), y_true]))
    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - np.eye(len(dvalues[0]))[y_true]) / len(dvalues)
"""


def mistakes(code, tmp_path):
    path = tmp_path / "classes.py"
    path.write_text(code)
    return {one["name"]: [row["mistake"] for row in one["differences"]]
            for one in fastnn.check(path).classes}


def test_both_slopes_in_the_loss(tmp_path):
    assert mistakes(SOFTMAX + LOSS, tmp_path) == {"Softmax": [], "CrossEntropy": []}


def test_no_softmax_beside_it(tmp_path):
    assert mistakes("import numpy as np" + LOSS, tmp_path) == {
        "CrossEntropy": ["softmax's gradient"]}


def test_a_softmax_that_hands_on_to_a_loss_of_its_own_slope(tmp_path):
    assert mistakes(SOFTMAX + BOOKS, tmp_path) == {
        "Softmax": ["mask forgotten"], "CrossEntropy": []}


def test_a_class_that_does_both_already(tmp_path):
    found = mistakes(SOFTMAX + LOSS + BOTH, tmp_path)
    assert found == {"Softmax": ["mask forgotten"], "CrossEntropy": ["softmax's gradient"],
                     "Both": []}
