"""Attributes that are wrong in a way that a table of values cannot show."""

import math
import re

import numpy as np
import pytest
from networks import Case, Doubling, assert_same_rows, build, fit, model_of, state, train_by_hand
from programs import assert_same
from wrong_attributes import (
    CASES,
    DELETED,
    alter,
    assert_unchanged,
    model_things,
    outcome,
    picture,
    things,
    warm,
)

import fastnn
from fastnn import engine, reference

pytestmark = pytest.mark.usefixtures("book_numpy")


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
