"""Attributes that are wrong: a run is the reference's loop, or one clear error and nothing changed.

Every attribute that is found on an object, and every value below. New attributes come in by
themselves.
"""

from typing import Any

import numpy as np
import pytest
from networks import Case, Net, assert_same_rows, build, fit, model_of, state, train_by_hand
from programs import assert_same
from wrong_attributes import (
    CASES,
    SCALARS,
    alter,
    assert_clear,
    assert_unchanged,
    attributes,
    changes,
    model_things,
    outcome,
    picture,
    things,
    warm,
)

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")


def every_attribute() -> list[tuple[Case, str, str]]:
    found = []
    for case in CASES:
        net = build(reference, case)
        train_by_hand(net, epochs=1)
        for path, thing in things(net).items():
            found += [(case, path, name) for name in attributes(thing)]
    return found


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
