"""What fit cannot compile runs step by step, with the same results, and the reason can be read."""

import numpy as np
import pytest
from networks import (
    LOSSES,
    Case,
    Doubling,
    assert_fit_is_the_loop,
    assert_same_net,
    build,
    fit,
    train_by_hand,
)

import fastnn
from fastnn import engine, reference
from fastnn.dialects import chapter9, chapter18, divided, flat_biases, short_names, synonyms

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("book_numpy")]


class Steps:
    """An optimizer of somebody's own."""

    current_learning_rate = 0.5

    def __init__(self):
        self.order = []

    def pre_update_params(self):
        self.order.append("pre")

    def update_params(self, layer):
        self.order.append(layer.weights.shape[0])
        layer.weights = layer.weights - 0.5 * layer.dweights
        layer.biases = layer.biases - 0.5 * layer.dbiases

    def post_update_params(self):
        self.order.append("post")


def overridden(base, method):
    """A subclass that does something of its own before."""
    class Own(base):
        pass

    def own(self, *arguments):
        self.calls = getattr(self, "calls", 0) + 1
        return getattr(super(Own, self), method)(*arguments)
    setattr(Own, method, own)
    return Own


def with_foreign_layer(nn, case):
    net = build(nn, case)
    net.layers.insert(2, Doubling())
    return net


def with_own_forward(nn, case):
    net = build(nn, case)
    net.layers[1] = overridden(nn.Activation_ReLU, "forward")()
    return net


def with_method_on_the_object(nn, case):
    net = build(nn, case)
    plain = net.layers[1].backward
    net.layers[1].backward = lambda dvalues: plain(2 * dvalues)
    return net


def with_foreign_loss(nn, case):
    class Fourth(nn.Loss):
        def forward(self, y_pred, y_true):
            return np.mean((y_pred - y_true) ** 4, axis=-1)

        def backward(self, dvalues, y_true):
            self.dinputs = 4 * (dvalues - y_true) ** 3 / dvalues.size
    return build(nn, case._replace(loss="squared 3"))._replace(loss=Fourth())


def with_own_loss(nn, case):
    net = build(nn, case._replace(loss="squared 3"))
    return net._replace(loss=overridden(nn.Loss_MeanSquaredError, "backward")())


def with_foreign_optimizer(nn, case):
    return build(nn, case)._replace(optimizer=Steps())


def with_numpy_rate(nn, case):
    net = build(nn, case)
    net.optimizer.learning_rate = np.float64(0.05)
    return net


def with_float64_weights(nn, case):
    net = build(nn, case)
    net.layers[0].weights = net.layers[0].weights.astype("f8")
    return net


def with_a_layer_twice(nn, case):
    net = build(nn, case)
    net.layers.insert(2, net.layers[1])
    return net


UNFUSABLE = {  # what makes the network: the reason why it goes step by step
    with_foreign_layer: "Doubling is not one of fastnn's classes",
    with_own_forward: "Own has its own forward",
    with_method_on_the_object: "Activation_ReLU has its own backward",
    with_foreign_loss: "Fourth is not one of fastnn's classes",
    with_own_loss: "Own has its own backward",
    with_foreign_optimizer: "Steps is not one of fastnn's classes",
    with_numpy_rate: "Optimizer_Adam.learning_rate is not a plain Python number",
    with_float64_weights: "Layer_Dense(5, 16) has weights of float64 and biases of float32",
    with_a_layer_twice: "a layer stands in the chain twice",
}


@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("make", UNFUSABLE, ids=lambda make: make.__name__)
def test_what_cannot_be_compiled_is_the_loop_all_the_same(stepwise_runs, make, batch):
    assert_fit_is_the_loop(Case(batch=batch, regularized=True), make=make, epochs=6, log_every=2)
    assert len(stepwise_runs) == 1


@pytest.mark.parametrize("make", UNFUSABLE, ids=lambda make: make.__name__)
def test_validation_of_what_cannot_be_compiled_is_the_loops(make):
    other = build(reference, Case("squared 3" if "loss" in make.__name__ else "combined"))
    assert_fit_is_the_loop(Case(batch=16), make=make, epochs=4,
                           validation_data=(2 * other.X[:20], other.y[:20].copy()))


@pytest.mark.parametrize("make", UNFUSABLE, ids=lambda make: make.__name__)
def test_why_not_names_the_culprit(make):
    net = make(fastnn, Case())
    assert engine.why_not(net.layers, net.loss, net.optimizer) == UNFUSABLE[make]


@pytest.mark.parametrize("loss", LOSSES)
def test_why_not_is_none_for_what_is_compiled(stepwise_runs, loss):
    net = build(fastnn, Case(loss, dropout=True))
    assert engine.why_not(net.layers, net.loss, net.optimizer) is None
    fit(net, epochs=1)
    assert stepwise_runs == []


def sigmoid_after_dropout():
    return [fastnn.Layer_Dense(5, 16), fastnn.Layer_Dropout(0.2), fastnn.Activation_Sigmoid(),
            fastnn.Layer_Dense(16, 3)]


def float64_layer():
    layers = build(fastnn, Case()).layers
    for name in ("weights", "biases"):
        setattr(layers[0], name, getattr(layers[0], name).astype("f8"))
    return layers


@pytest.mark.parametrize("make", [sigmoid_after_dropout, float64_layer])
def test_why_not_knows_what_types_forbid(stepwise_runs, make):
    net = build(fastnn, Case())._replace(layers=make())
    reason = engine.why_not(net.layers, net.loss, net.optimizer)
    fit(net, epochs=1)
    assert len(stepwise_runs) == 1
    assert reason is not None


@pytest.mark.parametrize("make", [sigmoid_after_dropout, float64_layer])
def test_types_that_are_not_compiled_are_the_loops(make):
    """What the engine would compile into other digits goes step by step."""
    left = []
    for train in (fit, train_by_hand):
        net = build(fastnn, Case())
        np.random.seed(5)
        net = net._replace(layers=make())
        train(net, epochs=3)
        left.append(net)
    assert_same_net(*left)


DIALECTS = {  # dialect, dense, softmax and its loss, optimizer, why it goes step by step
    "flat_biases": (flat_biases, "Layer_Dense", "Activation_Softmax_Loss_CategoricalCrossentropy",
                    "Optimizer_Adam", "Layer_Dense has its own backward"),
    "short_names": (short_names, "Dense", "Activation_Softmax_Loss_CategoricalCrossEntropy",
                    "GradientDescent", "Activation_Softmax_Loss_CategoricalCrossEntropy has its "
                    "own forward"),
    "chapter9": (chapter9, "Layer_Dense", "Activation_Softmax_Loss_CategoricalCrossentropy", None,
                 None),
    "synonyms": (synonyms, "Layer_Dense", "Activation_Softmax_Loss_CategoricalCrossentropy",
                 "Optimizer_Adam", None),
    "divided": (divided, "Layer_Dense", "Activation_Softmax_Loss_CategoricalCrossentropy",
                "Optimizer_Adam", "Optimizer_Adam has its own pre_update_params"),
    "chapter18": (chapter18, "Layer_Dense", "Activation_Softmax_Loss_CategoricalCrossentropy",
                  "Optimizer_RMSprop", None),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_dialects_class_trains_as_in_its_loop(stepwise_runs, name):
    dialect, dense, loss, optimizer, reason = DIALECTS[name]
    left = []
    for train in (fit, train_by_hand):
        net = build(fastnn, Case())
        np.random.seed(5)
        make = getattr(dialect, dense)
        net = net._replace(
            layers=[make(5, 16), fastnn.Activation_ReLU(), make(16, 3)],
            loss=getattr(dialect, loss)(),
            optimizer=getattr(dialect, optimizer)() if optimizer else net.optimizer)
        assert engine.why_not(net.layers, net.loss, net.optimizer) == reason
        left.append((net, np.array(list(train(net, epochs=3, batch_size=16)))))
    assert_same_net(left[0][0], left[1][0])
    assert np.array_equal(left[0][1], left[1][1], equal_nan=True)
    assert len(stepwise_runs) == (reason is not None)


def test_loss_needs_no_more_than_calculate_and_backward():
    class Bare:
        def calculate(self, output, y):
            return np.mean((output - y) ** 2)

        def backward(self, output, y):
            self.dinputs = 2 * (output - y) / output.size
    net = build(fastnn, Case("squared 3"))._replace(loss=Bare())
    fit(net, epochs=2)
