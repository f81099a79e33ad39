"""Attributes that are wrong: a run is the reference's loop, or one clear error and nothing changed.

Every attribute that is found on an object, and every value below. New attributes come in by
themselves.
"""

import copy
import functools
import math
import re
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
from networks import Case, Doubling, Net, assert_same_rows, build, fit, state, train_by_hand
from programs import assert_same

import fastnn
from fastnn import engine, reference

pytestmark = pytest.mark.usefixtures("book_numpy")

NOTHING = object()
DELETED = "deleted"
SCALARS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-1": -1, "-0.5": -0.5, "0": 0,
           "2**80": 2**80, "2": 2, "1e400": float("1e400"), "True": True,
           "float32": np.float32(0.5), "float64": np.float64(0.5), "int8": np.int8(1),
           "0-d": np.array(0.5)}
OTHERS = {"None": None, "x": "x", "b": b"x", "list": [], "dict": {}, "object": NOTHING, "1j": 1j,
          "10**400": 10**400, "two": np.array([1.0, 2.0]), "text": np.array("x"),
          "function": lambda: 0, "class": dict}
ARRAYS = {
    "flat": np.ravel, "one row less": lambda a: a[:-1].copy(), "one column": lambda a: a[:, :1],
    "transposed": lambda a: np.ascontiguousarray(a.T), "one axis more": lambda a: a[None],
    "whole": lambda a: np.zeros(a.shape, int), "bools": lambda a: a > 0,
    "complex": lambda a: a.astype(complex), "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str), "lists": lambda a: a.tolist(), "empty": lambda a: a[:0],
    "half": lambda a: a.astype("f2"), "double": lambda a: a.astype("f8"),
    "read-only": lambda a: _locked(a.copy()), "Fortran": lambda a: np.asfortranarray(a.copy()),
    "steps": lambda a: np.repeat(a, 2, axis=0)[::2], "other bytes": lambda a: a.astype(">f4"),
    "masked": lambda a: np.ma.masked_array(a),
    "matrix": lambda a: a.view(np.matrix), "memory map": lambda a: a.view(np.memmap),
}


def _locked(a: np.ndarray) -> np.ndarray:
    a.flags.writeable = False
    return a


CASES = [
    Case("combined", "Adam", "ReLU", (6,), 20, True, True),
    Case("softmax", "momentum", "LeakyReLU", (6,), None, True),
    Case("binary 3", "RMSprop", "Sigmoid", (6,), None),
    Case("squared 3", "Adagrad", "Tanh", (6,), 20),
    Case("absolute 3", "SGD", "Linear", (6,), None, True, False, "float64"),
]


def things(net: Net) -> dict[str, Any]:
    """The objects, by their paths."""
    found = {f"layers[{n}]": layer for n, layer in enumerate(net.layers)}
    found |= {"loss": net.loss, "optimizer": net.optimizer, "accuracy": net.accuracy}
    for name in ("activation", "loss"):
        if hasattr(net.loss, name):
            found[f"loss.{name}"] = getattr(net.loss, name)
    return found


def attributes(thing: Any) -> list[str]:
    """What can be set on an object: what it has, and what its classes give a value."""
    names = dict.fromkeys(vars(thing))
    for kind in type(thing).__mro__:
        names |= {name: None for name, value in vars(kind).items()
                  if not name.startswith("_") and not callable(value)
                  and not isinstance(value, staticmethod | classmethod | property)}
    return list(names)


class Picture(NamedTuple):
    """All attributes of all objects, what is in their arrays, and the random stream."""

    values: dict[tuple[str, str], Any]
    contents: dict[tuple[str, str], bytes]
    stream: Any


def picture(found: dict[str, Any]) -> Picture:
    values = {(path, name): value for path, thing in found.items() if hasattr(thing, "__dict__")
              for name, value in vars(thing).items()}
    contents = {where: value.tobytes() for where, value in values.items()
                if isinstance(value, np.ndarray)}
    return Picture(values, contents, np.random.get_state()[1:3])


def assert_unchanged(found: dict[str, Any], before: Picture) -> None:
    now = picture(found)
    assert now.values.keys() == before.values.keys()
    for where, value in now.values.items():
        old = before.values[where]
        same = value is old or (not isinstance(value, np.ndarray) and type(value) is type(old)
                                and value == old)
        assert same, f"{where}: {old!r} became {value!r}"
    assert now.contents == before.contents
    assert np.array_equal(now.stream[0], before.stream[0]) and now.stream[1] == before.stream[1]


def alter(thing: Any, name: str, change: Any) -> None:
    """Set or delete an attribute. change: a function of the value, or DELETED."""
    if change is DELETED:
        vars(thing).pop(name, None)
    else:
        setattr(thing, name, change(getattr(thing, name)))


RESULTS = ("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask")


def changes(name: str, value: Any) -> dict[str, Any]:
    """What to make of this value of an attribute of this name, by a name of its own."""
    if name in RESULTS:  # each step makes them anew
        return {"None": lambda _: None, "x": lambda _: "x", DELETED: DELETED,
                "read-only": lambda a: _locked(a.copy()), "empty": lambda a: a[:0]}
    made: dict[str, Any] = {what: lambda _, other=other: np.copy(other) if isinstance(
        other, np.ndarray) else other
                            for what, other in (SCALARS | OTHERS).items()}
    made[DELETED] = DELETED
    if isinstance(value, np.ndarray) and value.ndim == 2:
        made |= {f"array {what}": change for what, change in ARRAYS.items()}
    return made


def outcome(train: Any, net: Net, **options: Any) -> Any:
    """The rows, or the error."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return train(net, **options)
        except Exception as error:
            return error


def every_attribute() -> list[tuple[Case, str, str]]:
    found = []
    for case in CASES:
        net = build(reference, case)
        train_by_hand(net, epochs=1)
        for path, thing in things(net).items():
            found += [(case, path, name) for name in attributes(thing)]
    return found


@functools.cache
def _warm(nn: Any, case: Case) -> Net:
    net = build(nn, case)
    train_by_hand(net, epochs=2, batch_size=case.batch)
    return net


def warm(nn: Any, case: Case) -> Net:
    """A network that was trained a little: it has state and results."""
    net = copy.deepcopy(_warm(nn, case))
    np.random.seed(7)
    return net


OPTIONS = {"epochs": 3, "log_every": 2}


def attempt(case: Case, path: str, name: str, change: Any) -> tuple[Net, Any]:
    """The network and what fit makes of it; an error has been found to change nothing."""
    net = warm(fastnn, case)
    alter(things(net)[path], name, change)
    before, found = picture(things(net)), things(net)
    got = outcome(fit, net, batch_size=case.batch, validation_data=(net.X, net.y), **OPTIONS)
    if isinstance(got, Exception):
        assert_clear(got, "fit")
        assert_unchanged(found, before)
    return net, got


# The reference computes with shares beyond 0 and 1; what comes out is no loss, and we refuse it.
SHARES = {"label_smoothing"}


@pytest.mark.parametrize(("case", "path", "name"), every_attribute(),
                         ids=lambda one: one if isinstance(one, str) else one.loss)
def test_wrong_attribute_is_the_loops_or_an_error_that_changes_nothing(case, path, name):
    value = getattr(things(warm(reference, case))[path], name)
    for what, change in changes(name, value).items():
        try:
            net, got = attempt(case, path, name, change)
            loop = warm(reference, case)
            alter(things(loop)[path], name, change)
            if getattr(loop.accuracy, "precision", 0) is None:
                loop.accuracy.init(loop.y)  # as fit does
            expected = outcome(train_by_hand, loop, batch_size=case.batch,
                               validation_data=(loop.X, loop.y), **OPTIONS)
            if isinstance(got, Exception):
                number = what in SCALARS and not isinstance(value, np.ndarray)
                assert not number or isinstance(expected, Exception) or name in SHARES, (
                    f"runs in the loop: {got}")
                continue
            assert not isinstance(expected, Exception), f"the loop raises {expected!r}"
            assert_same(state(net), state(loop))
            assert_same_rows(got, expected)
        except AssertionError as error:
            raise AssertionError(f"{what}: {error}") from None


@pytest.mark.parametrize(("case", "path", "name"), every_attribute(),
                         ids=lambda one: one if isinstance(one, str) else one.loss)
def test_callback_that_breaks_things_gets_the_loop_or_an_error_after_whole_epochs(
        case, path, name):
    value = getattr(things(warm(reference, case))[path], name)
    for what, change in changes(name, value).items():
        pictures = []

        def breaking(net, change=change, pictures=pictures):
            def callback(row):
                if row[0] == 2:
                    alter(things(net)[path], name, change)
                    pictures.append(picture(things(net)))
            return callback
        left = []
        for nn, train in ((fastnn, fit), (reference, train_by_hand)):
            net = warm(nn, case)
            got = outcome(train, net, epochs=5, log_every=2, batch_size=case.batch,
                          validation_data=(net.X, net.y), callback=breaking(net))
            left.append((net, got))
            if nn is fastnn and isinstance(got, Exception):
                assert_clear(got, "fit")
                assert_unchanged(things(net), pictures[0])
                assert got.history.epoch.tolist() == [0, 2]
                break
        else:
            (net, got), (loop, expected) = left
            if isinstance(expected, Exception):
                assert name == "precision" and what == "None", f"{what}: {expected!r}"
                continue
            try:
                assert_same(state(net), state(loop))
                assert_same_rows(got, expected)
            except AssertionError as error:
                raise AssertionError(f"{what}: {error}") from None


def assert_clear(error: Exception, who: str) -> None:
    assert type(error) in (TypeError, ValueError, RuntimeError), repr(error)
    text = str(error)
    ours = text.startswith(who) or hasattr(fastnn, text.partition(".")[0].partition("(")[0])
    assert ours and "\n" not in text and len(text) < 300, text


# -------------------------------------------------------------------------------------- Model


def model_of(nn: Any, net: Net, lines: str) -> Any:
    model = nn.Model(lines=lines)
    for layer in net.layers:
        model.add(layer)
    model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
    model.finalize()
    return model


def model_things(model: Any) -> dict[str, Any]:
    net = Net(model.layers, model.loss, model.optimizer, model.accuracy, *(np.empty(0),) * 2)
    found = things(net) | {"model": model, "input_layer": model.input_layer}
    combined = model.softmax_classifier_output
    return found if combined is None else found | {
        "combined": combined, "combined.activation": combined.activation,
        "combined.loss": combined.loss}


MODELS = [(case, lines) for case, lines in zip(CASES[1:], ["steps", "epochs", "epochs", "steps"])]


def every_model_attribute() -> list[tuple[Case, str, str, str]]:
    found = []
    for case, lines in MODELS:
        net = build(reference, case)
        train_by_hand(net, epochs=1)
        model = model_of(reference, net, lines)
        for path, thing in model_things(model).items():
            found += [(case, lines, path, name) for name in attributes(thing)
                      if name not in ("combined", "interrupted")]
    return found


def train_model(model: Any, data: Net, epochs: int) -> Any:
    model.train(data.X, data.y, epochs=epochs, batch_size=20, print_every=2,
                validation_data=(data.X, data.y))


@pytest.mark.parametrize("epochs", [1, 16], ids=["objects", "compiled"])
@pytest.mark.parametrize(("case", "lines", "path", "name"), every_model_attribute(),
                         ids=lambda one: one if isinstance(one, str) else one.loss)
def test_model_with_a_wrong_attribute_is_the_references_or_refuses(
        capsys, case, lines, path, name, epochs):
    value = getattr(model_things(model_of(reference, warm(reference, case), lines))[path], name)
    for what, change in changes(name, value).items():
        left = []
        for nn in (fastnn, reference):
            net = warm(nn, case)
            model = model_of(nn, net, lines)
            found = model_things(model)
            capsys.readouterr()
            alter(found[path], name, change)
            before = picture(found)
            error = outcome(train_model, model, data=net, epochs=epochs)
            left.append((found, error, capsys.readouterr().out))
            if nn is fastnn and isinstance(error, Exception):
                assert_clear(error, "Model.train")
                assert_unchanged(found, before)
        (got, refused, printed), (expected, error, lines_of_reference) = left
        if refused is None:
            try:
                assert error is None, f"the reference raises {error!r}"
                assert_same(model_state(got), model_state(expected))
                assert printed == lines_of_reference
            except AssertionError as error:
                raise AssertionError(f"{what}: {error}") from None
        elif what in SCALARS and not isinstance(value, np.ndarray):
            named = path in ("model", "input_layer") or name in ("prev", "next") or name in SHARES
            assert error is not None or named, f"{what} runs in the reference: {refused}"


def model_state(found: dict[str, Any]) -> dict[str, np.ndarray]:
    """Arrays and numbers, but for the sums, which a compiled run takes from one epoch."""
    return {f"{path}.{name}": np.array(value) for path, thing in found.items()
            if path != "model" for name, value in vars(thing).items()
            if isinstance(value, np.ndarray | np.number | int | float)
            and not name.startswith("accumulated")}


# ----------------------------------------------------------------------- what a table cannot show


@pytest.mark.parametrize("foreign", [False, True])
def test_decay_that_divides_by_zero_later_is_refused_before(foreign):
    for epochs in 2, 3:
        net, loop = build(fastnn, CASES[4]), build(reference, CASES[4])
        for one in net, loop:
            one.optimizer.decay = -0.5  # 1 / 0 at the third step
            if foreign:
                one.layers.insert(2, Doubling())
        found, before = things(net), picture(things(net))
        expected = outcome(train_by_hand, loop, epochs=epochs)
        if epochs == 2:
            assert_same_rows(outcome(fit, net, epochs=epochs), expected)
            continue
        assert isinstance(expected, ZeroDivisionError)
        with pytest.raises(ValueError, match="decay -0.5 divides the learning rate by 0 at iter"):
            fit(net, epochs=epochs)
        assert_unchanged(found, before)


@pytest.mark.parametrize(("name", "value"), [
    ("decay", -1e-3), ("epsilon", -1e-7), ("beta_1", -0.5), ("beta_2", 1.5), ("iterations", -3),
    ("beta_1", math.nan), ("decay", 2**53 + 1)])
def test_what_a_constructor_refuses_goes_step_by_step(name, value):
    net, loop = warm(fastnn, CASES[0]), warm(reference, CASES[0])
    for one in net, loop:
        one.optimizer.iterations = 1
        setattr(one.optimizer, name, value)
    assert f"Optimizer_Adam.{name} is " in engine.why_not(net.layers, net.loss, net.optimizer)
    left = []
    for one, train in (net, fit), (loop, train_by_hand):
        np.random.seed(5)
        left.append(outcome(train, one, epochs=5))
    assert_same(state(net), state(loop))
    assert_same_rows(*left)


def test_a_look_whether_it_can_be_compiled_changes_nothing():
    net = warm(fastnn, CASES[0])
    before = picture(things(net))
    assert engine.why_not(net.layers, net.loss, net.optimizer) is None
    assert_unchanged(things(net), before)


@pytest.mark.parametrize(("optimizer", "name"), [
    ("momentum", "weight_momentums"), ("Adagrad", "bias_cache"), ("RMSprop", "weight_cache"),
    ("Adam", "bias_momentums"), ("Adam", "weight_cache")])
@pytest.mark.parametrize("change", [np.ravel, lambda a: a[:, :-1], lambda a: a[0, 0]],
                         ids=["flat", "narrow", "number"])
def test_state_of_a_wrong_shape_is_named(optimizer, name, change):
    """What broadcasts, too: NumPy's loop would go on with it, in another shape."""
    net = warm(fastnn, Case(optimizer=optimizer))
    layer = net.layers[0]
    alter(layer, name, lambda a: np.array(change(a)))
    shape = layer.weights.shape if name.startswith("weight") else layer.biases.shape
    before = picture(things(net))
    message = (f"fit: layers[0].{name} must be {shape} like its parameters, got "
               f"{getattr(layer, name).shape}")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fit(net, epochs=3)
    assert_unchanged(things(net), before)


class Failing(Doubling):
    """A layer of somebody's own that fails."""

    def forward(self, inputs):
        raise KeyError("mine")


def test_precision_is_none_again_where_the_first_step_fails():
    net = build(fastnn, CASES[3])
    net.accuracy.precision = None
    net.layers.insert(4, Failing())
    before = picture(things(net))
    with pytest.raises(KeyError, match="mine"):
        fit(net, epochs=3)
    assert_unchanged(things(net), before)


def test_precision_of_a_model_is_none_again_where_the_first_step_fails(capsys, monkeypatch):
    net = build(fastnn, CASES[3]._replace(dropout=True))
    net.layers[-1] = fastnn.Activation_Sigmoid()  # with this accuracy it is not compiled
    net.accuracy.precision = None
    model = model_of(fastnn, net, "steps")
    before = picture(model_things(model))

    def fail(*_):
        raise ArithmeticError("not today")
    monkeypatch.setattr(fastnn.Loss_MeanSquaredError, "backward", fail)
    with pytest.raises(ArithmeticError, match="^not today$"):  # somebody's own, as it is
        model.train(net.X, net.y, epochs=30)
    assert_unchanged(model_things(model), before)


@pytest.mark.parametrize("name", ["prev", "next"])
@pytest.mark.parametrize("value", [None, "deleted", 3])
def test_broken_links_are_named(capsys, name, value):
    model = model_of(fastnn, net := build(fastnn, CASES[2]), "steps")
    alter(model.layers[1], name, DELETED if value == "deleted" else lambda _: value)
    with pytest.raises(TypeError, match=rf"layers\[1\] is not linked .*{name}.*finalize again"):
        model.train(net.X, net.y)


@pytest.mark.parametrize("value", ["yes", np.True_, [1]])
def test_answers_that_a_callback_changes_count(value):
    left = []
    for nn, train in (fastnn, fit), (reference, train_by_hand):
        net = build(nn, Case("absolute 3", "SGD"))
        train(net, epochs=6, log_every=2, callback=lambda row, net=net: setattr(
            net.loss, "book_gradient", value if row[0] == 2 else ""))
        left.append(net)
    assert_same(state(left[0]), state(left[1]))
