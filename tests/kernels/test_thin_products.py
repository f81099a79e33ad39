"""The way back through a layer with a thin side: the same bits as the products of any layer."""

import itertools

import numpy as np
import pytest
from numba import njit
from orders import ORDERS, in_order

from fastnn.kernels import layers
from fastnn.kernels.columns import columns_product
from fastnn.kernels.matmul import rows_product
from fastnn.kernels.packing import pack, panel_steps
from fastnn.kernels.thin_products import is_thin

LAYERS = [(I, O) for thin, wide in itertools.product((2, 3, 4), (16, 31, 33, 64, 300))
          for I, O in ((thin, wide), (wide, thin))]


@njit
def thin(rows, few, wide, work):
    return is_thin(rows, few, wide, work)


@njit
def product_over_samples(a, b, work, out):
    columns_product(a, b, work, out)


@njit
def product_with_transpose(a, weights, biases, work, out):
    (N, O), I = a.shape, weights.shape[0]
    used = pack(weights, True, N, work)
    rows_product(a, (work, *panel_steps(O, I, work)), biases, (O, I, N), (work, used), 0, True, out)


def special(rng, shape, kind):
    """Numbers, and among them what is none, and zeros of both signs."""
    a = rng.standard_normal(shape).astype(kind)
    a[rng.random(shape) < 0.2] = -0.0
    for value in (0.0, np.inf, np.nan, 1e-40) if rng.random() < 0.5 else ():
        a[rng.random(shape) < 0.01] = value
    return a


def bits(a):
    return np.where(np.isnan(a), 0, a).view(np.uint8), np.isnan(a)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kinds", ["f4 f4 f8", "f4 f8 f8", "f8 f4 f8", "f4 f4 f4", "f8 f8 f8"])
@pytest.mark.filterwarnings("error")
def test_same_bits_as_the_products(kinds, order, monkeypatch):
    """Of inputs and dvalues of these types, with sums in the last."""
    in_order(monkeypatch, order)
    kind, slope, sums = kinds.split()
    rounded = "f8" if kinds == "f8 f8 f8" else "f4"
    rng, taken = np.random.default_rng(0), 0
    for (I, O), N in itertools.product(LAYERS, (2, 17, 300, 700)):
        inputs, dvalues = special(rng, (N, I), kind), special(rng, (N, O), slope)
        weights = special(rng, (I, O), rounded)
        work = np.full(layers.work_size(N, I, O), np.nan, sums)
        taken += thin(N, min(I, O), max(I, O), work)
        found = np.empty((I, O), rounded), np.empty((1, O), slope), np.empty((N, I), rounded)
        assert layers.dense_backward(inputs, weights, dvalues, work, *found) == 0
        product, back = np.empty((I, O), rounded), np.empty((N, I), rounded)
        product_over_samples(inputs, dvalues, work, product)
        product_with_transpose(dvalues, weights, np.full((1, I), -0.0, rounded), work, back)
        with np.errstate(all="ignore"):
            expected = product, np.add.reduce(dvalues, axis=0, keepdims=True), back
        for one, other in zip(found, expected):
            for mine, its in zip(bits(one), bits(other)):
                np.testing.assert_array_equal(mine, its, err_msg=f"{N} {I} {O}")
    assert taken > 50


@pytest.mark.parametrize(("I", "O"), [(64, 1), (1, 64), (100, 1), (1, 33), (16, 1)])
def test_single_columns_in_native_float32(I, O):
    """They have no order to keep there: sums of 300 terms, each rounded by 6e-8 of what it is."""
    rng = np.random.default_rng(0)
    inputs, weights, dvalues = (rng.standard_normal(shape).astype("f4")
                                for shape in ((300, I), (I, O), (300, O)))
    work = np.empty(layers.work_size(300, I, O), "f4")
    dweights, dbiases, dinputs = found = [np.empty(shape, "f4") for shape in (
        (I, O), (1, O), (300, I))]
    assert thin(300, 1, max(I, O), work) == (I * O >= 32)
    assert layers.dense_backward(inputs, weights, dvalues, work, *found) == 0
    expected = inputs.T.astype(float) @ dvalues
    bound = 300 * 6e-8 * (np.abs(inputs.T) @ np.abs(dvalues))
    assert (np.abs(dweights - expected) <= bound).all()
    assert np.array_equal(dbiases, dvalues.sum(axis=0, keepdims=True))
    assert np.abs(dinputs - dvalues.astype(float) @ weights.T).max() <= 1e-5
