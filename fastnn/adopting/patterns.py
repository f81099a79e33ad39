"""Other ways to write what a class of ours computes, in plain NumPy, to be read and never to run.

Each is held against our class bit for bit by the tests.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class FlatDense(reference.Layer_Dense):
    """Biases' gradients without an axis for the samples."""

    def backward(self, dvalues: Any) -> None:
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0)
        if self.weight_regularizer_l1 > 0:
            self.dweights += self.weight_regularizer_l1 * reference.sign_of_weight(self.weights)
        if self.weight_regularizer_l2 > 0:
            self.dweights += 2 * self.weight_regularizer_l2 * self.weights
        if self.bias_regularizer_l1 > 0:
            self.dbiases += self.bias_regularizer_l1 * reference.sign_of_weight(self.biases)
        if self.bias_regularizer_l2 > 0:
            self.dbiases += 2 * self.bias_regularizer_l2 * self.biases
        self.dinputs = np.dot(dvalues, self.weights.T)


class ReLU_by_Mask(reference.Activation_ReLU):
    """Negative numbers overwritten."""

    def forward(self, inputs: Any, training: bool = True) -> None:
        self.inputs = inputs
        self.output = inputs.copy()
        self.output[inputs < 0] = 0


class Softmax_Loss:
    """The combined class without what the book's has not."""

    activation: Any
    loss: Any

    def forward(self, inputs: Any, y_true: Any) -> Any:
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues: Any, y_true: Any) -> None:
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)


class Softmax_Loss_Accuracy:
    """Softmax, accuracy and loss of a batch in one object, which keeps all of them."""

    def forward(self, inputs: Any, y_true: Any) -> None:
        if len(y_true.shape) == 2:
            self.y_true = np.argmax(y_true, axis=1)
        else:
            self.y_true = y_true
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = powers / np.sum(powers, axis=1, keepdims=True)
        self.predictions = np.argmax(self.output, axis=1)
        self.accuracy = np.mean(self.predictions == self.y_true)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        self.confidences = clipped[range(len(clipped)), self.y_true]
        self.loss = np.mean(-np.log(self.confidences))

    def backward(self) -> None:
        self.dinputs = self.output.copy()
        self.dinputs[range(len(self.y_true)), self.y_true] -= 1
        self.dinputs = self.dinputs / len(self.y_true)


class Quotient:
    """The rate is divided."""

    def pre_update_params(self: Any) -> None:
        if self.decay:
            self.current_learning_rate = self.learning_rate / (1.0 + self.decay * self.iterations)


class AlwaysQuotient:
    """The rate is divided in each step, decay or not."""

    def pre_update_params(self: Any) -> None:
        self.current_learning_rate = self.learning_rate / (1.0 + self.decay * self.iterations)


class AlwaysDecayed:
    """The rate is computed in each step, decay or not."""

    def pre_update_params(self: Any) -> None:
        self.current_learning_rate = self.learning_rate * (
            1.0 / (1.0 + self.decay * self.iterations))


class EachCall:
    """Rate, update and count in one call for each layer."""

    def step(self: Any, layer: Any) -> None:
        self.current_learning_rate = self.learning_rate * (
            1.0 / (1.0 + self.decay * self.iterations))
        self.update_params(layer)
        self.iterations += 1


class EachCallIfDecay:
    """The same, the rate as in the book."""

    def step(self: Any, layer: Any) -> None:
        self.pre_update_params()
        self.update_params(layer)
        self.iterations += 1


class EachRate:
    """No steps are counted, the rate is the rate."""

    def step(self: Any, layer: Any) -> None:
        self.current_learning_rate = self.learning_rate
        self.update_params(layer)


class EachCount:
    """The rate is what it is, and each call is a step."""

    def step(self: Any, layer: Any) -> None:
        self.update_params(layer)
        self.iterations += 1


class RateWithin:
    """The rate is computed for each layer, and steps are counted behind all of them."""

    def step(self: Any, layer: Any) -> None:
        self.current_learning_rate = self.learning_rate * (
            1.0 / (1.0 + self.decay * self.iterations))
        self.update_params(layer)


class Shared:
    """Momentums looked for by their own name."""

    def update_params(self: Any, layer: Any) -> None:
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.weight_cache = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
            layer.bias_cache = np.zeros_like(layer.biases)
        beta_1, beta_2, lr = self.beta_1, self.beta_2, self.current_learning_rate
        layer.weight_momentums = beta_1 * layer.weight_momentums + (1 - beta_1) * layer.dweights
        layer.bias_momentums = beta_1 * layer.bias_momentums + (1 - beta_1) * layer.dbiases
        layer.weight_cache = beta_2 * layer.weight_cache + (1 - beta_2) * layer.dweights**2
        layer.bias_cache = beta_2 * layer.bias_cache + (1 - beta_2) * layer.dbiases**2
        correct_1 = 1 - beta_1 ** (self.iterations + 1)
        correct_2 = 1 - beta_2 ** (self.iterations + 1)
        layer.weights += -lr * (layer.weight_momentums / correct_1) / (
            np.sqrt(layer.weight_cache / correct_2) + self.epsilon)
        layer.biases += -lr * (layer.bias_momentums / correct_1) / (
            np.sqrt(layer.bias_cache / correct_2) + self.epsilon)


class Counted:
    """The steps are counted before the layers are gone over: see `Form.counted`."""

    def update_params(self: Any, layer: Any) -> None:
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.weight_cache = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
            layer.bias_cache = np.zeros_like(layer.biases)
        beta_1, beta_2, lr = self.beta_1, self.beta_2, self.current_learning_rate
        layer.weight_momentums = beta_1 * layer.weight_momentums + (1 - beta_1) * layer.dweights
        layer.bias_momentums = beta_1 * layer.bias_momentums + (1 - beta_1) * layer.dbiases
        layer.weight_cache = beta_2 * layer.weight_cache + (1 - beta_2) * layer.dweights**2
        layer.bias_cache = beta_2 * layer.bias_cache + (1 - beta_2) * layer.dbiases**2
        correct_1 = 1 - beta_1**self.iterations
        correct_2 = 1 - beta_2**self.iterations
        layer.weights += -lr * (layer.weight_momentums / correct_1) / (
            np.sqrt(layer.weight_cache / correct_2) + self.epsilon)
        layer.biases += -lr * (layer.bias_momentums / correct_1) / (
            np.sqrt(layer.bias_cache / correct_2) + self.epsilon)


class Accuracy_at_Once(reference.Accuracy_Categorical):
    """The share without a method of its own for the comparison."""

    def calculate(self, predictions: Any, y: Any) -> Any:
        if not self.binary and len(y.shape) == 2:
            y = np.argmax(y, axis=1)
        return np.mean(predictions == y)


class Accuracy_by_Rows:
    """The right ones counted, sample by sample, of outputs."""

    def calculate(self, predictions: Any, y: Any) -> Any:
        if len(y.shape) == 2:
            y = np.argmax(y, axis=1)
        right = 0
        for row, label in zip(predictions, y):
            right += int(np.argmax(row) == label)
        return right / len(y)
