"""The precision of products: the book's, and that of the arrays' own type."""

from typing import Any

import numpy as np
import pytest
from drawn import MATRICES, assert_near, normal
from nnfs_context import nnfs_in_force
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference, set_dot_precision
from fastnn.support import numerics


def products(nn: Any, order: str = "C") -> dict[str, np.ndarray]:
    """What float32 parameters, inputs and gradients give, whatever NumPy's defaults are."""
    rng = np.random.default_rng(6)
    layer, softmax = nn.Layer_Dense(40, 30), nn.Activation_Softmax()
    layer.weights, layer.biases = normal(rng, (40, 30), "f4"), normal(rng, (1, 30), "f4")
    inputs, dvalues = normal(rng, (50, 40), "f4"), normal(rng, (50, 30), "f4")
    layer.forward(np.array(inputs, order=order))
    layer.backward(np.array(dvalues, order=order))
    softmax.forward(np.array(dvalues, order=order))
    softmax.backward(np.array(dvalues, order=order))
    del layer.dbiases  # no product
    return arrays_of({"layer": layer, "softmax": softmax})


@pytest.mark.parametrize("order", ["C", "F"])
def test_book_precision_needs_no_nnfs(order):
    with nnfs_in_force(dot_precision_workaround=True):
        expected = products(reference, order)
    with set_dot_precision("book"):
        got = products(fastnn, order)
    assert_same(got, expected)


@pytest.mark.parametrize("order", ["C", "F"])
def test_native_precision_works_under_nnfs(order):
    expected = products(reference, order)
    with nnfs_in_force(dot_precision_workaround=True):
        book = products(fastnn, order)
        with set_dot_precision("native"):
            got = products(fastnn, order)
        assert_same(products(fastnn, order), book)
    for name in MATRICES:
        assert np.any(got[name] != book[name]), f"{name} is the book's"
    assert_near(got, expected, 1e-5)


def test_dot_precision_comes_back():
    native = products(fastnn)
    with set_dot_precision("book"):
        book = products(fastnn)
        with set_dot_precision("native"):
            assert_same(products(fastnn), native)
        assert_same(products(fastnn), book)
        with pytest.raises(ZeroDivisionError), set_dot_precision("native"):
            1 / 0  # noqa: B018
        assert_same(products(fastnn), book)
    assert_same(products(fastnn), native)
    assert np.any(native["layer.output"] != book["layer.output"])


def test_one_choice_for_several_blocks():
    native, book, chosen = products(fastnn), None, set_dot_precision("book")
    for _ in range(2):
        with chosen:
            book = products(fastnn)
            assert np.any(native["layer.output"] != book["layer.output"])
            with set_dot_precision("native"), chosen:
                assert_same(products(fastnn), book)
            assert_same(products(fastnn), book)
        assert_same(products(fastnn), native)
    with set_dot_precision("native"):
        with chosen:
            assert_same(products(fastnn), book)
        assert numerics._forced == "fast"
    assert_same(products(fastnn), native)


def test_dot_precision_holds_until_it_is_set_anew():
    native = products(fastnn)
    try:
        set_dot_precision("book")
        book = products(fastnn)
    finally:
        set_dot_precision("auto")
    assert np.any(native["layer.output"] != book["layer.output"])
    assert_same(products(fastnn), native)


@pytest.mark.parametrize("word", ["float64", "", None, 64])
def test_dot_precision_refuses_other_words(word):
    before = products(fastnn)
    with pytest.raises(ValueError, match='expected "auto", "book" or "fast", got ' + repr(word)):
        set_dot_precision(word)
    assert_same(products(fastnn), before)
