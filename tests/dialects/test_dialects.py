"""The dialects, and the modules that they are.

Each dialect trains a program with its notebook's names and calls, and so does a set of plain NumPy
classes that behave as that notebook's do: the lines and all arrays must be the same bits.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import sine_data, spiral_data
from plain_dialects import PLAIN_BACKPROP, PLAIN_DRAFTS, PLAIN_FLAT_BIASES, PLAIN_SHORT_NAMES
from programs import assert_same

import fastnn
from fastnn import dialects, reference
from fastnn.dialects import (
    backprop,
    chapter9,
    chapter18,
    drafts,
    flat_biases,
    short_names,
)
from fastnn.support import numerics

EPOCHS = 300
Arrays = dict[str, np.ndarray]


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
    assert flat_biases.Activation_ReLU is chapter9.Activation_ReLU is fastnn.Activation_ReLU
    assert chapter18.Layer_Dense is chapter9.Layer_Dense is fastnn.Layer_Dense
