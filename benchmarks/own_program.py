"""The book's spiral with classes of somebody's own, who knows nothing of fastnn.

    python own_program.py EPOCHS              or     python -m fastnn run own_program.py EPOCHS

Prints the book's lines, and the weights' digest.
"""

import hashlib
import sys

import nnfs
import numpy as np
from nnfs.datasets import spiral_data


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.W = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.b = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.x = inputs
        self.z = np.dot(inputs, self.W) + self.b

    def backprop(self, dvalues):
        self.dW = np.dot(self.x.T, dvalues)
        self.db = np.sum(dvalues, axis=0, keepdims=True)
        self.dx = np.dot(dvalues, self.W.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Softmax:
    def forward(self, inputs):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        p = e / np.sum(e, axis=1, keepdims=True)
        self.output = p


class Loss:
    def calculate(self, output, y):
        sample_losses = self.forward(output, y)
        return np.mean(sample_losses)


class CE(Loss):
    def forward(self, y_pred, y_true):
        samples = len(y_pred)
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = clipped[range(samples), y_true]
        elif len(y_true.shape) == 2:
            c = np.sum(clipped * y_true, axis=1)
        return -np.log(c)


class Combined:
    def __init__(self):
        self.activation = Softmax()
        self.loss = CE()

    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples


class Adam:
    def __init__(self, learning_rate=0.001, decay=0., epsilon=1e-7, beta_1=0.9, beta_2=0.999):
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0
        self.epsilon = epsilon
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1. / (1. + self.decay * self.iterations))

    def update_params(self, layer):
        if not hasattr(layer, 'w_cache'):
            layer.w_m = np.zeros_like(layer.W)
            layer.w_cache = np.zeros_like(layer.W)
            layer.b_m = np.zeros_like(layer.b)
            layer.b_cache = np.zeros_like(layer.b)
        layer.w_m = self.beta_1 * layer.w_m + (1 - self.beta_1) * layer.dW
        layer.b_m = self.beta_1 * layer.b_m + (1 - self.beta_1) * layer.db
        wc = layer.w_m / (1 - self.beta_1 ** (self.iterations + 1))
        bc = layer.b_m / (1 - self.beta_1 ** (self.iterations + 1))
        layer.w_cache = self.beta_2 * layer.w_cache + (1 - self.beta_2) * layer.dW**2
        layer.b_cache = self.beta_2 * layer.b_cache + (1 - self.beta_2) * layer.db**2
        wcc = layer.w_cache / (1 - self.beta_2 ** (self.iterations + 1))
        bcc = layer.b_cache / (1 - self.beta_2 ** (self.iterations + 1))
        layer.W += -self.current_learning_rate * wc / (np.sqrt(wcc) + self.epsilon)
        layer.b += -self.current_learning_rate * bc / (np.sqrt(bcc) + self.epsilon)

    def post_update_params(self):
        self.iterations += 1


class Network:
    """The objects of a training."""

    def __init__(self):
        self.dense1, self.relu = Layer_Dense(2, 64), Activation_ReLU()
        self.dense2 = Layer_Dense(64, 3)
        self.both, self.optimizer = Combined(), Adam(learning_rate=0.05, decay=5e-7)


def train(network, X, y, epochs, say=print):
    """The book's loop."""
    dense1, relu, dense2 = network.dense1, network.relu, network.dense2
    both, optimizer = network.both, network.optimizer
    for epoch in range(epochs):
        dense1.forward(X)
        relu.forward(dense1.z)
        dense2.forward(relu.output)
        loss = both.forward(dense2.z, y)
        predictions = np.argmax(both.output, axis=1)
        accuracy = np.mean(predictions == y)
        if not epoch % 1000:
            say(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss:.3f}")
        both.backward(both.output, y)
        dense2.backprop(both.dinputs)
        relu.backward(dense2.dx)
        dense1.backprop(relu.dinputs)
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()


if __name__ == "__main__":
    nnfs.init()
    samples, labels = spiral_data(samples=100, classes=3)
    made = Network()
    train(made, samples, labels, int(sys.argv[1]))
    weights = made.dense1.W.tobytes() + made.dense2.W.tobytes()
    print(hashlib.sha256(weights).hexdigest())
