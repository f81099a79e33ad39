"""Builders for the tests of `fastnn.sweep`, which workers of a cluster import, and comparisons."""

from typing import Any

import numpy as np

import fastnn
from fastnn.callbacks import EarlyStopping

rng = np.random.default_rng(5)
X = rng.normal(size=(60, 2)).astype(np.float32)
Y = rng.integers(0, 3, 60)
TARGETS = rng.normal(size=(60, 1)).astype(np.float32)
GRID = {"hidden": [5, 8], "rate": [0.01, 0.05]}


def plain(hidden: int = 6, rate: float = 0.05) -> Any:
    return ([fastnn.Layer_Dense(2, hidden), fastnn.Activation_ReLU(),
             fastnn.Layer_Dense(hidden, 3)],
            fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
            fastnn.Optimizer_Adam(learning_rate=rate, decay=1e-4))


def dropping(hidden: int = 6, rate: float = 0.05) -> Any:
    layers, *others = plain(hidden, rate)
    layers.insert(2, fastnn.Layer_Dropout(0.2))
    return layers, *others


class Noisy:
    """A layer of somebody's own that draws from NumPy's global random numbers."""

    def forward(self, inputs: Any) -> None:
        self.output = inputs + 0.01 * np.random.normal(size=inputs.shape).astype(inputs.dtype)

    def backward(self, dvalues: Any) -> None:
        self.dinputs = dvalues


def foreign(hidden: int = 6, rate: float = 0.05) -> Any:
    layers, *others = dropping(hidden, rate)
    layers.insert(0, Noisy())
    return layers, *others


def drawing(hidden: int = 6, rate: float = 0.05) -> Any:
    """Its callback changes the rate by chance."""
    layers, loss, optimizer = dropping(hidden, rate)

    def callback(row: Any) -> None:
        optimizer.learning_rate = np.random.uniform(0.01, 0.02)
    return {"layers": layers, "loss": loss, "optimizer": optimizer, "callback": callback}


def stopping(hidden: int = 6, rate: float = 0.05) -> Any:
    layers, loss, optimizer = dropping(hidden, rate)
    return {"layers": layers, "loss": loss, "optimizer": optimizer, "batch_size": 16,
            "callback": [EarlyStopping(monitor="loss", patience=3)]}


def model(hidden: int = 6, rate: float = 0.05, kind: Any = fastnn.Model) -> Any:
    layers, _, optimizer = plain(hidden, rate)
    made = kind()
    for layer in [*layers, fastnn.Activation_Softmax()]:
        made.add(layer)
    made.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=optimizer,
             accuracy=fastnn.Accuracy_Categorical())
    return made


def regression(hidden: int = 6, rate: float = 0.05) -> Any:
    layers, _, optimizer = plain(hidden, rate)
    return ([*layers[:2], fastnn.Layer_Dense(hidden, 1), fastnn.Activation_Linear()],
            fastnn.Loss_MeanSquaredError(), optimizer, fastnn.Accuracy_Regression())


BUILDERS = [plain, dropping, foreign, drawing, stopping, model, regression]


def data(builder: Any) -> tuple[Any, Any]:
    return X, TARGETS if builder is regression else Y


def bits(found: Any) -> list[bytes | None]:
    """Of each training all rows of its History."""
    return [None if one is None else one.table().tobytes() for one in found.histories]


def layers_of(network: Any) -> list[Any]:
    if isinstance(network, dict):
        return network["layers"]
    return network.layers if isinstance(network, fastnn.Model) else network[0]


def weights(found: Any) -> list[list[bytes] | None]:
    """Of each network that was kept all parameters, and what Adam knows of them."""
    return [None if one.network is None else [
        vars(layer)[name].tobytes() for layer in layers_of(one.network)
        for name in ("weights", "biases", "weight_momentums", "bias_cache") if name in vars(layer)]
        for one in found]
