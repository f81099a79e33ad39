"""Small networks, and their training alone and over ranks."""

from typing import Any

import numpy as np
from comms import succeed

import fastnn
from fastnn.mpi import rows


def net(dtype: str = "float64", samples: int = 96, loss: str = "combined", norm: bool = False,
        dropout: float = 0.0, optimizer: str = "Adam", hidden: int = 16,
        **penalties: float) -> tuple[Any, ...]:
    """Layers, loss, optimizer, X, y, the same in each call."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(samples, 2)).astype(dtype)
    labels = rng.integers(0, 3, samples)
    outputs = 1 if loss == "squared" else 3
    layers: list[Any] = [fastnn.Layer_Dense(2, hidden, **penalties), fastnn.Activation_ReLU(),
                         fastnn.Layer_Dense(hidden, outputs)]
    for layer in layers[::2]:
        layer.weights = rng.normal(size=layer.weights.shape).astype(dtype)
        layer.biases = layer.biases.astype(dtype)
    if norm:
        layers.insert(1, fastnn.Layer_BatchNorm(hidden))
    if dropout:
        layers.insert(2, fastnn.Layer_Dropout(dropout))
    y = labels
    made: Any = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    if loss == "squared":
        layers.append(fastnn.Activation_Linear())
        made, y = fastnn.Loss_MeanSquaredError(), rng.normal(size=(samples, 1)).astype(dtype)
    kind = getattr(fastnn, f"Optimizer_{optimizer}")
    return layers, made, kind(0.02, decay=1e-3), X, y


def state(layers: list[Any], optimizer: Any) -> list[Any]:
    """All that a training changes and keeps."""
    found = [value for layer in layers for name, value in sorted(vars(layer).items())
             if isinstance(value, np.ndarray) and name.startswith(("weight", "bias"))]
    return [*found, np.array([optimizer.iterations, optimizer.current_learning_rate])]


Trained = tuple[list[Any], Any, list[Any]]


def train(comm: Any = None, batch_size: int | None = None, made: dict[str, Any] | None = None,
          regression: bool = False, precision: float | None = None, **options: Any) -> Trained:
    """(state, History, layers) of a training, of this rank's rows where there is a comm."""
    made = dict(made or {})
    if regression:
        made["loss"] = "squared"
        options["accuracy"] = fastnn.Accuracy_Regression()
        options["accuracy"].precision = precision
    layers, loss, optimizer, X, y = net(**made)
    if comm is not None:
        mine = rows(len(X), comm.Get_rank(), comm.Get_size(), batch_size)
        X, y = X[mine], y[mine]
    options = {"epochs": 6} | options
    history = fastnn.fit(layers, loss, optimizer, X, y, batch_size=batch_size, comm=comm, **options)
    return state(layers, optimizer), history, layers


def over(size: int, **options: Any) -> list[Trained]:
    """`train` on so many ranks."""
    return succeed(size, lambda comm: train(comm, **options))


def assert_close(got: list[Any], expected: list[Any], tolerance: float = 1e-12) -> None:
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def assert_equal(got: list[Any], expected: list[Any]) -> None:
    assert len(got) == len(expected)
    for one, other in zip(got, expected):
        assert one.dtype == other.dtype and np.array_equal(one, other)
