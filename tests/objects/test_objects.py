"""Every class against the reference, one step of each: the same arrays, of the same types.

Under `nnfs.init()` all is equal in every bit, but for the elements of a product: there NumPy's own
order of summation depends on the BLAS it was built with, and about one element in 20 million falls
on the other side of a rounding to float32.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from programs import Objects, arrays_of, assert_same

import fastnn
from fastnn import reference, set_dot_precision, threads

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


def normal(rng: Any, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Random numbers, some of them 0, in type `kind`; 0 and 1 where that is a type of integers."""
    if np.dtype(kind).kind in "iu":
        return rng.integers(0, 2, shape).astype(kind)
    return (rng.normal(scale=2, size=shape) * (rng.random(shape) > 0.05)).astype(kind)


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


# A step, the types it is tried with, and what it leaves that is a product.
MATRICES = ("layer.output", "layer.dweights", "layer.dinputs")
STEPS: dict[str, tuple[Callable[..., Objects], list[tuple[str, str]], tuple[str, ...]]] = {
    "dense": (dense, FLOATS, MATRICES),
    "dense, regularizers": (penalised, FLOATS, MATRICES),
    "dropout": (dropout, FLOATS, ()),
    "relu": (activation("ReLU"), FLOATS, ()),
    "leaky relu": (activation("LeakyReLU", alpha=0.03), FLOATS, ()),
    "softmax": (activation("Softmax"), FLOATS, ("activation.dinputs",)),
    "sigmoid": (activation("Sigmoid"), FLOATS, ()),
    "tanh": (activation("Tanh"), FLOATS, ()),
    "linear": (activation("Linear"), FLOATS, ()),
    "crossentropy, sparse": (crossentropy(onehot=False), LABELS, ()),
    "crossentropy, onehot": (crossentropy(onehot=True), SIGNED, ()),
    "binary crossentropy": (pointwise("BinaryCrossentropy"), TARGETS, ()),
    "squared error": (pointwise("MeanSquaredError"), TARGETS, ()),
    "absolute error": (pointwise("MeanAbsoluteError"), TARGETS, ()),
    "absolute error, book": (pointwise("MeanAbsoluteError", book_gradient=True), TARGETS, ()),
    "accuracy": (accuracies, TARGETS, ()),
}

every_step = pytest.mark.parametrize(("step", "kinds", "products"), STEPS.values(), ids=STEPS)


def both(step: Callable[..., Objects], size: Any, kinds: Any) -> list[dict[str, np.ndarray]]:
    """What the step leaves behind with fastnn's classes and with the reference's."""
    left = []
    for nn in (fastnn, reference):
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


def assert_near(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], share: float) -> None:
    """The same names, types and shapes; floats within this share of the array's largest."""
    for name, array in got.items():
        wanted = expected.get(name, array)
        if array.dtype == wanted.dtype and array.dtype.kind == "f" and array.shape == wanted.shape:
            allowed = share * np.max(np.abs(wanted))
            assert np.max(np.abs(array - wanted)) <= allowed, name
            got[name] = wanted
    assert_same(got, expected)


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


# -------------------------------------------------------------------------------------- optimizers

OPTIMIZERS: dict[str, tuple[str, dict[str, float]]] = {
    "SGD": ("SGD", {}),
    "SGD, decay": ("SGD", {"learning_rate": 0.3, "decay": 0.1}),
    "SGD, momentum": ("SGD", {"learning_rate": 0.1, "decay": 0.1, "momentum": 0.9}),
    "Adagrad": ("Adagrad", {"learning_rate": 0.1, "decay": 0.1}),
    "RMSprop": ("RMSprop", {"learning_rate": 0.1, "decay": 0.1}),
    "RMSprop, rho": ("RMSprop", {"rho": 0.99, "epsilon": 1e-5}),
    "Adam": ("Adam", {"learning_rate": 0.1, "decay": 0.1}),
    "Adam, betas": ("Adam", {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4}),
}
# The names of the four, with the settings that the tests of one formula each are worked out for.
FORMULAS = ["SGD", "SGD, momentum", "Adagrad", "RMSprop", "Adam"]
MOMENTUMS, CACHES = {"weight_momentums", "bias_momentums"}, {"weight_cache", "bias_cache"}
STATE = {"SGD": set(), "SGD, momentum": MOMENTUMS, "Adagrad": CACHES, "RMSprop": CACHES,
         "Adam": MOMENTUMS | CACHES}
REGULARIZERS = {
    "none": {},
    "weights": {"weight_regularizer_l1": 1e-2, "weight_regularizer_l2": 5e-2},
    "biases": {"bias_regularizer_l1": 1e-2, "bias_regularizer_l2": 5e-2},
    "integers": {"weight_regularizer_l2": 1, "bias_regularizer_l1": 1},
    "float64 scalars": {"weight_regularizer_l1": np.float64(1e-2),
                        "bias_regularizer_l2": np.float64(1e-2)},
}

every_formula = pytest.mark.parametrize("name", FORMULAS)


def optimizer_of(nn: Any, name: str, **settings: Any) -> Any:
    kind, usual = OPTIMIZERS[name]
    return getattr(nn, f"Optimizer_{kind}")(**usual | settings)


def update(optimizer: Any, layer: Any) -> None:
    optimizer.pre_update_params()
    optimizer.update_params(layer)
    optimizer.post_update_params()


def assert_steps_equal(make: Callable[[Any], Any], kind: str, **regularizers: Any) -> None:
    """Eight steps on random gradients, those of the biases in type `kind`, in both namespaces."""
    trained = []
    for nn in (fastnn, reference):
        np.random.seed(3)
        rng = np.random.default_rng(4)
        layer, optimizer = nn.Layer_Dense(5, 3, **regularizers), make(nn)
        trained.append([])
        for _ in range(8):
            layer.forward(normal(rng, (9, 5), "f4"))
            layer.backward(normal(rng, (9, 3), kind))
            update(optimizer, layer)
            trained[-1].append(arrays_of({"layer": layer, "optimizer": optimizer}))
    for got, expected in zip(*trained):
        assert_same(got, expected)


@pytest.mark.parametrize("regularizers", REGULARIZERS.values(), ids=REGULARIZERS)
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_optimizer_equals_the_reference(book_numpy, name, kind, regularizers):
    assert_steps_equal(lambda nn: optimizer_of(nn, name), kind, **regularizers)


NUMBERS: list[dict[str, Any]] = [
    {"learning_rate": 1}, {"learning_rate": 1, "decay": 1}, {"learning_rate": np.float64(0.1)},
    {"learning_rate": np.float32(0.1)}, {"decay": np.float64(0.1)}, {"learning_rate": np.int64(1)},
    {"momentum": np.float64(0.5)}, {"momentum": 1}, {"epsilon": np.float64(1e-3)}, {"epsilon": 1},
    {"rho": np.float64(0.5)}, {"rho": 1}, {"beta_1": np.float64(0.5)}, {"beta_2": np.float64(0.5)},
    {"beta_1": 0, "beta_2": 0},
]


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize(("name", "setting"), [
    (name, setting) for name in FORMULAS for setting in NUMBERS
    if setting.keys() <= vars(optimizer_of(reference, name)).keys()], ids=str)
def test_optimizer_takes_any_kind_of_number(book_numpy, name, kind, setting):
    """An integer counts as a Python float; a NumPy scalar makes the arithmetic its own type's."""
    assert_steps_equal(lambda nn: optimizer_of(nn, name, **setting), kind)


@every_formula
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_optimizer_of_two_threads_equals_the_reference(monkeypatch, name, kind):
    """A million parameters go in two halves, where there is a second core."""
    monkeypatch.setattr(threads, "allowed", lambda: True)
    rng = np.random.default_rng(7)
    p, slope = normal(rng, (901, 1000), "f4"), normal(rng, (901, 1000), "f4")
    bias, bias_slope = normal(rng, (1, 1000), "f4"), normal(rng, (1, 1000), kind)
    trained = []
    for nn in (fastnn, reference):
        layer = SimpleNamespace(weights=p.copy(), biases=bias.copy(), dbiases=bias_slope)
        for layer.dweights in (slope, slope, np.asfortranarray(slope)):  # the last: no kernel
            optimizer_of(nn, name).update_params(layer)
        trained.append(arrays_of(vars(layer)))
    assert_same(*trained)


def test_adam_takes_iterations_of_numpy(book_numpy):
    def make(nn):
        optimizer = optimizer_of(nn, "Adam", decay=0)  # which would make the rate one of NumPy too
        optimizer.iterations = np.int64(3)
        return optimizer

    assert_steps_equal(make, "f4")


@every_formula
def test_optimizer_state_appears_when_the_book_makes_it(name):
    layer = fastnn.Layer_Dense(2, 3)
    layer.forward(np.ones((4, 2)))
    layer.backward(np.ones((4, 3)))
    before = set(vars(layer))
    optimizer = optimizer_of(fastnn, name)
    optimizer.pre_update_params()
    assert set(vars(layer)) == before
    optimizer.update_params(layer)
    assert set(vars(layer)) - before == STATE[name]
    for state in STATE[name]:
        wanted = layer.weights if state.startswith("weight") else layer.biases
        assert getattr(layer, state).shape == wanted.shape


def by_hand(name: str, p: Any, g: Any, m: Any, c: Any, lr: float, t: int) -> tuple[Any, Any, Any]:
    """Parameter, momentum and cache after the step t = 1, 2, ... (the book, chapter 10)."""
    if name == "SGD":
        return p + -lr * g, m, c
    if name == "SGD, momentum":
        m = 0.9 * m - lr * g
        return p + m, m, c
    if name == "Adam":
        m, c = 0.9 * m + (1 - 0.9) * g, 0.999 * c + (1 - 0.999) * g**2
        step = -lr * (m / (1 - 0.9**t)) / (np.sqrt(c / (1 - 0.999**t)) + 1e-7)
        return p + step, m, c
    c = c + g**2 if name == "Adagrad" else 0.9 * c + (1 - 0.9) * g**2
    return p + -lr * g / (np.sqrt(c) + 1e-7), m, c


@every_formula
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_optimizer_follows_its_formula_from_any_state(name, kind):
    """Eleventh step, from random parameters, gradients and state."""
    rng = np.random.default_rng(5)
    layer, expected = SimpleNamespace(), {}
    optimizer = optimizer_of(fastnn, name, learning_rate=0.3, decay=0.1)
    optimizer.iterations = 10
    for part, slope, start, shape in (("weights", "dweights", "weight", (7, 20)),
                                      ("biases", "dbiases", "bias", (1, 20))):
        p, g, m = (normal(rng, shape, kind) for _ in range(3))
        c = normal(rng, shape, kind) ** 2
        vars(layer).update({part: p.copy(), slope: g})
        state = {f"{start}_momentums": m, f"{start}_cache": c}
        vars(layer).update({key: value.copy() for key, value in state.items()})
        p, m, c = by_hand(name, p, g, m, c, 0.3 * (1.0 / (1.0 + 0.1 * 10)), 11)
        expected |= {part: p, slope: g, f"{start}_momentums": m, f"{start}_cache": c}
    weights = layer.weights
    update(optimizer, layer)
    assert layer.weights is weights, "parameters change in place"
    assert optimizer.iterations == 11
    assert_same(arrays_of(vars(layer)), expected)


# p = 0.5; gradients 0.1, -0.2, 0.3, -0.4, 0.5; learning_rate 0.1, decay 0.1.
GOLDEN = {
    "SGD": [0.49, 0.5081818181818, 0.4831818181818, 0.5139510489510, 0.4782367632368],
    "SGD, momentum":
        [0.49, 0.4991818181818, 0.4824454545455, 0.4981519580420, 0.4765735254745],
    "Adagrad":
        [0.4000000999999, 0.4813116264545, 0.4144963338335, 0.4706729961417, 0.4225158696021],
    "RMSprop":
        [0.1837732339800, 0.4435131226633, 0.2276267423616, 0.4112818070824, 0.2519797220946],
    "Adam":
        [0.4000000999999, 0.4332822177750, 0.4046788076544, 0.4225665311755, 0.4066501515918],
}


@every_formula
@pytest.mark.parametrize(("kind", "tolerance"), [("f8", 1e-13), ("f4", 1e-7)])
def test_optimizer_makes_the_golden_steps(name, kind, tolerance):
    layer = SimpleNamespace(weights=np.full((3, 5), 0.5, kind), biases=np.full((1, 5), 0.5, kind))
    optimizer = optimizer_of(fastnn, name, learning_rate=0.1, decay=0.1)
    for gradient, expected in zip([0.1, -0.2, 0.3, -0.4, 0.5], GOLDEN[name]):
        layer.dweights, layer.dbiases = np.full((3, 5), gradient, kind), np.full((1, 5), gradient,
                                                                                 kind)
        update(optimizer, layer)
        np.testing.assert_allclose(layer.weights, expected, rtol=0, atol=tolerance)
        np.testing.assert_allclose(layer.biases, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("name", "learning_rate"), [
    ("SGD", 0.3), ("SGD, momentum", 0.1), ("Adagrad", 1.0), ("RMSprop", 0.05), ("Adam", 0.1)])
def test_optimizer_reaches_the_bottom_of_a_parabola(name, learning_rate):
    bottom = np.linspace(-1, 2, 15).reshape(3, 5)
    layer = SimpleNamespace(weights=np.zeros((3, 5)), biases=np.zeros((1, 5)))
    optimizer = optimizer_of(fastnn, name, learning_rate=learning_rate, decay=0.01)
    for _ in range(400):
        layer.dweights, layer.dbiases = layer.weights - bottom, layer.biases - bottom[:1]
        update(optimizer, layer)
    np.testing.assert_allclose(layer.weights, bottom, rtol=0, atol=0.02)
    np.testing.assert_allclose(layer.biases, bottom[:1], rtol=0, atol=0.02)


# --------------------------------------------------------------------------------------- precision


def products(nn: Any, order: str = "C") -> dict[str, np.ndarray]:
    """What float32 parameters, inputs and gradients give, whatever NumPy's defaults are."""
    rng = np.random.default_rng(6)
    layer, softmax = nn.Layer_Dense(40, 30), nn.Activation_Softmax()
    layer.weights, layer.biases = normal(rng, (40, 30), "f4"), normal(rng, (1, 30), "f4")
    inputs, dvalues = normal(rng, (50, 40), "f4"), normal(rng, (50, 30), "f4")
    layer.forward(np.array(inputs, order=order))
    layer.backward(np.array(dvalues, order=order))
    softmax.forward(np.array(dvalues, order=order))
    softmax.backward(np.array(dvalues, order=order))
    del layer.dbiases  # no product
    return arrays_of({"layer": layer, "softmax": softmax})


@pytest.mark.parametrize("order", ["C", "F"])
def test_book_precision_needs_no_nnfs(order):
    with nnfs_in_force(dot_precision_workaround=True):
        expected = products(reference, order)
    with set_dot_precision("book"):
        got = products(fastnn, order)
    assert_same(got, expected)


@pytest.mark.parametrize("order", ["C", "F"])
def test_native_precision_works_under_nnfs(order):
    expected = products(reference, order)
    with nnfs_in_force(dot_precision_workaround=True):
        book = products(fastnn, order)
        with set_dot_precision("native"):
            got = products(fastnn, order)
        assert_same(products(fastnn, order), book)
    for name in MATRICES:
        assert np.any(got[name] != book[name]), f"{name} is the book's"
    assert_near(got, expected, 1e-5)


def test_dot_precision_comes_back():
    native = products(fastnn)
    with set_dot_precision("book"):
        book = products(fastnn)
        with set_dot_precision("native"):
            assert_same(products(fastnn), native)
        assert_same(products(fastnn), book)
        with pytest.raises(ZeroDivisionError), set_dot_precision("native"):
            1 / 0  # noqa: B018
        assert_same(products(fastnn), book)
    assert_same(products(fastnn), native)
    assert np.any(native["layer.output"] != book["layer.output"])


def test_dot_precision_holds_until_it_is_set_anew():
    native = products(fastnn)
    try:
        set_dot_precision("book")
        book = products(fastnn)
    finally:
        set_dot_precision("auto")
    assert np.any(native["layer.output"] != book["layer.output"])
    assert_same(products(fastnn), native)


@pytest.mark.parametrize("word", ["float64", "", None, 64])
def test_dot_precision_refuses_other_words(word):
    before = products(fastnn)
    with pytest.raises(ValueError, match='expected "auto", "book" or "native", got ' + repr(word)):
        set_dot_precision(word)
    assert_same(products(fastnn), before)
