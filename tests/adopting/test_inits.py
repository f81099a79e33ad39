"""`nnfs.init()` called twice, with other types, or where somebody had replaced np.dot: what a
product is then is asked of nnfs's functions; their names do not say it.
"""

from contextlib import contextmanager

import nnfs
import numpy as np
import pytest
from beside import DENSE, assert_same_beside, numbers

from fastnn.support import numerics
from fastnn.support.books_numpy import as_by

INITS = {
    "twice": [{}, {}],
    "without the workaround": [{"dot_precision_workaround": False}],
    "then without it": [{}, {"dot_precision_workaround": False}],
    "then with it": [{"dot_precision_workaround": False}, {}],
    "float64": [{"dot_precision_workaround": False, "default_dtype": "float64"}],
    "float64, the workaround": [{"default_dtype": "float64"}],
    "float16": [{"dot_precision_workaround": False, "default_dtype": "float16"}],
    "of two types": [{"dot_precision_workaround": False, "default_dtype": "float64"},
                     {"dot_precision_workaround": False}],
    "around another's": [None, {"dot_precision_workaround": False}],
    "the workaround around another's": [None, {}],
}


@contextmanager
def _after(inits):
    with as_by(None):
        own = np.dot
        for options in inits:
            if options is None:
                np.dot = lambda a, b: own(a, b) * 1.5
            else:
                nnfs.init(**options, random_seed=None)
        yield


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", INITS)
def test_a_product_is_what_it_is_in_numpy(name, dtype):
    def program(module):
        with _after(INITS[name]):
            layer = module.Dense(30, 4)
            layer.weights, layer.biases = (
                numbers(*shape).astype(dtype) for shape in ((30, 4), (1, 4)))
            layer.forward(numbers(50, 30).astype(dtype))
            layer.backward(numbers(50, 4).astype(dtype))
            return layer
    assert_same_beside(DENSE, program, adopted=["Dense"])


@pytest.mark.parametrize(("name", "rounds"), [
    ("twice", True), ("then without it", True), ("without the workaround", False)])
def test_whether_products_are_summed_in_float64(name, rounds):
    with _after(INITS[name]):
        assert numerics.follows_book() is rounds
