"""Products of `@`, which are not always those of np.dot.

With a single number np.dot multiplies by it, so that -0.0 stays, and `@` adds to 0.0. And nnfs, or
somebody else, replaces np.dot alone.
"""

from contextlib import contextmanager

import numpy as np
import pytest
from beside import DENSE, SOFTMAX, assert_same_beside, numbers
from nnfs_context import nnfs_in_force

from fastnn.adopting.mirrors import mirror

MATMUL = DENSE.replace("np.dot(self.inputs.T, dvalues)", "self.inputs.T @ dvalues").replace(
    "np.dot(dvalues, self.weights.T)", "dvalues @ self.weights.T").replace(
    "np.dot(inputs, self.weights)", "inputs @ self.weights")
ROWS = SOFTMAX.replace("np.dot(jacobian, single_dvalues)", "jacobian @ single_dvalues")


def zeros(*shape, dtype):
    """Of both signs."""
    made = np.zeros(shape, dtype)
    made[::2] *= -1
    return made


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(N, I, O) for N in (1, 2) for I in (1, 3) for O in (1, 3)])
@pytest.mark.parametrize("code", [DENSE, MATMUL])
def test_dense_layers(code, shape, dtype):
    N, I, O = shape

    def program(module):
        layer, found = module.Dense(I, O), []
        for sign in (1, -1):
            layer.weights = np.full((I, O), sign, dtype)
            layer.biases = np.full((1, O), -0.0, dtype)
            for _ in range(12):  # until products are tried
                layer.forward(zeros(N, I, dtype=dtype))
                layer.backward(zeros(N, O, dtype=dtype))
            found += [np.signbit(one).tolist() for one in (
                layer.output, layer.dweights, layer.dinputs)]
        return found
    assert assert_same_beside(code, program).adopted


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("classes", [1, 2])
@pytest.mark.parametrize("code", [SOFTMAX, ROWS])
def test_softmax(code, classes, dtype):
    def program(module):
        softmax = module.Softmax()
        softmax.forward(zeros(4, classes, dtype=dtype))
        softmax.backward(np.full((4, classes), -1, dtype))
        return np.signbit(softmax.dinputs).tolist()
    assert assert_same_beside(code, program).adopted


@pytest.mark.parametrize("code, neurons, is_ours", [
    (DENSE, 1, True), (MATMUL, 1, False), (MATMUL, 2, True)])
def test_layers_of_runs(code, neurons, is_ours):
    def program(module):
        layer = module.Dense(1, neurons)
        found.append(mirror(layer).ours is not layer)
    found = []
    assert_same_beside(code, program)
    assert found[-1] == is_ours


def _doubled(a, b):
    return 2 * _DOT(a, b)


_DOT = np.dot


@contextmanager
def somebodys_dot():
    np.dot = _doubled
    try:
        yield
    finally:
        np.dot = _DOT


OTHER_DOTS = {"as the book has it": lambda: nnfs_in_force(True), "somebody's": somebodys_dot,
              "rounded to float32": lambda: nnfs_in_force(False)}


@pytest.mark.parametrize("dot", OTHER_DOTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_at_is_numpys_own_whatever_stands_at_dot(dot, dtype):
    def program(module):
        layer = module.Dense(5, 4)
        with OTHER_DOTS[dot]():
            layer.weights = numbers(5, 4).astype(dtype)
            layer.biases = numbers(1, 4).astype(dtype)
            for _ in range(12):
                layer.forward(numbers(60, 5, seed=2).astype(dtype))
                layer.backward(numbers(60, 4, seed=3).astype(dtype))
            runs.append(mirror(layer).ours is not layer)
        return layer.output, layer.dweights, layer.dinputs
    runs = []
    assert assert_same_beside(MATMUL, program).adopted
    assert not any(runs)
