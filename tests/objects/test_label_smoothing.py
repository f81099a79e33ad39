"""Label smoothing, losses that sum over their outputs, and what a callback makes of them."""

import numpy as np
import pytest
from by_hand import left, loop
from own_formulas import forgotten
from programs import assert_same
from rosters import twin

import fastnn
from fastnn import reference
from fastnn.losses import categorical

RNG = np.random.default_rng(8)
COMBINED, ALONE = "Activation_Softmax_Loss_CategoricalCrossentropy", "Loss_CategoricalCrossentropy"
Y = RNG.integers(0, 3, 32)
TARGETS = {"indices": Y, "bytes": Y.astype("u1"), "one-hot": np.eye(3, dtype="f4")[Y],
           "one-hot float64": np.eye(3)[Y].astype("f8"), "one-hot ints": np.eye(3)[Y].astype(int)}


def build(nn, name, smoothing):
    np.random.seed(3)
    layers = [nn.Layer_Dense(2, 8), nn.Activation_ReLU(), nn.Layer_Dense(8, 3)]
    if name == ALONE:
        layers.append(nn.Activation_Softmax())
    return layers, getattr(nn, name)(label_smoothing=smoothing)


@pytest.mark.parametrize("name", [COMBINED, ALONE])
@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("batch", [32, 10])
def test_objects_and_fit_are_the_reference(book_numpy, name, targets, batch):
    X, y, found = RNG.normal(size=(32, 2)).astype("f4"), TARGETS[targets], []
    for nn, fit in ((reference, False), (fastnn, False), (fastnn, True)):
        layers, loss = build(nn, name, 0.1)
        optimizer = nn.Optimizer_Adam(0.02)
        if fit:
            fastnn.fit(layers, loss, optimizer, X, y, epochs=4, batch_size=batch)
        else:
            loop(layers, loss, optimizer, X, y, 4, batch)
        found.append(left(layers))
    assert_same(found[1], found[0])
    assert_same(found[2], found[0])


@pytest.mark.parametrize("name", [COMBINED, ALONE])
@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("before, after", [(0.1, 0.3), (0.1, 0.0), (0.0, 0.3)])
def test_a_callback_may_change_it(book_numpy, name, targets, before, after):
    X, y, found = RNG.normal(size=(32, 2)).astype("f4"), TARGETS[targets], []

    def change(loss):
        (loss.loss if name == COMBINED else loss).label_smoothing = after

    for nn in (reference, fastnn):
        layers, loss = build(nn, name, before)
        optimizer = nn.Optimizer_SGD(0.5)
        if nn is reference:
            loop(layers, loss, optimizer, X, y, 4, 8, change)
        else:
            fastnn.fit(layers, loss, optimizer, X, y, epochs=4, batch_size=8,
                       callback=lambda row, loss=loss: row.epoch == 1 and change(loss) or None)
        found.append(left(layers))
    assert_same(found[1], found[0])


@pytest.fixture(autouse=True)
def own_classes():
    """Those that a test makes are forgotten behind it."""
    with forgotten():
        yield


def summed():
    class Loss_Summed(fastnn.PointwiseLoss):
        sums_outputs = True

        def formula(y_pred, y_true):
            return (y_true - y_pred) ** 2

        def slope(y_pred, y_true):
            return -2 * (y_true - y_pred)
    return Loss_Summed()


def averaged():
    class Loss_Averaged(type(summed())):
        sums_outputs = False
    return Loss_Averaged()


LAYOUTS = {"C": np.ascontiguousarray, "F": np.asfortranarray,
           "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2]}


@pytest.mark.parametrize("first", LAYOUTS)
@pytest.mark.parametrize("second", LAYOUTS)
@pytest.mark.parametrize("make", [
    summed, averaged, fastnn.Loss_CategoricalCrossentropy,
    lambda: fastnn.Loss_CategoricalCrossentropy(label_smoothing=0.1)])
def test_sums_and_means_however_the_arrays_lie(book_numpy, first, second, make):
    p = RNG.random((7, 3)).astype("f4") + np.float32(0.1)
    y = np.eye(3, dtype="f4")[RNG.integers(0, 3, 7)]
    ours = make()
    plain = twin(type(ours))()
    vars(plain).update(vars(ours))
    got = []
    for loss in (plain, ours):
        losses = loss.forward(LAYOUTS[first](p), LAYOUTS[second](y))
        loss.backward(LAYOUTS[first](p), LAYOUTS[second](y))
        got.append({"losses": losses, "dinputs": loss.dinputs})
    assert_same(got[1], got[0])


@pytest.mark.parametrize("where", ["object", "class"])
def test_sums_that_were_not_compiled_are_not_taken_for_means(book_numpy, monkeypatch, where):
    loss = averaged()
    monkeypatch.setattr(loss if where == "object" else type(loss), "sums_outputs", True)
    p, y = np.array([[1, 2, 3]], "f4"), np.zeros((1, 3), "f4")
    assert loss.forward(p, y) == 14
    said = fastnn.why_not([fastnn.Layer_Dense(2, 3)], loss, fastnn.Optimizer_SGD())
    assert "sums_outputs" in said


def test_an_optimizer_with_another_default_or_other_states():
    class Optimizer_One(fastnn.Optimizer):
        states = ("v",)
        learning_rate = 0.1

        def update(parameters, gradient, v, lr, t):
            return parameters - lr * v, gradient

    class Optimizer_Two(Optimizer_One):
        learning_rate = 0.5

    assert (Optimizer_One().learning_rate, Optimizer_Two().learning_rate) == (0.1, 0.5)
    with pytest.raises(TypeError, match="its arguments must be"):
        class Optimizer_Three(Optimizer_One):
            states = ("v", "w")


def test_parameters_may_be_a_state(book_numpy):
    """The heavy ball: where the state is the parameters themselves, it is what they were before."""
    class Optimizer_Ball(fastnn.Optimizer):
        states = ("previous",)
        learning_rate = 0.05

        def update(parameters, gradient, previous, lr, t, m=0.5):
            return parameters - lr * gradient + m * (parameters - previous), parameters

    found = []
    for kind in (twin(Optimizer_Ball), Optimizer_Ball):
        np.random.seed(1)
        layer, optimizer = fastnn.Layer_Dense(3, 2), kind()
        for n in range(4):
            layer.dweights = np.full_like(layer.weights, n + 1)
            layer.dbiases = np.full_like(layer.biases, n - 1)
            optimizer.update_params(layer)
            optimizer.post_update_params()
        found.append(left([layer]))
    assert_same(found[1], found[0])


@pytest.mark.parametrize("value", [2.0, -1, float("nan"), 10**400, 1j, "a", [0.1], object(),
                                   np.array([0.1, 0.2]), np.array([[0.1]])], ids=range(10))
@pytest.mark.parametrize("name", [COMBINED, ALONE])
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_no_share_is_refused_before_anything_changes(name, method, value):
    one, p, y = getattr(fastnn, name)(), np.full((2, 2), 0.5), np.array([0, 1])
    one.forward(p, y)
    inner = [one.loss, one.activation] if name == COMBINED else []
    (inner[0] if inner else one).label_smoothing = value
    before = [dict(vars(thing)) for thing in (one, *inner)]
    with pytest.raises((TypeError, ValueError),
                       match=f"^{name}.{method}.label_smoothing (must be|is beyond)"):
        getattr(one, method)(p + 0.1, y)
    for thing, held in zip((one, *inner), before):
        assert vars(thing).keys() == held.keys()
        assert all(vars(thing)[key] is held[key] for key in held)


@pytest.mark.parametrize("name", [COMBINED, ALONE])
def test_none_is_no_smoothing(name):
    one, p, y = getattr(fastnn, name)(), np.full((2, 2), 0.5), np.array([0, 1])
    (one.loss if name == COMBINED else one).label_smoothing = None
    one.forward(p, y)
    one.backward(p, y)


@pytest.mark.parametrize("name", [COMBINED, ALONE])
@pytest.mark.parametrize("kind", ["int64", "uint8", "int32", "read-only"])
def test_class_indices_go_by_the_kernels_at_once(book_numpy, monkeypatch, name, kind):
    """Without the checks, which took twice as long as NumPy does all of it."""
    def refuse(*arguments):
        raise AssertionError("went the careful way")

    y = Y.astype("i8" if kind == "read-only" else kind)
    y.flags.writeable = kind != "read-only"
    p = RNG.uniform(0.1, 0.9, (32, 3)).astype("f4")
    loss, right = (getattr(nn, name)(label_smoothing=0.1) for nn in (fastnn, reference))
    expected = right.forward(p, y)
    right.backward(p, y)
    if name == COMBINED:  # the mean is taken on the careful way
        loss.forward(p, y)
    monkeypatch.setattr(categorical, "labelled", refuse)
    if name == ALONE:
        assert np.array_equal(loss.forward(p, y), expected)
    loss.backward(p, y)
    assert np.array_equal(loss.dinputs, right.dinputs)


@pytest.mark.parametrize("label", [3, -1, 2**40])
@pytest.mark.parametrize("name", [COMBINED, ALONE])
def test_no_class_is_refused_in_words(name, label):
    loss, p = getattr(fastnn, name)(label_smoothing=0.1), np.full((2, 3), 0.5)
    y = np.array([0, label])
    for method in (loss.forward, loss.backward):
        with pytest.raises(ValueError, match=f"class indices must be 0 to 2, got {label}"):
            method(p, y)
