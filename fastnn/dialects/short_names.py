"""Notebook 003: short names, and plain gradient descent.

    from fastnn.dialects.short_names import *

    Dense  ReLU  Softmax
    Loss  CrossEntropyLoss  Activation_Softmax_Loss_CategoricalCrossEntropy
    GradientDescent(learning_rate=1)  .update_parameters(layer)

Differs: `outputs` is another name for the `output` of each of these.
Differs: `CrossEntropyLoss` keeps `y_pred` and `y_true`, also as the `loss` of the combined class.
Differs: `GradientDescent` reads `learning_rate` at each update; there is no decay.
"""

from typing import Any

from fastnn import layers, losses, optimizers
from fastnn.activations import Activation_ReLU, Activation_Softmax
from fastnn.dialects._parts import vocabulary
from fastnn.losses import Loss

__all__ = [
    "Activation_Softmax_Loss_CategoricalCrossEntropy", "CrossEntropyLoss", "Dense",
    "GradientDescent", "Loss", "ReLU", "Softmax",
]

_words: Any = vocabulary(output="outputs")


class Dense(_words, layers.Layer_Dense):
    """The book's Layer_Dense."""


class ReLU(_words, Activation_ReLU):
    """The book's Activation_ReLU."""


class Softmax(_words, Activation_Softmax):
    """The book's Activation_Softmax."""


class CrossEntropyLoss(losses.Loss_CategoricalCrossentropy):
    """The book's Loss_CategoricalCrossentropy. Attributes after forward: y_pred, y_true."""

    def forward(self, y_pred, y_true):
        """Sample losses (N,) of probabilities (N, C) and targets (N,) or (N, C)."""
        self.y_true = y_true
        self.y_pred = y_pred
        return super().forward(y_pred, y_true)


class Activation_Softmax_Loss_CategoricalCrossEntropy(
        _words, losses.Activation_Softmax_Loss_CategoricalCrossentropy):
    """The book's combined class, with this module's softmax and loss."""

    def __init__(self):
        super().__init__()
        self.activation = Softmax()
        self.loss = CrossEntropyLoss()

    def forward(self, inputs, y_true):
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)


class GradientDescent(optimizers.Optimizer_SGD):
    """p += -learning_rate * g."""

    def __init__(self, learning_rate=1):
        super().__init__(learning_rate)

    def update_parameters(self, layer):
        """Change the layer's weights and biases in place."""
        self.current_learning_rate = self.learning_rate
        self.update_params(layer)
