"""Networks for the tests of exports, and what they predict."""

import numpy as np

import fastnn
from fastnn import Layer_BatchNorm, Layer_Dense, Layer_Dropout

ARRAYS = "weights", "biases", "running_mean", "running_variance"


def moved(layers, dtype="f4", seed=0):
    """The layers with numbers all over that are worth comparing, in this type."""
    rng = np.random.default_rng(seed)
    for layer in layers:
        for name in ARRAYS:
            if hasattr(layer, name):
                shape = getattr(layer, name).shape
                low = 0.5 if name == "running_variance" else -1
                setattr(layer, name, rng.uniform(low, 1.5, shape).astype(dtype))
    return layers


def network(activation=None, dtype="f4"):
    """5-7-4-3 with all kinds of layers."""
    activation = fastnn.Activation_ReLU() if activation is None else activation
    return moved([Layer_Dense(5, 7), Layer_BatchNorm(7, epsilon=1e-3), activation,
                  Layer_Dropout(0.3), Layer_Dense(7, 4), fastnn.Activation_Tanh(),
                  Layer_Dense(4, 3), fastnn.Activation_Softmax()], dtype)


def model_of(layers):
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    return model


def samples(dtype="f4", N=9, I=5):
    return (3 * np.random.default_rng(1).normal(size=(N, I))).astype(dtype)


def outputs(layers, X):
    """What the layers predict."""
    for layer in layers:
        layer.forward(X, training=False)
        X = layer.output
    return X


def held(layers):
    """Copies of all arrays and settings."""
    return [{name: np.copy(value) for name, value in vars(layer).items()
             if isinstance(value, np.ndarray | int | float)} for layer in layers]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert a.keys() == b.keys()
        for name in a:
            assert a[name].dtype == b[name].dtype and np.array_equal(a[name], b[name]), name
