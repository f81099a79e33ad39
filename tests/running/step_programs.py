"""Programs whose layers step as they go backward, and whose losses are functions: most that are
called 'a neural network from scratch'.
"""

from both_ways import changed
from chain_programs import chain

CLASSES = '''\
import numpy as np


class Layer:
    def __init__(self):
        self.input = None
        self.output = None

    def forward(self, input):
        raise NotImplementedError

    def backward(self, output_gradient, learning_rate):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(input_size, output_size) * 0.1
        self.bias = np.zeros((1, output_size))

    def forward(self, input):
        self.input = input
        self.output = np.dot(self.input, self.weights) + self.bias
        return self.output

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(self.input.T, output_gradient)
        input_gradient = np.dot(output_gradient, self.weights.T)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * np.sum(output_gradient, axis=0, keepdims=True)
        return input_gradient


class Activation(Layer):
    def __init__(self, activation, activation_prime):
        self.activation = activation
        self.activation_prime = activation_prime

    def forward(self, input):
        self.input = input
        self.output = self.activation(self.input)
        return self.output

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.activation_prime(self.input)


class Tanh(Activation):
    def __init__(self):
        def tanh(x):
            return np.tanh(x)

        def tanh_prime(x):
            return 1 - np.tanh(x) ** 2

        super().__init__(tanh, tanh_prime)


class Sigmoid(Activation):
    def __init__(self):
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))

        def sigmoid_prime(x):
            s = sigmoid(x)
            return s * (1 - s)

        super().__init__(sigmoid, sigmoid_prime)


def mse(y_true, y_pred):
    return np.mean(np.power(y_true - y_pred, 2))


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / np.size(y_true)


'''
DATA = '''\
X = np.random.randn(100, 2)
Y = (X[:, :1] * X[:, 1:] > 0).astype(float)
'''
NETWORK = "network = [Dense(2, 16), Tanh(), Dense(16, 1), Sigmoid()]\nlearning_rate = 0.5\n"
FORWARD = "    output = X\n    for layer in network:\n        output = layer.forward(output)\n"
GRAD = "    grad = mse_prime(Y, output)\n"
BACK = ("    for layer in reversed(network):\n"
        "        grad = layer.backward(grad, learning_rate)\n")
PRINT = "    if epoch % 50 == 0:\n        print(epoch, error)\n"
LOOP = f"for epoch in range(150):\n{FORWARD}    error = mse(Y, output)\n{GRAD}{BACK}{PRINT}"
PLAIN = f"{CLASSES}# ADOPT\n{DATA}{NETWORK}{LOOP}print(mse(Y, output))\n"

_PRIME = "return 2 * (y_pred - y_true) / np.size(y_true)"
_TRAINED = '''\
def predict(network, x):
    for layer in network:
        x = layer.forward(x)
    return x


def train(network, loss, loss_prime, X, Y, epochs=150, rate=0.5):
    for epoch in range(epochs):
        output = predict(network, X)
        error = loss(Y, output)
        grad = loss_prime(Y, output)
        for layer in network[::-1]:
            grad = layer.backward(grad, rate)
        if epoch % 50 == 0:
            print(epoch, error)


'''
_MODEL = '''\
class Network:
    def __init__(self, *layers):
        self.layers = list(layers)
        self.loss, self.prime = mse, mse_prime

    def fit(self, x, y, epochs, rate):
        for epoch in range(epochs):
            out = x
            for layer in self.layers:
                out = layer.forward(out)
            error = self.loss(y, out)
            grad = self.prime(y, out)
            for layer in reversed(self.layers):
                grad = layer.backward(grad, rate)
            if epoch % 50 == 0:
                print(epoch, error)


'''


def slope(text: str) -> str:
    return changed(PLAIN, (_PRIME, f"return {text}"))


def keeping(source: str) -> str:
    """With a list of the losses, whose function makes squares as `fit` does."""
    return changed(source, ("np.power(y_true - y_pred, 2)", "(y_true - y_pred) ** 2"), (
        "for epoch", "errors = []\nfor epoch"), (PRINT, f"    errors.append(error)\n{PRINT}"))


FLOAT32 = changed(
    PLAIN, ("astype(float)", "astype(np.float32)"), ("randn(100, 2)",
                                                     "randn(100, 2).astype(np.float32)"), (
        "randn(input_size, output_size) * 0.1",
        "randn(input_size, output_size).astype(np.float32) * np.float32(0.1)"), (
        "np.zeros((1, output_size))", "np.zeros((1, output_size), np.float32)"))
ANEW = changed(PLAIN, ("self.weights -= ", "self.weights = self.weights - "), (
    "self.bias -= ", "self.bias = self.bias - "))
STEPS = {
    "a list of layers": PLAIN,
    "in a function": f"{CLASSES}{_TRAINED}# ADOPT\n{DATA}{NETWORK}"
                     "train(network, mse, mse_prime, X, Y)\n",
    "in a method": f"{CLASSES}{_MODEL}# ADOPT\n{DATA}"
                   "net = Network(Dense(2, 16), Tanh(), Dense(16, 1), Sigmoid())\n"
                   "net.fit(X, Y, 150, 0.1)\n",
    "three columns, by samples": changed(slope("2 * (y_pred - y_true) / len(y_true)"), (
        "Dense(16, 1)", "Dense(16, 3)"), ("X[:, :1] * X[:, 1:] > 0", "X[:, [0, 1, 0]] > 0.1")),
    "by the shape": slope("2 * (y_pred - y_true) / y_true.shape[0]"),
    "by its size": slope("2 * (y_pred - y_true) / y_true.size"),
    "with a minus": slope("-2 * (y_true - y_pred) / y_true.size"),
    "half": slope("(y_pred - y_true) / len(y_pred)"),
    "outputs first": changed(
        PLAIN, ("def mse_prime(y_true, y_pred)", "def mse_prime(y_pred, y_true)"), (
            GRAD, "    grad = mse_prime(output, Y)\n")),
    "flat biases and @": changed(
        PLAIN, ("np.zeros((1, output_size))", "np.zeros(output_size)"), (
            "np.dot(self.input, self.weights)", "self.input @ self.weights"), (
            ", axis=0, keepdims=True)", ", axis=0)")),
    "a rate of a whole number": changed(PLAIN, ("learning_rate = 0.5", "learning_rate = 1")),
    "float32": FLOAT32,
    "losses kept": keeping(PLAIN), "losses kept, the slope first": keeping(changed(PLAIN, (
        "    error = mse(Y, output)\n", ""), (GRAD, f"{GRAD}    error = mse(Y, output)\n"))),
    "losses kept of targets that come first": keeping(changed(PLAIN, (
        "mse(Y, output)\n    grad", "mse(output, Y)\n    grad"))),
    "float32 losses kept": keeping(FLOAT32),
    "the best so far": changed(keeping(PLAIN), ("for epoch", "best = 9.0\nfor epoch"), (
        PRINT, f"    if error < best:\n        best = error\n{PRINT}"), ("print(mse(Y, output))",
                                                                     "print(best)")),
    "until it is good enough": changed(keeping(PLAIN), (
        PRINT, f"{PRINT}    if error < 0.2:\n        break\n")),
    "weights made anew": ANEW,
    "made anew, and one of them held before": changed(ANEW, (
        "for epoch", "first = network[0].weights\nfor epoch"), (
        "print(mse(Y, output))", "print(first.sum(), first is network[0].weights)")),
    "made anew, and one of them held midway": changed(ANEW, (
        PRINT, "    if epoch == 60:\n        kept = network[2].weights, network[2].bias\n"
        f"{PRINT}"), (
        "print(mse(Y, output))", "print(kept, kept[0] is network[2].weights)")),
    "made anew, changed in place midway": changed(ANEW, (
        PRINT, "    if epoch == 60:\n        kept = network[2].weights\n        kept *= 0.5\n"
        f"        network[2].bias += 1\n{PRINT}"), ("print(mse(Y, output))", "print(kept)")),
    "made anew, changed in place, until it is good enough": changed(keeping(ANEW), (
        PRINT, "    if epoch == 60:\n        kept = network[2].weights\n        kept *= 0.5\n"
        f"{PRINT}    if error < 0.2 and epoch > 125:\n        print(epoch)\n        break\n"), (
        "print(mse(Y, output))", "print(kept)")),
    "flat biases made anew": changed(
        ANEW, ("np.zeros((1, output_size))", "np.zeros(output_size)"), (
            ", axis=0, keepdims=True)", ", axis=0)"), (
            PRINT, f"    if epoch == 60:\n        kept = network[2].bias\n{PRINT}")),
    "the optimizer makes them anew, and one is held midway": changed(
        chain(), ("layer.weights += -self", "layer.weights = layer.weights - self"), (
            "layer.biases += -self", "layer.biases = layer.biases - self"), (
            "    if epoch % 40 == 0:\n", "    if epoch == 40:\n        kept = network[0].weights, "
            "network[0].biases\n    if epoch % 40 == 0:\n")) + "print(kept)\n",
    "uphill": changed(slope("2 * (y_true - y_pred) / y_true.size"), (
        "learning_rate = 0.5", "learning_rate = 0.001")),
    "three times": slope("3 * (y_pred - y_true) / np.size(y_true)"),
    "cross-entropy": slope("((1 - y_true) / (1 - y_pred) - y_true / y_pred) / np.size(y_true)"),
    "cross-entropy, clipped": changed(PLAIN, (
        _PRIME, "p = np.clip(y_pred, 1e-7, 1 - 1e-7)\n"
        "    return -(y_true / p - (1 - y_true) / (1 - p)) / y_true.shape[0]")),
    "absolute": slope("np.sign(y_pred - y_true) / y_pred.size"),
    "cubes of three columns": changed(slope(
        "(y_pred - y_true) ** 2 * (y_pred - y_true) / len(y_pred)"), (
            "Dense(16, 1)", "Dense(16, 3)"), (
            "X[:, :1] * X[:, 1:] > 0", "X[:, [0, 1, 0]] > 0.1")),
    "the targets float32": changed(PLAIN, ("astype(float)", "astype(np.float32)")),
    "no error": changed(PLAIN, ("    error = mse(Y, output)\n", ""), (", error)", ")")),
    "gradients kept": changed(
        PLAIN, ("weights_gradient = np", "self.weights_gradient = np"), (
            "* weights_gradient", "* self.weights_gradient")),
    "layers by name": f"{CLASSES}# ADOPT\n{DATA}"
                      "d1, a1, d2 = Dense(2, 16), Tanh(), Dense(16, 1)\n"
                      "for epoch in range(150):\n"
                      "    out = d2.forward(a1.forward(d1.forward(X)))\n"
                      "    grad = mse_prime(Y, out)\n"
                      "    d1.backward(a1.backward(d2.backward(grad, 0.1), 0.1), 0.1)\n"
                      "print(out[:3])\n"}

# name: (program, words of why it is left)
LEFT = {
    "another order": (slope("2 / np.size(y_true) * (y_pred - y_true)"), "no loss goes backward"),
    "whole numbers among floats": (
        slope("np.where(y_pred > y_true, 1, -1) / np.size(y_true)"), "no loss goes backward"),
    "of outputs alone": (slope("2 * y_pred / np.size(y_true)"), "no loss goes backward"),
    "a sum of all": (slope("(y_pred - np.sum(y_true)) / np.size(y_true)"), "no loss goes backward"),
    "not divided": (slope("2 * (y_pred - y_true)"), "no loss goes backward"),
    "by columns": (slope("2 * (y_pred - y_true) / y_true.shape[1]"), "no loss goes backward"),
    "what is given is changed": (
        changed(PLAIN, (_PRIME, "y_pred -= y_true\n    return y_pred")), "something in place"),
    "it prints": (changed(PLAIN, (_PRIME, f"print(end='')\n    {_PRIME}")), "it calls print"),
    "three columns, by all numbers": (changed(PLAIN, ("Dense(16, 1)", "Dense(16, 3)"), (
        "X[:, :1] * X[:, 1:] > 0", "X[:, [0, 1, 0]] > 0.1")), "no loss goes backward"),
    "targets beside all columns": (changed(slope("2 * (y_pred - y_true) / len(y_true)"), (
        "Dense(16, 1)", "Dense(16, 3)")), "like the network's outputs"),
    "targets of whole numbers": (changed(PLAIN, (".astype(float)", ".astype(int)")),
        "no loss goes backward"),
    "the output of the layer before": (changed(PLAIN, (
        FORWARD, f"{FORWARD}    output = network[2].output\n")), "do not go backward once"),
    "losses that are other numbers": (keeping(changed(PLAIN, (
        "return np.mean(np.power(y_true - y_pred, 2))",
        "return np.mean(np.power(y_true - y_pred, 2)) * 2"))), "which fit does not record"),
    "losses of other samples": (changed(keeping(PLAIN), (
        "error = mse(Y, output)", "error = mse(Z, output)"), (
        "for epoch", "Z = Y * 0.5\nfor epoch")), "fit does not record"),
    "losses of half a slope": (keeping(slope("(y_pred - y_true) / len(y_true)")), "fit "),
    "a rate that falls": (changed(PLAIN, (GRAD, f"{GRAD}    learning_rate *= 0.999\n")),
        "of the turn before"),
    "rates by layer": (changed(PLAIN, (
        "backward(grad, learning_rate)",
        "backward(grad, 0.5 if layer is network[0] else 0.25)")), "at one rate"),
    "a rate of NumPy's": (changed(PLAIN, ("learning_rate = 0.5",
                                          "learning_rate = np.float64(0.5)")),
        "is not given a rate"),
    "a rate below 0": (changed(PLAIN, ("learning_rate = 0.5", "learning_rate = -0.5")),
        "at one rate"),
    **{f"{name} that two layers have": (changed(PLAIN, (
        "Dense(2, 16), Tanh(), Dense(16, 1)",
        "Dense(2, 2), Tanh(), Dense(2, 2), Tanh(), Dense(2, 1)"), (
        "for epoch", f"network[2].{name} = network[0].{name}\nfor epoch")), "in the same memory")
        for name in ("weights", "bias")},
    "a step more": (changed(PLAIN, (
        BACK, f"{BACK}    network[0].backward(output * network[2].input, 0.5)\n")), "once each"),
    "only the last goes back": (changed(PLAIN, ("reversed(network)", "reversed(network[2:])")),
        "once each"),
    "forward once more within": (changed(PLAIN, (
        "        grad = layer", "        layer.forward(layer.input)\n        grad = layer")),
        "goes forward twice"),
    "the slope of the weights behind the step": (changed(PLAIN, (
        "        input_gradient = np.dot(output_gradient, self.weights.T)\n", ""), (
        "return input_gradient", "return np.dot(output_gradient, self.weights.T)")),
        "Dense is not adopted"),
}


def midway(change: str, source: str = PLAIN) -> str:
    """Something is changed after 60 turns of 150."""
    lines = "".join(f"        {line}\n" for line in change.splitlines())
    return changed(source, (PRINT, f"    if epoch == 60:\n{lines}{PRINT}"))


MIDWAY = {
    "another slope": midway("mse_prime = lambda y, p: 3 * (p - y) / y.size"),
    "the slope's code": midway(
        "mse_prime.__code__ = (lambda y, p: 3 * (p - y) / y.size).__code__"),
    "the slope's NumPy": midway("np.size = lambda y: 7", changed(
        PLAIN, ("import numpy as np\n", "import numpy as np\nsize = np.size\n")
    ) + "np.size = size\n"),
    "the rate": midway("learning_rate = 0.25"),
    "a layer's function": midway("network[1].activation = lambda x: 2 * x"),
    "what it calls": midway("network[3].activation_prime.__closure__[0].cell_contents.__code__ = "
                            "(lambda x: x * x).__code__"),
    "a layer's weights": midway("network[0].weights = network[0].weights * 0.5"),
    "a bias that another layer has": midway("network[2].bias = network[0].bias[:, :1]"),
    "the way back of a layer": midway(
        "network[2].backward = lambda g, r: np.dot(g, network[2].weights.T)"),
    "the targets": midway("Y = 1 - Y"), "the targets in place": midway("Y *= 0.5"),
    "the class": midway("Dense.backward = lambda self, g, r: np.dot(g, self.weights.T)")}
