"""A product of a matrix and its own transpose is another routine of NumPy's, with other digits:
however the matrix lies, and whether it may be written.
"""

import numpy as np
import pytest

import fastnn
from fastnn import reference


def readonly(a):
    a.flags.writeable = False
    return a


LIE = {"as it is": np.copy, "read-only": readonly, "by columns": np.asfortranarray,
       "backwards": lambda a: a[::-1]}


def matrices(rows, columns, kind):
    return [np.random.default_rng(seed).normal(size=(rows, columns)).astype(kind)
            for seed in range(5)]


def both(weights, work):
    """What work(layer) gives, of ours and the reference's, with these weights."""
    found = []
    for there in fastnn, reference:
        layer = there.Layer_Dense(*weights.shape)
        layer.weights, layer.biases = weights, np.zeros((1, weights.shape[1]), weights.dtype)
        found.append(work(layer))
    return found


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("lies", LIE)
@pytest.mark.parametrize("shape", [(100, 100), (200, 150), (16, 64), (30, 2)])
def test_inputs_that_are_the_slopes(shape, lies, kind):
    def work(layer):
        layer.forward(inputs)
        layer.backward(inputs)
        return layer.dweights

    for matrix in matrices(*shape, kind):
        inputs = LIE[lies](matrix)
        found, wanted = both(np.eye(shape[1], dtype=kind), work)
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("lies", LIE)
@pytest.mark.parametrize("shape", [(100, 100), (150, 200), (16, 64), (2, 30)])
def test_weights_that_are_the_slopes(shape, lies, kind):
    def work(layer):
        layer.forward(np.eye(shape[0], dtype=kind))
        layer.backward(layer.weights)
        return layer.dinputs

    for matrix in matrices(*shape, kind):
        found, wanted = both(LIE[lies](matrix), work)
        assert np.array_equal(found, wanted)


@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("lies", LIE)
@pytest.mark.parametrize("shape", [(100, 100), (150, 200), (16, 64), (2, 30)])
def test_weights_that_are_the_inputs(shape, lies, kind):
    def work(layer):
        layer.forward(layer.weights.T)
        return layer.output

    for matrix in matrices(*shape, kind):
        found, wanted = both(LIE[lies](matrix), work)
        assert np.array_equal(found, wanted)
