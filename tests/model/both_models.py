"""Models made of fastnn and of the reference, trained alike."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import sine_data, spiral_data
from programs import arrays_of, assert_same
from rosters import PLAIN, names_of

import fastnn
from fastnn import reference

KINDS = ["categorical", "one-hot", "binary", "regression"]
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    **{name: lambda nn, name=name: getattr(nn, f"Optimizer_{name}")(learning_rate=0.02)
       for name in names_of("optimizer", "Optimizer_")},
    "SGD": lambda nn: nn.Optimizer_SGD(decay=1e-2, momentum=0.5),
    "plain SGD": lambda nn: nn.Optimizer_SGD(learning_rate=np.float64(0.1)),
    "Adagrad": lambda nn: nn.Optimizer_Adagrad(decay=1e-2),
    "RMSprop": lambda nn: nn.Optimizer_RMSprop(learning_rate=0.02, rho=0.99),
    "Adam": lambda nn: nn.Optimizer_Adam(learning_rate=0.02, decay=5e-5),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """50 samples, in order of the classes as the datasets give them."""
    if kind == "regression":
        return sine_data(50)
    X, y = spiral_data(samples=25, classes=2)
    return X, {"categorical": y, "one-hot": np.eye(2)[y], "binary": y.reshape(-1, 1)}[kind]


def build(nn: Any, kind: str, lines: str = "steps", optimizer: str = "Adam") -> Any:
    """A network with every kind of layer for this kind of target."""
    nn = PLAIN if nn is reference else nn
    np.random.seed(0)
    I, O = (1, 1) if kind == "regression" else (2, 1 if kind == "binary" else 2)  # noqa: E741
    model = nn.Model(lines=lines)
    model.add(nn.Layer_Dense(I, 12, weight_regularizer_l2=5e-4, bias_regularizer_l1=5e-4))
    model.add(nn.Activation_ReLU())
    model.add(nn.Layer_Dropout(0.1))
    model.add(nn.Layer_Dense(12, O, weight_scale=0.1))
    if kind == "regression":
        model.add(nn.Activation_Linear())
        model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression())
    elif kind == "binary":
        model.add(nn.Activation_Sigmoid())
        model.set(loss=nn.Loss_BinaryCrossentropy(), accuracy=nn.Accuracy_Categorical(binary=True))
    else:
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical())
    model.set(optimizer=OPTIMIZERS[optimizer](nn))
    model.finalize()
    return model


def left(model: Any) -> dict[str, np.ndarray]:
    return arrays_of({"model": model})


BATCHES = [None, 50, 10, 16, 49, 1000]
every_form = pytest.mark.parametrize("lines", ["steps", "epochs"])


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("this was not to be called")


class LastSums(reference.Model):
    """Keeps the sums of the last epoch alone, as a compiled training by lines="epochs" does."""

    def _step(self, X, y):
        self.loss.new_pass()
        self.accuracy.new_pass()
        return super()._step(X, y)


def train_both(capsys, make, X, y, sums="of the last epoch", **options):
    """Models made of fastnn and of the reference print and leave the same; what they print."""
    trained, printed = [], []
    for nn in (fastnn, reference):
        model = make(nn)
        if nn is reference and model.lines == "epochs" and sums == "of the last epoch":
            model.__class__ = LastSums
        model.train(X, y, **options)
        trained.append(left(model))
        printed.append(capsys.readouterr().out)
    assert_same(*trained)
    assert printed[0] == printed[1]
    return printed[0]



def override(model, part, name, method):
    """Give a part of the model a class of its own, with one method that is not the book's."""
    thing = getattr(model, part) if isinstance(part, str) else model.layers[part]
    thing.__class__ = type(f"My{type(thing).__name__}", (type(thing),), {name: method})


class Swish:
    """An activation of the user's."""

    def forward(self, inputs, training=True):
        self.output = inputs

    def backward(self, dvalues):
        self.dinputs = dvalues
