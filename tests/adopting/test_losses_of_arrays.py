"""Losses whose slope is a difference of outputs and targets: what looks like one and is not, and
targets that are not what they were proved for.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from beside import assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt

sys.path.append(str(Path(__file__).parents[1] / "checking"))
from corpus_files import files  # noqa: E402

CODE = {one.name: one.code for one in files()}


@pytest.mark.parametrize("name, old, new, method", [
    ("losses_of_all_by_size.MSE", "2 * (y_pred - y_true) / y", "2 * (y_true - y_pred) / y",
     "backward"),
    ("losses_of_all_by_size.MSE", "/ y_true.size", "/ len(y_true)", "backward"),
    ("losses_of_all_by_size.MSE", "2 * (y_pred - y_true) / y", "(y_pred - y_true) / y", "backward"),
    ("losses_of_all_by_size.MSE", "backward(self, y_pred, y_true)",
     "backward(self, y_true, y_pred)", "backward"),
    ("losses_of_all_by_size.MSELoss", "-2 * (target", "2 * (target", "backward"),
    ("losses_of_all_by_size.MAE", "np.sign(y_pred - y_true)", "np.sign(y_true - y_pred)",
     "backward"),
    ("losses_of_all_by_size.BCE", "= -(y_true / p", "= (y_true / p", "backward"),
    ("softmax_less_one_hot.CategoricalCrossEntropy", "axis=1)\n", "axis=0)\n", "calculate"),
    ("softmax_less_one_hot.CategoricalCrossEntropy", "-np.log", "np.log", "calculate"),
    ("softmax_less_one_hot.SoftmaxCrossEntropy", "(yPred - yTrue)", "(yTrue - yPred)", "backward"),
    ("softmax_less_one_hot.SoftmaxCrossEntropy", "/ len(yPred)", "/ len(yPred[0])", "backward"),
    ("softmax_less_what_it_keeps.SoftmaxLoss", "self.Y = Y", "self.Y = Y.copy()", "forward"),
    ("softmax_less_what_it_keeps.SoftmaxLoss", "(self.probs - self.Y)", "(self.probs + self.Y)",
     "backward"),
    ("softmax_less_what_it_keeps.SoftmaxLoss", "-np.sum(Y *", "np.sum(Y *", "forward"),
    ("softmax_less_what_comes.Head", "/ Y.shape[0]", "/ Y.shape[1]", "backward"),
    ("softmax_less_what_comes.Head", "self.loss = np.mean(", "self.loss = np.sum(", "forward")])
def test_what_looks_alike_is_left(name, old, new, method):
    file, _, kind = name.partition(".")
    before, mark, code = CODE[file].partition(f"class {kind}:")
    assert old in code
    code = before + mark + code.replace(old, new, 1)
    report = adopt(load(code))
    said = report.adopted.get(kind, "")
    assert method not in said and f"as {method}" not in said


ONE_HOT = np.eye(3)[[0, 2, 1, 1, 0]]
TARGETS = {
    "one-hot": ONE_HOT, "of another type": ONE_HOT.astype(np.float32),
    "whole numbers": ONE_HOT.astype(int), "smoothed": 0.9 * ONE_HOT + 0.1 / 3,
    "two in a row": ONE_HOT + np.eye(3)[[1, 1, 0, 2, 2]],
    "none in a row": ONE_HOT * [[1], [0], [1], [1], [1]],
    "negative zeros": np.where(ONE_HOT == 0, -0.0, 1.0), "labels": np.array([0, 2, 1, 1, 0]),
    "a row for all": ONE_HOT[:1], "a list": ONE_HOT.tolist(), "NaN": ONE_HOT * np.nan,
    "of one axis": ONE_HOT[0], "laid out the other way": np.asfortranarray(ONE_HOT)}


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("file, kind, given", [
    ("softmax_less_one_hot", "SoftmaxCrossEntropy", 2),
    ("softmax_less_what_it_keeps", "SoftmaxLoss", 0), ("softmax_less_what_comes", "Head", 1)])
def test_targets_of_all_kinds(file, kind, given, dtype, targets):
    y = TARGETS[targets]
    if targets == "one-hot":
        y = y.astype(dtype)

    def program(module):
        both, found = getattr(module, kind)(), []
        for scale in (1, 30, 1000, np.nan, np.inf):
            inputs = (scale * numbers(5, 3)).astype(dtype)
            try:
                found.append(both.forward(inputs, y))
                output = both.output if given == 2 else both.probs
                found.append(both.backward(*((output, y)[2 - given:] if given else ())))
            except Exception as error:  # both say the same
                found.append(f"{type(error).__name__}: {error}")
            found.append({name: value for name, value in vars(both).items()
                          if isinstance(value, (np.ndarray, np.generic))})
        return found
    assert_same_beside(CODE[file], program, adopted=(kind,))
