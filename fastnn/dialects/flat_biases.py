"""Notebooks 000 and 004: biases' gradients without an axis for the samples.

    from fastnn.dialects.flat_biases import *

    Layer_Dense  Activation_ReLU  Activation_Softmax
    Loss  Loss_CategoricalCrossEntropy  Activation_Softmax_Loss_CategoricalCrossentropy
    Optimizer_SGD  Optimizer_Adagrad  Optimizer_RMSProp  Optimizer_Adam

Differs: `dbiases` is (O,), while `biases` and the optimizers' state are (1, O).
Differs: the decayed rate is lr / (1 + decay * iterations), in Adam lr * (1 / (...)) as in the book.
Differs: SGD and Adagrad start with learning_rate 0.5.
Differs: the first rate is called `initial_rate` in SGD, `initial_learning_rate` elsewhere. SGD also
has `learning_rate`: writing it changes the rate at once, with or without `pre_update_params`.
"""

from typing import Any

from fastnn import layers, optimizers
from fastnn.activations import Activation_ReLU, Activation_Softmax
from fastnn.dialects._parts import Divided, vocabulary
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss,
    Loss_CategoricalCrossentropy,
)
from fastnn.optimizers.base import Plain

__all__ = [
    "Activation_ReLU", "Activation_Softmax", "Activation_Softmax_Loss_CategoricalCrossentropy",
    "Layer_Dense", "Loss", "Loss_CategoricalCrossEntropy", "Optimizer_Adagrad", "Optimizer_Adam",
    "Optimizer_RMSProp", "Optimizer_SGD",
]

Loss_CategoricalCrossEntropy = Loss_CategoricalCrossentropy


class Layer_Dense(layers.Layer_Dense):
    """The book's, with dbiases[o] = sum_n dvalues[n, o] of shape (O,)."""

    def backward(self, dvalues):
        """Set `dweights` (I, O), `dbiases` (O,) and `dinputs` (N, I) from dvalues (N, O)."""
        super().backward(dvalues)
        self.dbiases = self.dbiases.reshape(-1)


class _FlatBiases(Plain):
    """Shows the update `dbiases` (O,) as (1, O), the shape that `biases` and kernels have."""

    def update_params(self, layer):
        """Change the layer's weights and biases in place."""
        flat: Any = getattr(layer, "dbiases", None)
        biases = getattr(layer, "biases", None)
        if getattr(flat, "ndim", 2) != 1 or getattr(biases, "ndim", 1) != 2:
            super().update_params(layer)
            return
        layer.dbiases = flat.reshape(1, -1)
        try:
            super().update_params(layer)
        finally:
            layer.dbiases = flat


_rates: Any = vocabulary(learning_rate="initial_learning_rate")


class Optimizer_SGD(Divided, _FlatBiases, optimizers.Optimizer_SGD):
    """The book's, with learning rate 0.5 and its first rate in `initial_rate`."""

    def __init__(self, learning_rate=0.5, decay=0.0, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)

    @property
    def learning_rate(self):
        """The first rate; writing it sets the current one too."""
        return self.initial_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self.initial_rate = self.current_learning_rate = value


class Optimizer_Adagrad(_rates, Divided, _FlatBiases, optimizers.Optimizer_Adagrad):
    """The book's, with learning rate 0.5."""

    def __init__(self, learning_rate=0.5, decay=0.0, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon)


class Optimizer_RMSProp(_rates, Divided, _FlatBiases, optimizers.Optimizer_RMSprop):
    """The book's RMSprop."""


class Optimizer_Adam(_rates, _FlatBiases, optimizers.Optimizer_Adam):
    """The book's."""
