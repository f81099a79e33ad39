"""Programs whose layers are in a list that a loop goes through, forward and back."""

from both_ways import changed

CLASSES = '''\
import numpy as np
from nnfs.datasets import spiral_data


class Layer:
    trainable = False


class Dense(Layer):
    trainable = True

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.1 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
        return self.output

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        return self.dinputs


class ReLU(Layer):
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
        return self.output

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
        return self.dinputs


class SoftmaxLoss:
    def forward(self, inputs, y_true):
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        return np.mean(-np.log(clipped[range(len(clipped)), y_true]))

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples
        return self.dinputs


class SGD:
    def __init__(self, learning_rate=1.0):
        self.learning_rate = learning_rate

    def update(self, layer):
        layer.weights += -self.learning_rate * layer.dweights
        layer.biases += -self.learning_rate * layer.dbiases


# ADOPT
'''

# Objects of the program's own, which are no layers, and have them.
MORE = '''\
class Network:
    def __init__(self, *layers):
        self.layers = layers

    @property
    def trained(self):
        return [layer for layer in self.layers if isinstance(layer, Dense)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def __call__(self, x):
        return self.forward(x)

    def backward(self, grad):
        for layer in self.layers[::-1]:
            grad = layer.backward(grad)
        return grad

    def update(self, optimizer):
        for layer in self.trained:
            optimizer.update(layer)


class Block:
    kind = 'block'

    def __init__(self, n_inputs, n_neurons):
        self.dense, self.act = Dense(n_inputs, n_neurons), ReLU()

    def forward(self, x):
        return self.act.forward(self.dense.forward(x))

    def backward(self, grad):
        return self.dense.backward(self.act.backward(grad))


# ADOPT
'''
WITH_MORE = changed(CLASSES, ("# ADOPT\n", MORE))
STEP = '''\
        return self.dinputs

    def step(self, rate):
        self.weights -= rate * self.dweights
        self.biases -= rate * self.dbiases


class ReLU'''
HANDED_ON = ("    trainable = False\n", "    trainable = False\n\n    def __call__(self, inputs):\n"
                                        "        return self.forward(inputs)\n")
# Of the object: what the optimizer is for.
MARKED = (("        self.biases = np.zeros((1, n_neurons))\n",
           "        self.biases = np.zeros((1, n_neurons))\n        self.has_weights = True\n"),
          ("class ReLU(Layer):\n", "class ReLU(Layer):\n    def __init__(self):\n"
                                   "        self.has_weights = False\n\n"))

LAYERS = "[Dense(2, 16), ReLU(), Dense(16, 3)]"
MAIN = f"""\
X, y = spiral_data(samples=40, classes=3)
network = {LAYERS}
loss_function, optimizer = SoftmaxLoss(), SGD(0.5)
for epoch in range(121):
FORWARD
    loss = loss_function.forward(output, y)
    grad = loss_function.backward(loss_function.output, y)
BACKWARD
UPDATE
    if epoch % 40 == 0:
        print(epoch, loss)
"""
IN = "layer in network"
FORWARD = "    output = X\n    for layer in network:\n        output = layer.forward(output)\n"
BACK = "reversed(network)"
BACKWARD = f"    for layer in {BACK}:\n        grad = layer.backward(grad)\n"
TEST = "hasattr(layer, 'weights')"
UPDATE = (f"    for layer in network:\n        if {TEST}:\n"
          "            optimizer.update(layer)\n")
MEMBERS = ("    output = network.forward(X)\n", "    network.backward(grad)\n",
           "    network.update(optimizer)\n")


def chain(forward: str = FORWARD, backward: str = BACKWARD, update: str = UPDATE,
          classes: str = CLASSES, *pairs: tuple[str, str]) -> str:
    """The program with these three loops."""
    return changed(classes + changed(MAIN, ("FORWARD\n", forward), ("BACKWARD\n", backward),
                                     ("UPDATE\n", update)), *pairs)


def _forward(*pairs: tuple[str, str]) -> str:
    return chain(changed(FORWARD, *pairs))


def _back(how: str, old: str = BACK) -> str:
    return chain(backward=changed(BACKWARD, (old, how)))


def _updated(test: str, classes: str = CLASSES) -> str:
    return chain(update=changed(UPDATE, (TEST, test)), classes=classes)


def _over(layers: str, classes: str = CLASSES) -> str:
    """Whom the optimizer goes over."""
    return chain(update=f"    for layer in {layers}:\n        optimizer.update(layer)\n",
                 classes=classes)


def own(network: str, forward: str = MEMBERS[0], update: str = MEMBERS[2],
        classes: str = WITH_MORE, *pairs: tuple[str, str]) -> str:
    """With an object of the program's own."""
    return chain(forward, MEMBERS[1], update, classes, (LAYERS, network), *pairs)


def _in_a_dict(over: str, back: str) -> str:
    return chain(changed(FORWARD, ("network", over)), changed(BACKWARD, (BACK, back)),
                 changed(UPDATE, ("network", over)), CLASSES, (LAYERS, NAMED))


NAMED = "{'d1': Dense(2, 16), 'relu': ReLU(), 'd2': Dense(16, 3)}"
WHOLE = "Network(Dense(2, 16), ReLU(), Dense(16, 3))"
ABSTRACT = changed(CLASSES, ("class Layer:\n", "from abc import ABC, abstractmethod\n\n\n"
                             "class Layer(ABC):\n    @abstractmethod\n"
                             "    def forward(self, inputs):\n        ...\n\n"))
SILENT = CLASSES.replace("        return self.output\n", "")

CHAINS = {
    "what they give": chain(),
    "what they leave": chain(changed(FORWARD, (
        "output = layer.forward(output)", "layer.forward(output)\n        output = layer.output")),
        changed(BACKWARD, ("grad = layer.backward(grad)",
                           "layer.backward(grad)\n        grad = layer.dinputs")), classes=SILENT),
    "what they leave forward, and give back": chain(changed(FORWARD, (
        "output = layer.forward(output)", "layer.forward(output)\n        output = layer.output"))),
    "a tuple": chain(FORWARD, BACKWARD, UPDATE, CLASSES, (LAYERS, LAYERS[1:-1])),
    "back by a slice": _back("network[::-1]"),
    "back by a list of its own": _back("list(reversed(network))"),
    "counted": _forward(("layer in network", "n, layer in enumerate(network, 1)")),
    "beside numbers": _forward(("layer in network", "layer, n in zip(network, [1, 2, 3])")),
    "by place": _forward(("layer in network", "i in range(len(network))"), (
        "layer.forward", "network[i].forward")),
    "back by place": chain(backward=changed(BACKWARD, (
        f"layer in {BACK}", "i in range(len(network) - 1, -1, -1)"), ("layer.", "network[i]."))),
    "back by places reversed": chain(backward=changed(BACKWARD, (
        f"layer in {BACK}", "i in reversed(range(len(network)))"), ("layer.", "network[i]."))),
    "nested calls": chain("    output = network[2].forward(network[1].forward("
                          "network[0].forward(X)))\n"),
    "a copy": _forward(("in network", "in network[:]")),
    "whose class says": _updated("layer.trainable"),
    "who says": _updated("layer.has_weights", changed(CLASSES, *MARKED)),
    "of a class": _updated("isinstance(layer, Dense)"),
    "the others left out": chain(update="    for layer in network:\n        if not layer.trainable:"
                                 "\n            continue\n        optimizer.update(layer)\n"),
    "until the last": chain(update="    for n, layer in enumerate(network):\n        if n == 3:\n"
                            "            break\n        if n != 1:\n            optimizer.update("
                            "layer)\n        if n == 2:\n            break\n"),
    "each second": _over("network[::2]"),
    "chosen": _over("[one for one in network if isinstance(one, Dense)]"),
    "chosen on the way": _over("(one for one in network if isinstance(one, Dense))"),
    "chosen before": chain(update="    chosen = list(one for one in network if one.trainable)\n"
                           "    for layer in chosen:\n        optimizer.update(layer)\n"),
    "a list of lists": chain(
        changed(FORWARD, ("    for layer in network:\n", "    for part in network:\n"
                          "        for layer in part:\n    ")),
        "    for part in network[::-1]:\n        for layer in reversed(part):\n"
        "            grad = layer.backward(grad)\n",
        "    for part in network:\n        optimizer.update(part[0])\n", CLASSES,
        (LAYERS, "[[Dense(2, 16), ReLU()], [Dense(16, 3)]]")),
    "a dictionary": _in_a_dict("network.values()", "reversed(list(network.values()))"),
    "a dictionary's items": chain(changed(FORWARD, (IN, "name, layer in network.items()")), changed(
        BACKWARD, (BACK, "reversed(network.values())")), (
        "    for name in network.keys():\n        if isinstance(network[name], Dense):\n"
        "            optimizer.update(network[name])\n"), CLASSES, (LAYERS, NAMED)),
    "a sum of their weights": chain(changed(FORWARD, ("    output = X\n", "    size = sum(np.sum("
        "one.weights ** 2) for one in network if one.trainable)\n    output = X\n"))),
    "lists in a list": chain(update=changed(
        UPDATE, ("    for", "    kept[0].append(loss)\n    for")),
                             classes=CLASSES + "kept = [[], []]\n"),
    "called": chain(changed(FORWARD, (".forward", "")), BACKWARD, UPDATE,
                    CLASSES.replace("def forward(", "def __call__("), (
        "loss_function.forward(", "loss_function(")),
    "called, and handed on": chain(changed(FORWARD, (".forward", "")), classes=changed(
        CLASSES, HANDED_ON)),
    "layers that step": chain(update=changed(UPDATE, (TEST, "hasattr(layer, 'step')"), (
        "optimizer.update(layer)", "layer.step(0.5)")), classes=changed(
        CLASSES, ("        return self.dinputs\n\n\nclass ReLU", STEP))),
    "of an abstract class": _updated("isinstance(layer, Dense)", ABSTRACT),
    "a network of an abstract class": own(WHOLE, "    output = network(X)\n", classes=changed(
        WITH_MORE, ("class Network:", "from abc import ABC\n\n\nclass Network(ABC):"))),
    "a network": own(WHOLE),
    "a network that is called": own(WHOLE, "    output = network(X)\n"),
    "layers of a network": own(WHOLE, changed(FORWARD, ("in network", "in network.layers"))),
    "a network in a network": own(
        "Network(Network(Dense(2, 16), ReLU()), Dense(16, 3))", update=(
            "    network.layers[0].update(optimizer)\n    optimizer.update(network.layers[1])\n")),
    "blocks": own("Network(Block(2, 16), Dense(16, 3))", update=(
        "    for one in network.layers:\n"
        "        optimizer.update(one.dense if hasattr(one, 'dense') else one)\n")),
    "chosen by what a network has": own(WHOLE, classes=changed(
        WITH_MORE, ("for layer in self.layers if isinstance(layer, Dense)",
                    "for n, layer in enumerate(self.layers) if n < self.most and n != 1"),
        ("self.layers = layers", "self.layers, self.most = layers, 3"))),
    "blocks, by their class": own("Network(Block(2, 16), Block(16, 3))", update=(
        "    for one in network.layers:\n"
        "        if one.kind == 'block':\n            optimizer.update(one.dense)\n")),
}

TRAINS = """\
class Model:
    def __init__(self):
        self.layers = []
        self.loss_function = SoftmaxLoss()

    def add(self, layer):
        self.layers.append(layer)
        return self

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def train_step(self, x, y, optimizer):
        loss = self.loss_function.forward(self(x), y)
        grad = self.loss_function.backward(self.loss_function.output, y)
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        for layer in [one for one in self.layers if hasattr(one, 'weights')]:
            optimizer.update(layer)
        return loss

    def fit(self, X, y, epochs, optimizer):
        history = []
        for epoch in range(epochs):
            loss = self.train_step(X, y, optimizer)
            history.append(loss)
            if epoch % 40 == 0:
                print(epoch, loss, np.mean(np.argmax(self(X), axis=1) == y))
        return history

    def fit_batches(self, X, y, epochs, optimizer, size=20):
        for epoch in range(epochs):
            total = 0.0
            for start in range(0, len(X), size):
                total += self.train_step(X[start:start + size], y[start:start + size], optimizer)
            if epoch % 40 == 0:
                print(epoch, total)


# ADOPT
X, y = spiral_data(samples=40, classes=3)
model = Model().add(Dense(2, 16)).add(ReLU()).add(Dense(16, 3))
"""
CHAINS |= {
    "a step in one method": changed(CLASSES, ("# ADOPT\n", TRAINS))
    + "history = model.fit(X, y, 121, SGD(0.5))\n",
    "a step of a batch in one method": changed(CLASSES, ("# ADOPT\n", TRAINS))
    + "model.fit_batches(X, y, 121, SGD(0.1))\n",
}
