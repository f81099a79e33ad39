"""Dense layers whose way back is a step, too, by a rate that it is given or that they have; to be
read and never to run: see `patterns.py`.

The gradient of the inputs is of the weights before the step. That of the weights behind it has
other digits, and is a mistake.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class Steps(reference.Layer_Dense):
    """Weights and biases change in place."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights -= rate * self.dweights
        self.biases -= rate * self.dbiases


class Steps_Flat(reference.Layer_Dense):
    """The same, gradients of biases without an axis for the samples."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights -= rate * self.dweights
        self.biases -= rate * self.dbiases


class Steps_of_One(reference.Layer_Dense):
    """The same of one sample, whose gradient is that of the biases."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights -= rate * self.dweights
        self.biases -= rate * dvalues


class Steps_by_Its_Own(reference.Layer_Dense):
    """By a rate of its own."""

    current_learning_rate: Any

    def backward(self, dvalues: Any) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights -= self.current_learning_rate * self.dweights
        self.biases -= self.current_learning_rate * self.dbiases


class Steps_by_Its_Own_Flat(reference.Layer_Dense):
    """The same, gradients of biases without an axis for the samples."""

    current_learning_rate: Any

    def backward(self, dvalues: Any) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.weights -= self.current_learning_rate * self.dweights
        self.biases -= self.current_learning_rate * self.dbiases
