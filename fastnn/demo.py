"""The demonstration: the book's spiral, trained by the compiled classes and by plain NumPy."""

import time

import numpy as np

from fastnn import reference
from fastnn.compile.cache import folder
from fastnn.compile.policy import compile_policy
from fastnn.compile.waiting import COMPILING
from fastnn.support.proofs import MEETINGS

# The settings with which the book trains each (chapter 10).
OPTIMIZERS = {
    "adam": ("Optimizer_Adam", {"learning_rate": 0.05, "decay": 5e-7}),
    "rmsprop": ("Optimizer_RMSprop", {"learning_rate": 0.02, "decay": 1e-5, "rho": 0.999}),
    "adagrad": ("Optimizer_Adagrad", {"learning_rate": 1.0, "decay": 1e-4}),
    "sgd": ("Optimizer_SGD", {"learning_rate": 1.0, "decay": 1e-3, "momentum": 0.9}),
}

_ALL_MET = MEETINGS + 3  # epochs after which every kernel of the loop has been asked for


def train_spiral(nn, optimizer, hidden, epochs, say):
    """The book's program with the classes of `nn`; gives back its two dense layers.

    300 samples in 3 classes, 2-`hidden`-3, full batches; `say` gets a line every 1000 epochs.
    """
    from nnfs.datasets import spiral_data

    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    dense1 = nn.Layer_Dense(2, hidden)
    activation1 = nn.Activation_ReLU()
    dense2 = nn.Layer_Dense(hidden, 3)
    loss_activation = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    name, settings = OPTIMIZERS[optimizer]
    optimizer = getattr(nn, name)(**settings)

    for epoch in range(epochs):
        dense1.forward(X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        loss = loss_activation.forward(dense2.output, y)

        predictions = np.argmax(loss_activation.output, axis=1)
        accuracy = np.mean(predictions == y)
        if not epoch % 1000:
            say(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss:.3f}, "
                f"lr: {optimizer.current_learning_rate}")

        loss_activation.backward(loss_activation.output, y)
        dense2.backward(loss_activation.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)

        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()
    return dense1, dense2


def run(optimizer="adam", hidden=64, epochs=10001, compare=True, say=print):
    """Train, say the book's lines as they come, then times, ratio and whether all is equal.

    What is compiled meanwhile is told apart: it is done once on a machine. Gives back False when
    the two trainings did not end with the same weights, else True.
    """
    import nnfs

    import fastnn

    nnfs.init()
    say(f"fastnn: spiral, 2-{hidden}-3, {optimizer}, {epochs} epochs")
    start = time.perf_counter()
    with compile_policy("wait"):  # it is to show what they do
        train_spiral(fastnn, optimizer, hidden, _ALL_MET, _quietly)
        say(f"(kernels ready after {time.perf_counter() - start:.1f} s)")
        ours, seconds, compiling = _timed(fastnn, optimizer, hidden, epochs, say)
    seconds -= compiling
    if not compare:
        say(f"fastnn {seconds:.2f} s, {1e6 * seconds / epochs:.0f} us an epoch"
            f"{_compiled(seconds)}")
        return True
    say("plain NumPy: the same program with fastnn.reference")
    plain, plain_seconds, _ = _timed(reference, optimizer, hidden, epochs, say)
    equal = all(np.array_equal(getattr(a, name), getattr(b, name))
                for a, b in zip(ours, plain) for name in ("weights", "biases"))
    say(f"fastnn {seconds:.2f} s, plain NumPy {plain_seconds:.2f} s: "
        f"{plain_seconds / seconds:.1f} times as fast{_compiled(seconds, plain_seconds)}")
    say(f"all weights and biases equal, bit for bit: {'yes' if equal else 'NO'}")
    return equal


def _quietly(line):
    pass


def _compiled(seconds, plain_seconds=None):
    """What compiling has cost this process, where it has: it is not in the seconds."""
    if not COMPILING.kernels:
        return ""
    whole = seconds + COMPILING.seconds
    ratio = f", {plain_seconds / whole:.1f} times as fast" if plain_seconds else ""
    return (f"\n{COMPILING.kernels} kernels were compiled before, in {COMPILING.seconds:.1f} s: "
            f"with that it is {whole:.1f} s{ratio}"
            + ("; they are kept, and the next run has them" if folder() else ""))


def _timed(nn, optimizer, hidden, epochs, say):
    """The layers, the seconds, and how many of these went into compiling."""
    start, compiling = time.perf_counter(), COMPILING.seconds
    layers = train_spiral(nn, optimizer, hidden, epochs, say)
    return layers, time.perf_counter() - start, COMPILING.seconds - compiling
