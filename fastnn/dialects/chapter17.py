"""The book's chapter 17, regression: all its names, with first weights 0.1 * randn.

    from fastnn.dialects.chapter17 import *

Differs: `Layer_Dense.weight_scale` is 0.1; elsewhere in the book and in fastnn it is 0.01.
"""

from typing import Any

from fastnn import layers
from fastnn.accuracy import Accuracy, Accuracy_Categorical, Accuracy_Regression
from fastnn.activations import (
    Activation_Linear,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Softmax,
)
from fastnn.layers import Layer_Dropout, Layer_Input
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss,
    Loss_BinaryCrossentropy,
    Loss_CategoricalCrossentropy,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
)
from fastnn.model import Model
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


class Layer_Dense(layers.Layer_Dense):
    """The book's, with larger first weights."""

    weight_scale = 0.1


def __getattr__(name: str) -> Any:
    """These classes in other spellings, as `fastnn` has them: LayerDense, Act_ReLU."""
    return spelling.find(name, globals())
