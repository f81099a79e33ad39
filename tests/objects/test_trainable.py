"""layer.trainable = False: no optimizer changes the layer, in the loop, in fit and in Model."""

import numpy as np
import pytest
from networks import (
    LOSSES,
    OPTIMIZERS,
    Case,
    Doubling,
    assert_fit_is_the_loop,
    assert_same_net,
    build,
    fit,
    train_by_hand,
)
from nnfs_context import nnfs_in_force
from programs import assert_same

import fastnn
from fastnn import reference

pytestmark = pytest.mark.filterwarnings("error")
STATE = ("weight_momentums", "bias_momentums", "weight_cache", "bias_cache")


@pytest.fixture(params=["book", "float64"])
def numpy_of(request):
    """Products as under nnfs.init(), or NumPy's own of float64 arrays."""
    if request.param == "float64":
        np.random.seed(0)
        yield
        return
    with nnfs_in_force(dot_precision_workaround=True):
        yield


def frozen(*which, foreign=False):
    """Builds a network in which the dense layers of these numbers are frozen."""
    def make(nn, case):
        net = build(nn, case)
        dense = [layer for layer in net.layers if hasattr(layer, "weights")]
        for n in which:
            dense[n].trainable = False
        if foreign:
            net.layers.insert(2, Doubling())
        return net
    return make


@pytest.mark.parametrize("foreign", [False, True], ids=["compiled", "stepwise"])
@pytest.mark.parametrize("which", [(0,), (1,), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fit_leaves_frozen_layers_as_the_loop_does(book_numpy, stepwise_runs, optimizer, which,
                                                   foreign):
    case = Case(optimizer=optimizer, hidden=(7, 16), batch=16, regularized=True)
    assert_fit_is_the_loop(case, make=frozen(*which, foreign=foreign), epochs=5, log_every=2)
    assert bool(stepwise_runs) == foreign


@pytest.mark.parametrize("loss", LOSSES)
def test_fit_of_every_loss_leaves_frozen_layers(book_numpy, loss):
    assert_fit_is_the_loop(Case(loss, regularized=True, dropout=True), make=frozen(0), epochs=5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_layer_keeps_its_numbers_and_gets_no_state(numpy_of, optimizer):
    net = frozen(0)(fastnn, Case(optimizer=optimizer, regularized=True))
    first, last = net.layers[0], net.layers[2]
    before = [first.weights, first.biases, first.weights.copy(), first.biases.copy()]
    history = fit(net, epochs=4)
    assert first.weights is before[0] and first.biases is before[1]
    assert np.array_equal(first.weights, before[2]) and np.array_equal(first.biases, before[3])
    assert not any(hasattr(first, name) for name in STATE)
    assert first.dweights.shape == first.weights.shape and np.any(first.dweights)
    assert (history.regularization_loss > 0).all(), "its penalty counts"
    assert np.any(last.dweights) and history.loss[-1] < history.loss[0]
    assert net.optimizer.iterations == 4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_loop_of_objects_is_the_references(numpy_of, optimizer):
    left = []
    for nn in (fastnn, reference):
        net = frozen(0)(nn, Case(optimizer=optimizer, regularized=True))
        before = net.layers[0].weights.copy()
        train_by_hand(net, epochs=4, batch_size=16)
        assert np.array_equal(net.layers[0].weights, before)
        assert not any(hasattr(net.layers[0], name) for name in STATE)
        left.append(net)
    if net.layers[0].weights.dtype == np.float32:
        assert_same_net(*left)


def test_frozen_layer_may_hold_what_no_update_could_change(book_numpy):
    def make(nn, case):
        net = frozen(0)(nn, case)
        net.layers[0].weights = np.round(net.layers[0].weights * 10).astype(int)
        net.layers[0].biases.flags.writeable = False
        return net
    assert_fit_is_the_loop(Case(), make=make, epochs=3)


@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("value", [False, np.False_, 0, None, ""])
def test_freezing_in_a_callback_counts(book_numpy, stepwise_runs, value, batch):
    def freeze(net):
        def callback(row):
            if row[0] == 2:
                net.layers[0].trainable = value
            if row[0] == 4:
                net.layers[0].trainable, net.layers[2].trainable = True, value
        return callback
    assert_fit_is_the_loop(Case(batch=batch), callback=freeze, epochs=7)
    assert stepwise_runs == []


def test_freezing_the_class_in_a_callback_counts(book_numpy, monkeypatch):
    net, seen = build(fastnn, Case()), []

    def freeze(row):
        monkeypatch.setattr(fastnn.Layer_Dense, "trainable", row.epoch != 2)
        seen.append(net.layers[0].weights.copy())
    fit(net, epochs=6, callback=freeze)
    assert np.array_equal(seen[2], seen[3]) and not np.array_equal(seen[3], seen[4])


def test_freezing_between_two_fits_counts(book_numpy):
    got, loop = build(fastnn, Case()), build(reference, Case())
    for trainable in True, False, True:
        for net, train in (got, fit), (loop, train_by_hand):
            net.layers[0].trainable = trainable
            train(net, epochs=3)
        assert_same_net(got, loop)


def test_class_that_is_frozen_freezes_all(book_numpy, monkeypatch):
    net = build(fastnn, Case())
    before = net.layers[0].weights.copy()
    monkeypatch.setattr(fastnn.Layer_Dense, "trainable", False)
    fit(net, epochs=2)
    assert np.array_equal(net.layers[0].weights, before)


def model_of(nn, lines):
    net = build(nn, Case("softmax", hidden=(7, 16), regularized=True))
    model = nn.Model(lines=lines)
    for layer in net.layers:
        model.add(layer)
    model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
    model.finalize()
    net.layers[2].trainable = False
    return model, net


@pytest.mark.parametrize("epochs", [2, 20], ids=["objects", "compiled"])
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_model_leaves_frozen_layers_as_the_reference_does(book_numpy, capsys, lines, epochs):
    left, printed = [], []
    for nn in (fastnn, reference):
        model, net = model_of(nn, lines)
        before = net.layers[2].weights.copy()
        model.train(net.X, net.y, epochs=epochs, batch_size=16)
        assert np.array_equal(net.layers[2].weights, before)
        left.append({f"{n}.{name}": value for n, layer in enumerate(net.layers)
                     for name, value in vars(layer).items() if isinstance(value, np.ndarray)})
        printed.append(capsys.readouterr().out)
    assert_same(*left)
    assert not any(f"2.{name}" in left[0] for name in STATE)
    assert printed[0] == printed[1]


def test_saved_model_is_frozen_still(book_numpy, capsys, tmp_path):
    model, net = model_of(fastnn, "steps")
    model.train(net.X, net.y, epochs=2)
    model.save(tmp_path / "model.npz")
    loaded = fastnn.Model.load(tmp_path / "model.npz")
    assert [layer.trainable for layer in loaded.trainable_layers] == [True, False, True]
    for one in model, loaded:
        one.train(net.X, net.y, epochs=20)
    for a, b in zip(model.trainable_layers, loaded.trainable_layers, strict=True):
        assert np.array_equal(a.weights, b.weights)
