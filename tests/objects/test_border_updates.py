"""What an optimizer refuses of a layer, and what it takes: gradients, state, parameters."""

from functools import partial

import numpy as np
import own_formulas
import pytest
from programs import assert_same
from rosters import names_of
from slots import C, I, assert_refused, everything, trained

import fastnn

OPTIMIZERS = {
    **{name: getattr(fastnn, f"Optimizer_{name}") for name in names_of("optimizer", "Optimizer_")},
    "SGD, momentum": partial(fastnn.Optimizer_SGD, momentum=1),
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


@every_optimizer
@pytest.mark.parametrize(("name", "value", "error", "message"), [
    ("dweights", np.ones((C, I)), ValueError, "dweights must be (3, 4) like weights, got (4, 3)"),
    ("dweights", np.ones((2, I, C)), ValueError,
     "dweights must be (3, 4) like weights, got (2, 3, 4)"),
    ("dbiases", np.ones((C, 1)), ValueError, "dbiases must be (1, 4) like biases, got (4, 1)"),
    ("dbiases", np.ones((I, C)), ValueError, "dbiases must be (1, 4) like biases, got (3, 4)"),
    ("dbiases", np.ones((1, C), object), TypeError,
     "biases and dbiases must be floats, got float64 and object"),
    ("dweights", np.ones((I, C), complex), TypeError,
     "weights and dweights must be floats, got float64 and complex128"),
    ("weights", np.ones((I, C), int), TypeError,
     "weights and dweights must be floats, got int64 and float32"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_optimizer_refuses_gradients_that_do_not_fit(optimizer, name, value, error, message):
    one = optimizer()
    layer = trained(one)
    setattr(layer, name, value)
    assert_refused(lambda: one.update_params(layer), error,
                   f"{type(one).__name__}.update_params: {message}", one, layer)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "SGD"])
def test_optimizer_refuses_state_of_another_shape(name):
    one = OPTIMIZERS[name]()
    layer = trained(one)
    state = "bias_cache" if hasattr(layer, "bias_cache") else "bias_momentums"
    setattr(layer, state, np.zeros((1, 9)))
    assert_refused(lambda: one.update_params(layer), ValueError,
                   f"{type(one).__name__}.update_params: {state} must be (1, 4) like biases, "
                   "got (1, 9)", one, layer)


def test_an_optimizer_of_ones_own_refuses_state_of_another_shape():
    """NumPy would spread one number over all of them."""
    with own_formulas.forgotten():
        one = own_formulas.optimizers()[0]()
        layer = trained(one)
        layer.weight_velocity = np.zeros((1, 1))
        assert_refused(lambda: one.update_params(layer), ValueError,
                       "OwnNesterov.update_params: weight_velocity must be (3, 4) like weights, "
                       "got (1, 1)", one, layer)


@every_optimizer
def test_optimizer_refuses_parameters_that_are_read_only(optimizer):
    one = optimizer()
    layer = trained(one)
    layer.biases.flags.writeable = False
    before = everything(one, layer)
    with pytest.raises(ValueError, match="read-only"):
        one.update_params(layer)
    assert_same(everything(one, layer), before)


@every_optimizer
def test_optimizer_refuses_or_takes_gradients_in_a_list(optimizer):
    one = optimizer()
    layer = trained(one)
    layer.dbiases = layer.dbiases.tolist()
    before = everything(one, layer)
    try:
        one.update_params(layer)
    except TypeError:
        assert_same(everything(one, layer), before)


@every_optimizer
def test_optimizer_takes_lists_as_numpy_does(optimizer):
    """`weights += step` turns a list into an array, and so does a formula."""
    one, other = optimizer(), optimizer()
    layer, expected = trained(one), trained(other)
    layer.weights, layer.biases = expected.weights.tolist(), expected.biases.tolist()
    layer.dweights = expected.dweights
    one.update_params(layer)
    other.update_params(expected)
    np.testing.assert_array_equal(layer.weights, expected.weights)
    np.testing.assert_array_equal(layer.biases, expected.biases)


@every_optimizer
@pytest.mark.parametrize("name", ["weights", "biases"])
def test_optimizer_refuses_parameters_in_ragged_lists(optimizer, name):
    one = optimizer()
    layer = trained(one)
    setattr(layer, name, [[1.0, 2.0], [3.0]])
    with pytest.raises(TypeError, match=f"update_params: {name} must be an array of numbers, got "
                                        "rows of unequal lengths"):
        one.update_params(layer)
