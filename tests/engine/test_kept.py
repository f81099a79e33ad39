"""What halts leave: the step that keeps its arrays is written once, with new arrays each time."""

import numpy as np
import pytest
from nnfs.datasets import spiral_data

import fastnn
from fastnn import reference
from fastnn.engine.runs import Run

NAMES = ("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask")


def network(nn):
    np.random.seed(3)
    layers = [nn.Layer_Dense(2, 9, weight_regularizer_l2=1e-3), nn.Activation_ReLU(),
              nn.Layer_Dropout(0.1), nn.Layer_Dense(9, 3)]
    return (layers, nn.Activation_Softmax_Loss_CategoricalCrossentropy(), nn.Optimizer_Adam(0.05))


def halts(nn, train, batch_size):
    """The arrays of the objects after each epoch themselves, and copies made there and then."""
    np.random.seed(0)
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network(nn)
    seen = []

    def look(row=None):
        seen.append({(n, name): (vars(one)[name], vars(one)[name].copy())
                     for n, one in enumerate((*layers, loss)) for name in NAMES
                     if isinstance(vars(one).get(name), np.ndarray)})
    np.random.seed(7)
    train(layers, loss, optimizer, X, y, batch_size, look)
    return X, seen


def by_hand(layers, loss, optimizer, X, y, batch_size, look):
    for _ in range(4):
        for first in range(0, len(X), batch_size or len(X)):
            x, t = (one[first:first + (batch_size or len(X))] for one in (X, y))
            given = x
            for layer in layers:
                layer.forward(given)
                given = layer.output
            loss.forward(given, t)
            loss.backward(loss.output, t)
            back = loss
            for layer in reversed(layers):
                layer.backward(back.dinputs)
                back = layer
            optimizer.pre_update_params()
            optimizer.update_params(layers[0])
            optimizer.update_params(layers[3])
            optimizer.post_update_params()
        look()


def by_fit(layers, loss, optimizer, X, y, batch_size, look):
    fastnn.fit(layers, loss, optimizer, X, y, epochs=4, batch_size=batch_size, callback=look)


@pytest.mark.parametrize("batch_size", [None, 20, 25])
def test_arrays_of_each_halt_are_its_own(book_numpy, batch_size):
    _, plain = halts(reference, by_hand, batch_size)
    X, ours = halts(fastnn, by_fit, batch_size)
    assert len(ours) == len(plain) == 4
    for one, other in zip(ours, plain, strict=True):
        assert one.keys() == other.keys()
        for key, (array, then) in one.items():
            assert np.array_equal(then, other[key][1]), key
            assert np.array_equal(array, then), key  # it did not change since
    for before, after in zip(ours, ours[1:]):
        shared = [key for key in before if np.may_share_memory(before[key][0], after[key][0])]
        assert all(np.may_share_memory(before[key][0], X) for key in shared), shared


def test_it_is_written_once(book_numpy, monkeypatch):
    plans, plain = [], Run._plan

    def plan(run, rows, keep):
        plans.append((rows, keep))
        return plain(run, rows, keep)
    monkeypatch.setattr(Run, "_plan", plan)
    halts(fastnn, by_fit, 25)
    assert sorted(plans) == [(10, True), (25, False)]


def test_it_is_written_anew_where_something_changed(book_numpy, monkeypatch):
    X, y = spiral_data(samples=20, classes=3)
    layers, loss, optimizer = network(fastnn)
    theirs = network(reference)
    plans, plain = [], Run._plan

    def plan(run, rows, keep):
        plans.append(keep)
        return plain(run, rows, keep)
    monkeypatch.setattr(Run, "_plan", plan)

    def change(row):
        if row.epoch == 1:
            layers[0].weights = layers[0].weights.copy()
    np.random.seed(7)
    fastnn.fit(layers, loss, optimizer, X, y, epochs=4, callback=change)
    np.random.seed(7)
    by_hand(*theirs, X, y, None, lambda: None)
    assert plans == [False, True, False, True]
    for one, other in zip(layers, theirs[0], strict=True):
        for name in NAMES:
            if name in vars(other):
                assert np.array_equal(vars(one)[name], vars(other)[name]), name
