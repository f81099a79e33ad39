"""What a class of the book may be: its quantities, their formulas, and the reference's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.cases import Case


@dataclass(frozen=True)
class Quantity:
    """One value that a class computes: in which stage, by which formula, of which chapter."""

    name: str
    stage: str  # "forward", "backward", "loss"
    formula: str
    chapter: str
    value: Callable[[Case], Any]
    given: Callable[[Case, Any], Any] | None = None  # of the class's own output, right or not


@dataclass(frozen=True)
class Role:
    """A class of the book."""

    name: str
    book: str
    quantities: tuple[Quantity, ...]


def expected(role: Role, quantity: Quantity, case: Case) -> Any:
    """The reference's value in a case, computed once."""
    key = role, quantity.name
    if key not in case.known:
        with np.errstate(all="ignore"):
            case.known[key] = np.asarray(quantity.value(case))
    return case.known[key]


def _dense(case: Case) -> Any:
    layer = reference.Layer_Dense.__new__(reference.Layer_Dense)
    layer.weights, layer.biases = case.W, case.b
    for name in reference.STRENGTHS:
        setattr(layer, name, 0)
    layer.forward(case.X)
    layer.backward(case.dvalues)
    return layer


DENSE = Role("dense layer", "Layer_Dense", (
    Quantity("output", "forward", "output = inputs . weights + biases", "chapter 3",
             lambda case: _dense(case).output),
    Quantity("dweights", "backward", "dweights = inputs.T . dvalues", "chapter 9",
             lambda case: _dense(case).dweights),
    Quantity("dbiases", "backward", "dbiases = sum of dvalues over the samples, (1, O)",
             "chapter 9", lambda case: _dense(case).dbiases),
    Quantity("dinputs", "backward", "dinputs = dvalues . weights.T", "chapter 9",
             lambda case: _dense(case).dinputs)))


def activation(name: str, kind: Callable[[], Any], forward: str, backward: str,
               chapters: tuple[str, str]) -> Role:
    """A role of an activation: the reference's class, two formulas and their chapters."""
    def run(case: Case) -> Any:
        made = kind()
        made.forward(case.X)
        made.backward(case.slopes)
        return made

    def slope(case: Case, output: Any) -> Any:
        made = kind()
        made.inputs, made.output = case.X, output
        made.backward(case.slopes)
        return made.dinputs

    return Role(name, getattr(kind, "__name__", name), (
        Quantity("output", "forward", forward, chapters[0], lambda case: run(case).output),
        Quantity("dinputs", "backward", backward, chapters[1], lambda case: run(case).dinputs,
                 slope)))


def leaky(alpha: float) -> Role:
    """LeakyReLU with this slope below 0."""
    def kind() -> Any:
        return reference.Activation_LeakyReLU(alpha)

    kind.__name__ = "Activation_LeakyReLU"
    return activation("leaky relu", kind, "output = inputs where inputs > 0, else alpha * inputs",
                      "dinputs = dvalues where inputs > 0, else alpha * dvalues",
                      ("not in the book", "not in the book"))


LINEAR = activation("linear", reference.Activation_Linear, "output = inputs", "dinputs = dvalues",
                    ("chapter 17", "chapter 17"))
ACTIVATIONS = (
    activation("relu", reference.Activation_ReLU, "output = max(0, inputs)",
               "dinputs = dvalues where inputs > 0, else 0", ("chapter 4", "chapter 9")),
    activation("softmax", reference.Activation_Softmax,
               "output = exp(inputs - max) / sum, max and sum of each sample",
               "dinputs = (diag(output) - output output.T) . dvalues, sample by sample",
               ("chapter 4", "chapter 9")),
    activation("sigmoid", reference.Activation_Sigmoid, "output = 1 / (1 + exp(-inputs))",
               "dinputs = dvalues * (1 - output) * output", ("chapter 16", "chapter 16")),
    activation("tanh", reference.Activation_Tanh, "output = tanh(inputs)",
               "dinputs = dvalues * (1 - output^2)", ("not in the book", "not in the book")),
    LINEAR)


def loss(name: str, kind: Callable[[], Any], forward: str, backward: str, chapter: str) -> Role:
    """A role of a loss: sample losses, their mean, and the gradient of the mean."""
    def gradient(case: Case) -> Any:
        made = kind()
        made.backward(case.y_pred, case.y_true)
        return made.dinputs

    return Role(name, getattr(kind, "__name__", name), (
        Quantity("losses", "forward", forward, chapter,
                 lambda case: kind().forward(case.y_pred, case.y_true)),
        Quantity("loss", "loss", "loss = mean of the sample losses", "chapter 5",
                 lambda case: np.mean(kind().forward(case.y_pred, case.y_true))),
        Quantity("dinputs", "backward", backward, chapter if chapter != "chapter 5"
                 else "chapter 9", gradient)))


CLASSES = loss("categorical cross-entropy", reference.Loss_CategoricalCrossentropy,
               "losses = -log of the right class's probability, clipped to 1e-7 ... 1 - 1e-7",
               "dinputs = -y_true / dvalues / samples", "chapter 5")
BINARY = loss("binary cross-entropy", reference.Loss_BinaryCrossentropy,
              "losses = mean over the outputs of -(y log p + (1 - y) log(1 - p)), p clipped",
              "dinputs = -(y / p - (1 - y) / (1 - p)) / outputs / samples", "chapter 16")
NUMBERS = (
    loss("mean squared error", reference.Loss_MeanSquaredError,
         "losses = mean over the outputs of (y_true - y_pred)^2",
         "dinputs = -2 (y_true - y_pred) / outputs / samples", "chapter 17"),
    loss("mean absolute error", reference.Loss_MeanAbsoluteError,
         "losses = mean over the outputs of |y_true - y_pred|",
         "dinputs = sign(y_pred - y_true) / outputs / samples", "chapter 17"))


def _combined(case: Case) -> Any:
    made = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    made.loss_value = made.forward(case.logits, case.y_true)  # type: ignore[attr-defined]
    made.losses = made.loss.forward(made.output, case.y_true)  # type: ignore[attr-defined]
    made.backward(made.output, case.y_true)
    return made


COMBINED = Role("softmax and loss", "Activation_Softmax_Loss_CategoricalCrossentropy", (
    Quantity("output", "forward", "output = exp(inputs - max) / sum, of each sample", "chapter 9",
             lambda case: _combined(case).output),
    Quantity("loss", "forward", "loss = mean of -log of the right class's output", "chapter 9",
             lambda case: _combined(case).loss_value),
    Quantity("dinputs", "backward", "dinputs = (output - onehot(y_true)) / samples", "chapter 9",
             lambda case: _combined(case).dinputs)))


def _sigmoid_loss(case: Case) -> Any:
    made, loss = reference.Activation_Sigmoid(), reference.Loss_BinaryCrossentropy()
    made.forward(case.logits)
    made.loss_value = np.mean(loss.forward(made.output, case.y_true))  # type: ignore[attr-defined]
    made.dinputs = (made.output - case.y_true) / made.output.shape[1] / len(made.output)
    return made


SIGMOID_LOSS = Role("sigmoid and loss", "Activation_Sigmoid_Loss_BinaryCrossentropy", (
    Quantity("output", "forward", "output = 1 / (1 + exp(-inputs))", "chapter 16",
             lambda case: _sigmoid_loss(case).output),
    Quantity("loss", "forward", "loss = mean of -(y log p + (1 - y) log(1 - p)), p the output",
             "chapter 16", lambda case: _sigmoid_loss(case).loss_value),
    Quantity("dinputs", "backward", "dinputs = (output - y_true) / outputs / samples",
             "not in the book", lambda case: _sigmoid_loss(case).dinputs)))
