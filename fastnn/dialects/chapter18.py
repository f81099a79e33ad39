"""The book's chapter 18, the first Model: all its names.

    from fastnn.dialects.chapter18 import *

Differs: `Model.train` prints one line every `print_every` epochs and one for the validation at the
end: `Model(lines="epochs")` is the default. Full batches only, as in that chapter.
"""

from typing import Any

from fastnn.accuracy import Accuracy, Accuracy_Categorical, Accuracy_Regression
from fastnn.activations import (
    Activation_Linear,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Softmax,
)
from fastnn.layers import Layer_Dense, Layer_Dropout, Layer_Input
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss,
    Loss_BinaryCrossentropy,
    Loss_CategoricalCrossentropy,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
)
from fastnn.model import model
from fastnn.optimizers import (
    Optimizer_Adagrad,
    Optimizer_Adam,
    Optimizer_RMSprop,
    Optimizer_SGD,
)
from fastnn.support import spelling

__all__ = [
    "Accuracy", "Accuracy_Categorical", "Accuracy_Regression",
    "Activation_Linear", "Activation_ReLU", "Activation_Sigmoid", "Activation_Softmax",
    "Activation_Softmax_Loss_CategoricalCrossentropy",
    "Layer_Dense", "Layer_Dropout", "Layer_Input",
    "Loss", "Loss_BinaryCrossentropy", "Loss_CategoricalCrossentropy", "Loss_MeanAbsoluteError",
    "Loss_MeanSquaredError",
    "Model",
    "Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_RMSprop", "Optimizer_SGD",
]


class Model(model.Model):
    """fastnn's Model, with chapter 18's lines."""

    def __init__(self, *, lines="epochs"):
        super().__init__(lines=lines)


def __getattr__(name: str) -> Any:
    """These classes in other spellings, as `fastnn` has them: LayerDense, Act_ReLU."""
    return spelling.find(name, globals())
