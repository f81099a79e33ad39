"""fit(shuffle=...): each epoch its own order, the same for objects and compiled code."""

from contextlib import nullcontext

import numpy as np
import pytest
from nnfs_context import nnfs_in_force

import fastnn
from fastnn import reference
from fastnn.callbacks import Checkpoint
from fastnn.engine import halting


def network(classes, kind="classes", seed=0, dtype=np.float32):
    """Layers, loss, optimizer and data, of labels or of targets."""
    rng = np.random.default_rng(seed)
    O = 3
    layers = [classes.Layer_Dense(5, 32), classes.Activation_ReLU(), classes.Layer_Dense(32, O)]
    for layer in layers[::2]:
        layer.weights = rng.normal(0, 0.3, layer.weights.shape).astype(dtype)
        layer.biases = layer.biases.astype(dtype)
    X = rng.normal(size=(70, 5)).astype(dtype)
    if kind == "classes":
        return (layers, classes.Activation_Softmax_Loss_CategoricalCrossentropy(),
                classes.Optimizer_Adam(0.02, decay=1e-3), X, rng.integers(0, O, 70))
    return (layers, classes.Loss_MeanSquaredError(), classes.Optimizer_SGD(0.1, momentum=0.9), X,
            rng.normal(size=(70, O)).astype(dtype))


def by_hand(seed, epochs, batch, kind, prepare=lambda X: X, **options):
    """The loop that the docstring tells of, over the reference's objects."""
    layers, loss, optimizer, X, y = network(reference, kind, **options)
    X = prepare(X)
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(X))
        for start in range(0, len(X), batch):
            places = order[start:start + batch]
            x, t = np.take(X, places, axis=0), np.take(y, places, axis=0)
            output = given = x
            for layer in layers:
                layer.forward(output)
                output = layer.output
            loss.forward(output, t)
            if kind == "classes":
                loss.backward(loss.output, t)
            else:
                loss.backward(output, t)
            slope = loss.dinputs
            for layer in reversed(layers):
                layer.backward(slope)
                slope = layer.dinputs
            optimizer.pre_update_params()
            for layer in layers[::2]:
                optimizer.update_params(layer)
            optimizer.post_update_params()
    return layers, given


def assert_equal(ours, theirs):
    for one, other in zip(ours[::2], theirs[::2]):
        for name in "weights", "biases", "dweights", "inputs", "output":
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("book", [True, False])
@pytest.mark.parametrize("kind", ["classes", "values"])
@pytest.mark.parametrize("batch", [None, 16, 70, 23])
@pytest.mark.parametrize("compiled", [True, False])
def test_equals_the_loop(monkeypatch, book, kind, batch, compiled):
    def step_by_step(*arguments, **options):
        raise halting.Unfit("not now")

    if not compiled:
        monkeypatch.setattr(halting, "Run", step_by_step)
    with nnfs_in_force(book):
        layers, loss, optimizer, X, y = network(fastnn, kind)
        fastnn.fit(layers, loss, optimizer, X, y, epochs=7, batch_size=batch, shuffle=5)
        expected, given = by_hand(5, 7, batch or 70, kind)
    assert_equal(layers, expected)
    assert np.array_equal(layers[0].inputs, given)


@pytest.mark.parametrize("prepare", [np.asfortranarray, lambda X: X.astype(np.float64),
                                     lambda X: np.round(X * 40 + 120).astype(np.uint8),
                                     lambda X: np.repeat(X, 2, axis=0)[::2]])
def test_data_of_other_kinds(prepare):
    with nnfs_in_force(True):
        layers, loss, optimizer, X, y = network(fastnn)
        fastnn.fit(layers, loss, optimizer, prepare(X), y, epochs=4, batch_size=16, shuffle=2)
        expected, _ = by_hand(2, 4, 16, "classes", prepare)
    assert_equal(layers, expected)


@pytest.mark.parametrize("targets", [lambda y: y.astype(np.uint8), lambda y: y.astype(np.int32),
                                     lambda y: np.eye(3)[y], lambda y: y[::-1][::-1]])
def test_targets_of_other_kinds(targets):
    with nnfs_in_force(True):
        layers, loss, optimizer, X, y = network(fastnn)
        fastnn.fit(layers, loss, optimizer, X, targets(y), epochs=4, batch_size=16, shuffle=2)
        expected, _ = by_hand(2, 4, 16, "classes")
    assert_equal(layers, expected)


def test_rows_that_somebody_keeps_do_not_change():
    layers, loss, optimizer, X, y = network(fastnn)
    kept = []
    fastnn.fit(layers, loss, optimizer, X, y, epochs=5, batch_size=16, shuffle=1,
               callback=lambda row: kept.append((layers[0].inputs, layers[0].inputs.copy())))
    assert len({copy.tobytes() for _, copy in kept}) == 5
    for array, copy in kept:
        assert np.array_equal(array, copy)


@pytest.mark.parametrize("at", [3, 6])
def test_resumed_as_if_never_broken_off(tmp_path, at):
    weights = []
    for epochs in [9], [at, 9]:
        layers, loss, optimizer, X, y = network(fastnn)
        path = tmp_path / f"{len(epochs)}.npz"
        for n, one in enumerate(epochs):
            history = fastnn.fit(layers, loss, optimizer, X, y, epochs=one, batch_size=16,
                                 shuffle=11, callback=Checkpoint(path),
                                 resume=path if n else None)
        weights.append((layers[0].weights, history.loss))
    assert np.array_equal(weights[0][0], weights[1][0])
    assert np.array_equal(weights[0][1], weights[1][1])


def test_changed_by_a_callback_on_the_way():
    """What makes a new run of it keeps the order."""
    results = []
    for freeze in (False, True):
        layers, loss, optimizer, X, y = network(fastnn)

        def change(row, layers=layers, freeze=freeze):
            if row.epoch == 2 and freeze:  # the same digits, another plan
                layers[0].weights = layers[0].weights.copy()
        fastnn.fit(layers, loss, optimizer, X, y, epochs=6, batch_size=16, shuffle=3,
                   callback=change)
        results.append(layers[2].weights)
    assert np.array_equal(*results)


def test_numpys_stream_is_left_alone():
    layers, loss, optimizer, X, y = network(fastnn)
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    fastnn.fit(layers, loss, optimizer, X, y, epochs=2, shuffle=True)
    assert np.array_equal(before, np.random.get_state()[1])


def test_seeds():
    def trained(shuffle):
        layers, loss, optimizer, X, y = network(fastnn)
        fastnn.fit(layers, loss, optimizer, X, y, epochs=2, batch_size=16, shuffle=shuffle)
        return layers[0].weights

    assert np.array_equal(trained(np.random.default_rng(3)), trained(np.random.default_rng(3)))
    assert np.array_equal(trained(4), trained(np.int32(4)))
    assert np.array_equal(trained(False), trained(None))
    assert not np.array_equal(trained(4), trained(5))
    assert not np.array_equal(trained(True), trained(True))
    assert not np.array_equal(trained(0), trained(False))


@pytest.mark.parametrize(("shuffle", "error"), [
    (-1, ValueError), ("yes", TypeError), (1.5, TypeError), (np.random.RandomState(0), TypeError)])
def test_what_is_no_seed_is_refused(shuffle, error):
    layers, loss, optimizer, X, y = network(fastnn)
    before = layers[0].weights.copy()
    with pytest.raises(error, match="fit: shuffle must be True, False, a seed from 0 on"):
        fastnn.fit(layers, loss, optimizer, X, y, shuffle=shuffle)
    assert np.array_equal(before, layers[0].weights)


def test_resumed_with_true_it_takes_the_files_seed(tmp_path):
    path, weights = tmp_path / "run", []
    layers, loss, optimizer, X, y = network(fastnn)
    fastnn.fit(layers, loss, optimizer, X, y, epochs=4, batch_size=16, shuffle=True,
               callback=Checkpoint(path))
    for _ in range(2):
        layers, loss, optimizer, X, y = network(fastnn)
        fastnn.fit(layers, loss, optimizer, X, y, epochs=9, batch_size=16, shuffle=True,
                   resume=path)
        weights.append(layers[0].weights)
    assert np.array_equal(*weights)


@pytest.mark.parametrize(("other", "said"), [
    ({"batch_size": 8}, "batch_size 16, and this one has batch_size 8"),
    ({"shuffle": False}, "seed 3, and this one has seed None"),
    ({"shuffle": 4}, "seed 3, and this one has seed 4"), ({}, None)])
def test_resumed_otherwise_there_is_a_warning(tmp_path, other, said):
    options = {"epochs": 4, "batch_size": 16, "shuffle": 3}
    path = tmp_path / "run"
    layers, loss, optimizer, X, y = network(fastnn)
    fastnn.fit(layers, loss, optimizer, X, y, callback=Checkpoint(path), **options)
    context = pytest.warns(UserWarning, match=f"is of a training with {said}: it goes on")
    with context if said else nullcontext():
        fastnn.fit(layers, loss, optimizer, X, y, resume=path, **options | {"epochs": 6} | other)
