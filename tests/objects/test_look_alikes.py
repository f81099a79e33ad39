"""Arrays that are more than arrays, or less: one rule over every method, whatever ran before."""

import array
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from look_alikes import MASKED, REFUSED, TAKEN, Gives, Raises, masked, own_errors
from programs import assert_same
from slots import ONEHOT, SLOTS, C, I, P, X, Y, Z, assert_refused, new, returned

import fastnn
from fastnn import reference
from fastnn.support import checks

every_slot = pytest.mark.parametrize(
    "slot", SLOTS, ids=[f"{s.who}.{s.method}, {s.name} {s.value.shape}" for s in SLOTS])


class Garbage:
    """What `__array__` gives is none."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return "garbage"


@every_slot
@pytest.mark.parametrize("kind", REFUSED)
def test_method_refuses_it_in_one_sentence_whatever_ran_before(slot, kind):
    change, got = REFUSED[kind]
    one, value = slot.make(fastnn), change(slot.value)
    message = f"{slot.who}.{slot.method}: {slot.name} must be an array of numbers, got {got}"
    assert_refused(lambda: slot.call(one, value), TypeError, message, one)
    slot.call(slot.make(fastnn), slot.value)  # now the dispatchers know plain arrays
    assert_refused(lambda: slot.call(one, value), TypeError, message, one)


@every_slot
def test_method_says_what_a_broken_object_said(slot):
    with pytest.raises(TypeError, match=r"got a Garbage that NumPy cannot read \(ValueError: "):
        slot.call(slot.make(fastnn), Garbage())


@every_slot
@own_errors
def test_method_lets_an_error_of_the_object_itself_through(slot, error):
    with pytest.raises(type(error)) as caught:
        slot.call(slot.make(fastnn), Raises(error))
    assert caught.value is error


def test_an_attribute_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(TypeError, match=r"^here.binary is not there; the constructor"):
        checks.truth(SimpleNamespace(), "binary", "here")
    checks.truth(SimpleNamespace(), "binary", "here", default=True)


@every_slot
@pytest.mark.parametrize("kind", TAKEN)
def test_method_takes_its_values_as_numpy_would(book_numpy, slot, kind):
    value = TAKEN[kind](slot.value)
    plain = np.asarray(value if kind != "another each time" else slot.value)
    expected = returned(slot, reference, plain)
    assert_same(returned(slot, fastnn, value), expected)
    if isinstance(value, Gives):
        assert value.asked == 1


@every_slot
@pytest.mark.parametrize("kind", ["numbers of Python", "bools beside floats", "Float64"])
def test_objects_that_are_all_numbers_are_float64(book_numpy, slot, kind):
    a = slot.value.astype("f8")
    value: Any = a.astype(object)
    if kind == "bools beside floats":
        a.reshape(-1)[0] = 1.0
        value = a.astype(object)
        value.reshape(-1)[0] = True
    elif kind == "Float64":
        frame = pd.DataFrame(a) if a.ndim == 2 else pd.Series(a)
        value = frame.astype("Float64").astype(object)
    plain = a.astype(int) if slot.value is Y and slot.name == "y_true" else a
    assert_same(returned(slot, fastnn, value), returned(slot, reference, plain))


@pytest.mark.parametrize("value", [range(3), array.array("d", [0.5, 0.25, 1]), bytearray(b"abc"),
                                   memoryview(np.arange(3.0)), (0.5, 1, True)],
                         ids=["range", "array.array", "bytearray", "memoryview", "tuple"])
def test_buffers_and_ranges_are_one_sample(book_numpy, value):
    layer, other = new("Layer_Dense", 3, C)(fastnn), new("Layer_Dense", 3, C)(reference)
    other.weights = layer.weights
    layer.forward(value)
    other.forward(np.asarray(value))
    assert np.array_equal(layer.output, other.output)
    assert type(layer.inputs) is np.ndarray


def test_memory_map_is_taken_as_it_is(book_numpy, tmp_path):
    stored = np.memmap(tmp_path / "x", "f4", "w+", shape=X.shape)
    stored[...] = X
    layer, other = (new("Layer_Dense", I, C)(nn) for nn in (fastnn, reference))
    other.weights = layer.weights
    for one in (layer, other):
        one.forward(stored)
        one.backward(Z)
        assert one.inputs is stored
    for name in ("output", "dweights", "dbiases", "dinputs"):
        assert np.array_equal(getattr(layer, name), getattr(other, name))


# ------------------------------------------------------- what stands on the objects, not in a call

STANDING = ["weights", "biases", "dweights", "dbiases", "weight_momentums", "bias_momentums",
            "weight_cache", "bias_cache"]
STRANGE = {"masked": (masked, MASKED), "matrix": REFUSED["matrix"], "units": REFUSED["units"]}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("name", STANDING)
@pytest.mark.parametrize("optimizer", ["SGD", "Adagrad", "RMSprop", "Adam"])
def test_optimizer_refuses_strange_arrays_on_a_layer(optimizer, name, kind):
    one = getattr(fastnn, f"Optimizer_{optimizer}")()
    if optimizer == "SGD":
        one.momentum = 0.9
    layer = fastnn.Layer_Dense(I, C)
    layer.forward(X)
    layer.backward(Z)
    one.update_params(layer)
    if not hasattr(layer, name):
        return
    change, got = STRANGE[kind]
    setattr(layer, name, change(getattr(layer, name)))
    assert_refused(lambda: one.update_params(layer), TypeError,
                   f"Optimizer_{optimizer}.update_params: {name} must be an array of numbers, "
                   f"got {got}", one, layer)


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize(("name", "method", "l2"), [
    ("weights", "forward", 0), ("biases", "forward", 0), ("weights", "backward", 0),
    ("inputs", "backward", 0), ("biases", "backward", 0.1)])
def test_dense_layer_refuses_strange_arrays_of_its_own(name, method, l2, kind):
    layer = fastnn.Layer_Dense(I, C, bias_regularizer_l2=l2)
    layer.forward(X)
    layer.backward(Z)
    change, got = STRANGE[kind]
    setattr(layer, name, change(getattr(layer, name)))
    assert_refused(lambda: getattr(layer, method)(X if method == "forward" else Z), TypeError,
                   f"Layer_Dense(3, 4).{method}: {name} must be an array of numbers, got {got}",
                   layer)


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "Softmax", "Sigmoid", "Tanh", "Linear"])
def test_activation_refuses_strange_arrays_of_its_own(name, kind):
    one = new(f"Activation_{name}", forward=Z)(fastnn)
    kept = "output" if name in ("Softmax", "Sigmoid", "Tanh") else "inputs"
    change, got = STRANGE[kind]
    setattr(one, kept, change(getattr(one, kept)))
    assert_refused(lambda: one.backward(Z), TypeError,
                   f"Activation_{name}.backward: {kept} must be an array of numbers, got {got}",
                   one)


def test_mask_of_dropout_is_no_masked_array():
    one = new("Layer_Dropout", 0.3, forward=Z)(fastnn)
    one.binary_mask = masked(one.binary_mask)
    assert_refused(lambda: one.backward(Z), TypeError, "Layer_Dropout.backward: binary_mask must "
                   f"be an array of numbers, got {MASKED}", one)


@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy"])
def test_calculate_refuses_masked_arrays(name):
    one = new(f"Loss_{name}")(fastnn)
    assert_refused(lambda: one.calculate(masked(P), ONEHOT), TypeError,
                   f"Loss_{name}.forward: predictions must be an array of numbers, got {MASKED}",
                   one)


def test_calculate_takes_the_mean_of_whatever_a_loss_of_ones_own_gives():
    class Own(fastnn.Loss):
        def forward(self, y_pred, y_true):
            return masked(np.arange(5.0))
    assert Own().calculate(P, P) == np.mean(masked(np.arange(5.0)))


def test_precision_of_masked_targets_is_refused():
    one = fastnn.Accuracy_Regression()
    assert_refused(lambda: one.init(masked(Z)), TypeError, "Accuracy_Regression.init: y must be an "
                   f"array of numbers, got {MASKED}", one)
