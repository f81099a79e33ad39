"""Classes whose every word is their own, as a network, as a Model and as a loop by hand."""

import numpy as np
from beside import HEAD, numbers

import fastnn

OWN = HEAD + '''
class Dense:
    def __init__(self, I, O):
        self.sides = [I, O]
        self.W = 0.1 * np.random.randn(I, O)
        self.b = np.zeros((1, O))
    def forward(self, x):
        self.x = x
        self.out = np.dot(x, self.W) + self.b
    def backward(self, grad):
        self.dW = np.dot(self.x.T, grad)
        self.db = np.sum(grad, axis=0, keepdims=True)
        self.dx = np.dot(grad, self.W.T)
class ReLU:
    def forward(self, x):
        self.x = x
        self.out = np.maximum(0, x)
    def backward(self, grad):
        self.dx = grad.copy()
        self.dx[self.x <= 0] = 0
class Squared:
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def backward(self, grad, y_true):
        samples = len(grad)
        outputs = len(grad[0])
        self.dx = -2 * (y_true - grad) / outputs
        self.dx = self.dx / samples
class RMS:
    def __init__(self, rate=0.01):
        self.rate = self.now = rate
        self.decay, self.steps, self.tiny, self.rho = 0.001, 0, 1e-7, 0.9
    def before(self):
        if self.decay:
            self.now = self.rate * (1. / (1. + self.decay * self.steps))
    def update(self, layer):
        if not hasattr(layer, "cW"):
            layer.cW = np.zeros_like(layer.W)
            layer.cb = np.zeros_like(layer.b)
        layer.cW = self.rho * layer.cW + (1 - self.rho) * layer.dW**2
        layer.cb = self.rho * layer.cb + (1 - self.rho) * layer.db**2
        layer.W += -self.now * layer.dW / (np.sqrt(layer.cW) + self.tiny)
        layer.b += -self.now * layer.db / (np.sqrt(layer.cb) + self.tiny)
    def after(self):
        self.steps += 1
'''
X, Y = numbers(24, 3), np.abs(numbers(24, 2))


def network(module):
    """Layers, loss and optimizer."""
    np.random.seed(5)
    return ([module.Dense(3, 6), module.ReLU(), module.Dense(6, 2), module.ReLU()],
            module.Squared(), module.RMS())


def in_a_model(module):
    """The same as a Model."""
    layers, loss, optimizer = network(module)
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    model.set(loss=loss, optimizer=optimizer, accuracy=fastnn.Accuracy_Regression())
    model.finalize()
    return model


def by_hand(layers, loss, optimizer, epochs):
    """The book's loop."""
    for _ in range(epochs):
        x = X
        for layer in layers:
            layer.forward(x)
            x = layer.out
        loss.backward(x, Y)
        slope = loss.dx
        for layer in reversed(layers):
            layer.backward(slope)
            slope = layer.dx
        optimizer.before()
        for layer in layers:
            if hasattr(layer, "W"):
                optimizer.update(layer)
        optimizer.after()


NAMES = ("W", "b", "dW", "db", "cW", "cb", "out", "dx", "x")


def arrays(layers, optimizer):
    """All that a training leaves, under their names."""
    found = {f"{n}.{name}": vars(layer)[name] for n, layer in enumerate(layers)
             for name in NAMES if name in vars(layer)}
    return found | {"steps": optimizer.steps, "now": optimizer.now}
