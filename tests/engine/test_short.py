"""Trainings of a few small steps go through the objects, with the digits of the compiled loop."""

import numpy as np
import pytest
from networks import (
    Case,
    assert_fit_is_the_loop,
    assert_same_net,
    assert_same_rows,
    build,
    fit,
    name_of,
    sample,
)

import fastnn
from fastnn.engine import halting, short
from fastnn.support import numerics

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("book_numpy")]


@pytest.fixture
def brief(monkeypatch):
    """How each run of `fit` was made, in the mode that is the default: True where it was brief."""
    made, plain = [], halting.run_of

    def noted(parts, *arguments, **options):
        run = plain(parts, *arguments, **options)
        if parts.optimizer is not None:
            made.append(isinstance(getattr(run, "_pending", None), short.Brief))
        return run
    monkeypatch.setattr(halting, "run_of", noted)
    with fastnn.compile_policy("background"):
        yield made


@pytest.mark.parametrize("case", sample(60), ids=name_of)
def test_a_short_training_is_the_loop(brief, case):
    assert_fit_is_the_loop(case, epochs=2)
    assert brief[:1] == [True]


@pytest.mark.parametrize("batch", [None, 16])
def test_one_epoch_again_and_again_is_one_training(brief, batch):
    several, one = build(fastnn, Case(batch=batch)), build(fastnn, Case(batch=batch))
    rows = [fit(several, epochs=1, batch_size=batch)[0] for _ in range(30)]
    history = fit(one, epochs=30, batch_size=batch)
    assert_same_net(several, one)
    assert brief == [True] * 30 + [False]
    assert [row.data_loss for row in rows] == history.data_loss.tolist()


def test_validated_resumed_and_shuffled_as_the_compiled_one(brief):
    nets = [build(fastnn, Case(regularized=True)) for _ in range(2)]
    found = []
    for net, policy in zip(nets, ("background", "wait"), strict=True):
        with fastnn.compile_policy(policy):
            found.append(fit(net, epochs=5, batch_size=32, log_every=2, shuffle=3,
                             validation_data=(net.X, net.y)))
    assert brief == [True, False]
    assert_same_net(*nets)
    assert_same_rows(found[0], list(found[1]))


@pytest.mark.parametrize("why", ["long", "much", "policy", "profile", "fast"])
def test_what_is_not_brief(brief, monkeypatch, why):
    net, epochs = build(fastnn, Case()), 2
    if why == "long":
        epochs = short.STEPS + 1
    if why == "much":
        monkeypatch.setattr(short, "_MULTIPLY_ADDS", 100)
    if why == "policy":
        with fastnn.compile_policy("wait"):
            fit(net, epochs=epochs)
    elif why == "profile":
        with fastnn.profile():
            fit(net, epochs=epochs)
    elif why == "fast":
        with fastnn.set_dot_precision("fast"):
            assert numerics.is_fast()
            fit(net, epochs=epochs)
    else:
        fit(net, epochs=epochs)
    assert brief == [False]


def test_what_is_wrong_is_said_as_the_compiled_one_says_it(brief):
    said = []
    for policy in "background", "wait":
        net = build(fastnn, Case())
        before = net.layers[0].weights.copy()
        with fastnn.compile_policy(policy), pytest.raises((ValueError, IndexError)) as error:
            fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y + 100, epochs=1)
        said.append((type(error.value), str(error.value)))
        assert np.array_equal(net.layers[0].weights, before)
    assert said[0] == said[1]
