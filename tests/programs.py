"""Training programs of the book, and the comparison of what two runs of one leave behind.

Each program takes `nn`, any module that holds the book's classes, a number of epochs, and `say`,
which is handed each printed line. It seeds NumPy as `nnfs.init()` does, so that two runs in one
process start alike, and returns its objects by name.

`published/` holds the lines other people's notebooks printed with `nnfs.init()` in force: A and A2
from SerialGuitarist/NeuralNetworks, "004 Out Of Sample Data.ipynb", C and D from the same author's
"007 Model Object.ipynb".
"""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from nnfs.datasets import sine_data, spiral_data

# What two runs leave behind is compared as the benchmarks do it.
from fastnn.bench.comparing import arrays_of, assert_same, difference, walk

__all__ = ["PROGRAMS", "arrays_of", "assert_same", "chapter_9", "difference", "published", "walk"]

Objects = dict[str, Any]
Say = Callable[[str], object]


def published(name: str) -> list[str]:
    """The lines of one published series."""
    return (Path(__file__).parent / "published" / f"{name}.txt").read_text().splitlines()


# -------------------------------------------------------------------------------- programs


def series_a(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Adam on the spiral (chapter 10)."""
    return spiral(nn, nn.Optimizer_Adam(learning_rate=0.05, decay=5e-7), epochs, say)


def series_a2(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Adam on the spiral with L2 penalties (chapter 14)."""
    return spiral(nn, nn.Optimizer_Adam(learning_rate=0.02, decay=5e-7), epochs, say, l2=5e-4)


def sgd(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Plain gradient descent on the spiral (chapter 10)."""
    return spiral(nn, nn.Optimizer_SGD(decay=1e-3), epochs, say)


def sgd_momentum(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Gradient descent with momentum on the spiral (chapter 10)."""
    return spiral(nn, nn.Optimizer_SGD(learning_rate=1.0, decay=1e-3, momentum=0.9), epochs, say)


def adagrad(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Adagrad on the spiral (chapter 10)."""
    return spiral(nn, nn.Optimizer_Adagrad(decay=1e-4), epochs, say)


def rmsprop(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """RMSprop on the spiral (chapter 10)."""
    optimizer = nn.Optimizer_RMSprop(learning_rate=0.02, decay=1e-5, rho=0.999)
    return spiral(nn, optimizer, epochs, say)


def spiral(nn: Any, optimizer: Any, epochs: int, say: Say, l2: float = 0) -> Objects:
    """A classifier 2-64-3 trained by a hand-written loop; a line every 100 epochs."""
    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    dense1 = nn.Layer_Dense(2, 64, weight_regularizer_l2=l2, bias_regularizer_l2=l2)
    activation1 = nn.Activation_ReLU()
    dense2 = nn.Layer_Dense(64, 3)
    loss_activation = nn.Activation_Softmax_Loss_CategoricalCrossentropy()

    for epoch in range(epochs):
        dense1.forward(X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        data_loss = loss_activation.forward(dense2.output, y)
        penalty = sum(loss_activation.loss.regularization_loss(d) for d in (dense1, dense2))
        accuracy = np.mean(np.argmax(loss_activation.output, axis=1) == y)
        if not epoch % 100:
            parts = f", data_loss: {data_loss:.3f}, reg_loss: {penalty:.3f}" if l2 else ""
            say(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {data_loss + penalty:.3f}{parts}, "
                f"lr: {optimizer.current_learning_rate}")

        loss_activation.backward(loss_activation.output, y)
        dense2.backward(loss_activation.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()

    return {"dense1": dense1, "activation1": activation1, "dense2": dense2,
            "loss_activation": loss_activation, "optimizer": optimizer,
            "data_loss": data_loss, "penalty": penalty, "accuracy": accuracy}


def series_c(nn: Any, epochs: int = 10001, say: Say = print) -> Objects:
    """Adam on the sine, weights 0.1 * randn (chapter 17)."""
    np.random.seed(0)
    X, y = sine_data()
    dense1 = nn.Layer_Dense(1, 64, weight_scale=0.1)
    activation1 = nn.Activation_ReLU()
    dense2 = nn.Layer_Dense(64, 64, weight_scale=0.1)
    activation2 = nn.Activation_ReLU()
    dense3 = nn.Layer_Dense(64, 1, weight_scale=0.1)
    activation3 = nn.Activation_Linear()
    loss = nn.Loss_MeanSquaredError()
    optimizer = nn.Optimizer_Adam(learning_rate=0.005, decay=1e-3)
    chain = [dense1, activation1, dense2, activation2, dense3, activation3]
    precision = np.std(y) / 250

    for epoch in range(epochs):
        output = X
        for layer in chain:
            layer.forward(output)
            output = layer.output
        data_loss = loss.calculate(output, y)
        penalty = sum(loss.regularization_loss(d) for d in (dense1, dense2, dense3))
        accuracy = np.mean(np.absolute(output - y) < precision)
        if not epoch % 100:
            say(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {data_loss + penalty:.3f} ("
                f"data_loss: {data_loss:.3f}, reg_loss: {penalty:.3f}), "
                f"lr: {optimizer.current_learning_rate}")

        loss.backward(output, y)
        dvalues = loss.dinputs
        for layer in reversed(chain):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        optimizer.pre_update_params()
        for layer in (dense1, dense2, dense3):
            optimizer.update_params(layer)
        optimizer.post_update_params()

    return {"dense1": dense1, "activation1": activation1, "dense2": dense2,
            "activation2": activation2, "dense3": dense3, "activation3": activation3,
            "loss": loss, "optimizer": optimizer,
            "data_loss": data_loss, "penalty": penalty, "accuracy": accuracy}


def series_d(nn: Any, epochs: int = 10000, say: Say = print) -> Objects:
    """A Model with dropout and L2 penalties on the wide spiral (chapter 18)."""
    np.random.seed(0)
    X, y = spiral_data(samples=1000, classes=3)
    validation_data = spiral_data(samples=100, classes=3)
    model = nn.Model(lines="epochs")
    model.add(nn.Layer_Dense(2, 512, weight_regularizer_l2=5e-4, bias_regularizer_l2=5e-4))
    model.add(nn.Activation_ReLU())
    model.add(nn.Layer_Dropout(0.1))
    model.add(nn.Layer_Dense(512, 3))
    model.add(nn.Activation_Softmax())
    model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical(),
              optimizer=nn.Optimizer_Adam(learning_rate=0.05, decay=5e-5))
    model.finalize()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        model.train(X, y, validation_data=validation_data, epochs=epochs, print_every=100)
    for line in printed.getvalue().splitlines():
        say(line)
    return {"model": model}


def chapter_9(nn: Any, epochs: int = 1, say: Say = print) -> Objects:
    """One pass forward and back, no update: more epochs repeat the same."""
    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    dense1 = nn.Layer_Dense(2, 3)
    activation1 = nn.Activation_ReLU()
    dense2 = nn.Layer_Dense(3, 3)
    loss_activation = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    for _ in range(epochs):
        dense1.forward(X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        data_loss = loss_activation.forward(dense2.output, y)
        accuracy = np.mean(np.argmax(loss_activation.output, axis=1) == y)
        loss_activation.backward(loss_activation.output, y)
        dense2.backward(loss_activation.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)
        say(f"loss: {data_loss!s}, acc: {accuracy!s}")
        for gradient in (dense1.dweights, dense1.dbiases, dense2.dweights, dense2.dbiases):
            say(" ".join(str(gradient).split()))
    return {"dense1": dense1, "activation1": activation1, "dense2": dense2,
            "loss_activation": loss_activation, "data_loss": data_loss, "accuracy": accuracy}


PROGRAMS: dict[str, Callable[..., Objects]] = {
    "A": series_a, "A2": series_a2, "C": series_c, "D": series_d, "chapter 9": chapter_9,
    "SGD": sgd, "SGD momentum": sgd_momentum, "Adagrad": adagrad, "RMSprop": rmsprop,
}
