"""One primitive of the object layer, ready to be called: `make(nn, draw, size)` for each of them.

`nn` is fastnn or the reference; what comes back is the object and the call that is timed. Two
sides that are made with equal `draw`s hold the same numbers.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn.bench.comparing import arrays_of


class Size(NamedTuple):
    """N samples, I inputs, O outputs, neurons or classes."""

    N: int
    I: int
    O: int


class Side(NamedTuple):
    """What is called, and the object on which the call leaves its results."""

    thing: Any
    call: Callable[[], Any]


Make = Callable[[Any, "Draw", Size], Side]


class Draw:
    """Arrays of random numbers of one type; two give the same ones, and NumPy's own stream too."""

    def __init__(self, dtype: type):
        np.random.seed(0)
        self.dtype, self.generator = dtype, np.random.default_rng(0)

    def normal(self, *shape: int) -> np.ndarray:
        """Standard normal numbers."""
        return self.generator.standard_normal(shape, self.dtype)

    def shares(self, *shape: int) -> np.ndarray:
        """Numbers from 0.01 to 0.99."""
        return self.generator.uniform(0.01, 0.99, shape).astype(self.dtype)

    def labels(self, N: int, C: int) -> np.ndarray:
        """Class indices (N,)."""
        return self.generator.integers(0, C, N)


def left_behind(side: Side) -> dict[str, np.ndarray]:
    """Every array and number on the object, and what the call gives back."""
    np.random.seed(0)
    result = side.call()
    return arrays_of({"it": side.thing, "result": result})


def dense(backward: bool) -> Make:
    """The dense layer."""
    def make(nn, draw, size):
        N, I, O = size
        layer = nn.Layer_Dense(I, O)
        layer.weights, layer.biases = draw.normal(I, O), draw.normal(1, O)
        inputs, dvalues = draw.normal(N, I), draw.normal(N, O)
        layer.forward(inputs)
        return Side(layer, (lambda: layer.backward(dvalues)) if backward
                    else lambda: layer.forward(inputs))
    return make


def one(name: str, backward: bool, **options: Any) -> Make:
    """A layer without parameters, or an activation."""
    def make(nn, draw, size):
        layer = getattr(nn, name)(**options)
        inputs, dvalues = draw.normal(size.N, size.O), draw.normal(size.N, size.O)
        layer.forward(inputs)
        return Side(layer, (lambda: layer.backward(dvalues)) if backward
                    else lambda: layer.forward(inputs))
    return make


def pointwise(name: str, backward: bool) -> Make:
    """A loss of predictions and targets of one shape, all between 0 and 1."""
    def make(nn, draw, size):
        loss = getattr(nn, name)()
        p, y = draw.shares(size.N, size.O), draw.shares(size.N, size.O)
        return Side(loss, (lambda: loss.backward(p, y)) if backward else lambda: loss.forward(p, y))
    return make


def batch_norm(backward: bool) -> Make:
    """Batch normalization."""
    def make(nn, draw, size):
        layer = nn.Layer_BatchNorm(size.O)
        layer.weights, layer.biases = draw.normal(1, size.O), draw.normal(1, size.O)
        inputs, dvalues = draw.normal(size.N, size.O), draw.normal(size.N, size.O)
        layer.forward(inputs)
        return Side(layer, (lambda: layer.backward(dvalues)) if backward
                    else lambda: layer.forward(inputs))
    return make


def crossentropy(backward: bool, onehot: bool, **options: float) -> Make:
    """Categorical cross-entropy of probabilities, and of class indices or one-hot targets."""
    def make(nn, draw, size):
        loss = nn.Loss_CategoricalCrossentropy(**options)
        p, y = draw.shares(size.N, size.O), draw.labels(size.N, size.O)
        if onehot:
            y = np.eye(size.O, dtype=draw.dtype)[y]
        return Side(loss, (lambda: loss.backward(p, y)) if backward else lambda: loss.forward(p, y))
    return make


def combined(backward: bool, **options: float) -> Make:
    """Softmax and cross-entropy in one."""
    def make(nn, draw, size):
        both = nn.Activation_Softmax_Loss_CategoricalCrossentropy(**options)
        z, y = draw.normal(size.N, size.O), draw.labels(size.N, size.O)
        both.forward(z, y)
        p = both.output

        def forward():
            both.loss.new_pass()  # or the sums grow from call to call
            return both.forward(z, y)
        return Side(both, (lambda: both.backward(p, y)) if backward else forward)
    return make


def update(name: str, **options: float) -> Make:
    """An optimizer's update of a dense layer (I, O) with its first step behind it."""
    def make(nn, draw, size):
        layer = nn.Layer_Dense(size.I, size.O)
        for parameter in ("weights", "biases"):
            shape = getattr(layer, parameter).shape
            setattr(layer, parameter, draw.normal(*shape))
            setattr(layer, f"d{parameter}", draw.normal(*shape))
        optimizer = getattr(nn, name)(**options)
        optimizer.update_params(layer)
        return Side(layer, lambda: optimizer.update_params(layer))
    return make
