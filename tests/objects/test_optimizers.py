"""The optimizers: the reference's digits, the book's formulas, golden steps, a parabola."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn import normal
from programs import arrays_of, assert_same
from rosters import PLAIN, names_of

import fastnn
from fastnn import reference
from fastnn.support import threads

OPTIMIZERS: dict[str, tuple[str, dict[str, float]]] = {
    **{name: (name, {"learning_rate": 0.1, "decay": 0.1})
       for name in names_of("optimizer", "Optimizer_")},
    "SGD": ("SGD", {}),
    "SGD, decay": ("SGD", {"learning_rate": 0.3, "decay": 0.1}),
    "SGD, momentum": ("SGD", {"learning_rate": 0.1, "decay": 0.1, "momentum": 0.9}),
    "RMSprop, rho": ("RMSprop", {"rho": 0.99, "epsilon": 1e-5}),
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
    nn = PLAIN if nn is reference else nn
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
@pytest.mark.parametrize("many", [2, 5])
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_optimizer_of_several_threads_equals_the_reference(monkeypatch, name, kind, many):
    """A million parameters go in a part for each thread."""
    monkeypatch.setattr(threads, "count", lambda: many)
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


@every_formula
@pytest.mark.parametrize("many", [2, 3, 4])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_parts_one_of_which_is_tidy_are_updated_once(monkeypatch, name, rows, many):
    """One row of a slice is contiguous, two are not: what refuses has to do so for both."""
    monkeypatch.setattr(threads, "count", lambda: many)
    trained = []
    for nn in (fastnn, reference):
        layer = SimpleNamespace(
            weights=np.zeros((rows, 1_000_000), "f4")[:, :900_000], biases=np.ones((1, 3), "f4"),
            dweights=np.ones((rows, 900_000), "f4"), dbiases=np.ones((1, 3), "f4"))
        for _ in range(2):
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


# Dozat 2016, algorithm 2, from p = 0, with beta_1 = 0.9, beta_2 = 0.999 and gradients 1, then -2:
#   m 0.1, then -0.11; its share 0.9 m / (1 - 0.9^(t + 1)), the gradient's 0.1 g / (1 - 0.9^t)
#   c 0.001, then 0.004999, over 1 - 0.999^t; the second step is over sqrt(0.004999 / 0.001999)
DOZAT = [0.09 / 0.19 + 0.1 / 0.1, (-0.099 / 0.271 - 0.2 / 0.19) / 1.5813759]


def test_nadam_makes_the_steps_of_its_paper():
    layer = SimpleNamespace(weights=np.zeros((3, 5)), biases=np.zeros((1, 5)))
    optimizer, total = fastnn.Optimizer_Nadam(0.5), 0.0
    for gradient, step in zip([1.0, -2.0], DOZAT):
        layer.dweights, layer.dbiases = np.full((3, 5), gradient), np.full((1, 5), gradient)
        update(optimizer, layer)
        total -= 0.5 * step
        np.testing.assert_allclose(layer.weights, total, rtol=0, atol=1e-6)
        np.testing.assert_allclose(layer.biases, total, rtol=0, atol=1e-6)


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
