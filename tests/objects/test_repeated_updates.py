"""Updates that were made before go the short way (`optimizers/repeated.py`); nobody can tell."""

import gc
import pickle
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import fastnn
from fastnn import reference
from fastnn.kernels.repeated_update import call_update
from fastnn.optimizers import adam, repeated, rmsprop, sgd
from fastnn.support import buffers

pytestmark = pytest.mark.skipif(not buffers.COUNTS, reason="counts of references are not exact")
MAKES = {"adam": lambda nn: nn.Optimizer_Adam(0.02, decay=1e-3),
         "rmsprop": lambda nn: nn.Optimizer_RMSprop(0.02, decay=1e-3, rho=0.99),
         "momentum": lambda nn: nn.Optimizer_SGD(0.1, momentum=0.9),
         "nadam": lambda nn: nn.Optimizer_Nadam(0.02),
         "adamw": lambda nn: nn.Optimizer_AdamW(0.02)}
BY_BOOK = ["adam", "rmsprop", "momentum"]
I, O = 5, 3


@pytest.fixture(autouse=True)
def nothing_met(book_numpy):
    buffers.clear()
    yield
    buffers.clear()


def is_short(optimizer):
    made = {fastnn.Optimizer_Adam: adam, fastnn.Optimizer_RMSprop: rmsprop,
            fastnn.Optimizer_SGD: sgd}.get(type(optimizer), optimizer)
    return made._updates.call is not repeated._nothing


def layer_of(kind="f4", inputs=I, outputs=O, make=SimpleNamespace):
    made = np.random.default_rng(4)
    layer = make()
    layer.weights, layer.dweights = (made.normal(size=(inputs, outputs)).astype(kind)
                                     for _ in range(2))
    layer.biases, layer.dbiases = (made.normal(size=(1, outputs)).astype(kind) for _ in range(2))
    return layer


def steps(optimizer, layer, times=20, between=lambda layer, i: None):
    for i in range(times):
        optimizer.pre_update_params()
        optimizer.update_params(layer)
        optimizer.post_update_params()
        between(layer, i)
    return {name: np.array(value) for name, value in vars(layer).items()}


def same(one, other):
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name]) and one[name].dtype == other[name].dtype
        for name in one)


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("name", MAKES)
def test_the_digits_are_those_of_numpy(name, kind):
    ours = MAKES[name](fastnn)
    found = steps(ours, layer_of(kind))
    assert is_short(ours)
    if name in BY_BOOK:
        assert same(found, steps(MAKES[name](reference), layer_of(kind)))
    else:  # the reference of a formula is its careful way
        careful = MAKES[name](fastnn)
        careful._refused = lambda *given: True
        assert same(found, steps(careful, layer_of(kind)))


class Odd(np.ndarray):
    """Somebody's own array."""


class ByProperty:
    """A layer that computes what it is asked for, beside others of these names in its dict."""

    @property
    def weights(self):
        return self.parameters[0]

    @weights.setter
    def weights(self, value):
        self.parameters = [value]


class Slotted:
    """A layer without a dict."""

    __slots__ = ("biases", "dbiases", "dweights", "weight_cache", "bias_cache", "weight_momentums",
                 "bias_momentums", "weights")


class Hidden:
    """A layer that gives something else for its dict."""

    __dict__ = property(lambda self: {"weight_cache": np.full((I, O), 9.0, "f4"),
                                      "bias_cache": np.full((1, O), 9.0, "f4")})


def _to_float64(layer, i):
    if i == 12:
        for name in ("weights", "dweights", "biases", "dbiases"):
            setattr(layer, name, getattr(layer, name).astype("f8"))


def _in_columns(layer, i):
    if i == 12:
        layer.weights = np.asfortranarray(layer.weights)


def _of_somebodys(layer, i):
    if i == 12:
        layer.bias_cache = layer.bias_cache.view(Odd)


def _begins_anew(layer, i):
    if i == 12:
        del layer.weight_cache, layer.bias_cache


def _one_array_twice(layer, i):
    if i == 12:
        layer.dweights = layer.weights


def _a_view(layer, i):
    if i == 12:
        layer.weight_cache = np.ones((2 * I, O), "f4")[::2]


def _other_slopes(layer, i):
    layer.dweights = np.full((I, O), i, "f4")


CHANGES = [_to_float64, _in_columns, _of_somebodys, _begins_anew, _one_array_twice, _a_view,
           _other_slopes]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_what_changes_midway(name, change):
    ours, theirs = MAKES[name](fastnn), MAKES[name](reference)
    found = steps(ours, layer_of(), 24, change)
    assert same(found, steps(theirs, layer_of(), 24, change)) and is_short(ours)


@pytest.mark.parametrize("make", [ByProperty, Hidden, Slotted])
def test_layers_of_somebodys_own(make):
    steps(MAKES["adam"](fastnn), layer_of())
    one, other = layer_of(make=make), layer_of(make=make)
    for nn, layer in ((fastnn, one), (reference, other)):
        optimizer = MAKES["adam"](nn)
        for _ in range(12):
            optimizer.update_params(layer)
            optimizer.post_update_params()
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.biases, other.biases)


@pytest.mark.parametrize("attribute", ["weight_cache", "bias_cache", "weight_momentums",
                                       "bias_momentums"])
def test_a_state_that_others_refer_to_stays_theirs(attribute):
    optimizer, layer = MAKES["adam"](fastnn), layer_of()
    steps(optimizer, layer)
    kept = getattr(layer, attribute)
    seen = kept.copy()
    steps(optimizer, layer, 3)
    assert np.array_equal(kept, seen) and getattr(layer, attribute) is not kept
    view = getattr(layer, attribute)[:1]
    seen = view.copy()
    steps(optimizer, layer, 3)
    assert np.array_equal(view, seen)


@pytest.mark.parametrize("rate", [1, np.float64(0.05), np.float32(0.05), 2 ** 70])
def test_numbers_of_other_types(rate):
    ours, theirs = MAKES["adam"](fastnn), MAKES["adam"](reference)
    one, other = layer_of(), layer_of()
    for optimizer, layer in ((ours, one), (theirs, other)):
        steps(optimizer, layer)
        optimizer.current_learning_rate = rate
        for _ in range(3):
            optimizer.update_params(layer)
    assert np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize("attribute", ["dweights", "dbiases", "biases", "weight_cache"])
def test_a_wrong_shape_is_refused_as_before(attribute):
    optimizer = MAKES["adam"](fastnn)
    fresh, layer = layer_of(), layer_of()
    MAKES["adam"](fastnn).update_params(fresh)
    said = []
    for one in (fresh, layer):
        if one is layer:
            steps(optimizer, layer)
        setattr(one, attribute, np.ones((I + 1, O + 1), "f4"))
        before = pickle.dumps(vars(one))
        with pytest.raises(ValueError) as refused:
            (optimizer if one is layer else MAKES["adam"](fastnn)).update_params(one)
        said.append(str(refused.value))
        assert pickle.dumps(vars(one)) == before
    assert said[0] == said[1]


def test_what_is_no_update_is_left():
    optimizer, layer = MAKES["adam"](fastnn), layer_of()
    steps(optimizer, layer)
    state, call = vars(layer), adam._updates.call
    given = (layer.weights, layer.dweights, layer.biases, layer.dbiases, "no number", 1e-7,
             0.9, 0.999, 0.1, 0.1)
    before = layer.weights.copy()
    for left in ((state, given), (state, given[:3]), ([], given), (state, list(given)),
                 (None, given), (state, ("w", *given[1:])), (state, given * 4), ({}, given)):
        assert call(*left) is None
    assert np.array_equal(layer.weights, before)


class Stop(BaseException):
    """As Ctrl-C comes."""


def test_what_is_raised_on_the_way_comes_out(monkeypatch):
    """An entry's last resort is Python, where Ctrl-C comes in."""
    optimizer, layer = MAKES["adam"](fastnn), layer_of()
    steps(optimizer, layer)

    def stops(*given):
        raise Stop
    monkeypatch.setattr(repeated, "is_entry", lambda refuses: True)
    one = repeated.RepeatedUpdate(None, adam.BOTH)
    one._write_down(stops)
    given = layer.weights, layer.dweights, layer.biases, layer.dbiases
    with pytest.raises(Stop):
        one.call(vars(layer), given)
    other = repeated.RepeatedUpdate(None, adam.BOTH)
    other._write_down(lambda *given: "another status")
    assert other.call(vars(layer), given) is None


def test_nothing_is_held_or_let_go_too_often():
    optimizer, layer = MAKES["adam"](fastnn), layer_of()
    steps(optimizer, layer)
    held = [layer.weights, layer.dweights, layer.biases, layer.dbiases, 0, None, np.ndarray,
            layer.weights.dtype, optimizer.epsilon, optimizer.beta_1]

    def counts():
        gc.collect()
        # None and 0 are everybody's; from 3.12 on their counts stand still
        return [sys.getrefcount(one) for one in held]
    before = counts()
    steps(optimizer, layer, 5_000)
    assert all(abs(a - b) < 500 for a, b in zip(before, counts(), strict=True))
    states = ("weight_cache", "bias_cache", "weight_momentums", "bias_momentums")
    assert {sys.getrefcount(vars(layer)[name]) for name in states} <= {1, 2}
    assert is_short(optimizer)


def test_large_layers_go_the_long_way():
    """Where an update is divided between threads."""
    ours, theirs = MAKES["adam"](fastnn), MAKES["adam"](reference)
    steps(ours, layer_of())
    ours = MAKES["adam"](fastnn)
    assert same(steps(ours, layer_of(inputs=900, outputs=1000), 3),
                steps(theirs, layer_of(inputs=900, outputs=1000), 3))


def test_threads_with_layers_of_their_own():
    expected = steps(MAKES["adam"](reference), layer_of(inputs=200, outputs=100), 60)
    found = []

    def work():
        found.append(steps(MAKES["adam"](fastnn), layer_of(inputs=200, outputs=100), 60))
    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4 and all(same(one, expected) for one in found)


def test_without_its_kernel_the_long_way_is_gone(monkeypatch):
    monkeypatch.setattr(type(call_update), "is_wished", lambda *_: True)
    ours = MAKES["adam"](fastnn)
    assert same(steps(ours, layer_of()), steps(MAKES["adam"](reference), layer_of()))
    assert not is_short(ours)


def test_nothing_of_it_is_pickled():
    steps(MAKES["adam"](fastnn), layer_of())
    assert pickle.loads(pickle.dumps(MAKES["adam"](fastnn))).beta_1 == 0.9
