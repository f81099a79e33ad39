"""Batch normalization: its digits as objects, in fit and in a Model; what is refused, and when."""

import copy

import numpy as np
import pytest
from by_hand import left, loop
from programs import assert_same

import fastnn
from fastnn import reference

RNG = np.random.default_rng(4)
CHAINS = {
    "between": ("D", "B", "R", "D"), "first": ("B", "D", "R", "D"), "last": ("D", "R", "D", "B"),
    "twice": ("D", "B", "T", "D", "B"), "behind dropout": ("D", "P", "B", "D"),
}


def build(nn, chain, widths=(5, 8, 3)):
    np.random.seed(3)
    layers, at = [], 0
    for one in chain:
        if one == "D":
            layers.append(nn.Layer_Dense(widths[at], widths[at + 1]))
            at += 1
        elif one == "B":
            layers.append(nn.Layer_BatchNorm(widths[at], momentum=0.8))
        elif one == "P":
            layers.append(nn.Layer_Dropout(0.2))
        else:
            layers.append(nn.Activation_ReLU() if one == "R" else nn.Activation_Tanh())
    return layers


def data(dtype="f4", N=33):
    X = RNG.normal(size=(N, 5)).astype(dtype)
    return X, RNG.integers(0, 3, N)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("batch", [33, 16, 8, 1])
def test_objects_and_fit_are_the_reference(book_numpy, chain, batch):
    X, y = data()
    found = []
    for nn, fit in ((reference, False), (fastnn, False), (fastnn, True)):
        layers = build(nn, CHAINS[chain])
        loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        optimizer = nn.Optimizer_Adam(0.02)
        np.random.seed(9)
        if fit:
            # (dropout makes float64 of float32)
            assert fastnn.why_not(layers, loss, optimizer) is None or "P" in CHAINS[chain]
            fastnn.fit(layers, loss, optimizer, X, y, epochs=4, batch_size=batch)
        else:
            loop(layers, loss, optimizer, X, y, 4, batch)
        found.append(left(layers))
    assert_same(found[1], found[0])
    assert_same(found[2], found[0])


@pytest.mark.parametrize("N", [1, 2, 7, 33, 65])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "f2", "i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_whatever_lies_in_memory(book_numpy, N, dtype, order):
    """Columns that lie together are summed pairwise by NumPy: so it does here."""
    X, y = data("f4", N)
    X = np.asarray((X * 3).astype(dtype), order=order)
    slope = np.asarray(RNG.normal(size=(N, 5)).astype("f4"), order=order)
    found = []
    for nn in (reference, fastnn):
        layer = nn.Layer_BatchNorm(5)
        layer.forward(X)
        layer.backward(slope)
        layer.forward(X, training=False)
        found.append({name: np.asarray(value, value.dtype.newbyteorder("="))
                     for name, value in left([layer]).items()})
    assert_same(found[1], found[0])


def test_fit_over_columns_that_lie_together(book_numpy):
    X, y = data(N=65)
    found = []
    for nn in (reference, fastnn):
        layers = build(nn, CHAINS["first"])
        loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        optimizer, given = nn.Optimizer_SGD(0.1), np.asfortranarray(X)
        if nn is reference:
            loop(layers, loss, optimizer, given, y, 3, 65)
        else:
            fastnn.fit(layers, loss, optimizer, given, y, epochs=3)
        found.append(left(layers))
    assert_same(found[1], found[0])


def test_evaluation_is_by_the_running_means(tmp_path):
    X, y = data()
    model = fastnn.Model()
    for layer in build(fastnn, CHAINS["between"]):
        model.add(layer)
    model.add(fastnn.Activation_Softmax())
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_AdamW(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    model.train(X, y, epochs=3, batch_size=8, print_every=100, validation_data=(X, y))
    x = X
    for layer in model.layers:
        layer.forward(x, training=False)
        x = layer.output
    assert np.array_equal(model.predict(X), x)
    model.save(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model")
    assert np.array_equal(loaded.predict(X), x)
    assert np.array_equal(copy.deepcopy(model).predict(X), x)


def held(layer):
    return {name: value.copy() for name, value in left([layer]).items()}


BROKEN = {
    "read-only": (lambda b: b.running_variance.setflags(write=False), ValueError, "read-only"),
    "whole numbers": (lambda b: setattr(b, "running_mean", np.zeros((1, 5), int)), TypeError,
                      "must be floats"),
    "no number": (lambda b: setattr(b, "epsilon", None), TypeError, "epsilon must be a number"),
    "no share": (lambda b: setattr(b, "momentum", 1.5), ValueError, "must be from 0 to 1"),
    "one axis": (lambda b: setattr(b, "weights", np.ones(5, "f4")), ValueError,
                 r"weights must be \("),
    "a list": (lambda b: setattr(b, "running_mean", [[0.0] * 5]), TypeError, "must be an array"),
    "missing": (lambda b: delattr(b, "running_mean"), TypeError, "is not there"),
    "another width": (lambda b: setattr(b, "running_mean", np.zeros((1, 4))), ValueError,
                      "running_mean must be"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("how", ["by hand", "fit"])
def test_what_is_broken_is_refused_before_anything_changes(case, how):
    change, error, words = BROKEN[case]
    X, y = data()
    layers = build(fastnn, CHAINS["first"])
    change(layers[0])
    before, random = held(layers[0]), np.random.get_state()[1].copy()
    with pytest.raises(error, match=words):
        if how == "fit":
            fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                       fastnn.Optimizer_SGD(), X, y)
        else:
            layers[0].forward(X)
    assert_same(held(layers[0]), before)
    assert np.array_equal(np.random.get_state()[1], random)


@pytest.mark.parametrize("name", ["normalized", "deviation"])
@pytest.mark.parametrize("value", [None, "a", {}, [[1, 2], [3]], np.ones(33), np.ones((0, 5)),
                                   np.ones((33, 5), "M8[s]"), np.ma.ones((33, 5)),
                                   [[10**400] * 5] * 33, AttributeError], ids=range(10))
def test_what_backward_reads_is_looked_at(name, value):
    layer = fastnn.Layer_BatchNorm(5)
    X, _ = data()
    layer.forward(X)
    layer.backward(X)
    if value is AttributeError:
        delattr(layer, name)
    else:
        setattr(layer, name, value)
    before = dict(vars(layer))
    with pytest.raises((TypeError, ValueError, RuntimeError),
                       match=r"^Layer_BatchNorm\(5\).backward: (dvalues|" + name + ")"):
        layer.backward(X + 1)
    assert all(vars(layer)[key] is before[key] for key in before)


@pytest.mark.parametrize("chain, words", [
    (["Layer_Dense(5, 8)", "Layer_BatchNorm(7)", "Layer_Dense(8, 3)"],
     r"fit: Layer_BatchNorm\(7\) cannot follow Layer_Dense\(5, 8\)"),
    (["Layer_Dense(5, 8)", "Layer_BatchNorm(8)", "Layer_Dense(9, 3)"],
     r"fit: Layer_Dense\(9, 3\) cannot follow Layer_BatchNorm\(8\)"),
    (["Layer_BatchNorm(4)", "Layer_Dense(4, 3)"], r"fit: X must be \(N, 4\)"),
])
def test_widths_that_do_not_fit(chain, words):
    X, y = data()
    layers = [eval(one, vars(fastnn)) for one in chain]
    with pytest.raises(ValueError, match=words):
        fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   fastnn.Optimizer_SGD(), X, y)


def test_frozen_it_learns_nothing_but_what_it_sees(book_numpy):
    X, y = data()
    layers = build(fastnn, CHAINS["between"])
    layers[1].trainable = False
    before = layers[1].weights.copy(), layers[1].running_mean.copy()
    fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
               fastnn.Optimizer_SGD(), X, y, epochs=2)
    assert np.array_equal(layers[1].weights, before[0])
    assert not np.array_equal(layers[1].running_mean, before[1])
