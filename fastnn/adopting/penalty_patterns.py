"""Dense layers that add penalties whatever the strengths are, to be read and never to run: see
`patterns.py`. Of strengths that are 0 they add zeros, so that a gradient of -0 is 0.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class Always_L2(reference.Layer_Dense):
    """The squares of the weights alone."""

    def backward(self, dvalues: Any) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues) + 2 * self.weight_regularizer_l2 * (
            self.weights)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Always_All(reference.Layer_Dense):
    """All four, the signs by np.where."""

    def backward(self, dvalues: Any) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dweights += self.weight_regularizer_l1 * np.where(self.weights < 0, -1, 1)
        self.dweights += 2 * self.weight_regularizer_l2 * self.weights
        self.dbiases += self.bias_regularizer_l1 * np.where(self.biases < 0, -1, 1)
        self.dbiases += 2 * self.bias_regularizer_l2 * self.biases
        self.dinputs = np.dot(dvalues, self.weights.T)


def _with_penalty(loss: Any, layer: Any) -> Any:
    if layer.weight_regularizer_l1 > 0:
        loss = loss + layer.weight_regularizer_l1 * np.sum(np.abs(layer.weights))
    if layer.weight_regularizer_l2 > 0:
        loss = loss + layer.weight_regularizer_l2 * np.sum(layer.weights * layer.weights)
    if layer.bias_regularizer_l1 > 0:
        loss = loss + layer.bias_regularizer_l1 * np.sum(np.abs(layer.biases))
    if layer.bias_regularizer_l2 > 0:
        loss = loss + layer.bias_regularizer_l2 * np.sum(layer.biases * layer.biases)
    return loss


class With_Penalties:
    """The mean of a loss and the penalties of the layers that it remembers, as one number."""

    trainable_layers: Any

    def regularization_loss(self) -> Any:
        loss: Any = 0
        for layer in self.trainable_layers:
            loss = _with_penalty(loss, layer)
        return loss

    def calculate(self: Any, output: Any, y: Any) -> Any:
        return np.mean(self.forward(output, y)) + self.regularization_loss()


class With_Penalties_of_All:
    """The same of layers that it is given."""

    def calculate(self: Any, output: Any, y: Any, layers: Any) -> Any:
        loss: Any = 0
        for layer in layers:
            loss = _with_penalty(loss, layer)
        return np.mean(self.forward(output, y)) + loss


class With_L2_of_All:
    """The squares of the weights alone, whatever the strengths are."""

    def calculate(self: Any, output: Any, y: Any, layers: Any) -> Any:
        loss: Any = 0
        for layer in layers:
            loss += layer.weight_regularizer_l2 * np.sum(layer.weights * layer.weights)
        return np.mean(self.forward(output, y)) + loss


class With_L2(With_L2_of_All):
    """The same of layers that it remembers."""

    def calculate(self: Any, output: Any, y: Any) -> Any:  # type: ignore[override]
        loss: Any = 0
        for layer in self.trainable_layers:
            loss += layer.weight_regularizer_l2 * np.sum(layer.weights * layer.weights)
        return np.mean(self.forward(output, y)) + loss


class Always_Weights(reference.Layer_Dense):
    """Both of the weights, the signs as floats."""

    def backward(self, dvalues: Any) -> None:
        sign = np.where(self.weights >= 0, 1.0, -1.0)
        self.dweights = (np.dot(self.inputs.T, dvalues) + self.weight_regularizer_l1 * sign
                         + 2 * self.weight_regularizer_l2 * self.weights)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
