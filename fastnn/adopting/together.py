"""Objects of ours for classes that do in one what the book does in several."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy


class Softmax_Loss_Accuracy:
    """Softmax, loss and accuracy of a batch, all kept: `patterns.Softmax_Loss_Accuracy`."""

    y_true: Any
    output: Any

    def forward(self, inputs: Any, y_true: Any) -> None:
        """Set all but `dinputs` from inputs (N, C) and targets (N,) or (N, C)."""
        labels = np.argmax(y_true, axis=1) if y_true.ndim == 2 else y_true
        both = Activation_Softmax_Loss_CategoricalCrossentropy()
        self.loss = both.forward(inputs, labels)
        self.y_true, self.output = labels, both.output
        self.predictions = np.argmax(both.output, axis=1)
        self.accuracy = np.mean(self.predictions == labels)
        picked = both.output[np.arange(len(labels)), labels]
        self.confidences = np.clip(picked, 1e-7, 1 - 1e-7)

    def backward(self) -> None:
        """Set `dinputs` (N, C)."""
        both = object.__new__(Activation_Softmax_Loss_CategoricalCrossentropy)
        both.backward(self.output, self.y_true)
        self.dinputs = both.dinputs


def each_call(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer, the rate decayed whatever the decay is."""
    optimizer.current_learning_rate = optimizer.learning_rate * (
        1.0 / (1.0 + optimizer.decay * optimizer.iterations))
    optimizer.update_params(layer)
    optimizer.iterations += 1


def each_call_if_decay(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer."""
    optimizer.pre_update_params()
    optimizer.update_params(layer)
    optimizer.iterations += 1


def each_rate(optimizer: Any, layer: Any) -> None:
    """A whole step for one layer, of an optimizer that does not count."""
    optimizer.current_learning_rate = optimizer.learning_rate
    optimizer.update_params(layer)
