"""A workload's objects, with the classes of fastnn or of the reference."""

import copy
from types import ModuleType
from typing import Any

import numpy as np
from nnfs.datasets import sine_data, spiral_data

from fastnn.bench.workloads import Workload

STATE = ("weights", "biases", "weight_momentums", "bias_momentums", "weight_cache", "bias_cache")


class Network:
    """Layers, loss, optimizer and data; two of one workload start with the same numbers."""

    def __init__(self, workload: Workload, nn: ModuleType):
        np.random.seed(0)
        self.X, self.y = _DATA[workload.problem](workload)
        self.batch_size = workload.batch_size or workload.samples
        self.regression = self.y.ndim == 2  # else classes
        self.hidden = workload.hidden
        self.layers: list[Any] = []
        for I, O in zip(workload.widths, workload.widths[1:], strict=False):
            dense = nn.Layer_Dense(I, O, weight_scale=workload.weight_scale)
            self.layers += [dense, getattr(nn, f"Activation_{self.hidden}")()]
        self.layers.pop()
        if self.regression:
            self.layers.append(nn.Activation_Linear())
            self.loss = nn.Loss_MeanSquaredError()
            self.accuracy = nn.Accuracy_Regression()
        else:
            self.loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
            self.accuracy = nn.Accuracy_Categorical()
        name, settings = workload.optimizer
        self.optimizer = getattr(nn, name)(**settings)

    @property
    def dense(self) -> list[Any]:
        """The layers with parameters."""
        return [layer for layer in self.layers if hasattr(layer, "weights")]

    def first_batch(self) -> "Network":
        """The same objects, with the samples of the first batch only."""
        cut = copy.copy(self)
        cut.X, cut.y = self.X[:self.batch_size], self.y[:self.batch_size]
        return cut

    def state(self) -> tuple[list[dict[str, np.ndarray]], int]:
        """A copy of all that training moves on: parameters, the optimizer's memory and count."""
        return [{name: vars(layer)[name].copy() for name in STATE if name in vars(layer)}
                for layer in self.dense], self.optimizer.iterations

    def restore(self, state: tuple[list[dict[str, np.ndarray]], int]) -> None:
        """Go back, or on, to a state that was taken from this network or from its twin.

        Arrays stay where they are in memory: their place is part of what is timed.
        """
        arrays, self.optimizer.iterations = state
        for layer, saved in zip(self.dense, arrays, strict=True):
            for name in STATE:
                if name not in saved:
                    vars(layer).pop(name, None)
                elif name in vars(layer):
                    vars(layer)[name][...] = saved[name]
                else:
                    setattr(layer, name, saved[name].copy())


def _spiral(workload):
    return spiral_data(samples=workload.samples // 3, classes=3)


def _sine(workload):
    X, y = sine_data(samples=workload.samples)
    kind = np.zeros(1).dtype
    return X.astype(kind), y.astype(kind)


def _noise(workload):
    """Samples in [-1, 1] like the book's scaled pictures, and classes that say nothing."""
    generator = np.random.default_rng(0)
    X = generator.uniform(-1, 1, (workload.samples, workload.widths[0]))
    return X.astype(np.zeros(1).dtype), generator.integers(0, workload.widths[-1], workload.samples)


def _exponential(workload):
    """Random matrices of 2 by 2 and their exponentials."""
    from scipy.linalg import expm  # not above: whole processes are timed that import this file
    X = np.random.default_rng(0).standard_normal((workload.samples, 4))
    return X.astype(np.float32), expm(X.reshape(-1, 2, 2)).reshape(-1, 4).astype(np.float32)


def _xor(workload):
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    return X, np.array([[0], [1], [1], [0]], np.float32)


_DATA = {"spiral": _spiral, "sine": _sine, "noise": _noise, "exponential": _exponential,
         "xor": _xor}
