"""The dialects, and other spellings of class names.

Each dialect trains a program with its notebook's names and calls, and so does a set of plain NumPy
classes that behave as that notebook's do: the lines and all arrays must be the same bits.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import sine_data, spiral_data
from programs import assert_same

import fastnn
from fastnn import dialects, reference
from fastnn.dialects import (
    backprop,
    chapter9,
    chapter17,
    chapter18,
    drafts,
    flat_biases,
    short_names,
)
from fastnn.support import numerics, spelling

EPOCHS = 300
Arrays = dict[str, np.ndarray]


# ------------------------------------------------------ the notebooks' behaviour in plain NumPy


class FlatDense(reference.Layer_Dense):
    def backward(self, dvalues):
        super().backward(dvalues)
        self.dbiases = dvalues.sum(axis=0)


class Quotient:
    def pre_update_params(self):
        if self.decay:
            slower = 1 + self.decay * self.iterations
            self.current_learning_rate = self.learning_rate / slower


class FlatSGD(Quotient, reference.Optimizer_SGD):
    def __init__(self, learning_rate=0.5, decay=0.0, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)
        self.initial_rate = learning_rate


class FlatAdagrad(Quotient, reference.Optimizer_Adagrad):
    def __init__(self, learning_rate=0.5, decay=0.0, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon)


class FlatRMSProp(Quotient, reference.Optimizer_RMSprop):
    pass


PLAIN_FLAT_BIASES = SimpleNamespace(**vars(reference) | {
    "Layer_Dense": FlatDense, "Optimizer_SGD": FlatSGD, "Optimizer_Adagrad": FlatAdagrad,
    "Optimizer_RMSProp": FlatRMSProp})


class BackpropDense(reference.Layer_Dense):
    backprop = reference.Layer_Dense.backward

    def forward(self, inputs):
        super().forward(inputs)
        self.forward_pass = self.output


class BackpropReLU(reference.Activation_ReLU):
    backprop = reference.Activation_ReLU.backward


class BackpropLoss:
    def forward(self, inputs, y_true):
        self.y_true = y_true if y_true.ndim == 1 else y_true.argmax(axis=1)
        powers = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.softmax_probabilities = powers / powers.sum(axis=1, keepdims=True)
        self.pred_labels = self.softmax_probabilities.argmax(axis=1)
        self.accuracy = np.mean(self.pred_labels == self.y_true)
        rows = np.arange(len(inputs))
        self.confidences = self.softmax_probabilities.clip(1e-7, 1 - 1e-7)[rows, self.y_true]
        self.loss = np.mean(-np.log(self.confidences))

    def backprop(self):
        self.dvalues = self.softmax_probabilities.copy()
        self.dvalues[np.arange(len(self.y_true)), self.y_true] -= 1
        self.dvalues = self.dvalues / len(self.y_true)


class PerCall:
    """`steps` gives what is subtracted from a parameter; the count is the one after this call."""

    defaults: dict[str, float] = {}

    def __init__(self, learning_rate=None, **options):
        vars(self).update(self.defaults | options)
        self.init_learning_rate = learning_rate or self.defaults["learning_rate"]
        self.iterations = 0

    def update_param(self, layer):
        rate = self.init_learning_rate * (1.0 / (1.0 + self.decay * self.iterations))
        self.iterations += 1
        for letter, parameters, slope in (("w", layer.weights, layer.dweights),
                                          ("b", layer.biases, layer.dbiases)):
            parameters -= self.steps(vars(layer), letter, slope, rate)


class PerCallSGD(PerCall):
    defaults = {"learning_rate": 1.0, "decay": 0.0, "momentum_ratio": 0.0}

    def steps(self, state, letter, slope, rate):
        if not self.momentum_ratio:
            return rate * slope
        name = f"pre_{letter}_momentums"
        before = state.get(name, np.zeros_like(slope))
        state[name] = self.momentum_ratio * before - rate * slope
        return -state[name]


class PerCallAdaGrad(PerCall):
    defaults = {"learning_rate": 1.0, "decay": 1e-4, "epsilon": 1e-7}

    def steps(self, state, letter, slope, rate):
        cache = state.setdefault(f"{letter}_cache", np.zeros_like(slope))
        cache += slope**2
        return rate * slope / (np.sqrt(cache) + self.epsilon)


class PerCallRMSProp(PerCall):
    defaults = {"learning_rate": 0.001, "decay": 1e-4, "rho": 0.9, "epsilon": 1e-7}

    def steps(self, state, letter, slope, rate):
        before = state.get(f"{letter}_cache", np.zeros_like(slope))
        cache = state[f"{letter}_cache"] = self.rho * before + (1 - self.rho) * slope**2
        return rate * slope / (np.sqrt(cache) + self.epsilon)


class PerCallAdam(PerCall):
    defaults = {"learning_rate": 0.001, "decay": 0.0, "epsilon": 1e-7, "beta_1": 0.9,
                "beta_2": 0.999}

    def steps(self, state, letter, slope, rate):
        means, squares = f"{letter}_momentum", f"{letter}_cache"
        one, two, zeros = self.beta_1, self.beta_2, np.zeros_like(slope)
        state[means] = one * state.get(means, zeros) + (1 - one) * slope
        state[squares] = two * state.get(squares, zeros) + (1 - two) * slope**2
        mean = state[means] / (1 - one**self.iterations)
        square = state[squares] / (1 - two**self.iterations)
        return rate * mean / (np.sqrt(square) + self.epsilon)


PLAIN_BACKPROP = SimpleNamespace(
    Dense_layer=BackpropDense, Activation_ReLU=BackpropReLU, Softmax_loss=BackpropLoss,
    Optimizer_SGD=PerCallSGD, Optimizer_AdaGrad=PerCallAdaGrad, Optimizer_RMSProp=PerCallRMSProp,
    Optimizer_Adam=PerCallAdam)


class ShortDense(reference.Layer_Dense):
    def forward(self, inputs):
        super().forward(inputs)
        self.outputs = self.output


class ShortLoss(reference.Loss_CategoricalCrossentropy):
    def forward(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        return super().forward(y_pred, y_true)


class ShortSoftmaxLoss(reference.Activation_Softmax_Loss_CategoricalCrossentropy):
    def __init__(self):
        super().__init__()
        self.loss = ShortLoss()


class ShortDescent:
    def __init__(self, learning_rate=1):
        self.learning_rate = learning_rate

    def update_parameters(self, layer):
        layer.weights += -self.learning_rate * layer.dweights
        layer.biases += -self.learning_rate * layer.dbiases


PLAIN_SHORT_NAMES = SimpleNamespace(
    Dense=ShortDense, ReLU=reference.Activation_ReLU, GradientDescent=ShortDescent,
    Activation_Softmax_Loss_CategoricalCrossEntropy=ShortSoftmaxLoss)


def passing_dvalues(book):
    """A reference class that leaves its gradient in `dvalues`, as the drafts did."""
    class Draft(book):
        def backward(self, *arguments):
            super().backward(*arguments)
            self.dvalues = self.dinputs
    return Draft


class DraftSoftmax(reference.Activation_Softmax):
    def backward(self, dvalues):
        self.dvalues = dvalues.copy()


class DraftCrossentropy(reference.Loss_CategoricalCrossentropy):
    def forward(self, y_pred, y_true):
        losses = super().forward(y_pred, y_true)
        return np.sum(losses) / len(losses)

    def backward(self, dvalues, y_true):
        self.dvalues = (dvalues - np.eye(dvalues.shape[1])[y_true]) / len(dvalues)


class DraftBinary(reference.Loss):
    def forward(self, y_pred, y_true):
        p = y_pred.clip(1e-7, 1 - 1e-7)
        return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))

    def backward(self, dvalues, y_true):
        p = dvalues.clip(1e-7, 1 - 1e-7)
        self.dvalues = -(y_true / p - (1 - y_true) / (1 - p))


class DraftSquared(reference.Loss):
    def forward(self, y_pred, y_true):
        return 2 * np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues, y_true):
        self.dvalues = -(y_true - dvalues)


class DraftAbsolute(reference.Loss_MeanAbsoluteError):
    def backward(self, dvalues, y_true):
        self.dvalues = -np.sign(y_true - dvalues)


class Compounding:
    def pre_update_params(self):
        if self.decay:
            self.learning_rate *= 1.0 / (1.0 + self.decay * self.iterations)
            self.current_learning_rate = self.learning_rate


class DraftSGD(Compounding, reference.Optimizer_SGD):
    def __init__(self, learning_rate=1.0, decay=0.1, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)


PLAIN_DRAFTS = SimpleNamespace(
    **{name: passing_dvalues(getattr(reference, name)) for name in (
        "Layer_Dense", "Layer_Dropout", "Activation_ReLU", "Activation_Sigmoid",
        "Activation_Linear")},
    **{name: type(name, (Compounding, getattr(reference, name)), {}) for name in (
        "Optimizer_Adagrad", "Optimizer_RMSprop", "Optimizer_Adam")},
    Optimizer_SGD=DraftSGD, Activation_Softmax=DraftSoftmax,
    Loss_CategoricalCrossentropy=DraftCrossentropy, Loss_BinaryCrossentropy=DraftBinary,
    Loss_MeanSquaredError=DraftSquared, Loss_MeanAbsoluteError=DraftAbsolute)


# -------------------------------------------------------------------------------- programs

LAYER = "inputs weights biases dweights dbiases dinputs"
STATE = "weight_momentums bias_momentums weight_cache bias_cache"
STATE_001 = "pre_w_momentums pre_b_momentums w_momentum b_momentum w_cache b_cache"


def kept(prefix: str, thing: Any, names: str) -> Arrays:
    """Those of the attributes that the object has."""
    return {f"{prefix}.{name}": np.array(getattr(thing, name))
            for name in names.split() if hasattr(thing, name)}


def train_flat_biases(nn: Any, make: Callable, say: Callable, watch: Callable) -> Arrays:
    """Notebooks 000 and 004; 004 calls nothing before and after the updates."""
    X, y = spiral_data(samples=100, classes=3)
    dense1, relu, dense2 = nn.Layer_Dense(2, 64), nn.Activation_ReLU(), nn.Layer_Dense(64, 3)
    head, optimizer = nn.Activation_Softmax_Loss_CategoricalCrossentropy(), make(nn)
    for epoch in range(EPOCHS):
        watch(epoch)
        dense1.forward(X)
        relu.forward(dense1.output)
        dense2.forward(relu.output)
        loss = head.forward(dense2.output, y)
        if not epoch % 50:
            say(f"{epoch} {loss} {optimizer.current_learning_rate}")
        head.backward(head.output, y)
        dense2.backward(head.dinputs)
        relu.backward(dense2.dinputs)
        dense1.backward(relu.dinputs)
        if optimizer.decay:
            optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        if optimizer.decay:
            optimizer.post_update_params()
    return (kept("dense1", dense1, f"{LAYER} output {STATE}") | kept("head", head, "output dinputs")
            | kept("dense2", dense2, f"{LAYER} output {STATE}")
            | kept("relu", relu, "output dinputs"))


def train_backprop(nn: Any, make: Callable, say: Callable, watch: Callable) -> Arrays:
    """Notebook 001; the targets turn one-hot half-way."""
    X, y = spiral_data(samples=100, classes=3)
    dense1, relu, dense2 = nn.Dense_layer(2, 64), nn.Activation_ReLU(), nn.Dense_layer(64, 3)
    head, optimizer = nn.Softmax_loss(), make(nn)
    for epoch in range(EPOCHS):
        watch(epoch)
        dense1.forward(X)
        relu.forward(dense1.forward_pass)
        dense2.forward(relu.output)
        assert head.forward(dense2.forward_pass, y if epoch < 150 else np.eye(3)[y]) is None
        if not epoch % 50:
            say(f"{epoch} {head.accuracy} {head.loss}")
        head.backprop()
        dense2.backprop(head.dvalues)
        relu.backprop(dense2.dinputs)
        dense1.backprop(relu.dinputs)
        optimizer.update_param(dense1)
        optimizer.update_param(dense2)
    names = "softmax_probabilities pred_labels accuracy loss y_true confidences dvalues"
    return (kept("dense1", dense1, f"{LAYER} forward_pass {STATE_001}") | kept("head", head, names)
            | kept("dense2", dense2, f"{LAYER} forward_pass {STATE_001}")
            | kept("optimizer", optimizer, "iterations init_learning_rate momentum_ratio"))


def train_short_names(nn: Any, make: Callable, say: Callable, watch: Callable) -> Arrays:
    """Notebook 003; the rate is changed by hand half-way."""
    X, y = spiral_data(samples=100, classes=3)
    dense1, relu, dense2 = nn.Dense(2, 64), nn.ReLU(), nn.Dense(64, 3)
    head, optimizer = nn.Activation_Softmax_Loss_CategoricalCrossEntropy(), make(nn)
    for epoch in range(EPOCHS):
        watch(epoch)
        dense1.forward(X)
        relu.forward(dense1.outputs)
        dense2.forward(relu.output)
        loss = head.forward(dense2.outputs, y)
        if epoch == 150:
            optimizer.learning_rate = 0.5
        if not epoch % 50:
            say(f"{epoch} {loss} {optimizer.learning_rate}")
        head.backward(head.output, y)
        dense2.backward(head.dinputs)
        relu.backward(dense2.dinputs)
        dense1.backward(relu.dinputs)
        optimizer.update_parameters(dense1)
        optimizer.update_parameters(dense2)
    return (kept("dense1", dense1, f"{LAYER} outputs") | kept("dense2", dense2, f"{LAYER} outputs")
            | kept("head", head, "output dinputs") | kept("loss", head.loss, "y_pred y_true"))


def train_draft(nn: Any, make: Callable, say: Callable, watch: Callable) -> Arrays:
    """A network 64 wide, for the problem that `make` names, as the drafts wrote it."""
    optimizer, head, loss_function, (X, y) = make(nn)
    dense1 = nn.Layer_Dense(X.shape[1], 64, weight_regularizer_l2=5e-4)
    dense2 = nn.Layer_Dense(64, 3 if y.ndim == 1 else 1)
    chain = [dense1, nn.Activation_ReLU(), nn.Layer_Dropout(0.1), dense2, head]
    for epoch in range(EPOCHS):
        watch(epoch)
        output = X
        for layer in chain:
            layer.forward(output)
            output = layer.output
        loss = np.mean(loss_function.forward(output, y))
        if not epoch % 50:
            say(f"{epoch} {loss} {loss_function.regularization_loss(dense1)} "
                f"{optimizer.current_learning_rate}")
        loss_function.backward(output, y)
        dvalues = loss_function.dvalues
        for layer in reversed(chain):
            layer.backward(dvalues)
            dvalues = layer.dvalues
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()
    names = "weights biases dweights dbiases dvalues output"
    return (kept("dense1", dense1, f"{names} {STATE}") | kept("dense2", dense2, f"{names} {STATE}")
            | kept("head", head, "output dvalues") | kept("loss", loss_function, "dvalues")
            | {"losses": np.array(loss_function.forward(output, y))})


def binary_spiral():
    X, y = spiral_data(samples=100, classes=2)
    return X, y.reshape(-1, 1)


# name: program, dialect, its plain NumPy, a function that makes the optimizer (and more)
CASES: dict[str, tuple[Callable, Any, Any, Callable]] = {
    f"{program.__name__[6:]} {name}": (program, dialect, plain, make)
    for program, dialect, plain, makers in (
        (train_flat_biases, flat_biases, PLAIN_FLAT_BIASES, {
            "000 Adagrad": lambda nn: nn.Optimizer_Adagrad(learning_rate=1.0, decay=1e-4),
            "000 RMSProp": lambda nn: nn.Optimizer_RMSProp(0.02, decay=1e-5, rho=0.999),
            "000 Adam": lambda nn: nn.Optimizer_Adam(learning_rate=0.02, decay=1e-5),
            "000 SGD": lambda nn: nn.Optimizer_SGD(decay=1e-3, momentum=0.9),
            "004 SGD": lambda nn: nn.Optimizer_SGD(),
        }),
        (train_backprop, backprop, PLAIN_BACKPROP, {
            "SGD": lambda nn: nn.Optimizer_SGD(decay=1e-3),
            "momentum": lambda nn: nn.Optimizer_SGD(decay=1e-3, momentum_ratio=0.9),
            "AdaGrad": lambda nn: nn.Optimizer_AdaGrad(),
            "RMSProp": lambda nn: nn.Optimizer_RMSProp(),
            "RMSProp 0.999": lambda nn: nn.Optimizer_RMSProp(0.02, decay=1e-5, rho=0.999),
            "Adam": lambda nn: nn.Optimizer_Adam(learning_rate=0.05, decay=5e-7),
        }),
        (train_short_names, short_names, PLAIN_SHORT_NAMES, {
            "default": lambda nn: nn.GradientDescent(),
            "0.1": lambda nn: nn.GradientDescent(0.1),
        }),
        (train_draft, drafts, PLAIN_DRAFTS, {
            "classes": lambda nn: (
                nn.Optimizer_SGD(decay=1e-4, momentum=0.9), nn.Activation_Softmax(),
                nn.Loss_CategoricalCrossentropy(), spiral_data(samples=100, classes=3)),
            "binary": lambda nn: (
                nn.Optimizer_Adam(decay=1e-8), nn.Activation_Sigmoid(),
                nn.Loss_BinaryCrossentropy(), binary_spiral()),
            "squared": lambda nn: (
                nn.Optimizer_RMSprop(0.005, decay=1e-6), nn.Activation_Linear(),
                nn.Loss_MeanSquaredError(), sine_data(100)),
            "absolute": lambda nn: (
                nn.Optimizer_Adagrad(0.01), nn.Activation_Linear(),
                nn.Loss_MeanAbsoluteError(), sine_data(100)),
        }),
    )
    for name, make in makers.items()
}


@pytest.mark.parametrize("case", CASES)
def test_dialect_prints_and_leaves_what_its_notebook_does(book_numpy: None, case: str) -> None:
    program, dialect, plain, make = CASES[case]
    runs = []
    for nn in (dialect, plain):
        np.random.seed(0)
        lines: list[str] = []
        runs.append((lines, program(nn, make, lines.append, lambda epoch: None)))
    (got_lines, got), (expected_lines, expected) = runs
    assert got_lines == expected_lines
    assert_same(got, expected)
    assert "nan" not in got_lines[-1]


# The linear activation has nothing to compile.
HOT = [one for one in vars(reference).values()
       if isinstance(one, type) and one is not reference.Activation_Linear]


@pytest.mark.parametrize("case", CASES)
def test_dialect_trains_in_the_kernels(
    book_numpy: None, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """From the third epoch on the NumPy versions of the hot methods are out of order."""
    program, dialect, _, make = CASES[case]

    def refuse(*arguments):
        raise AssertionError("a fallback to NumPy")

    def watch(epoch):
        if epoch == 2:
            monkeypatch.setattr(numerics, "dot", refuse)
            for one in HOT:
                for method in ("forward", "backward", "update_params", "calculate"):
                    if method in vars(one):
                        monkeypatch.setattr(one, method, refuse)

    program(dialect, make, lambda line: None, watch)


# ------------------------------------------------------------------------- single claims


@pytest.fixture
def layer() -> Iterator[Any]:
    """A layer of 001 after one pass, NumPy seeded."""
    np.random.seed(1)
    made = backprop.Dense_layer(n_inputs=4, n_nodes=3)
    made.forward(np.random.randn(5, 4))
    made.backprop(np.random.randn(5, 3))
    yield made


def test_flat_biases_have_flat_gradients_and_matrix_state() -> None:
    dense: Any = flat_biases.Layer_Dense(4, 3)
    dense.forward(np.ones((5, 4)))
    dense.backward(np.ones((5, 3)))
    flat_biases.Optimizer_Adam().update_params(dense)
    assert dense.dbiases.shape == (3,)
    assert dense.biases.shape == dense.bias_cache.shape == dense.bias_momentums.shape == (1, 3)


def test_flat_biases_gradient_survives_an_update_that_fails() -> None:
    dense = flat_biases.Layer_Dense(4, 3)
    dense.dweights, dense.dbiases = np.ones((4, 3)), np.ones(2)
    with pytest.raises(ValueError, match="dbiases must be"):
        flat_biases.Optimizer_SGD().update_params(dense)
    assert dense.dbiases.shape == (2,)


def test_flat_biases_optimizers_take_the_book_layers() -> None:
    dense = fastnn.Layer_Dense(4, 3)
    dense.forward(np.ones((5, 4)))
    dense.backward(np.ones((5, 3)))
    flat_biases.Optimizer_SGD(learning_rate=1.0).update_params(dense)
    assert np.array_equal(dense.biases, [[-5, -5, -5]])


def test_flat_biases_sgd_follows_its_learning_rate_at_once() -> None:
    optimizer = flat_biases.Optimizer_SGD()
    assert optimizer.learning_rate == optimizer.initial_rate == 0.5
    optimizer.learning_rate = 0.25
    assert optimizer.initial_rate == optimizer.current_learning_rate == 0.25


@pytest.mark.parametrize("name", ["Optimizer_Adagrad", "Optimizer_RMSProp", "Optimizer_Adam"])
def test_flat_biases_optimizers_name_their_first_rate(name: str) -> None:
    optimizer = getattr(flat_biases, name)(0.125)
    assert optimizer.initial_learning_rate == 0.125
    optimizer.initial_learning_rate = 0.5
    assert optimizer.learning_rate == 0.5


def test_backprop_counts_calls_and_makes_state_at_the_first(layer: Any) -> None:
    optimizer = backprop.Optimizer_Adam()
    assert not hasattr(layer, "w_cache")
    optimizer.update_param(layer)
    optimizer.update_param(layer)
    assert optimizer.iterations == 2
    assert layer.w_cache.shape == layer.w_momentum.shape == (4, 3)
    assert not hasattr(layer, "weight_cache")


def test_backprop_momentum_is_not_that_of_adam(layer: Any) -> None:
    backprop.Optimizer_Adam().update_param(layer)
    means = layer.w_momentum.copy()
    backprop.Optimizer_SGD(learning_rate=0.5, momentum_ratio=0.9).update_param(layer)
    assert np.array_equal(layer.pre_w_momentums, -0.5 * layer.dweights)
    assert np.array_equal(layer.w_momentum, means)


def test_backprop_layer_can_be_given_its_output(layer: Any) -> None:
    layer.forward_pass = np.zeros((5, 3))
    assert layer.output is layer.forward_pass


def test_softmax_loss_starts_empty() -> None:
    loss = backprop.Softmax_loss()
    for name in ("softmax_probabilities", "pred_labels", "accuracy", "loss", "dvalues", "y_true"):
        assert getattr(loss, name) is None
    assert not hasattr(loss, "confidences")


def test_softmax_loss_in_single_steps() -> None:
    loss = backprop.Softmax_loss()
    loss.y_true_check(np.array([[0, 1], [1, 0]]))
    loss.softmax(np.zeros((2, 2)))
    loss.output_labels()
    loss.calculate_accuracy()
    loss.cross_entropy()
    assert np.array_equal(loss.confidences, [0.5, 0.5])
    assert loss.accuracy == 0.5 and loss.loss == np.log(2)


def test_chapter9_softmax_keeps_its_inputs_twice() -> None:
    inputs, head = np.zeros((2, 3)), chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    head.forward(inputs, np.array([0, 2]))
    assert head.activation.inpus is head.activation.inputs is inputs


def test_chapter9_gradients_of_both_ways_are_those_printed(book_numpy: None) -> None:
    probabilities = np.array([[0.7, 0.1, 0.2], [0.1, 0.5, 0.4], [0.02, 0.9, 0.08]])
    targets = np.array([0, 1, 1])
    head = chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    head.backward(probabilities, targets)
    softmax, loss = chapter9.Activation_Softmax(), chapter9.Loss_CategoricalCrossentropy()
    softmax.output = probabilities
    loss.backward(probabilities, targets)
    softmax.backward(loss.dinputs)
    assert str(head.dinputs).split("\n")[0] == "[[-0.1         0.03333333  0.06666667]"
    assert str(softmax.dinputs).split("\n")[0] == "[[-0.09999999  0.03333334  0.06666667]"


def test_chapter9_pass_is_the_one_printed(book_numpy: None) -> None:
    X, y = spiral_data(samples=100, classes=3)
    dense1, relu, dense2 = (chapter9.Layer_Dense(2, 3), chapter9.Activation_ReLU(),
                            chapter9.Layer_Dense(3, 3))
    head = chapter9.Activation_Softmax_Loss_CategoricalCrossentropy()
    dense1.forward(X)
    relu.forward(dense1.output)
    dense2.forward(relu.output)
    assert str(head.forward(dense2.output, y)) == "1.0986104"
    head.backward(head.output, y)
    dense2.backward(head.dinputs)
    relu.backward(dense2.dinputs)
    dense1.backward(relu.dinputs)
    printed = {"[[ 1.5766357e-04  7.8368583e-05  4.7324400e-05]": dense1.dweights,
               "[[-3.60553473e-04  9.66117223e-05 -1.03671395e-04]]": dense1.dbiases,
               "[[ 5.44109462e-05  1.07411419e-04 -1.61822361e-04]": dense2.dweights,
               "[[-1.0729185e-05 -9.4610732e-06  2.0027859e-05]]": dense2.dbiases}
    for line, gradient in printed.items():
        assert str(gradient).split("\n")[0] == line


def test_drafts_loss_calculates_what_forward_returns() -> None:
    p, y = np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([0, 0])
    loss = drafts.Loss_CategoricalCrossentropy()
    assert loss.calculate(p, y) == loss.forward(p, y) == np.log(8) / 2
    assert loss.calculate(p, y, include_regularization=True) == (np.log(8) / 2, 0)
    assert loss.calculate_accumulated() == np.log(8) / 2


def test_drafts_regression_is_twice_as_strict() -> None:
    accuracy = drafts.Accuracy_Regression()
    accuracy.init(np.array([-500.0, 500.0]))
    assert accuracy.precision == 1.0
    assert accuracy.calculate(np.array([0.5, 2.0]), np.array([0.0, 0.0])) == 0.5


def test_drafts_sgd_starts_with_decay_and_compounds() -> None:
    optimizer = drafts.Optimizer_SGD()
    assert optimizer.decay == 0.1
    optimizer.iterations = 10
    for expected in (0.5, 0.25):
        optimizer.pre_update_params()
        assert optimizer.learning_rate == optimizer.current_learning_rate == expected


def test_drafts_train_a_model(book_numpy: None, capsys: pytest.CaptureFixture) -> None:
    X, y = spiral_data(samples=100, classes=3)
    model = drafts.Model()
    for one in (drafts.Layer_Dense(2, 8), drafts.Activation_ReLU(), drafts.Layer_Dense(8, 3),
                drafts.Activation_Softmax()):
        model.add(one)
    model.set(loss=drafts.Loss_CategoricalCrossentropy(), accuracy=drafts.Accuracy_Categorical(),
              optimizer=drafts.Optimizer_Adam(0.01, decay=1e-8))
    model.finalize()
    model.train(X, y, epochs=10, print_every=5, validation_data=(X, y))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch: 5", "epoch: 10", "validation"]


def test_chapter17_weights_start_ten_times_larger() -> None:
    weights = []
    for nn in (chapter17, fastnn):
        np.random.seed(3)
        weights.append(nn.Layer_Dense(2, 5).weights)
    np.random.seed(3)
    assert np.array_equal(weights[0], 0.1 * np.random.randn(2, 5))
    assert np.allclose(weights[0], 10 * weights[1])
    assert isinstance(chapter17.Layer_Dense(2, 5), fastnn.Layer_Dense)


def test_chapter18_model_prints_epochs(book_numpy: None, capsys: pytest.CaptureFixture) -> None:
    printed = []
    for nn, model in ((chapter18, chapter18.Model()), (reference, reference.Model(lines="epochs"))):
        np.random.seed(0)
        X, y = spiral_data(samples=50, classes=3)
        for one in (nn.Layer_Dense(2, 16, weight_regularizer_l2=5e-4), nn.Activation_ReLU(),
                    nn.Layer_Dropout(0.1), nn.Layer_Dense(16, 3), nn.Activation_Softmax()):
            model.add(one)
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical(),
                  optimizer=nn.Optimizer_Adam(learning_rate=0.05, decay=5e-5))
        model.finalize()
        model.train(X, y, epochs=60, print_every=20, validation_data=(X, y))
        printed.append(capsys.readouterr().out)
    got, expected = printed
    assert got == expected
    assert got.startswith("epoch: 20, acc: ")


# ----------------------------------------------------------------------------- the modules

MODULES = [f"{dialects.__name__}.{module.name}" for module in pkgutil.iter_modules(
    dialects.__path__) if not module.name.startswith("_")]


@pytest.mark.parametrize("path", MODULES)
def test_star_import_gives_exactly_all(path: str) -> None:
    module = importlib.import_module(path)
    namespace: dict[str, Any] = {}
    exec(f"from {path} import *", namespace)
    del namespace["__builtins__"]
    assert sorted(namespace) == sorted(module.__all__)
    assert all(isinstance(one, type) for one in namespace.values())


@pytest.mark.parametrize("path", MODULES)
def test_dialect_documents_how_to_import_it_and_what_differs(path: str) -> None:
    text = importlib.import_module(path).__doc__ or ""
    assert f"from {path} import *" in text
    assert "Differs: " in text
    assert f"{path.rpartition('.')[2]} " in (dialects.__doc__ or "")


@pytest.mark.parametrize(("made", "parameters"), [
    (flat_biases.Optimizer_SGD, "(learning_rate=0.5, decay=0.0, momentum=0.0)"),
    (flat_biases.Optimizer_Adagrad, "(learning_rate=0.5, decay=0.0, epsilon=1e-07)"),
    (flat_biases.Optimizer_RMSProp, "(learning_rate=0.001, decay=0.0, epsilon=1e-07, rho=0.9)"),
    (backprop.Dense_layer, "(n_inputs, n_nodes)"),
    (backprop.Optimizer_SGD, "(learning_rate=1.0, decay=0.0, momentum_ratio=0.0)"),
    (backprop.Optimizer_AdaGrad, "(learning_rate=1.0, decay=0.0001, epsilon=1e-07)"),
    (backprop.Optimizer_RMSProp, "(learning_rate=0.001, decay=0.0001, rho=0.9, epsilon=1e-07)"),
    (short_names.GradientDescent, "(learning_rate=1)"),
    (drafts.Optimizer_SGD, "(learning_rate=1.0, decay=0.1, momentum=0.0)"),
    (drafts.Layer_Dense, "(inputs, neurons, weight_regularizer_l1=0, weight_regularizer_l2=0, "
                         "bias_regularizer_l1=0, bias_regularizer_l2=0)"),
])
def test_constructor_takes_what_the_notebook_passes(made: type, parameters: str) -> None:
    taken = inspect.signature(made).parameters.values()
    bare = [one.replace(annotation=one.empty) for one in taken]
    assert str(inspect.Signature(bare)) == parameters


def test_rmsprop_of_001_takes_rho_before_epsilon() -> None:
    optimizer = backprop.Optimizer_RMSProp(0.02, 1e-5, 0.999, 1e-6)
    assert (optimizer.rho, optimizer.epsilon) == (0.999, 1e-6)


def test_names_that_differ_alone_are_the_same_class() -> None:
    assert flat_biases.Loss_CategoricalCrossEntropy is fastnn.Loss_CategoricalCrossentropy
    assert flat_biases.Activation_ReLU is short_names.ReLU is fastnn.Activation_ReLU
    assert chapter18.Layer_Dense is chapter9.Layer_Dense is fastnn.Layer_Dense


# -------------------------------------------------------------------------------- spelling

SPELLINGS = {
    "Layer_Dense": "Layer_Dense LayerDense Dense DenseLayer Dense_Layer Dense_layer layer_dense",
    "Layer_Dropout": "Layer_Dropout Dropout DropoutLayer LayerDropOut",
    "Layer_Input": "Layer_Input LayerInput Input",
    "Activation_ReLU": "Activation_ReLU ReLU ActivationReLU Activation_ReLu Activation_Relu "
                       "ActivationRelu Relu ReLU_Activation RELU",
    "Activation_Softmax": "Activation_Softmax Softmax ActivationSoftmax SoftMax "
                          "Activation_SoftMax",
    "Activation_Sigmoid": "Activation_Sigmoid Sigmoid ActivationSigmoid",
    "Activation_Linear": "Activation_Linear Linear",
    "Activation_Tanh": "Activation_Tanh Tanh TanH Activation_TanH",
    "Activation_LeakyReLU": "Activation_LeakyReLU LeakyReLU Leaky_ReLU Activation_Leaky_Relu",
    "Loss_CategoricalCrossentropy":
        "Loss_CategoricalCrossentropy Loss_CategoricalCrossEntropy CategoricalCrossEntropy "
        "LossCategoricalCrossEntropy CrossEntropyLoss CrossEntropy Loss_Categorical_Crossentropy",
    "Activation_Softmax_Loss_CategoricalCrossentropy":
        "Activation_Softmax_Loss_CategoricalCrossentropy "
        "ActivationSoftmaxLossCategoricalCrossentropy "
        "ActivationSoftmaxLossCategoricalCrossEntropy "
        "Activation_Softmax_Loss_CategoricalCrossEntropy SoftmaxCrossEntropy",
    "Loss_BinaryCrossentropy": "Loss_BinaryCrossentropy Loss_BinaryCrossEntropy "
                               "BinaryCrossEntropy BCE BCELoss",
    "Loss_MeanSquaredError": "Loss_MeanSquaredError MeanSquaredError MSE Loss_MSE MSELoss",
    "Loss_MeanAbsoluteError": "Loss_MeanAbsoluteError LossMeanAbsoluteError MAE",
    "Optimizer_SGD": "Optimizer_SGD SGD OptimizerSGD Optimiser_SGD SGD_Optimizer",
    "Optimizer_Adagrad": "Optimizer_Adagrad AdaGrad Adagrad Optimizer_AdaGrad OptimizerAdaGrad",
    "Optimizer_RMSprop": "Optimizer_RMSprop RMSProp RMSprop Optimizer_RMSProp Optimizer_RMS_Prop",
    "Optimizer_Adam": "Optimizer_Adam Adam OptimizerAdam Optimiser_Adam AdamOptimizer",
    "Accuracy_Categorical": "Accuracy_Categorical AccuracyCategorical CategoricalAccuracy",
    "Accuracy_Regression": "Accuracy_Regression Regression_Accuracy",
    "Model": "Model MODEL",
}


@pytest.mark.parametrize(("name", "written"), [
    (name, written) for name, all_written in SPELLINGS.items() for written in all_written.split()])
def test_spelling_finds_the_class(name: str, written: str) -> None:
    assert spelling.find(written, vars(fastnn)) is getattr(fastnn, name)


@pytest.mark.parametrize(("written", "hint"), [
    ("Layer_Dens", "'Layer_Dense'"),
    ("Layer", "'Layer_Dense'"),  # which of the layers?
    ("Optimizer_Adamax", "'Optimizer_Adam'"),
    ("Categorical", "'Accuracy_Categorical'"),  # an accuracy or a loss?
    ("Loss_Softmax", ""),  # softmax is no loss
    ("Layer_ReLU", ""),
    ("warmpu", "'warmup'"),
])
def test_spelling_refuses_other_names_with_a_hint(written: str, hint: str) -> None:
    with pytest.raises(AttributeError) as caught:
        spelling.find(written, vars(fastnn))
    message = str(caught.value)
    assert message.startswith(f"module 'fastnn' has no attribute {written!r}")
    assert hint in message


@pytest.mark.parametrize("written", ["Convolution", "_Layer_Dense", "__wrapped__", "__path__x",
                                     "__Model__"])
def test_spelling_gives_no_hint_where_nothing_is_near(written: str) -> None:
    with pytest.raises(AttributeError) as caught:
        spelling.find(written, vars(fastnn))
    assert str(caught.value) == f"module 'fastnn' has no attribute {written!r}"


@pytest.mark.parametrize("written", ["dense", "softmax", "adam", "loss"])
def test_spelling_takes_a_small_word_for_no_class(written: str) -> None:
    """`from package import loss` must go on to look for a module of that name."""
    with pytest.raises(AttributeError):
        spelling.find(written, vars(fastnn))


def test_spelling_prefers_the_exact_name() -> None:
    namespace = {"__name__": "mine", "Dense": 1, "Layer_Dense": fastnn.Layer_Dense}
    assert spelling.find("Dense", namespace) == 1


def test_spelling_refuses_what_two_classes_share() -> None:
    namespace = {"__name__": "mine", "Layer_Linear": type("A", (), {}),
                 "Activation_Linear": type("B", (), {})}
    assert spelling.find("LayerLinear", namespace) is namespace["Layer_Linear"]
    with pytest.raises(AttributeError, match="module 'mine' has no attribute 'Linear'"):
        spelling.find("Linear", namespace)


def test_spelling_serves_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PEP 562 asks for: attribute access, `from ... import` and hasattr."""
    monkeypatch.setattr(fastnn, "__getattr__", lambda name: spelling.find(name, vars(fastnn)),
                        raising=False)
    namespace: dict[str, Any] = {}
    exec("from fastnn import DenseLayer, Optimiser_SGD", namespace)
    assert namespace["DenseLayer"] is fastnn.Layer_Dense
    assert namespace["Optimiser_SGD"] is fastnn.Optimizer_SGD
    assert not hasattr(fastnn, "Convolution")
    with pytest.raises(ImportError):
        exec("from fastnn import Optimizer_Foo", {})
