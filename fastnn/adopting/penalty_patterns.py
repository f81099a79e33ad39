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


class Always_Weights(reference.Layer_Dense):
    """Both of the weights, the signs as floats."""

    def backward(self, dvalues: Any) -> None:
        sign = np.where(self.weights >= 0, 1.0, -1.0)
        self.dweights = (np.dot(self.inputs.T, dvalues) + self.weight_regularizer_l1 * sign
                         + 2 * self.weight_regularizer_l2 * self.weights)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
