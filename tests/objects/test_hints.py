"""Another library's word for an argument, or another spelling: which of ours was meant."""

import inspect

import numpy as np
import pytest

import fastnn
from fastnn.support.hints import hinting, meant


@pytest.mark.parametrize(("call", "said"), [
    (lambda m: m.fit(X, y, callbacks=[]), "'callbacks': there is callback"),
    (lambda m: m.fit(X, y, validation_split=0.1), "there is validation_data=(X, y)"),
    (lambda m: m.fit(X, y, batchsize=3), "'batchsize': there is batch_size"),
    (lambda m: m.train(X, y, print_frequency=3), "there is print_every"),
    (lambda m: fastnn.fit([], None, None, X, y, n_epochs=3), "there is epochs"),
    (lambda m: fastnn.Layer_Dense(2, 3, weight_L2=1), "there is weight_regularizer_l2"),
    (lambda m: fastnn.Layer_Dense(2, 3, l2_reg=1), "there is weight_regularizer_l2"),
    (lambda m: fastnn.Layer_Dense(2, units=3), "there is n_neurons")])
def test_which_was_meant(call, said):
    with pytest.raises(TypeError) as caught:
        call(fastnn.Model())
    assert said in str(caught.value)


X, y = np.zeros((4, 2)), np.zeros(4, int)


@pytest.mark.parametrize("call", [lambda: fastnn.fit([], None, None, X, y, colour=3),
                                  lambda: fastnn.Layer_Dense(2), lambda: fastnn.Layer_Dense()])
def test_what_nobody_knows_is_as_python_says_it(call):
    with pytest.raises(TypeError, match="unexpected keyword argument|missing") as caught:
        call()
    assert "there is" not in str(caught.value)


def test_an_error_from_inside_stays_as_it_is():
    @hinting
    def outer(colour):
        raise TypeError("inner() got an unexpected keyword argument 'colours'")
    with pytest.raises(TypeError) as caught:
        outer(1)
    assert "there is" not in str(caught.value)


def test_signatures_stay():
    assert "shuffle" in inspect.signature(fastnn.fit).parameters
    assert fastnn.fit.__doc__.startswith("Train as the book's loop does")
    assert meant("weightL2", ["weight_regularizer_l1", "weight_regularizer_l2"]) == (
        "weight_regularizer_l2")
    assert meant("qqq", ["epochs"]) == ""
