"""Dense layers that are given their activation, an object, to be read and never to run: see
`patterns.py`.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np


class Dense_that_Holds:
    """The sums go through the activation that it holds, gradients back."""

    weights: Any
    biases: Any
    activation_object: Any

    def forward(self, inputs: Any) -> None:
        self.inputs = inputs
        self.sums = np.dot(inputs, self.weights) + self.biases
        self.output = self.activation_object.forward(self.sums)

    def backward(self, dvalues: Any) -> None:
        slopes = self.activation_object.backward(dvalues)
        self.dweights = np.dot(self.inputs.T, slopes)
        self.dbiases = np.sum(slopes, axis=0, keepdims=True)
        self.dinputs = np.dot(slopes, self.weights.T)


class Dense_that_Holds_Flat(Dense_that_Holds):
    """Biases' gradients without an axis for the samples."""

    def backward(self, dvalues: Any) -> None:
        slopes = self.activation_object.backward(dvalues)
        self.dweights = np.dot(self.inputs.T, slopes)
        self.dbiases = np.sum(slopes, axis=0)
        self.dinputs = np.dot(slopes, self.weights.T)
