"""A loop that touches every class, with layers and activations of somebody's own to put into it."""

from typing import Any

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from programs import arrays_of
from rosters import PLAIN, names_of

from fastnn import reference

OPTIMIZERS = {
    "SGD": ("SGD", {"learning_rate": 0.1}),
    **{name: (name, {"learning_rate": 0.02, "decay": 1e-3})
       for name in names_of("optimizer", "Optimizer_")},
    "SGD, momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "decay": 1e-3}),
    "Adagrad": ("Adagrad", {"learning_rate": 0.05, "decay": 1e-3}),
    "RMSprop": ("RMSprop", {"decay": 1e-3}),
    "AdamW": ("AdamW", {"learning_rate": 0.02, "decay": 1e-3, "weight_decay": 0.1}),
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
ENDS = ["combined", "crossentropy", "binary", "squared", "absolute", "huber"]


class Loop:
    """A hand-written training loop through every layer and activation, with one of five ends."""

    def __init__(self, nn: Any, optimizer: str = "Adam", end: str = "combined", size: int = 16):
        nn = PLAIN if nn is reference else nn
        np.random.seed(0)
        self.X, y = spiral_data(samples=12, classes=3)
        self.chain = [
            nn.Layer_Dense(2, size, weight_regularizer_l2=5e-4, bias_regularizer_l1=5e-4),
            nn.Activation_ReLU(), nn.Layer_Dense(size, 9, weight_scale=0.5), nn.Activation_Tanh(),
            nn.Layer_Dense(9, size), nn.Activation_LeakyReLU(0.1), nn.Layer_Dropout(0.2),
            nn.Layer_Dense(size, 3, weight_scale=0.5),
        ]
        self.y, onehot = y, np.eye(3)[y]
        if end == "combined":
            self.end = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        elif end == "crossentropy":
            self.chain.append(nn.Activation_Softmax())
            self.end = nn.Loss_CategoricalCrossentropy()
        elif end == "binary":
            self.chain.append(nn.Activation_Sigmoid())
            self.end, self.y = nn.Loss_BinaryCrossentropy(), onehot
        else:
            self.chain.append(nn.Activation_Linear())
            name = {"squared": "MeanSquaredError", "absolute": "MeanAbsoluteError",
                    "huber": "Huber"}[end]
            self.end, self.y = getattr(nn, f"Loss_{name}")(), onehot
        kind, settings = OPTIMIZERS[optimizer]
        self.optimizer = getattr(nn, f"Optimizer_{kind}")(**settings)
        self.dense = [layer for layer in self.chain if hasattr(layer, "weights")]
        self.losses: list[Any] = []

    def forward(self) -> Any:
        output = self.X
        for one in self.chain:
            one.forward(output)
            output = one.output
        if hasattr(self.end, "activation"):
            self.losses.append(self.end.forward(output, self.y))
            return self.end.output
        self.losses.append(self.end.calculate(output, self.y))
        return output

    def backward(self, output: Any) -> None:
        self.end.backward(output, self.y)
        dvalues = self.end.dinputs
        for one in reversed(self.chain):
            one.backward(dvalues)
            dvalues = one.dinputs

    def update(self) -> None:
        self.optimizer.pre_update_params()
        for layer in self.dense:
            self.optimizer.update_params(layer)
        self.optimizer.post_update_params()

    def steps(self, count: int) -> "Loop":
        for _ in range(count):
            self.backward(self.forward())
            self.update()
        return self


def left(loop: Loop) -> dict[str, np.ndarray]:
    return arrays_of({"loop": loop})


class Sign:
    """An optimizer of the user's."""

    def __init__(self):
        self.current_learning_rate = 0.01

    def pre_update_params(self):
        self.current_learning_rate *= 0.9

    def update_params(self, layer):
        layer.weights -= self.current_learning_rate * np.sign(layer.dweights)
        layer.biases = layer.biases - self.current_learning_rate * np.sign(layer.dbiases)

    def post_update_params(self):
        pass


class Scale:
    """A trainable layer of the user's: every column by a factor of its own. No `__dict__`."""

    __slots__ = ("weights", "biases", "dweights", "dbiases", "inputs", "output", "dinputs",
                 "weight_momentums", "bias_momentums", "weight_cache", "bias_cache",
                 "prev", "next")

    def __init__(self, columns):
        self.weights = np.ones((1, columns), "f4")
        self.biases = np.zeros((1, columns))

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = inputs * self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.sum(dvalues * self.inputs, axis=0, keepdims=True)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = dvalues * self.weights

    def get_parameters(self):
        return self.weights, self.biases


class Transposed:
    """An activation of the user's that leaves arrays with columns first."""

    def forward(self, inputs, training=True):
        self.output = np.tanh(inputs.T).T

    def backward(self, dvalues):
        self.dinputs = (dvalues.T * (1 - self.output.T**2)).T

    def predictions(self, outputs):
        return outputs


FOREIGN = {"optimizer": ("optimizer",), "layer": ("layer",), "activation": ("activation",),
           "all": ("optimizer", "layer", "activation")}


def model(nn: Any, model_of: Any, own: tuple[str, ...] = (), lines: str = "steps") -> Any:
    """The loop's network as a Model, perhaps with classes of the user's."""
    loop, made = Loop(nn, "Adam", "crossentropy"), model_of.Model(lines=lines)
    if "activation" in own:
        loop.chain.insert(2, Transposed())
    if "layer" in own:
        loop.chain.insert(2, Scale(loop.dense[0].weights.shape[1]))
    for one in loop.chain:
        made.add(one)
    made.set(loss=loop.end, accuracy=nn.Accuracy_Categorical(),
             optimizer=Sign() if "optimizer" in own else loop.optimizer)
    made.finalize()
    np.random.seed(1)
    made.train(loop.X, loop.y, epochs=3, batch_size=10, validation_data=(loop.X, loop.y))
    return made
