"""A few samples again and again through a Model: one compiled call, or what it was before."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from few_models import (
    ENDS,
    KNOWN_AT_ONCE,
    MIDDLES,
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
from fastnn import registry
from fastnn.compile import background
from fastnn.engine.program import Unfit
from fastnn.kernels import again as k
from fastnn.model import again
from fastnn.model import model as model_module

pytestmark = KNOWN_AT_ONCE
PLAIN = {name: kind for name, kind in registry.public().items()
         if name.startswith("Activation_") and "Softmax_Loss" not in name}


@pytest.mark.parametrize("rows", [1, 2, 64])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("middle", [name for name in MIDDLES if name != "dropout"])
@pytest.mark.parametrize("precision", ["book_numpy", "native_numpy"])
def test_gives_and_leaves_the_same(precision, middle, end, rows, request):
    request.getfixturevalue(precision)
    model, other = known(middle, end, rows=rows), built(middle, end)
    for seed in range(3):
        X = np.random.default_rng(seed).normal(size=(rows, 5)).astype("f4")
        assert_same(model, X, other)
        assert status_of(model, X) == k.OK


@pytest.mark.parametrize("precision", ["book_numpy", "native_numpy"])
@pytest.mark.parametrize("name", PLAIN)
def test_every_activation_has_the_same_digits(name, precision, request, monkeypatch):
    request.getfixturevalue(precision)
    monkeypatch.setitem(MIDDLES, name, PLAIN[name])
    model, other = built(name), built(name)
    for seed in range(3):
        assert_same(model, (seed + 1) * samples(4), other)


def test_float64_samples_and_weights(book_numpy):
    models = built(), built()
    for model in models:
        model.set_parameters([(w.astype("f8"), b.astype("f8")) for w, b in model.get_parameters()])
        model.predict(samples(dtype="f8"))
    assert_same(models[0], samples(dtype="f8"), models[1])


# --------------------------------------------------------------------- who holds an array

HOLDERS = {"the array": lambda a: a, "a view": lambda a: a[:1], "a part of a view": lambda a:
           a.T[:, 1:][1:], "a weak reference": lambda a: weakref.ref(a), "its memory": memoryview,
           "a list": lambda a: [a], "flat": lambda a: a.flat}


def content(held):
    """The numbers that somebody sees there."""
    held = held() if isinstance(held, weakref.ref) else held
    held = held[0] if isinstance(held, list) else held
    return None if held is None else np.array(held).tobytes()


@pytest.mark.parametrize("name", ["inputs", "output"])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_an_array_that_somebody_holds_stays_as_it_is(hold, place, name, book_numpy):
    model, other = known(end="linear"), built(end="linear")
    model.predict(samples())
    held = hold(getattr(model.layers[place], name))
    before = content(held)
    for sign in -1, 3:
        assert_same(model, sign * samples(), other)
        assert content(held) in (before, None)
    del held
    model.predict(samples())
    assert status_of(model, samples()) == k.OK


def test_an_output_that_lies_elsewhere_now_stays(book_numpy):
    model = known()
    kept = model.layers[0].output
    model.layers[0].output = None
    before = kept.copy()
    model.predict(-samples())
    assert np.array_equal(kept, before)


def test_outputs_that_were_given_stay(book_numpy):
    model = known()
    given = [(X, model.predict(X)) for X in (samples(), -samples(), 3 * samples())]
    for X, outputs in given:
        assert np.array_equal(outputs, whole(built(), X))


def test_a_layers_output_as_samples(book_numpy):
    """The array that is read is one of those that would be written."""
    layers = [fastnn.Layer_Dense(5, 5), fastnn.Activation_ReLU()]
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    model.set(loss=fastnn.Loss_MeanSquaredError())
    model.finalize()
    for _ in range(3):
        model.predict(samples())
    for layer in layers:
        X = layer.output
        expected = whole(copy.deepcopy(model), X.copy())
        assert np.array_equal(model.predict(X), expected)


# --------------------------------------------------------------------- copies, ends, threads

@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy,
                                    lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_model_goes_its_own_way(copied, book_numpy):
    model = known()
    other = copied(model)
    other.layers = copy.deepcopy(model.layers)
    other.finalize()
    other.set_parameters([(w + 1, b) for w, b in model.get_parameters()])
    expected = whole(copy.deepcopy(other), samples())
    for _ in range(3):
        assert np.array_equal(other.predict(samples()), expected)
    assert np.array_equal(model.predict(samples()), whole(built(), samples()))


def test_a_model_ends_with_its_last_reference(book_numpy):
    model = known()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_threads_have_their_own_outputs(book_numpy):
    model, wrong = known(), []
    inputs = [np.full((3, 5), i, "f4") for i in range(4)]
    expected = [whole(built(), X) for X in inputs]

    def ask(i):
        for _ in range(2000):
            if not np.array_equal(model.predict(inputs[i]), expected[i]):
                wrong.append(i)
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_memory_stays_as_it_is(book_numpy):
    """No reference is taken or lost on the way."""
    import sys
    model, X = known(), samples()
    things = [X, model, *model.layers, *map(vars, model.layers), fastnn.Layer_Dense,
              fastnn.Layer_Dense.forward, np]
    model.predict(X)
    before = [sys.getrefcount(thing) for thing in things]
    for _ in range(1000):
        model.predict(X)
    assert [sys.getrefcount(thing) for thing in things] == before


@pytest.mark.parametrize("policy", ["background", "never"])
def test_what_is_not_compiled_is_not_waited_for(policy, book_numpy, monkeypatch):
    """Also where the digits of a run would not be NumPy's: the objects have them meanwhile."""
    asked, model, X = [], built(), samples()
    with monkeypatch.context() as patch, fastnn.compile_policy(policy):
        patch.setattr(background.Request, "is_there", lambda request: False)
        patch.setattr(background, "_send", lambda requests: asked.extend(requests) or True)
        patch.setattr(k.predict_again, "overloads", {})
        for _ in range(5):
            assert np.array_equal(model.predict(X), whole(built(), X))
            assert model._seen._known is None
    assert {one.name for one in asked} >= ({"predict_again"} if policy == "background" else set())
    assert asked or policy == "never"
    model.predict(X)
    assert status_of(model, X) == k.OK


@pytest.mark.parametrize("seconds", [-1, 1000])
def test_plans_are_made_after_so_many_calls_and_not_too_often(seconds, book_numpy, monkeypatch):
    made = []

    def refused(*given):
        made.append(given)
        raise Unfit("not today")
    monkeypatch.setattr(again, "Known", refused)
    monkeypatch.setattr(again, "_PATIENCE", 4)
    monkeypatch.setattr(again, "_SECONDS", seconds)
    model, asked = built(), []
    for _ in range(16):
        model.predict(samples())
        asked.append(len(made))
    assert asked == [0] * 3 + ([1] * 4 + [2] * 4 + [3] * 4 + [4] if seconds < 0 else [1] * 13)


@pytest.mark.parametrize("way", [lambda X: X[0], lambda X: X[0].tolist(), lambda X: X.tolist(),
                                 lambda X: X[:1].tolist()])
def test_one_sample_and_lists_of_floats_are_taken(way, book_numpy):
    model, other = built(), built()
    for sign in 1, -1, 2:
        X = way(sign * samples(dtype="f8"))
        expected = whole(other, X)
        assert np.array_equal(model.predict(X), expected)
        assert left(model) == left(other)
    assert model._seen._known is not None
    assert status_of(model, np.atleast_2d(X)) == k.OK


@pytest.mark.parametrize("X", [
    [], [[]], [1.0], [[1.0]], [1.0, 2.0, 3.0, 4.0, True], [1, 2, 3, 4, 5], [[1.0] * 5, [1.0] * 4],
    [[1.0] * 5, (1.0,) * 5], [None] * 5, ["a"] * 5, [np.ma.masked_array([1.0] * 5, True)],
    [np.float64(1)] * 5, [[1.0] * 5] * 65, [[[1.0] * 5]], [float("nan")] * 5, [1.0] * 5], ids=repr)
def test_lists_give_what_the_whole_way_gives(X, book_numpy, monkeypatch):
    def plain(model, X):
        with monkeypatch.context() as patch:
            patch.setattr(model_module, "few_floats", lambda X: X)
            return whole(model, X)
    assert outcome(known(), X, fastnn.Model.predict) == outcome(built(), X, plain)
