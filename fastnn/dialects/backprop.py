"""Notebook 001: `backprop` for backward, and softmax, loss and accuracy in one object.

    from fastnn.dialects.backprop import *

    Dense_layer(n_inputs, n_nodes)  .forward(inputs)  .forward_pass  .backprop(dvalues)
    Activation_ReLU                 .forward(inputs)  .output        .backprop(dvalues)
    Softmax_loss                    .forward(inputs, y_true)         .backprop()  .dvalues
    Optimizer_SGD(momentum_ratio=)  Optimizer_AdaGrad  Optimizer_RMSProp  Optimizer_Adam
                                    .update_param(layer), nothing before or after it

Differs: `iterations` counts the calls of `update_param`: with two layers it grows by two an epoch.
Differs: the rate is decayed in each of these calls, from `init_learning_rate`.
Differs: AdaGrad and RMSProp start with decay 1e-4; RMSProp takes rho before epsilon.
Differs: state is called `w_cache, b_cache, w_momentum, b_momentum`, and SGD's `pre_w_momentums,
pre_b_momentums`, which are not Adam's.
Differs: `Softmax_loss.confidences` is computed when it is read.
"""

from typing import Any

import numpy as np

from fastnn import activations, layers, losses, optimizers
from fastnn.dialects._parts import vocabulary
from fastnn.optimizers.base import Plain

__all__ = [
    "Activation_ReLU", "Dense_layer", "Optimizer_AdaGrad", "Optimizer_Adam", "Optimizer_RMSProp",
    "Optimizer_SGD", "Softmax_loss",
]


_layer: Any = vocabulary(backward="backprop")
_dense: Any = vocabulary(backward="backprop", output="forward_pass")
_rates: Any = vocabulary(learning_rate="init_learning_rate")
_momentum: Any = vocabulary(momentum="momentum_ratio")


class Dense_layer(_dense, layers.Layer_Dense):
    """The book's Layer_Dense, `output` called `forward_pass`."""

    def __init__(self, n_inputs, n_nodes):
        super().__init__(n_inputs, n_nodes)


class Activation_ReLU(_layer, activations.Activation_ReLU):
    """The book's."""


class Softmax_loss:
    """Softmax, accuracy and categorical cross-entropy of a batch, and their gradient.

        softmax_probabilities = softmax(inputs);  loss = mean_n -log(confidences[n])
        dvalues = (softmax_probabilities - onehot(y_true)) / N

    Attributes after forward: softmax_probabilities (N, C), pred_labels (N,), y_true (N,),
    confidences (N,), accuracy, loss; after backprop: dvalues (N, C).
    """

    def __init__(self):
        self._book = losses.Activation_Softmax_Loss_CategoricalCrossentropy()
        self.softmax_probabilities: Any = None
        self.pred_labels = None
        self.accuracy = None
        self.loss = None
        self.dvalues = None
        self.y_true: Any = None

    def forward(self, inputs, y_true):
        """Set all but `dvalues` from inputs (N, C) and targets (N,) or (N, C)."""
        self.y_true_check(y_true)
        self.softmax(inputs)
        self.output_labels()
        self.calculate_accuracy()
        self.cross_entropy()

    def y_true_check(self, y_true):
        """Set `y_true` (N,): class indices, from one-hot rows if they are such."""
        y_true = np.asarray(y_true)
        self.y_true = np.argmax(y_true, axis=1) if y_true.ndim == 2 else y_true

    def softmax(self, inputs):
        """Set `softmax_probabilities`."""
        self._book.activation.forward(inputs)
        self.softmax_probabilities = self._book.activation.output

    def output_labels(self):
        """Set `pred_labels`: the most probable classes."""
        self.pred_labels = np.argmax(self.softmax_probabilities, axis=1)

    def calculate_accuracy(self):
        """Set `accuracy`: the share of right labels."""
        self.accuracy = np.mean(self.pred_labels == self.y_true)

    def cross_entropy(self):
        """Set `loss`."""
        self.loss = self._book.loss.calculate(self.softmax_probabilities, self.y_true)

    @property
    def confidences(self):
        """Probabilities (N,) of the right classes, kept within [1e-7, 1 - 1e-7]."""
        if self.softmax_probabilities is None or self.y_true is None:
            raise AttributeError("Softmax_loss: there are no confidences yet, call forward first")
        picked = self.softmax_probabilities[np.arange(len(self.y_true)), self.y_true]
        return np.clip(picked, 1e-7, 1 - 1e-7)

    def backprop(self):
        """Set `dvalues`."""
        self._book.backward(self.softmax_probabilities, self.y_true)
        self.dvalues = self._book.dinputs


class _EachCall(_rates, Plain):
    """A step for each layer: rate, update, count. State has the notebook's names in between."""

    _states: dict[str, str] = {}  # the notebook's name of a state array -> the book's

    def update_param(self, layer):
        """Change the layer's weights and biases in place, and its state; one more iteration."""
        self.current_learning_rate = self.learning_rate * (
            1.0 / (1.0 + self.decay * self.iterations))
        state = vars(layer)
        for theirs, book in self._states.items():
            _rename(state, theirs, book)
        try:
            self.update_params(layer)
        finally:
            for theirs, book in self._states.items():
                _rename(state, book, theirs)
        self.iterations += 1


def _rename(state, old, new):
    if old in state:
        state[new] = state.pop(old)


_CACHES = {"w_cache": "weight_cache", "b_cache": "bias_cache"}


class Optimizer_SGD(_momentum, _EachCall, optimizers.Optimizer_SGD):
    """The book's, with momentum called `momentum_ratio`."""

    _states = {"pre_w_momentums": "weight_momentums", "pre_b_momentums": "bias_momentums"}

    def __init__(self, learning_rate=1.0, decay=0.0, momentum_ratio=0.0):
        super().__init__(learning_rate, decay, momentum_ratio)


class Optimizer_AdaGrad(_EachCall, optimizers.Optimizer_Adagrad):
    """The book's Adagrad, with decay 1e-4."""

    _states = _CACHES

    def __init__(self, learning_rate=1.0, decay=1e-4, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon)


class Optimizer_RMSProp(_EachCall, optimizers.Optimizer_RMSprop):
    """The book's RMSprop, with decay 1e-4."""

    _states = _CACHES

    def __init__(self, learning_rate=0.001, decay=1e-4, rho=0.9, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon, rho)


class Optimizer_Adam(_EachCall, optimizers.Optimizer_Adam):
    """The book's; the corrections of its moments follow `iterations`, so the calls."""

    _states = _CACHES | {"w_momentum": "weight_momentums", "b_momentum": "bias_momentums"}
