"""Every class against the reference, one step of each: the same arrays, of the same types.

Under `nnfs.init()` all is equal in every bit, but for the elements of a product: there NumPy's own
order of summation depends on the BLAS it was built with, and about one element in 20 million falls
on the other side of a rounding to float32.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import rosters
from drawn import MATRICES, assert_near, normal
from programs import Objects, arrays_of, assert_same

import fastnn
from fastnn import reference

# N samples, I inputs, O outputs. The last ones pass the border beyond which BLAS multiplies.
SIZES = [
    (1, 1, 1), (1, 2, 64), (1, 300, 3), (2, 1, 1), (3, 1, 5), (7, 5, 3), (8, 8, 8), (13, 17, 9),
    (31, 3, 129), (64, 64, 64), (100, 2, 300), (128, 300, 7), (129, 33, 65), (257, 128, 16),
    (300, 2, 64), (300, 64, 3), (1000, 1, 64), (1000, 64, 1), (999, 7, 2), (500, 150, 150),
    (1000, 120, 101), (1000, 300, 300),
]
FLOATS = [(a, b) for a in ("f4", "f8") for b in ("f4", "f8")]
LABELS = [(a, b) for a in ("f4", "f8") for b in ("i8", "u1")]
SIGNED = [(a, b) for a in ("f4", "f8") for b in ("f4", "f8", "i8")]
TARGETS = SIGNED + LABELS[1::2]


# ------------------------------------------------------------------------------ one step of each


def dense(nn: Any, rng: Any, size: Any, kinds: Any, **regularizers: float) -> Objects:
    N, I, O = size  # noqa: E741
    layer = nn.Layer_Dense(I, O, **regularizers)
    layer.biases = normal(rng, (1, O), layer.biases.dtype)
    layer.forward(normal(rng, (N, I), kinds[0]))
    layer.backward(normal(rng, (N, O), kinds[1]))
    return {"layer": layer}


def penalised(nn: Any, rng: Any, size: Any, kinds: Any) -> Objects:
    made = dense(nn, rng, size, kinds, weight_regularizer_l1=1e-3, weight_regularizer_l2=5e-4,
                 bias_regularizer_l1=2e-3, bias_regularizer_l2=3e-4)
    loss = nn.Loss_MeanSquaredError()
    loss.remember_trainable_layers([made["layer"]])
    return made | {"penalty": loss.regularization_loss(made["layer"]),
                   "penalties": loss.regularization_loss()}


def dropout(nn: Any, rng: Any, size: Any, kinds: Any) -> Objects:
    N, _, O = size
    layer, other = nn.Layer_Dropout(rng.choice([0, 0.1, 0.5, 0.8]).item()), nn.Layer_Dropout(0.3)
    layer.forward(normal(rng, (N, O), kinds[0]), training=True)
    layer.backward(normal(rng, (N, O), kinds[1]))
    other.forward(normal(rng, (N, O), kinds[0]), training=False)
    return {"layer": layer, "other": other, "random state": np.random.get_state()[1:3]}


def activation(name: str, **options: float) -> Callable[..., Objects]:
    def step(nn, rng, size, kinds):
        one = getattr(nn, f"Activation_{name}")(**options)
        shape = size[0], min(size[2], 129)  # the reference's softmax makes N matrices (O, O)
        one.forward(normal(rng, shape, kinds[0]))
        one.backward(normal(rng, shape, kinds[1]))
        return {"activation": one, "predictions": one.predictions(one.output)}
    return step


def probabilities(rng: Any, shape: tuple[int, ...], kind: str) -> np.ndarray:
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


def classes(rng: Any, size: Any, kind: str, onehot: bool) -> np.ndarray:
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
        right, targets = nn.Accuracy_Categorical(), y.ravel() if size[2] == 1 else y
        share = right.calculate(np.argmax(combined.output, axis=1), targets)
        return {"loss": loss, "samples": loss.forward(p, y), "means": [mean, loss.calculate(p, y)],
                "combined": combined, "share": share, "right": right}
    return step


def accuracies(nn: Any, rng: Any, size: Any, kinds: Any) -> Objects:
    shape = size[0], size[2]
    binary, near = nn.Accuracy_Categorical(binary=True), nn.Accuracy_Regression()
    y = normal(rng, shape, kinds[1])
    near.init(y)
    binary.init(y)
    shares = [binary.calculate(normal(rng, shape, "i8"), y), binary.calculate_accumulated(),
              near.calculate(y + y.dtype.type(1e-2) * normal(rng, shape, kinds[0]), y)]
    return {"binary": binary, "near": near, "shares": shares}


POINTWISE = {"BinaryCrossentropy": "binary crossentropy", "MeanSquaredError": "squared error",
             "MeanAbsoluteError": "absolute error"}
STEPS: dict[str, tuple[Callable[..., Objects], list[tuple[str, str]], tuple[str, ...]]] = {
    "dense": (dense, FLOATS, MATRICES),
    "dense, regularizers": (penalised, FLOATS, MATRICES),
    "dropout": (dropout, FLOATS, ()),
    **{name.lower(): (activation(name), FLOATS, ())
       for name in rosters.names_of("layer", "Activation_")},
    "leaky relu": (activation("LeakyReLU", alpha=0.03), FLOATS, ()),
    "softmax": (activation("Softmax"), FLOATS, ("activation.dinputs",)),
    "crossentropy, sparse": (crossentropy(onehot=False), LABELS, ()),
    "crossentropy, onehot": (crossentropy(onehot=True), SIGNED, ()),
    **{POINTWISE.get(name, name): (pointwise(name), TARGETS, ()) for name in rosters.pointwise()},
    "absolute error, book": (pointwise("MeanAbsoluteError", book_gradient=True), TARGETS, ()),
    "accuracy": (accuracies, TARGETS, ()),
}

every_step = pytest.mark.parametrize(("step", "kinds", "products"), STEPS.values(), ids=STEPS)


def both(step: Callable[..., Objects], size: Any, kinds: Any) -> list[dict[str, np.ndarray]]:
    """What the step leaves behind with fastnn's classes and with the reference's."""
    left = []
    for nn in (fastnn, rosters.PLAIN):
        np.random.seed(sum(size))
        left.append(arrays_of(step(nn, np.random.default_rng(size), size, kinds)))
    return left


def count_flips(got: np.ndarray, expected: np.ndarray) -> int:
    """How many elements differ; fails where one does by more than a last bit of a product."""
    differ = got != expected
    bit = np.spacing(np.abs(expected[differ]) + 4)  # biases of up to 4 were added
    assert np.all(np.abs(got[differ] - expected[differ]) <= bit)
    return np.count_nonzero(differ)


@every_step
def test_step_equals_the_reference(book_numpy, step, kinds, products):
    flips = elements = 0
    for size in SIZES if products else SIZES[:-2]:
        for pair in kinds:
            got, expected = both(step, size, pair)
            for name in products:
                flips += count_flips(got[name], expected[name])
                elements += got[name].size
                got[name] = expected[name].astype(got[name].dtype)
            assert_same(got, expected)
    # One in 20 million is what to expect; a step makes up to 6 million.
    assert flips <= 1, f"{flips} last bits of {elements} elements differ"


@pytest.mark.parametrize("kind", ["u1", "b1"])
def test_onehot_of_uint8_or_bool_counts_as_float32(book_numpy, kind):
    """The reference, like the book, negates y as it comes: -1 is 255 in uint8, an error in bool."""
    p, y = probabilities(np.random.default_rng(1), (20, 5), "f4") + np.float32(0.1), np.eye(5)[:4]
    y = np.tile(y, (5, 1))
    got, expected = fastnn.Loss_CategoricalCrossentropy(), reference.Loss_CategoricalCrossentropy()
    samples, wanted = got.forward(p, y.astype(kind)), expected.forward(p, y)
    got.backward(p, y.astype(kind))
    expected.backward(p, y)
    assert_same(arrays_of({"loss": got, "samples": samples}),
                arrays_of({"loss": expected, "samples": wanted}))


# ---------------------------------------------------------------- precision of the arrays' own type


@every_step
def test_step_is_near_the_reference_without_nnfs(step, kinds, products):
    """Not equal: products are summed in another order, exp and log are the C library's."""
    for size in SIZES[::3]:
        for pair in kinds:
            assert_near(*both(step, size, pair), 1e-5 if "f4" in pair else 1e-12)


@every_step
def test_step_is_near_the_reference_in_native_float32(native_numpy, step, kinds, products):
    for size in SIZES[1::3]:
        for pair in kinds:
            assert_near(*both(step, size, pair), 1e-5)
