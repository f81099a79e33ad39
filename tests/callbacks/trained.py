"""A small training for the tests of callbacks, the same each time it is made."""

import numpy as np
from nnfs.datasets import spiral_data

import fastnn
from fastnn.files import checkpoint  # noqa: F401  (what the tests look into)

OPTIMIZERS = {
    "SGD": lambda: fastnn.Optimizer_SGD(0.5, decay=1e-3),
    "momentum": lambda: fastnn.Optimizer_SGD(0.1, momentum=0.9),
    "Adagrad": lambda: fastnn.Optimizer_Adagrad(0.1, decay=1e-4),
    "RMSprop": lambda: fastnn.Optimizer_RMSprop(0.01, rho=0.99),
    "Adam": lambda: fastnn.Optimizer_Adam(0.02, decay=1e-4),
    "AdamW": lambda: fastnn.Optimizer_AdamW(0.02),
    "Nadam": lambda: fastnn.Optimizer_Nadam(0.02),
}


def data():
    before = np.random.get_state()
    np.random.seed(5)
    X, y = spiral_data(samples=30, classes=3)
    np.random.set_state(before)
    return X.astype("f4"), y


def parts(optimizer="Adam", dropout=0.0, norm=False):
    """Layers, loss and optimizer."""
    rng = np.random.RandomState(1)
    layers = []
    for I, O in ((2, 16), (16, 3)):
        layer = fastnn.Layer_Dense(I, O, weight_regularizer_l2=1e-4)
        layer.weights = (rng.randn(I, O) * 0.3).astype("f4")
        layers.append(layer)
    chain = [layers[0], fastnn.Activation_ReLU(), layers[1]]
    if dropout:
        chain.insert(2, fastnn.Layer_Dropout(dropout))
    if norm:
        chain.insert(1, fastnn.Layer_BatchNorm(16))
    loss = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    return chain, loss, OPTIMIZERS[optimizer]()


def left(layers, optimizer):
    """All arrays and counters that a training leaves."""
    found = {}
    for n, thing in enumerate([*layers, optimizer]):
        for name, value in sorted(vars(thing).items()):
            if isinstance(value, np.ndarray | np.generic | int | float):
                found[f"{n}.{name}"] = np.array(value)
    return found


def assert_equal(one, other):
    assert list(one) == list(other)
    for name in one:
        assert np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f"), name
