"""Dense layers whose way back is a step, too, by a rate that it is given; to be read and never to
run: see `patterns.py`.

Which weights the gradient of the inputs is of, those before the step or those behind it, makes two
of each: their digits differ.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class Steps(reference.Layer_Dense):
    """The gradient of the inputs is of the weights before the step."""

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


class Steps_First(reference.Layer_Dense):
    """The gradient of the inputs is of the weights behind the step."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.weights -= rate * self.dweights
        self.biases -= rate * self.dbiases
        self.dinputs = np.dot(dvalues, self.weights.T)


class Steps_First_Flat(reference.Layer_Dense):
    """The same, gradients of biases without an axis for the samples."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0)
        self.weights -= rate * self.dweights
        self.biases -= rate * self.dbiases
        self.dinputs = np.dot(dvalues, self.weights.T)


class Steps_First_of_One(reference.Layer_Dense):
    """The same of one sample, whose gradient is that of the biases."""

    def backward(self, dvalues: Any, rate: Any) -> None:  # type: ignore[override]
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.weights -= rate * self.dweights
        self.biases -= rate * dvalues
        self.dinputs = np.dot(dvalues, self.weights.T)
