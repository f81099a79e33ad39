"""Programs as readers of the book write them: their own classes, their own names, no fastnn.

Small and quick; what they print has all digits.
"""


def are_adopted(report: str) -> bool:
    """Whether a report says so of the layers and the optimizer of SPIRAL."""
    said, _, _ = report.partition("left as they are")
    return all(f"\n  {name}: " in said for name in ("Dense", "ReLU", "Softmax", "SGD"))


SPIRAL = '''
import numpy as np
import nnfs
from nnfs.datasets import spiral_data

class Dense:
    """A layer whose output is called forward_pass."""

    def __init__(self, n_inputs: int, n_nodes: int):
        self.weights = 0.01 * np.random.randn(n_inputs, n_nodes)
        self.biases = np.zeros((1, n_nodes))

    def forward(self, inputs):
        self.inputs = inputs
        self.forward_pass = np.dot(inputs, self.weights) + self.biases

    def backprop(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dinputs = np.dot(dvalues, self.weights.T)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)

class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backprop(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0

class Softmax:
    def forward(self, inputs):
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)

class Loss:
    def calculate(self, output, y):
        sample_losses = self.forward(output, y)
        return np.mean(sample_losses)

class CrossEntropy(Loss):
    def forward(self, y_pred, y_true):
        samples = len(y_pred)
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            confidences = clipped[range(samples), y_true]
        elif len(y_true.shape) == 2:
            confidences = np.sum(clipped * y_true, axis=1)
        return -np.log(confidences)

    def backprop(self, dvalues, y_true):
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)

class SGD:
    def __init__(self, learning_rate=1.0, decay=0.0, momentum=0.0):
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0
        self.momentum = momentum

    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1.0 / (1.0 + self.decay * self.iterations))

    def update_params(self, layer):
        if self.momentum:
            if not hasattr(layer, "weight_momentums"):
                layer.weight_momentums = np.zeros_like(layer.weights)
                layer.bias_momentums = np.zeros_like(layer.biases)
            weight_updates = (self.momentum * layer.weight_momentums
                              - self.current_learning_rate * layer.dweights)
            layer.weight_momentums = weight_updates
            bias_updates = (self.momentum * layer.bias_momentums
                            - self.current_learning_rate * layer.dbiases)
            layer.bias_momentums = bias_updates
        else:
            weight_updates = -self.current_learning_rate * layer.dweights
            bias_updates = -self.current_learning_rate * layer.dbiases
        layer.weights += weight_updates
        layer.biases += bias_updates

    def post_update_params(self):
        self.iterations += 1

nnfs.init()
X, y = spiral_data(samples=20, classes=3)
dense1 = Dense(2, 16)
relu = ReLU()
dense2 = Dense(16, 3)
softmax = Softmax()
cross = CrossEntropy()
optimizer = SGD(decay=1e-3, momentum=0.9)

for epoch in range(41):
    dense1.forward(X)
    relu.forward(dense1.forward_pass)
    dense2.forward(relu.output)
    softmax.forward(dense2.forward_pass)
    loss = cross.calculate(softmax.output, y)
    accuracy = np.mean(np.argmax(softmax.output, axis=1) == y)
    if epoch % 20 == 0:
        print(f"epoch: {epoch}, acc: {accuracy}, loss: {loss}, lr: "
              f"{optimizer.current_learning_rate}")
    cross.backprop(softmax.output, y)
    dense2.backprop(cross.dinputs)
    relu.backprop(dense2.dinputs)
    dense1.backprop(relu.dinputs)
    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.post_update_params()
'''
