"""Every class against the reference, one step of each: the same arrays, of the same types.

Under `nnfs.init()` all is equal in every bit, but for the elements of a product: there NumPy's own
order of summation depends on the BLAS it was built with, and about one element in 20 million falls
on the other side of a rounding to float32.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from programs import Objects, arrays_of, assert_same

import fastnn
from fastnn import reference, set_dot_precision

# N samples, I inputs, O outputs. The last ones pass the border beyond which BLAS multiplies.
SIZES = [
    (1, 1, 1), (1, 2, 64), (1, 300, 3), (2, 1, 1), (3, 1, 5), (7, 5, 3), (8, 8, 8), (13, 17, 9),
    (31, 3, 129), (64, 64, 64), (100, 2, 300), (128, 300, 7), (129, 33, 65), (257, 128, 16),
    (300, 2, 64), (300, 64, 3), (1000, 1, 64), (1000, 64, 1), (999, 7, 2), (500, 150, 150),
    (1000, 120, 101), (1000, 300, 300),
]
FLOATS = [(a, b) for a in ("f4", "f8") for b in ("f4", "f8")]
TARGETS = [(a, b) for a in ("f4", "f8") for b in ("f4", "f8", "i8", "u1")]


def normal(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Random numbers, some of them 0, in type `kind`; 0 and 1 where that is a type of integers."""
    if np.dtype(kind).kind in "iu":
        return rng.integers(0, 2, shape).astype(kind)
    return (rng.normal(scale=2, size=shape) * (rng.random(shape) > 0.05)).astype(kind)


# ------------------------------------------------------------------------------ one step of each


def dense(nn: Any, rng: np.random.Generator, size: Any, kinds: Any, **regularizers: float) -> Objects:
    N, I, O = size  # noqa: E741
    layer = nn.Layer_Dense(I, O, **regularizers)
    layer.biases = normal(rng, (1, O), layer.biases.dtype)
    layer.forward(normal(rng, (N, I), kinds[0]))
    layer.backward(normal(rng, (N, O), kinds[1]))
    return {"layer": layer}


def penalised(nn: Any, rng: np.random.Generator, size: Any, kinds: Any) -> Objects:
    made = dense(nn, rng, size, kinds, weight_regularizer_l1=1e-3, weight_regularizer_l2=5e-4,
                 bias_regularizer_l1=2e-3, bias_regularizer_l2=3e-4)
    loss = nn.Loss_MeanSquaredError()
    loss.remember_trainable_layers([made["layer"]])
    return made | {"penalty": loss.regularization_loss(made["layer"]),
                   "penalties": loss.regularization_loss()}


def dropout(nn: Any, rng: np.random.Generator, size: Any, kinds: Any) -> Objects:
    N, _, O = size
    layer, other = nn.Layer_Dropout(rng.choice([0, 0.1, 0.5, 0.8]).item()), nn.Layer_Dropout(0.3)
    layer.forward(normal(rng, (N, O), kinds[0]), training=True)
    layer.backward(normal(rng, (N, O), kinds[1]))
    other.forward(normal(rng, (N, O), kinds[0]), training=False)
    return {"layer": layer, "other": other, "random state": np.random.get_state()[1:3]}


def activation(name: str, **options: float) -> Callable[..., Objects]:
    def step(nn, rng, size, kinds):
        one = getattr(nn, f"Activation_{name}")(**options)
        shape = size[0], size[2]
        one.forward(normal(rng, shape, kinds[0]))
        one.backward(normal(rng, shape, kinds[1]))
        return {"activation": one, "predictions": one.predictions(one.output)}
    return step


def probabilities(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Random numbers from 0 to 1, the ends included."""
    return np.clip(rng.uniform(-0.1, 1.1, shape), 0, 1).astype(kind)


def pointwise(name: str, **options: bool) -> Callable[..., Objects]:
    def step(nn, rng, size, kinds):
        loss, shape = getattr(nn, f"Loss_{name}")(**options), (size[0], size[2])
        binary = name == "BinaryCrossentropy"
        p = (probabilities if binary else normal)(rng, shape, kinds[0])
        y = (probabilities if binary and kinds[1] in ("f4", "f8") else normal)(rng, shape, kinds[1])
        loss.backward(p, y)
        means = [loss.calculate(p, y), *loss.calculate(p[:1], y[:1], include_regularization=True)]
        return {"loss": loss, "samples": loss.forward(p, y), "means": means,
                "pass": loss.calculate_accumulated()}
    return step


def classes(rng: np.random.Generator, size: Any, kind: str, onehot: bool) -> np.ndarray:
    """Class indices (N,) in type `kind`, or one-hot (N, C)."""
    labels = rng.integers(0, min(size[2], 256), size[0])
    return np.eye(size[2], dtype=kind)[labels] if onehot else labels.astype(kind)


def crossentropy(onehot: bool) -> Callable[..., Objects]:
    def step(nn, rng, size, kinds):
        shape = size[0], size[2]
        loss, y = nn.Loss_CategoricalCrossentropy(), classes(rng, size, kinds[1], onehot)
        p = probabilities(rng, shape, kinds[0])
        loss.backward(np.maximum(p, p.dtype.type(1e-3)), y)
        combined = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        mean = combined.forward(normal(rng, shape, kinds[0]), y)
        combined.backward(combined.output, y)
        right = nn.Accuracy_Categorical()
        share = right.calculate(np.argmax(combined.output, axis=1), y)
        return {"loss": loss, "samples": loss.forward(p, y), "means": [mean, loss.calculate(p, y)],
                "combined": combined, "share": share, "right": right}
    return step


def accuracies(nn: Any, rng: np.random.Generator, size: Any, kinds: Any) -> Objects:
    shape = size[0], size[2]
    binary, near = nn.Accuracy_Categorical(binary=True), nn.Accuracy_Regression()
    y = normal(rng, shape, kinds[1])
    near.init(y)
    binary.init(y)
    shares = [binary.calculate(normal(rng, shape, "i8"), y), binary.calculate_accumulated(),
              near.calculate(y + y.dtype.type(1e-2) * normal(rng, shape, kinds[0]), y)]
    return {"binary": binary, "near": near, "shares": shares}


STEPS: dict[str, tuple[Callable[..., Objects], list[tuple[str, str]]]] = {
    "dense": (dense, FLOATS),
    "dense, regularizers": (penalised, FLOATS),
    "dropout": (dropout, FLOATS),
    "relu": (activation("ReLU"), FLOATS),
    "leaky relu": (activation("LeakyReLU", alpha=0.03), FLOATS),
    "softmax": (activation("Softmax"), FLOATS),
    "sigmoid": (activation("Sigmoid"), FLOATS),
    "tanh": (activation("Tanh"), FLOATS),
    "linear": (activation("Linear"), FLOATS),
    "crossentropy, sparse": (crossentropy(onehot=False), TARGETS[2:4] + TARGETS[6:8]),
    "crossentropy, onehot": (crossentropy(onehot=True), [t for t in TARGETS if t[1] != "u1"]),
    "binary crossentropy": (pointwise("BinaryCrossentropy"), TARGETS),
    "squared error": (pointwise("MeanSquaredError"), TARGETS),
    "absolute error": (pointwise("MeanAbsoluteError"), TARGETS),
    "absolute error, book": (pointwise("MeanAbsoluteError", book_gradient=True), TARGETS),
    "accuracy": (accuracies, TARGETS),
}
# What is a product, or a product and something added: may differ in one last bit in 10^7 elements.
PRODUCTS = {"layer.output", "layer.dweights", "layer.dinputs", "activation.dinputs"}

every_step = pytest.mark.parametrize(("step", "kinds"), STEPS.values(), ids=STEPS)


def both(step: Callable[..., Objects], size: Any, kinds: Any) -> list[dict[str, np.ndarray]]:
    """What the step leaves behind with fastnn's classes and with the reference's."""
    left = []
    for nn in (fastnn, reference):
        np.random.seed(sum(size))
        left.append(arrays_of(step(nn, np.random.default_rng(size), size, kinds)))
    return left


def assert_flips(got: np.ndarray, expected: np.ndarray) -> int:
    """How many elements differ; fails if one does by more than a last bit of the product."""
    differ = got != expected
    bit = np.spacing(np.abs(expected[differ]) + 4)  # 4: the biases added are rarely larger
    assert np.all(np.abs(got[differ] - expected[differ]) <= bit)
    return np.count_nonzero(differ)


@every_step
def test_step_equals_the_reference(book_numpy, step, kinds):
    flips = elements = 0
    for size in SIZES:
        for pair in kinds:
            got, expected = both(step, size, pair)
            for name in PRODUCTS & set(got) & set(expected):
                if got[name].dtype == expected[name].dtype:
                    flips += assert_flips(got[name], expected[name])
                    elements += got[name].size
                    got[name] = expected[name]
            assert_same(got, expected)
    assert flips <= 1 + elements / 1e7, f"{flips} last bits of {elements} elements differ"


# The order of the sums is not NumPy's, and neither are the last bits of float64 exp and log.
TOLERANCE = {np.dtype("f4"): 1e-5, np.dtype("f8"): 1e-12}


def assert_near(got: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """The same names, types and shapes; values within TOLERANCE of the array's largest."""
    for name, array in got.items():
        wanted = expected.get(name, array)
        if array.dtype == wanted.dtype and array.shape == wanted.shape and array.size:
            allowed = TOLERANCE.get(array.dtype, 0) * np.max(np.abs(wanted))
            assert np.all(np.abs(array - wanted) <= allowed), name
            got[name] = wanted
    assert_same(got, expected)


@every_step
def test_step_is_near_the_reference_without_nnfs(step, kinds):
    for size in SIZES:
        for pair in kinds:
            assert_near(*both(step, size, pair))


@every_step
def test_step_is_near_the_reference_in_native_float32(native_numpy, step, kinds):
    for size in SIZES:
        for pair in kinds:
            assert_near(*both(step, size, pair))
