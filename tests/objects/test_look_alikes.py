"""Arrays that are more than arrays, or less: one rule over every method, whatever ran before."""

import array
import re
import signal
import time
from collections import UserList, deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from programs import assert_same
from test_border import ONEHOT, SLOTS, C, I, N, P, X, Y, Z, assert_refused, new, returned

import fastnn
from fastnn import checks, reference

MASKED = ("a masked array: fill it with .filled(value), or leave out the rows with masked values")
every_slot = pytest.mark.parametrize(
    "slot", SLOTS, ids=[f"{s.who}.{s.method}, {s.name} {s.value.shape}" for s in SLOTS])


class Metres(np.ndarray):
    """A subclass with units: it computes in its own way."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        raise AssertionError("never asked to compute")


class Doubled(np.ndarray):
    """A subclass with a product of its own."""

    def __mul__(self, other: Any) -> Any:
        raise AssertionError("never asked to compute")


class Wrapped(np.ndarray):
    """A subclass that changes what ufuncs give."""

    def __array_wrap__(self, *arguments: Any) -> Any:
        raise AssertionError("never asked to compute")


class Labelled(np.ndarray):
    """A subclass that only carries something with it, as NumPy's manual has it."""

    def __array_finalize__(self, other: Any) -> None:
        self.info = getattr(other, "info", None)


class Device:
    """An array on another device."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("can't convert a device's tensor: call .cpu() first\nand a long story")


class Garbage:
    """What `__array__` gives is none."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return "garbage"


class Gives:
    """What `__array__` gives is another thing than an array, or another each time."""

    def __init__(self, *given: Any):
        self.given, self.asked = list(given), 0

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self.asked += 1
        return self.given[min(self.asked, len(self.given)) - 1]


class Interface:
    """An object with `__array_interface__`."""

    def __init__(self, a: np.ndarray):
        self.a, self.__array_interface__ = a, a.__array_interface__


def masked(a: np.ndarray) -> Any:
    """The array with one value masked."""
    mask = np.zeros(a.shape, bool)
    mask.flat[-1] = True
    return np.ma.masked_array(a, mask)


REFUSED: dict[str, tuple[Callable[[np.ndarray], Any], str]] = {
    "masked": (masked, MASKED),
    "masked, no mask": (np.ma.masked_array, MASKED),
    "masked value": (lambda a: np.ma.masked, MASKED),
    "list of masked rows": (lambda a: [masked(row) for row in a.reshape(len(a), -1)], MASKED),
    "list of lists with a masked value": (
        lambda a: [[1.0, np.ma.masked] for _ in a], MASKED),
    "deque of masked rows": (lambda a: deque(masked(row) for row in a.reshape(len(a), -1)), MASKED),
    "user's list of masked rows": (
        lambda a: UserList(masked(row) for row in a.reshape(len(a), -1)), MASKED),
    "gives masked": (lambda a: Gives(masked(a)), MASKED),
    "objects, a masked array among them": (lambda a: _objects(a, masked(a)), MASKED),
    "matrix": (lambda a: a.view(np.matrix),
               "a matrix, which computes in its own way: pass np.asarray(...) of it"),
    "units": (lambda a: a.view(Metres),
              "a Metres, which computes in its own way: pass np.asarray(...) of it"),
    "own product": (lambda a: a.view(Doubled),
                    "a Doubled, which computes in its own way: pass np.asarray(...) of it"),
    "own results": (lambda a: a.view(Wrapped),
                    "a Wrapped, which computes in its own way: pass np.asarray(...) of it"),
    "gives units": (lambda a: Gives(a.view(Metres)),
                    "a Metres, which computes in its own way: pass np.asarray(...) of it"),
    "sparse matrix": (lambda a: scipy.sparse.csr_matrix(a),
                      "a sparse csr_matrix: pass its .toarray()"),
    "sparse array": (lambda a: scipy.sparse.csc_array(np.atleast_2d(a)),
                     "a sparse csc_array: pass its .toarray()"),
    "device": (lambda a: Device(), "a Device that NumPy cannot read (TypeError: can't convert a "
                                   "device's tensor: call .cpu() first)"),
    "missing value": (lambda a: pd.Series([1.0, pd.NA], dtype=object), "<NA> (NAType) at [1]"),
    "None": (lambda a: np.array([[0.5, 1], [True, None]], object), "None at [1, 1]"),
    "text": (lambda a: pd.DataFrame({"a": [1.0, 2.0], "b": [True, "x"]}, dtype=object),
             "'x' (str) at [1, 1]"),
    "complex number": (lambda a: np.array([1.0, 2j], object), "2j (complex) at [1]"),
    "no float's number": (lambda a: np.array([1, 10**400], object),
                          "whole numbers that no float64 holds"),
    "a set": (lambda a: {1.0, 2.0}, "{1.0, 2.0} (set)"),
}


def _objects(a: np.ndarray, one: Any) -> np.ndarray:
    made = np.empty(2, object)
    made[0], made[1] = 1.0, one
    return made


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


class TimeUp(Exception):
    """What a time-out's handler raises."""


class Raises:
    """Whoever looks at it is told no."""

    def __init__(self, error: BaseException):
        self.error = error

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise self.error

    __array__ = __bool__ = __repr__ = _refuse


OWN = [TimeUp("mine"), RuntimeError("mine"), MemoryError("mine"), TimeoutError("mine"),
       AttributeError("mine"), KeyError("mine"), OverflowError("mine"), RecursionError("mine"),
       StopIteration("mine"), UserWarning("mine"), KeyboardInterrupt("mine")]
own_errors = pytest.mark.parametrize("error", OWN, ids=[type(one).__name__ for one in OWN])


@every_slot
@own_errors
def test_method_lets_an_error_of_the_object_itself_through(slot, error):
    with pytest.raises(type(error)) as caught:
        slot.call(slot.make(fastnn), Raises(error))
    assert caught.value is error


@own_errors
@pytest.mark.parametrize("name", ["X", "y"])
def test_fit_lets_an_error_of_the_data_through(name, error):
    with pytest.raises(type(error)) as caught:
        fastnn.fit(**_network(), **{"X": X, "y": Y} | {name: Raises(error)})
    assert caught.value is error


@own_errors
def test_fit_lets_an_error_of_an_attribute_through(error):
    network = _network()
    network["layers"][0].trainable = Raises(error)
    with pytest.raises(type(error)) as caught:
        fastnn.fit(**network, X=X, y=Y)
    assert caught.value is error


@pytest.mark.parametrize("error", [TypeError("mine"), ValueError("mine")], ids=["TypeError",
                                                                              "ValueError"])
def test_fit_says_which_attribute_is_neither_yes_nor_no(error):
    """Even where the attribute cannot be shown."""
    network = _network()
    network["layers"][0].trainable = Raises(error)
    message = r"^fit: layers\[0\].trainable must be True or False, got a Raises$"
    with pytest.raises(TypeError, match=message):
        fastnn.fit(**network, X=X, y=Y)


def test_an_attribute_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(TypeError, match=r"^here.binary is not there; the constructor"):
        checks.truth(SimpleNamespace(), "binary", "here")
    checks.truth(SimpleNamespace(), "binary", "here", default=True)


class Slow:
    """Whoever looks at it waits."""

    def _wait(self, *_: Any, **__: Any) -> Any:
        time.sleep(20)

    __array__ = __bool__ = __repr__ = _wait


@pytest.fixture
def time_out() -> Iterator[None]:
    """TimeUp in a fiftieth of a second."""
    def up(*_: Any) -> None:
        raise TimeUp
    before = signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
@pytest.mark.parametrize("look", [
    lambda: fastnn.fit(**_network(), X=Slow(), y=Y),
    lambda: checks.array(Slow(), "here", "value"),
    lambda: checks.truth(SimpleNamespace(trainable=Slow()), "trainable", "here"),
    lambda: checks.shown(Slow()),
    lambda: checks.scalar(SimpleNamespace(rate=Slow()), "rate", "here")],
    ids=["fit", "array", "truth", "shown", "scalar"])
def test_a_time_out_is_heard(time_out, look):
    with pytest.raises(TimeUp):
        look()


TAKEN: dict[str, Callable[[np.ndarray], Any]] = {
    "labelled": lambda a: a.view(Labelled),
    "record array": lambda a: a.view(np.recarray),
    "frame or series": lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a),
    "frame with names": lambda a: (
        pd.DataFrame(a, columns=list("abcd")[:a.shape[1]]) if a.ndim == 2
        else pd.Series(a, index=range(7, 7 + len(a)))),
    "to_numpy": lambda a: (pd.DataFrame(a) if a.ndim == 2 else pd.Series(a)).to_numpy(),
    "memoryview": memoryview,
    "interface": Interface,
    "another each time": lambda a: Gives(a, a * 0, None),
    "deque of rows": deque,
    "tuple of tuples": lambda a: tuple(map(tuple, a)) if a.ndim == 2 else tuple(a),
}


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


# -------------------------------------------------------------------------------------- whole runs

def _network() -> dict[str, Any]:
    return {"layers": [fastnn.Layer_Dense(I, C)], "optimizer": fastnn.Optimizer_SGD(),
            "loss": fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()}


def _model() -> fastnn.Model:
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(I, C))
    model.add(fastnn.Activation_Softmax())
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    return model


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", ["X", "y"])
def test_runs_refuse_it(name, kind):
    change, got = REFUSED[kind]
    data = {"X": X, "y": Y} | {name: change({"X": X, "y": Y}[name])}
    words = f": {name} must be an array of numbers, got {got}"
    network, model = _network(), _model()
    objects = [*network["layers"], model.layers[0]]
    for who, call in {
            "fit": lambda: fastnn.fit(**network, **data),
            "fit, validation_data": lambda: fastnn.fit(
                **network, X=X, y=Y, validation_data=(data["X"], data["y"])),
            "Model.train": lambda: model.train(**data),
            "Model.train, validation_data": lambda: model.train(
                X, Y, validation_data=(data["X"], data["y"])),
            "Model.evaluate": lambda: model.evaluate(data["X"], data["y"])}.items():
        assert_refused(call, TypeError, who + words, *objects)
    if name == "X":
        assert_refused(lambda: model.predict(data["X"]), TypeError, "Model.predict" + words,
                       *objects)


@pytest.mark.parametrize("kind", TAKEN)
def test_runs_take_its_values(book_numpy, capsys, kind):
    found = []
    for change in (lambda a: a, TAKEN[kind]):
        np.random.seed(4)
        network, model = _network(), _model()
        fastnn.fit(**network, X=change(X), y=change(Y), epochs=20, batch_size=6)
        model.train(change(X), change(Y), epochs=20, batch_size=6)
        found.append([network["layers"][0].weights, model.layers[0].weights,
                      model.predict(change(X))])
    assert all(map(np.array_equal, *found))


@pytest.mark.parametrize("value", [
    pd.DataFrame({"a": [0.5, 1], "b": [True, False]}), pd.Series([1, None], dtype="Float64"),
    pd.DataFrame({"a": [1.0, 2], "b": [1, 2]}), pd.Series([1, 2], dtype="Int64"),
    pd.DataFrame({"a": pd.array([1, 2], "Int8"), "b": pd.array([0.5, 2], "Float32")}),
    pd.DataFrame({"a": pd.array([True, False], "boolean")}), pd.Series([1, 0], dtype="category"),
    pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 1.0])}), pd.Index([1.5, 2])],
    ids=["bools beside floats", "Float64, one missing", "int and float", "Int64", "Int8, Float32",
         "boolean", "category", "sparse", "index"])
def test_pandas_is_what_numpy_makes_of_it(value):
    expected = np.asarray(value)
    made = checks.array(value, "here", "value")
    if expected.dtype.kind == "O":
        expected = expected.astype("f8")
    assert made.dtype == expected.dtype
    assert np.array_equal(made, expected, equal_nan=True)


def test_what_names_the_first_bad_element_names_the_first():
    value = X.astype(object)
    value[2, 1], value[5, 0] = "a", None
    with pytest.raises(TypeError, match=re.escape("got 'a' (str) at [2, 1]")):
        fastnn.fit(**_network(), X=value, y=Y)
    assert len(value) == N
