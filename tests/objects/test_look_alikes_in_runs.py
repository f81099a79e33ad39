"""Look-alikes of arrays as data and attributes of whole runs, of fit and of a Model."""

import re
import signal
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from look_alikes import REFUSED, TAKEN, Raises, TimeUp, own_errors
from slots import C, I, N, X, Y, assert_refused

import fastnn
from fastnn.support import checks


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
