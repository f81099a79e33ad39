"""The drafts of the book, 2020: `dvalues` for dinputs, and a softmax that passes gradients on.

    from fastnn.dialects.drafts import *

    Layer_Input  Layer_Dense(inputs, neurons)  Layer_Dropout
    Activation_ReLU  Activation_Softmax  Activation_Sigmoid  Activation_Linear
    Loss  Loss_CategoricalCrossentropy  Loss_BinaryCrossentropy
    Loss_MeanSquaredError  Loss_MeanAbsoluteError
    Optimizer_SGD  Optimizer_Adagrad  Optimizer_RMSprop  Optimizer_Adam
    Accuracy  Accuracy_Categorical  Accuracy_Regression  Model

Differs: the gradient that goes back is `dvalues`, in layers, activations and losses.
Differs: `Loss_CategoricalCrossentropy.forward` returns the mean, its `backward` the gradient of
softmax and loss together; `Activation_Softmax.backward` copies that. There is no combined class.
Differs: binary cross-entropy gives a loss for each output, squared error twice the book's; the
gradients of both and of the absolute error are not divided by N and O.
Differs: decay compounds: each `pre_update_params` divides the rate that the last one left.
`learning_rate` and `current_learning_rate` are one number. SGD starts with decay 0.1.
Differs: `Accuracy_Regression.precision` is std(y) / 500. Model prints chapter 18's lines.
"""

from typing import Any

import numpy as np

from fastnn import accuracy, activations, layers, losses, optimizers
from fastnn.accuracy import Accuracy, Accuracy_Categorical
from fastnn.dialects._parts import vocabulary
from fastnn.dialects.chapter18 import Model
from fastnn.layers import Layer_Input

__all__ = [
    "Accuracy", "Accuracy_Categorical", "Accuracy_Regression",
    "Activation_Linear", "Activation_ReLU", "Activation_Sigmoid", "Activation_Softmax",
    "Layer_Dense", "Layer_Dropout", "Layer_Input",
    "Loss", "Loss_BinaryCrossentropy", "Loss_CategoricalCrossentropy", "Loss_MeanAbsoluteError",
    "Loss_MeanSquaredError",
    "Model",
    "Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_RMSprop", "Optimizer_SGD",
]


_Draft: Any = vocabulary(dinputs="dvalues", inputs="input")
# One rate: what `pre_update_params` makes of it is what the next one starts from.
_Compounding: Any = vocabulary(learning_rate="current_learning_rate")


class Layer_Dense(_Draft, layers.Layer_Dense):
    """The book's."""

    def __init__(self, inputs, neurons, weight_regularizer_l1=0, weight_regularizer_l2=0,
                 bias_regularizer_l1=0, bias_regularizer_l2=0):
        super().__init__(inputs, neurons, weight_regularizer_l1, weight_regularizer_l2,
                         bias_regularizer_l1, bias_regularizer_l2)


class Layer_Dropout(_Draft, layers.Layer_Dropout):
    """The book's."""


class Activation_ReLU(_Draft, activations.Activation_ReLU):
    """The book's."""


class Activation_Sigmoid(_Draft, activations.Activation_Sigmoid):
    """The book's."""


class Activation_Linear(_Draft, activations.Activation_Linear):
    """The book's."""


class Activation_Softmax(_Draft, activations.Activation_Softmax):
    """The book's forwards; backwards a copy, for the loss has softmax's slope in it already."""

    def backward(self, dvalues):
        """Set `dvalues` to a copy."""
        self.dvalues = np.array(dvalues)


# ---------------------------------------------------------------------------------- losses


class Loss(_Draft, losses.Loss):
    """The book's."""


class Loss_CategoricalCrossentropy(Loss, losses.Loss_CategoricalCrossentropy):
    """Categorical cross-entropy of a softmax.

        forward: mean_n -log(p[n, y[n]]);  dvalues = (p - onehot(y)) / N
    """

    def __init__(self):
        self._book = losses.Activation_Softmax_Loss_CategoricalCrossentropy()

    def forward(self, y_pred, y_true):
        """Mean loss of probabilities (N, C) and targets (N,) or (N, C)."""
        return self._book.loss.calculate(y_pred, y_true)

    def calculate(self, output, y, *, include_regularization=False):
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        book = self._book.loss
        book.new_pass()
        mean = book.calculate(output, y)
        self.accumulated_sum += book.accumulated_sum
        self.accumulated_count += book.accumulated_count
        return (mean, self.regularization_loss()) if include_regularization else mean

    def backward(self, dvalues, y_true):
        """Set `dvalues` (N, C) from the softmax output `dvalues` (N, C)."""
        self._book.backward(dvalues, y_true)
        self.dvalues = self._book.dinputs


class Loss_BinaryCrossentropy(Loss, losses.Loss_BinaryCrossentropy):
    """Binary cross-entropy of probabilities and targets (N, O), p clipped as in the book.

        forward: -(y log p + (1 - y) log(1 - p));  dvalues = -(y / p - (1 - y) / (1 - p))
    """

    def forward(self, y_pred, y_true):
        """Losses (N, O)."""
        p, y = self._checked(y_pred, y_true, "forward")
        return super().forward(p.reshape(-1, 1), y.reshape(-1, 1)).reshape(p.shape)

    def backward(self, dvalues, y_true):
        """Set `dvalues` (N, O) from probabilities `dvalues` (N, O)."""
        p, y = self._checked(dvalues, y_true, "backward")
        p = np.clip(p, 1e-7, 1 - 1e-7)
        self.dvalues = -(y / p - (1 - y) / (1 - p))


class Loss_MeanSquaredError(Loss, losses.Loss_MeanSquaredError):
    """Squared error of predictions and targets (N, O).

        forward: 2 mean_o (y - p)^2;  dvalues = -(y - p)
    """

    def forward(self, y_pred, y_true):
        """Sample losses (N,)."""
        return 2 * super().forward(y_pred, y_true)

    def backward(self, dvalues, y_true):
        """Set `dvalues` (N, O) from predictions `dvalues` (N, O)."""
        p, y = self._checked(dvalues, y_true, "backward")
        self.dvalues = -(y - p)


class Loss_MeanAbsoluteError(Loss, losses.Loss_MeanAbsoluteError):
    """Absolute error of predictions and targets (N, O).

        forward: mean_o |y - p|;  dvalues = -sign(y - p)
    """

    def backward(self, dvalues, y_true):
        """Set `dvalues` (N, O) from predictions `dvalues` (N, O)."""
        p, y = self._checked(dvalues, y_true, "backward")
        self.dvalues = -np.sign(y - p)


# ------------------------------------------------------------------- optimizers, accuracy


class Optimizer_SGD(_Compounding, optimizers.Optimizer_SGD):
    """The book's, with decay 0.1."""

    def __init__(self, learning_rate=1.0, decay=0.1, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)


class Optimizer_Adagrad(_Compounding, optimizers.Optimizer_Adagrad):
    """The book's."""


class Optimizer_RMSprop(_Compounding, optimizers.Optimizer_RMSprop):
    """The book's."""


class Optimizer_Adam(_Compounding, optimizers.Optimizer_Adam):
    """The book's."""


class Accuracy_Regression(accuracy.Accuracy_Regression):
    """The book's, twice as strict."""

    def init(self, y, reinit=False):
        """Set `precision` from the targets, once or with `reinit` anew."""
        if self.precision is None or reinit:
            self.precision = np.std(y) / 500
