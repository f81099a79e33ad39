"""The drop-in classes against the reference: steps of the book's program, and single methods.

What is timed is what is trusted: the two sides are asserted to agree before.
"""

from types import ModuleType

import numpy as np
import pytest
from nnfs.datasets import spiral_data

import fastnn
from fastnn import reference


def spiral_step(nn: ModuleType, hidden: int = 64):
    """One epoch of the book's Adam spiral, accuracy computed as the book does; and its layers."""
    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    dense1, activation1 = nn.Layer_Dense(2, hidden), nn.Activation_ReLU()
    dense2 = nn.Layer_Dense(hidden, 3)
    loss_activation = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    optimizer = nn.Optimizer_Adam(learning_rate=0.05, decay=5e-7)

    def step():
        dense1.forward(X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        loss_activation.forward(dense2.output, y)
        predictions = np.argmax(loss_activation.output, axis=1)
        np.mean(predictions == y)
        loss_activation.backward(loss_activation.output, y)
        dense2.backward(loss_activation.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()

    return step, (dense1, dense2)


@pytest.mark.parametrize("hidden", [64, 512])
def test_spiral_epoch_in_book_precision(book_numpy, compare, hidden):
    (ours, our_layers), (theirs, their_layers) = (
        spiral_step(nn, hidden) for nn in (fastnn, reference))
    for _ in range(20):
        ours()
        theirs()
    for a, b in zip(our_layers, their_layers, strict=True):
        assert np.array_equal(a.weights, b.weights) and np.array_equal(a.biases, b.biases)
    compare(ours, theirs, calls=50 if hidden == 64 else 10)


@pytest.mark.parametrize("hidden", [64, 512])
def test_spiral_epoch_in_native_float32(native_numpy, compare, hidden):
    (ours, our_layers), (theirs, their_layers) = (
        spiral_step(nn, hidden) for nn in (fastnn, reference))
    ours()
    theirs()
    for a, b in zip(our_layers, their_layers, strict=True):
        # Sums of 300 float32 terms in another order: 300 roundings of 6e-8 at the very worst.
        tolerance = 2e-5 * np.abs(b.dweights).max()
        assert np.allclose(a.dweights, b.dweights, rtol=0, atol=tolerance)
    compare(ours, theirs, calls=50 if hidden == 64 else 10)


def test_separate_softmax_backward(book_numpy, compare):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((300, 3)).astype(np.float32)
    dvalues = generator.standard_normal((300, 3)).astype(np.float32)
    ours, theirs = fastnn.Activation_Softmax(), reference.Activation_Softmax()
    for activation in (ours, theirs):
        activation.forward(x)
        activation.backward(dvalues)
    assert np.array_equal(ours.dinputs, theirs.dinputs)
    compare(lambda: ours.backward(dvalues), lambda: theirs.backward(dvalues), calls=10)


def test_adam_on_a_million_float32_parameters(book_numpy, compare):
    def one(nn):
        generator = np.random.default_rng(0)
        layer = nn.Layer_Dense(1000, 1000)
        layer.weights = generator.standard_normal((1000, 1000)).astype(np.float32)
        layer.dweights = generator.standard_normal((1000, 1000)).astype(np.float32)
        layer.dbiases = generator.standard_normal((1, 1000)).astype(np.float32)
        optimizer = nn.Optimizer_Adam()
        return layer, lambda: optimizer.update_params(layer)
    (our_layer, ours), (their_layer, theirs) = one(fastnn), one(reference)
    ours()
    theirs()
    assert np.array_equal(our_layer.weights, their_layer.weights)
    compare(ours, theirs)
