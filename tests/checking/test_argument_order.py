"""Which argument of a loss is the predictions: where its value does not tell, its names do."""

import numpy as np

import fastnn


class Uphill:
    """The mean squared error without the minus of its slope."""

    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues, y_true):
        self.dinputs = 2 * (y_true - dvalues) / dvalues.size


def test_a_wrong_sign_is_not_taken_for_swapped_arguments():
    (row,) = fastnn.check(Uphill)["Uphill"]["differences"]
    assert (row["method"], row["mistake"]) == ("backward", "wrong sign")


class TargetsFirst:
    def forward(self, targets, outputs):
        return np.mean((targets - outputs) ** 2, axis=-1)

    def backward(self, targets, outputs):
        self.dinputs = -2 * (targets - outputs) / outputs.size


class TargetsKept:
    def forward(self, target, output):
        self.difference = target - output
        return np.mean(self.difference ** 2, axis=-1)

    def backward(self):
        return -2 * self.difference / self.difference.size


def test_targets_may_come_first():
    for kind in TargetsFirst, TargetsKept:
        one = fastnn.check(kind)[kind.__name__]
        assert (one["verdict"], one["role"]) == ("right", "mean squared error")
        assert one["remarks"] == []


class Unnamed:
    def forward(self, a, b):
        return np.mean((a - b) ** 2, axis=-1)

    def backward(self, a, b):
        self.dinputs = 2 * (b - a) / a.size


def test_where_names_say_nothing_it_is_told_what_was_taken_for_granted():
    one = fastnn.check(Unnamed)["Unnamed"]
    assert one["verdict"] == "right"
    (remark,) = one["remarks"]
    assert remark.startswith("backward is right where the targets come first, and of the wrong "
                             "sign where the predictions do")
