"""What a teacher would say: the first difference, by how much, and why."""

import numpy as np
import pytest

import fastnn
from fastnn.checking import activations, models
from fastnn.checking.report import Report


class Sum:
    def forward(self, y_pred, y_true):
        return np.sum((y_true - y_pred) ** 2, axis=-1)

    def backward(self, y_pred, y_true):
        self.dinputs = -2 * (y_true - y_pred) / y_pred.size


def test_a_difference_is_placed_and_measured():
    (row,) = fastnn.check(Sum)["Sum"]["differences"]
    assert row["method"] == "forward" and row["attribute"] == "returned value"
    assert row["element"] == [0] and row["got"] == 3 * row["expected"]
    assert row["by"] == row["got"] - row["expected"]
    assert (row["mistake"], row["chapter"]) == ("missing mean over outputs", "chapter 17")
    assert "mean" in row["formula"] and "(5, 3)" not in row["case"]
    text = str(fastnn.check(Sum))
    assert text.startswith("Sum, mean squared error: differs\n  forward: returned value [0] is ")
    assert "missing mean over outputs: it is the sum over the outputs" in text


class OneKindForward:
    """The book's backward behind a forward that takes class numbers alone."""

    def forward(self, inputs, y_true):
        exps = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exps / np.sum(exps, axis=1, keepdims=True)
        return np.mean(-np.log(np.clip(self.output, 1e-7, 1 - 1e-7)[range(len(inputs)), y_true]))

    def backward(self, dvalues, y_true):
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)


class NoMean(OneKindForward):
    def backward(self, dvalues, y_true):
        super().backward(dvalues, y_true)
        self.dinputs *= len(dvalues)


def test_a_kind_of_targets_that_forward_does_not_take_is_a_remark_here_too():
    """With a backward that takes both it was a difference, and the class wrong."""
    one = fastnn.check(OneKindForward)["OneKindForward"]
    assert (one["verdict"], one["role"], one["differences"]) == ("right", "softmax and loss", [])
    (remark,) = one["remarks"]
    assert remark.startswith("one-hot targets are not taken (IndexError: ") and " )" not in remark
    (row,) = fastnn.check(NoMean)["NoMean"]["differences"]
    assert row["method"] == "backward" and row["mistake"].startswith("missing mean")


class Shifted:
    """A ReLU that is wrong in no way that is known."""

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0.125, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)


def test_what_has_no_name_is_shown_as_it_is():
    one = fastnn.check(Shifted)["Shifted"]
    assert one["role"] == "relu" and one["verdict"] == "differs"
    row = one["differences"][0]
    assert row["mistake"] == row["sentence"] == ""
    assert row["got"] == 0.125 > row["expected"] and row["by"] == 0.125 - row["expected"]
    assert row["at_most"] == 0.125 and row["differing"] <= row["of"] == 15
    assert one["gradients"] == ""


class ShapedOnly:
    def forward(self, inputs):
        exps = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = exps / exps.sum(axis=1, keepdims=True)

    def backward(self, dvalues):
        raise NotImplementedError("not yet")


def test_what_raises_is_quoted():
    one = fastnn.check(ShapedOnly)["ShapedOnly"]
    assert one["role"] == "softmax"
    assert one["differences"][0]["raised"] == "NotImplementedError: not yet"
    assert "cannot be computed: NotImplementedError" in str(fastnn.check(ShapedOnly))


def test_json_has_no_numbers_that_json_has_not():
    report = Report([{"name": "A", "verdict": "right", "got": float("nan"),
                      "by": [float("inf"), 1.0]}])
    assert report.to_dict()["classes"] == [
        {"name": "A", "verdict": "right", "got": "nan", "by": ["inf", 1.0]}]
    assert '"nan"' in report.to_json()


def test_under_nnfs_the_books_numpy_is_what_both_use(book_numpy):
    report = fastnn.check(Sum, fastnn.Layer_Dense, fastnn.Optimizer_Adam)
    assert report["Layer_Dense"]["same_bits"] and report["Optimizer_Adam"]["same_bits"]
    assert report["Sum"]["verdict"] == "differs"


def test_classes_that_the_book_has_not_are_held_against_themselves():
    report = fastnn.check(fastnn.Activation_GELU, fastnn.Loss_Huber, fastnn.Optimizer_AdamW)
    assert report["Activation_GELU"]["role"] == "activation of its own"
    assert report["Loss_Huber"]["role"] == "loss of its own"
    (remark,) = report["Optimizer_AdamW"]["remarks"]
    assert remark.startswith("weight_decay times the rate is taken off the ")


class NeedsLayers:
    """Sigmoid and loss in one, of a Model: it cannot be used before it knows the layers."""

    def forward(self, inputs, y_true):
        self.output = 1 / (1 + np.exp(-inputs))
        return np.mean((self.output - y_true.astype(float)) ** 2) + self.layers[0].penalty

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / dvalues.size


def test_what_takes_targets_is_no_activation():
    """True, which stands for `training`, came as the targets; the sigmoid was said to be wrong."""
    assert activations.activation(NeedsLayers) is None
    assert fastnn.check(NeedsLayers)["NeedsLayers"]["role"] != "sigmoid"


class RaisingSoftmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.out = e / np.sum(e, axis=1)


class SoftmaxLoss:
    def __init__(self):
        self.softmax = RaisingSoftmax()

    def forward(self, x, y):
        self.softmax.forward(x)
        self.out = self.softmax.out
        p = np.clip(self.out, 1e-7, 1 - 1e-7)
        return np.mean(-np.log(p[range(len(p)), y] if y.ndim == 1 else np.sum(p * y, axis=1)))

    def backward(self, grad, y):
        if y.ndim == 2:
            y = np.argmax(y, axis=1)
        self.dx = grad.copy()
        self.dx[range(len(grad)), y] -= 1
        self.dx = self.dx / len(grad)


def test_what_another_class_raises_is_not_a_role_of_ones_own():
    one = fastnn.check(SoftmaxLoss)["SoftmaxLoss"]
    assert one["role"] == "softmax and loss"
    assert [(row["method"], row["mistake"]) for row in one["differences"]] == [
        ("forward", "missing keepdims")]


class Misspelled:
    def __init__(self, i, o):
        self.weights, self.biases = np.random.randn(i, o), np.zeros((1, o))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.dots(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


def test_what_numpy_has_not_is_no_state_and_is_said_once():
    """It was told three times, as "forward keeps nothing that backward needs"."""
    row, = fastnn.check(Misspelled)["Misspelled"]["differences"]
    assert row["mistake"] == "misspelt name" and "no attribute 'dots'" in row["raised"]


@pytest.mark.parametrize(("wrong", "why"), [
    ([], "its module lacks the classes that a model trains"),
    (["softmax"], "softmax would have to be right for that, and differs"),
    (["dense layer", "softmax"], "dense layer and softmax would have to be right for that, and "
                                 "differ")])
def test_a_model_of_which_a_part_differs_says_which(wrong, why):
    known = {role: {"role": role, "verdict": "differs" if role in wrong else "right"}
             for role in (wrong and ["dense layer", "softmax", "categorical cross-entropy"])}
    assert models.model(type("Model", (), {}), {}, known)["why"] == why
