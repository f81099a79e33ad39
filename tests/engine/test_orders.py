"""Runs have the digits of the objects' products, in whichever order the kernels sum."""

from contextlib import nullcontext

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from orders import ORDERS, in_order

import fastnn
from fastnn.engine.plan import dense, thin
from fastnn.layers import products


@pytest.fixture
def proved(monkeypatch):
    """All products are taken for NumPy's: ours are compared with ours."""
    monkeypatch.setattr(products, "holds", lambda *asked: 1)
    monkeypatch.setattr(dense.proofs, "holds", lambda *asked: 1)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("book", [True, False])
@pytest.mark.parametrize(("samples", "widths", "batch"), [
    (300, (2, 64, 3), None), (700, (2, 48, 3), None), (300, (4, 512, 2), None),
    (90, (2, 64, 3), 37), (300, (3, 32, 64, 3), None), (1100, (2, 512, 4), None),
    (301, (7, 64, 3), None), (600, (2, 320, 3), 290),
    # A last batch whose products are small, as the others' are not, or but one of two.
    (1300, (2, 512, 3), 1000), (1600, (4, 512, 2), 1000), (1900, (1, 512, 2), 1000),
    (1300, (2, 640, 3), 900)])
def test_a_run_has_the_digits_of_the_objects(monkeypatch, proved, order, book, samples, widths,
                                             batch):
    in_order(monkeypatch, order)
    taken = []
    for name in ("thin_forward", "thin_through", "thin_backward", "thin_first", "thin_last"):
        for module in (thin, fastnn.engine.plan.forward, fastnn.engine.plan.backward):
            if hasattr(module, name):
                plain = getattr(module, name)
                monkeypatch.setattr(module, name, lambda *a, plain=plain, name=name, **k: (
                    taken.append(name), plain(*a, **k))[1])
    with nnfs_in_force(True) if book else nullcontext():
        kind = "f4" if book else "f8"
        random = np.random.RandomState(3)
        X, y = random.randn(samples, widths[0]).astype(kind), np.arange(samples) % widths[-1]
        ours = [trained(way, X, y, widths, batch, kind) for way in (by_fit, by_hand)]
    for one, other in zip(*ours):
        assert np.array_equal(one, other)
    assert taken


def trained(way, X, y, widths, batch, kind):
    random = np.random.RandomState(4)
    layers = []
    for I, O in zip(widths, widths[1:]):
        layer = fastnn.Layer_Dense(I, O)
        layer.weights = (0.3 * random.randn(I, O)).astype(kind)
        layer.biases = (0.1 * random.randn(1, O)).astype(kind)
        layers += [layer, fastnn.Activation_ReLU()]
    loss = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    way(layers[:-1], loss, fastnn.Optimizer_SGD(0.5), X, y, batch or len(X))
    dense = layers[::2]
    return [getattr(layer, name) for layer in dense
            for name in ("weights", "biases", "dweights", "dbiases", "output")]


def by_fit(layers, loss, optimizer, X, y, batch):
    fastnn.fit(layers, loss, optimizer, X, y, epochs=3, batch_size=batch)


def by_hand(layers, loss, optimizer, X, y, batch):
    for _ in range(3):
        for at in range(0, len(X), batch):
            some, right = X[at:at + batch], y[at:at + batch]
            for layer in layers:
                layer.forward(some)
                some = layer.output
            loss.forward(some, right)
            loss.backward(loss.output, right)
            slope = loss.dinputs
            for layer in reversed(layers):
                layer.backward(slope)
                slope = layer.dinputs
            for layer in layers[::2]:
                optimizer.update_params(layer)
