"""Where all products of a sum underflow a 0 is left, and it has the sign that NumPy's has."""

from contextlib import nullcontext

import numpy as np
import pytest
from nnfs_context import nnfs_in_force

import fastnn
from fastnn import reference
from fastnn.support import proofs

# Of inputs, and of weights; so small that every product of two is 0.
KINDS = {"float64": ("f8", "f8", 1e-200, 1e-200), "float32": ("f4", "f4", 1e-30, 1e-30),
         "book": ("f8", "f4", 1e-300, 1e-37), "book of float32": ("f4", "f4", 1e-30, 1e-37)}


def of_signs(rng, shape, size, dtype):
    """Numbers of this size, in half of the rows and columns with one sign."""
    signs = rng.choice([-1.0, 1.0], shape)
    signs[:, :(shape[1] + 1) // 2] = signs[:(shape[0] + 1) // 2] = rng.choice([-1.0, 1.0])
    return (signs * size).astype(dtype)


def made(classes, samples, widths, kind, seed):
    """Layers, X and y of a regression whose products underflow, forwards and back."""
    given, kept, x_size, size = KINDS[kind]
    rng = np.random.default_rng(seed)
    layers = []
    for I, O in zip(widths, widths[1:]):
        layer = classes.Layer_Dense(I, O)
        layer.weights = of_signs(rng, (I, O), size, kept)
        layer.biases = np.copysign(0, of_signs(rng, (1, O), 1, kept))
        layers += [layer, classes.Activation_ReLU()]
    X = of_signs(rng, (samples, widths[0]), x_size, given)
    y = of_signs(rng, (samples, widths[-1]), size * samples, kept)
    return layers[:-1], X, y


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("samples", "widths"), [
    (300, (2, 64, 3)), (300, (64, 64)), (40, (3, 16, 2)), (300, (2, 512, 3)), (5, (3, 2)),
    (1000, (64, 64, 10)), (30, (5, 32, 48, 3)), (60, (13, 32, 1)), (1, (3, 64, 2)), (9, (1, 1)),
    (300, (2, 64, 64, 3)), (700, (40, 30, 20))])
@pytest.mark.parametrize("way", ["fit", "objects"])
def test_zeros_have_numpys_signs(monkeypatch, kind, samples, widths, way):
    monkeypatch.setattr(proofs, "MEETINGS", 1)
    with nnfs_in_force(True) if kind.startswith("book") else nullcontext():
        results = []
        for classes in fastnn, reference:
            layers, X, y = made(classes, samples, widths, kind, len(widths) + samples)
            loss = classes.Loss_MeanSquaredError()
            if classes is fastnn and way == "fit":
                fastnn.fit(layers, loss, fastnn.Optimizer_SGD(1e-3), X, y, epochs=1)
            else:
                step(layers, loss, X, y)
            results.append([(name, getattr(layer, name)) for layer in layers[::2]
                            for name in ("output", "dweights", "dbiases")])
    for (name, ours), (_, right) in zip(*results):
        assert proofs.same(ours, right), name


def step(layers, loss, X, y):
    given = X
    for layer in layers:
        layer.forward(given)
        given = layer.output
    loss.backward(given, y)
    slope = loss.dinputs
    for layer in reversed(layers):
        layer.backward(slope)
        slope = layer.dinputs
