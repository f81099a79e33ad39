"""Models of adopted classes: they hold what was added, under its own names, whatever is done."""

import copy
import pickle
import sys

import numpy as np
import pytest
from own_network import OWN, X, Y, arrays, by_hand, in_a_model, network
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt
from fastnn.callbacks import EarlyStopping
from fastnn.callbacks.callback import Callback


@pytest.fixture
def module():
    found = load(OWN)
    assert set(adopt(found).adopted) == {"Dense", "ReLU", "Squared", "RMS"}
    return found


@pytest.fixture
def model(module):
    return in_a_model(module)


def same(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert np.array_equal(value, other[name]), name


def parts(model):
    return arrays(model.layers, model.optimizer)


def all_theirs(model, module):
    assert [type(one) for one in model.layers] == [
        module.Dense, module.ReLU, module.Dense, module.ReLU]
    assert model.trainable_layers == [model.layers[0], model.layers[2]]
    assert model.output_layer_activation is model.layers[3]
    assert isinstance(model.loss, module.Squared) and isinstance(model.optimizer, module.RMS)


def trained_by_hand(epochs):
    layers, loss, optimizer = network(load(OWN))
    by_hand(layers, loss, optimizer, epochs)
    return arrays(layers, optimizer)


@pytest.mark.parametrize("train", [
    lambda model: model.train(X, Y, epochs=3, print_every=9),
    lambda model: model.fit(X, Y, epochs=3, log_every=9),
    lambda model: [model.train(X, Y, print_every=9), model.fit(X, Y, epochs=2)]],
    ids=["train", "fit", "both"])
def test_what_was_added_is_trained_as_by_hand(module, model, train):
    given = list(model.layers)
    train(model)
    assert all(one is other for one, other in zip(model.layers, given, strict=True))
    all_theirs(model, module)
    same(parts(model), trained_by_hand(3))


def test_what_they_put_out_is_theirs(module, model):
    found = model.predict(X)
    model.accuracy.init(Y)
    model.evaluate(X, Y)
    assert np.array_equal(model.layers[3].out, found)
    assert np.array_equal(model.forward(X, False), found)
    assert [one is layer.W for (one, _), layer in zip(
        model.get_parameters(), model.trainable_layers)] == [True, True]
    all_theirs(model, module)


def test_what_is_changed_on_them_counts(model):
    before = model.predict(X)
    model.layers[0].W = model.layers[0].W * 2
    model.layers[2].b[...] = 1
    model.optimizer.rate = 0.0
    x = X
    for layer in model.layers:
        layer.forward(x)
        x = layer.out
    found = model.predict(X)
    assert np.array_equal(found, x) and not np.array_equal(found, before)
    model.train(X, Y, print_every=9)
    assert np.array_equal(model.predict(X), found)


def test_they_are_linked_as_the_book_links_them(model):
    assert [layer.prev for layer in model.layers[1:]] == model.layers[:-1]
    assert [layer.next for layer in model.layers] == [*model.layers[1:], model.loss]
    model.layers.append(model.layers.pop(0))
    with pytest.raises(RuntimeError, match="the layers have changed since finalize"):
        model.predict(X)


def test_a_layer_put_into_the_list_is_taken_too(module, model):
    model.layers.insert(2, module.ReLU())
    model.finalize()
    model.train(X, Y, epochs=2, print_every=9)
    assert type(model.layers[2]) is module.ReLU and hasattr(model.layers[2], "dx")
    assert np.array_equal(model.predict(X), model.layers[4].out)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_and_pickles_go_on_with_what_is_theirs(module, model, copied):
    model.train(X, Y, epochs=2, print_every=9)
    other = copied(model)
    all_theirs(other, module)
    assert not any(one is layer for one, layer in zip(other.layers, model.layers, strict=True))
    other.train(X, Y, print_every=9)
    same(parts(other), trained_by_hand(3))
    same(parts(model), trained_by_hand(2))
    assert type(other).__name__ == "Model" and isinstance(other, fastnn.Model)


def test_a_pickle_is_read_where_nothing_was_adopted(model):
    found = load(OWN)
    kept, name = sys.modules[type(model.layers[0]).__module__], type(model.layers[0]).__module__
    written = pickle.dumps(model)
    try:
        sys.modules[name] = found
        other = pickle.loads(written)
    finally:
        sys.modules[name] = kept
    assert type(other) is fastnn.Model and type(other.layers[0]) is found.Dense


def test_they_are_called_by_their_names(capsys, model):
    assert "Dense(3, 6)" in repr(model) and "Layer_" not in repr(model)
    model.summary()
    text = capsys.readouterr().out
    assert "Dense(3, 6)  (N, 6)" in text and "RMS(" in text and "Layer_" not in text


@pytest.mark.parametrize("wrong, message", [
    (lambda net: fastnn.fit(*net, X[:, :2], Y), "X must be (N, 3)"),
    (lambda net: fastnn.fit([net[0][0], *net[0]], *net[1:], X, Y),
     "Dense(3, 6) cannot follow Dense(3, 6)"),
    (lambda net: fastnn.fit(*net[:2], type("Other", (), {})(), X, Y),
     "got an Other, which has no pre_update_params")])
def test_messages_say_their_names(module, wrong, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        wrong(network(module))
    assert message in str(caught.value)


def test_callbacks_of_ones_own_are_told_of_ones_own(module):
    class Watching(Callback):
        def check(self, training):
            self.checked = training.layers

        def begin(self, training):
            self.training = training

        def __call__(self, row):
            self.seen = [layer.W.copy() for layer in self.training.layers if hasattr(layer, "W")]

    class Stopping(EarlyStopping):
        """Derived from one that knows ours."""

    layers, loss, optimizer = network(module)
    watching, stopping = Watching(), Stopping("loss", patience=9, restore_best_weights=True)
    history = fastnn.fit(layers, loss, optimizer, X, Y, epochs=4, callback=[watching, stopping])
    assert all(one is other for one, other in zip(watching.training.layers, layers, strict=True))
    assert watching.checked == layers and watching.training.optimizer is optimizer
    assert watching.training.loss is loss and stopping.best_epoch == len(history) - 1
    assert [np.array_equal(one, layers[n].W) for one, n in zip(watching.seen, (0, 2))] == [True] * 2


def test_a_callback_of_a_model_finds_them_as_they_are(model):
    seen = []
    model.fit(X, Y, epochs=3, callback=lambda row: seen.append(arrays(
        model.layers, model.optimizer)["0.W"].copy()))
    assert len(seen) == 3
    for epochs, found in enumerate(seen, 1):
        assert np.array_equal(found, trained_by_hand(epochs)["0.W"])


def test_what_a_callback_leaves_on_the_model_stays(model):
    def leave(row):
        model.first, model.last = getattr(model, "first", row.epoch), row.epoch
        model.predict(X)
        model.count = getattr(model, "count", 0) + 1
    model.gone = 1
    model.fit(X, Y, epochs=3, callback=[leave, lambda row: vars(model).pop("gone", None)])
    assert (model.first, model.last, model.count) == (0, 2, 3) and not hasattr(model, "gone")


def test_a_callback_may_ask_the_model(model):
    found = []
    model.fit(X, Y, epochs=2, callback=lambda row: found.append(model.predict(X)))
    x = trained_by_hand(2)
    first = np.maximum(0, np.dot(X, x["0.W"]) + x["0.b"])
    assert np.array_equal(found[1], np.maximum(0, np.dot(first, x["2.W"]) + x["2.b"]))


def test_what_a_model_of_ones_own_adds_is_kept(module):
    class Counting(fastnn.Model):
        def __init__(self):
            super().__init__()
            self.lines_written = 0

        def _line(self, losses, accuracy):
            self.lines_written += 1
            return super()._line(losses, accuracy)

    model = Counting()
    for layer in network(module)[0]:
        model.add(layer)
    model.set(loss=module.Squared(), optimizer=module.RMS(), accuracy=fastnn.Accuracy_Regression())
    model.finalize()
    model.train(X, Y, epochs=2)
    assert model.lines_written == 4 and isinstance(model, Counting)
    all_theirs(model, module)
