"""What changes between two predictions, or in the middle of one, is not missed (see `again.py`)."""

import signal
import time
import weakref

import numpy as np
import pytest
from few_models import (
    KNOWN_AT_ONCE,
    MIDDLES,
    ODD,
    assert_same,
    built,
    known,
    left,
    outcome,
    samples,
    status_of,
    whole,
)

import fastnn
from fastnn.kernels import again as k
from fastnn.model import again

pytestmark = KNOWN_AT_ONCE


# ------------------------------------------------------------------------ what has changed

def other_weights(model):
    model.layers[0].weights = model.layers[0].weights + 1


def resized(model):
    model.layers[0].biases.resize((1, 8000), refcheck=False)
    model.layers[0].biases = model.layers[0].biases[:, :8].copy()


def moved(model):
    """The same array, elsewhere and of another form."""
    weights = model.layers[2].weights
    weights.resize((8, 3000), refcheck=False)
    weights.resize((8, 3), refcheck=False)


def of_other_form(model):
    model.layers[2].weights.shape = 4, 6


def resized_output(model):
    model.layers[0].output.resize((3, 8000), refcheck=False)


class Head(type(built().input_layer)):
    """Somebody's own."""


def changed_class(model):
    model.layers[1].__class__ = fastnn.Activation_Tanh


def without_dict(model):
    model.layers[1].__dict__ = {"prev": model.layers[0], "next": model.layers[2]}


CHANGES = {name: change for name, change in ODD.items() if name != "a tuple"} | {
    "other weights": other_weights, "resized biases": resized, "moved weights": moved,
    "another form": of_other_form, "another class": changed_class, "another dict": without_dict,
    "read-only weights": lambda m: m.layers[0].weights.setflags(write=False),
    "other parameters": lambda m: m.set_parameters(
        [(2 * w, b + 1) for w, b in m.get_parameters()]),
    "finalized anew": lambda m: (m.layers.pop(1), m.finalize()),
    "a resized output": resized_output,
    "an output of another shape": lambda m: setattr(m.layers[3].output, "shape", (9,)),
    "an output of another type": lambda m: setattr(m.layers[2].output, "dtype", "i4"),
    "a read-only output": lambda m: m.layers[0].output.setflags(write=False),
    "another head": lambda m: setattr(m.input_layer, "__class__", Head),
    "a note on a layer": lambda m: setattr(m.layers[0], "note", "mine")}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_as_it_was_is_noticed(change, book_numpy):
    model, other = known(), known()
    change(model), change(other)
    X = samples()
    assert status_of(model, X) == k.CHANGED
    before = left(model) if hasattr(model, "input_layer") else None
    assert before is None or left(model) == before
    assert outcome(model, X, fastnn.Model.predict) == outcome(other, X, whole)


def test_weights_that_change_in_place_are_read(book_numpy):
    model, other = known(), known()
    for one in model, other:
        one.layers[0].weights *= -3
        one.layers[2].biases += 2
    assert status_of(model, samples()) == k.OK
    assert_same(model, samples(), other)


def test_another_precision_is_noticed(book_numpy):
    model, X = known(), samples()
    with fastnn.set_dot_precision("native"):
        assert status_of(model, X) == k.CHANGED
        for _ in range(3):
            model.predict(X)
        assert status_of(model, X) == k.OK  # planned anew
    assert status_of(model, X) == k.CHANGED


@pytest.mark.parametrize(("name", "value"), [
    ("forward", fastnn.Activation_Linear.forward), ("formula", abs),
    ("output", property(lambda layer: 0, lambda layer, value: None)),
    ("__setattr__", lambda layer, name, value: None), ("anything", 1)])
@pytest.mark.parametrize("kind", [fastnn.Activation_ReLU, fastnn.Layer_Dense,
                                  type(built().input_layer)])
def test_another_attribute_of_a_class_is_noticed(kind, name, value, book_numpy, monkeypatch):
    model, X = known(), samples()
    monkeypatch.setattr(kind, name, value, raising=False)
    assert status_of(model, X) == k.CHANGED


def test_a_class_with_a_metaclass_is_not_planned(book_numpy, monkeypatch):
    class Meta(type):
        """Whose attributes may run anybody's code."""

    class Own(fastnn.Activation_ReLU, metaclass=Meta):
        """Otherwise a ReLU."""
    monkeypatch.setitem(MIDDLES, "own", Own)
    model = built("own")
    for _ in range(3):
        model.predict(samples())
    assert model._seen is None or model._seen._known is None


def test_an_open_profile_sees_them(book_numpy):
    model = known()
    with fastnn.profile() as found:
        model.predict(samples())
    assert "Layer_Dense" in str(found)


@pytest.mark.parametrize("X", [
    samples(4), samples()[:, :4], samples(64), samples()[0], samples()[None], samples()[:0],
    np.ones((3, 5), int), samples(dtype="f8"), samples(dtype="f2"), samples(dtype=">f4"),
    np.asfortranarray(samples()), samples(6)[::2], samples().tolist(),
    np.ma.masked_array(samples()), None, 3.0], ids=repr)
def test_other_samples_go_their_way_and_the_plan_stays(X, book_numpy, monkeypatch):
    model, other = known(), built()
    monkeypatch.setattr(again, "_SECONDS", 1000)
    assert status_of(model, X) == k.OTHER
    assert outcome(model, X, fastnn.Model.predict) == outcome(other, X, whole)
    assert status_of(model, samples()) == k.OK


def test_read_only_samples_are_taken(book_numpy):
    X = samples()
    X.flags.writeable = False
    assert_same(known(), X, built())


# ------------------------------------------------------------- code that runs in the middle

class Ends:
    """Runs something when it ends."""

    def __init__(self, then):
        self.then = then

    def __del__(self):
        self.then()


def test_who_predicts_when_an_attribute_ends_goes_another_way(book_numpy):
    model, other, found = known(), built(), []

    def inner():
        for layer in model.layers:
            layer.__dict__ = dict(layer.__dict__)
        found.append(model.predict(-samples()))
    for _ in range(50):
        model.layers[0].output = Ends(inner)
        for _ in range(3):
            assert np.array_equal(model.predict(samples()), whole(other, samples()))
    assert len(found) == 50
    assert all(np.array_equal(one, whole(other, -samples())) for one in found)


def test_who_predicts_when_samples_end_does_not_change_what_is_given(book_numpy):
    model, other = known(), built()
    for _ in range(20):
        X = 1 * samples()
        gone = weakref.ref(X, lambda _: model.predict(100 * samples()))
        model.predict(X)
        del X
        assert np.array_equal(model.predict(2 * samples()), whole(other, 2 * samples()))
        assert gone() is None


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer")
def test_a_handler_that_predicts_does_not_change_what_is_given(book_numpy):
    model, other = known(), built()
    X, Y, handled = samples(), 5 * samples(), []
    expected = whole(other, X), whole(other, Y)
    before = signal.signal(signal.SIGALRM, lambda *_: handled.append(
        np.array_equal(model.predict(Y), expected[1])))
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            assert np.array_equal(model.predict(X), expected[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) > 100 and all(handled)


@pytest.mark.parametrize("change", [other_weights, moved])
@pytest.mark.parametrize("after", ["plan_step", "_new_arrays", "_moved"])
def test_weights_that_change_while_it_is_planned_are_not_missed(after, change, book_numpy,
                                                                monkeypatch):
    model, other = built(), built()
    change(other)
    function = getattr(again, after)

    def changing(*given, **named):
        found = function(*given, **named)
        if not changed:
            changed.append(change(model))
        return found
    changed: list = []
    monkeypatch.setattr(again, after, changing)
    for _ in range(4):
        model.predict(samples())
    assert changed
    assert_same(model, samples(), other)


def test_other_threads_of_blas_end_it(book_numpy, monkeypatch):
    """With them sums may have another order."""
    model, X = known(), samples()
    assert model._seen.outputs(model, X) is not None
    monkeypatch.setattr(again, "threads", lambda: 99)
    assert model._seen.outputs(model, X) is None
