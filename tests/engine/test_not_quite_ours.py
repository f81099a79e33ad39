"""Classes and objects that look like ours and are not: the loop's result, in fit too.

Properties and `__setattr__` of a subclass, methods that somebody put on our class or on an object,
classes and arrays that a callback changes in place.
"""

import numpy as np
import pytest
from networks import Case, Net, assert_fit_is_the_loop, assert_same_net, build, fit, train_by_hand

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")


def clipping(name, bound):
    """A property of this name, kept where the attribute would be, whose setter clips."""
    def get(self):
        return vars(self)[name]

    def put(self, value):
        vars(self)[name] = np.clip(value, -bound, bound)
    return property(get, put)


def derived(base, **namespace):
    return type(f"Own_{base.__name__}", (base,), namespace)


def halving(self, name, value):
    object.__setattr__(self, name, value * 0.5 if name == "dweights" else value)


def hiding(self, name):
    value = object.__getattribute__(self, name)
    return value * 0 if name == "dbiases" else value


class Undecided:
    """True for the first steps of this optimizer."""

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def __bool__(self):
        return self.optimizer.iterations < 3


DENSE = {
    "dweights": {"dweights": clipping("dweights", 1e-3)},
    "output": {"output": clipping("output", 0.02)},
    "dinputs": {"dinputs": clipping("dinputs", 1e-4)},
    "l2": {"weight_regularizer_l2": property(lambda self: 0.5, lambda self, value: None)},
    "trainable": {"trainable": property(lambda self: self.clock.iterations < 3)},
    "__setattr__": {"__setattr__": halving},
    "__getattribute__": {"__getattribute__": hiding},
}
OPTIMIZER = {
    "current_learning_rate": {"current_learning_rate": clipping("current_learning_rate", 0.3)},
    "learning_rate": {"learning_rate": property(lambda self: 0.25, lambda self, value: None)},
    "iterations": {"iterations": clipping("iterations", 3)},
}


def case(name="SGD"):
    return Case(optimizer=name)


def with_layer(make):
    def network(nn, case):
        net = build(nn, case)
        net.layers[0] = make(nn, net.layers[0], net.optimizer)
        return net
    return network


@pytest.mark.parametrize("name", DENSE)
def test_subclass_of_a_layer_with_attributes_of_its_own_kind(stepwise_runs, name):
    def make(nn, dense, optimizer):
        own = derived(nn.Layer_Dense, **DENSE[name])(*dense.weights.shape)
        own.set_parameters(dense.weights, dense.biases)
        own.clock = optimizer
        return own
    assert_fit_is_the_loop(case(), make=with_layer(make), epochs=6)
    assert stepwise_runs


@pytest.mark.parametrize("name", OPTIMIZER)
def test_subclass_of_an_optimizer_with_attributes_of_its_own_kind(stepwise_runs, name):
    def network(nn, case):
        net = build(nn, case)
        return net._replace(optimizer=derived(nn.Optimizer_SGD, **OPTIMIZER[name])(0.5, 0.5))
    assert_fit_is_the_loop(case(), make=network, epochs=6)
    assert stepwise_runs


def test_trainable_that_changes_its_mind(stepwise_runs):
    def make(nn, dense, optimizer):
        dense.trainable = Undecided(optimizer)
        return dense
    assert_fit_is_the_loop(case(), make=with_layer(make), epochs=6, sharing=False)
    assert stepwise_runs


PATCHED = [("Optimizer_SGD", "update_params"), ("Optimizer_SGD", "pre_update_params"),
           ("Layer_Dense", "forward"), ("Layer_Dense", "backward"), ("Activation_ReLU", "forward")]


def patched(name, old):
    def update_params(self, layer):
        layer.dweights = np.clip(layer.dweights, -1e-3, 1e-3)
        old(self, layer)

    def pre_update_params(self):
        old(self)
        self.current_learning_rate *= 0.5

    def forward(self, inputs, training=True):
        old(self, inputs, training)
        self.output = self.output * np.float32(0.5)

    def backward(self, dvalues):
        old(self, dvalues)
        self.dweights = self.dweights * np.float32(0.5)
    return locals()[name]


@pytest.mark.parametrize("profiled", [False, True])
@pytest.mark.parametrize("kind, name", PATCHED)
def test_method_that_somebody_put_on_our_class(monkeypatch, stepwise_runs, kind, name, profiled):
    for nn in fastnn, reference:
        cls = getattr(nn, kind)
        monkeypatch.setattr(cls, name, patched(name, getattr(cls, name)))
    if profiled:
        with fastnn.profile():
            assert_fit_is_the_loop(case(), epochs=3)
    else:
        assert_fit_is_the_loop(case(), epochs=3)
    assert stepwise_runs


def test_profile_alone_leaves_a_fit_compiled(stepwise_runs):
    with fastnn.profile(), fastnn.profile():
        fit(build(fastnn, case()), epochs=3)
    fit(build(fastnn, case()), epochs=3)
    assert not stepwise_runs


def test_method_that_somebody_put_on_the_softmax_within_the_loss():
    def network(nn, case):
        net = build(nn, case)
        old = net.loss.activation.forward
        net.loss.activation.forward = lambda inputs, training=True: old(inputs * np.float32(0.5))
        return net
    combined = Case("combined", "SGD")
    net, loop = network(fastnn, combined), network(reference, combined)
    for one in net, loop:
        one.layers[0].forward(one.X)
        X = one.layers[0].output[:, :3].copy()
        one.loss.forward(X, np.zeros(len(X), int))
    assert np.array_equal(net.loss.output, loop.loss.output)


def test_softmax_of_the_loss_as_a_layer_too(stepwise_runs):
    def network(nn, case):
        np.random.seed(1)
        first, second = nn.Layer_Dense(4, 3), nn.Layer_Dense(3, 3)
        loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        X = np.random.randn(20, 4).astype("f4")
        return Net([first, loss.activation, second], loss, nn.Optimizer_SGD(0.5),
                   nn.Accuracy_Categorical(), X,
                   np.arange(20) % 3)
    assert_fit_is_the_loop(Case("combined", "SGD"), make=network, epochs=4)
    assert stepwise_runs


@pytest.mark.parametrize("log_every", [1, 10])
@pytest.mark.parametrize("part", ["layer", "optimizer"])
def test_callback_that_changes_a_class(part, log_every):
    def callback(net):
        nn = fastnn if isinstance(net.layers[0], fastnn.Layer_Dense) else reference

        def change(row):
            if row[0] == 10:
                if part == "layer":
                    net.layers[1].__class__ = nn.Activation_Tanh
                else:
                    net.optimizer.__class__ = derived(nn.Optimizer_SGD, learning_rate=0)
                    net.optimizer.momentum = 0.5
        return change
    assert_fit_is_the_loop(case(), epochs=25, log_every=log_every, callback=callback)


def unlike(net, change, log_every=10, epochs=31):
    """What the loop and fit make of a change in place at epoch 10; errors by their type."""
    def callback(row):
        if row[0] == 10:
            change(net)
    try:
        train = fit if isinstance(net.layers[0], fastnn.Layer_Dense) else train_by_hand
        train(net, epochs=epochs, log_every=log_every, callback=callback)
    except (ValueError, IndexError, TypeError) as error:
        return error
    return None



CHANGES = {
    "X.shape": lambda net: setattr(net.X, "shape", net.X.shape[::-1]),
    "X.dtype": lambda net: setattr(net.X, "dtype", ">f4"),
    "X.resize": lambda net: net.X.resize((2, net.X.shape[1]), refcheck=False),
    "y.shape": lambda net: setattr(net.y, "shape", (7, 7)),
    "y.dtype": lambda net: setattr(net.y, "dtype", np.float64),
    "weights.resize": lambda net: net.layers[0].weights.resize((300, 16), refcheck=False),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CHANGES)
def test_array_that_a_callback_changes_in_place(name):
    """Once a segmentation fault; and the same arrays elsewhere trained memory that was freed."""
    left = []
    for nn in fastnn, reference:
        net = build(nn, Case("combined", "SGD"))
        left.append((net, unlike(net._replace(X=net.X.copy(), y=net.y.copy()), CHANGES[name])))
    (net, ours), (loop, theirs) = left
    assert (ours is None) == (theirs is None), (ours, theirs)
    if ours is None:
        assert_same_net(net, loop, sharing=False)


def test_weights_that_were_moved_and_brought_back():
    left = []
    for nn in fastnn, reference:
        net = build(nn, Case("combined", "SGD"))
        weights = net.layers[0].weights = net.layers[0].weights.copy()
        others = []

        def move(net, weights=weights, others=others):
            shape, before = weights.shape, weights.copy()
            weights.resize((3000, shape[1]), refcheck=False)
            weights.resize(shape, refcheck=False)
            weights[...] = before
            others.extend(np.full(shape, 7, "f4") for _ in range(50))
        assert unlike(net, move) is None
        assert all((one == 7).all() for one in others)
        left.append(net)
    assert_same_net(*left, sharing=False)


def transposed(net):
    return net._replace(X=net.layers[0].weights.T, y=np.arange(16) % 3)


def test_samples_that_are_a_view_of_the_weights(stepwise_runs):
    def network(nn, case):
        return transposed(build(nn, case))
    assert_fit_is_the_loop(Case("combined", "SGD"), make=network, epochs=5, sharing=False)
    assert stepwise_runs


@pytest.mark.parametrize("optimizer, name", [("momentum", "momentums"), ("RMSprop", "cache")])
def test_state_of_the_class(optimizer, name, stepwise_runs):
    """`hasattr` finds it, and the book goes on from it: fit began with zeros."""
    def network(nn, case):
        net = build(nn, case)
        layer = net.layers[0]
        layer.__class__ = derived(type(layer), **{
            f"weight_{name}": np.full_like(layer.weights, 0.5),
            f"bias_{name}": np.full_like(layer.biases, 0.5)})
        return net
    assert_fit_is_the_loop(Case("combined", optimizer), make=network, epochs=5, sharing=False)
    assert stepwise_runs
