"""Many networks at once: 64 of the book's spirals in two threads, against one, and against NumPy.

NumPy trains two of the 64, one after the other, for as many epochs as it gets through in about the
same time; figures are of an epoch of one network. It starts from the seeds' own weights, as the
sweep does: so the denormal numbers of a late training slow neither.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.loops import ENDS_ONLY, loop
from fastnn.bench.nets import Network
from fastnn.bench.workloads import SPIRAL_64

NETWORKS, EPOCHS = 64, 10_001  # the book's own
THEIR_NETWORKS, THEIR_EPOCHS = 2, 500
WHAT = "64 spirals 2-64-3, nnfs.init(), equal in every bit"
OURS = "fastnn.sweep, two threads"


class Spirals:
    """The data, and what trains many networks for them or a few."""

    def __init__(self, smoke: bool):
        self.networks, self.epochs = (3, 3) if smoke else (NETWORKS, EPOCHS)
        self.their_networks, self.their_epochs = (1, 1) if smoke else (THEIR_NETWORKS, THEIR_EPOCHS)
        self._data = Network(SPIRAL_64, fastnn)

    def build(self, nn=fastnn):
        """A network with weights from NumPy's random numbers as they are."""
        made = [nn.Layer_Dense(2, 64), nn.Activation_ReLU(), nn.Layer_Dense(64, 3)]
        name, settings = SPIRAL_64.optimizer
        return (made, nn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                getattr(nn, name)(**settings))

    def sweep(self, threads, epochs=None, keep=None):
        """All of them."""
        return fastnn.sweep(self.build, None, self._data.X, self._data.y, repeats=self.networks,
                            epochs=epochs or self.epochs, log_every=ENDS_ONLY, keep=keep,
                            threads=threads, verbose=False)

    def plain(self, seed, epochs):
        """One of them in NumPy, by the book's loop."""
        np.random.seed(seed)
        network = Network(SPIRAL_64, reference)
        np.random.seed(seed)
        network.layers, network.loss, network.optimizer = self.build(reference)
        loop(network, epochs)
        return network.layers

    def assert_equal(self):
        """The sweeps and NumPy end with the same weights."""
        one, two = self.sweep(1, 20, "all"), self.sweep(2, 20, "all")
        for found, other in zip(one, two, strict=True):
            plain = self.plain(found.seed, 20) if found.number < 2 else found.network[0]
            for layers in zip(found.network[0], other.network[0], plain, strict=True):
                if hasattr(layers[0], "weights"):
                    for name in ("weights", "biases"):
                        first, *others = (getattr(layer, name) for layer in layers)
                        assert all(np.array_equal(first, array) for array in others)


@contextmanager
def spirals(numpy_for, smoke):
    """Ready to be timed."""
    with numpy_for(SPIRAL_64._replace(book=True)), limited(1, 2):
        found = Spirals(smoke)
        found.assert_equal()
        yield found


@pytest.mark.quick
def test_two_threads_against_one(numpy_for, compare, smoke):
    with spirals(numpy_for, smoke) as found:
        row = Row("training", WHAT, OURS, "fastnn.sweep, one thread", unit="epoch",
                  flops=2 * SPIRAL_64.multiply_adds, our_threads=2, floor=1.5, aim=1.8)
        each = found.networks * found.epochs
        compare(lambda: found.sweep(2), lambda: found.sweep(1), row=row, pairs=5,
                units=(each, each))


def test_two_threads_against_numpy(numpy_for, compare, smoke):
    with spirals(numpy_for, smoke) as found:
        row = Row("training", WHAT, OURS, "the book's loop in NumPy, one after the other",
                  unit="epoch", flops=2 * SPIRAL_64.multiply_adds, our_threads=2, floor=15, aim=30)

        def theirs():
            for seed in range(found.their_networks):
                found.plain(seed, found.their_epochs)
        compare(lambda: found.sweep(2), theirs, row=row, pairs=5,
                units=(found.networks * found.epochs, found.their_networks * found.their_epochs))
