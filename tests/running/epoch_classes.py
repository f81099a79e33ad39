"""Classes of somebody who has read the book, for programs that train in batches."""

CLASSES = '''\
import numpy as np


class Linear:
    def __init__(self, fan_in, fan_out, l2=0):
        self.weights = 0.1 * np.random.randn(fan_in, fan_out)
        self.biases = np.zeros((1, fan_out))
        self.l2 = l2

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.l2 > 0:
            self.dweights += 2 * self.l2 * self.weights
        self.dinputs = np.dot(dvalues, self.weights.T)


class Rectifier:
    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0

    def predictions(self, outputs):
        return outputs


class Drop:
    def __init__(self, share):
        self.rate = 1 - share

    def forward(self, inputs, training=True):
        if not training:
            self.output = inputs.copy()
            return
        self.mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.mask

    def backward(self, dvalues):
        self.dinputs = dvalues * self.mask


class Probabilities:
    def forward(self, inputs, training=True):
        self.inputs = inputs
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = powers / np.sum(powers, axis=1, keepdims=True)

    def predictions(self, outputs):
        return np.argmax(outputs, axis=1)


class LogLoss:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))

    def forward(self, y_pred, y_true):
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        return -np.log(clipped[range(len(y_pred)), y_true])


'''
