"""A product with a single number is a case of its own in NumPy: its 0 times NaN or inf is 0.

`np.dot` of (1, 1) and a row or column scales the latter, and skips that for 0; every other product
multiplies whatever stands there.
"""

import itertools

import numpy as np
import pytest
from networks import Case, Net, assert_fit_is_the_loop
from programs import assert_same

import fastnn
from fastnn import reference

VALUES = [0.0, -0.0, np.inf, np.nan, 1.5, -2.0]
SHAPES = [s for s in itertools.product((1, 2, 3, 5, 17), repeat=3) if s.count(1) > 1]
PRECISIONS = ["book_numpy", "native_numpy", None]


@pytest.fixture(params=PRECISIONS, ids=str)
def draw(request):
    """Draws an array of such values, in the type of NumPy's zeros."""
    if request.param:
        request.getfixturevalue(request.param)
    dtype, random = np.zeros(1).dtype, np.random.default_rng(3)
    return lambda *shape: random.choice(VALUES, size=shape).astype(dtype)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("N, I, O", SHAPES)
@pytest.mark.parametrize("mixed", [(), (2,), (3,), (2, 3)], ids=str)
def test_dense_layer(draw, N, I, O, mixed):
    for _ in range(20):
        drawn = [draw(I, O), draw(1, O), draw(N, I), draw(N, O)]
        weights, biases, inputs, dvalues = (
            a.astype("f8") if n in mixed else a for n, a in enumerate(drawn))
        left = []
        for module in (reference, fastnn):
            layer = module.Layer_Dense(I, O)
            layer.set_parameters(weights.copy(), biases.copy())
            layer.forward(inputs)
            layer.backward(dvalues)
            left.append({name: getattr(layer, name)
                         for name in ("output", "dweights", "dbiases", "dinputs")})
        assert_same(left[1], left[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("widths", [(1, 1), (1, 3), (1, 17), (3, 1, 2), (17, 1, 17)])
@pytest.mark.parametrize("N", [1, 9])
def test_fit(book_numpy, N, widths):
    def network(nn, case):
        np.random.seed(0)
        random, chain = np.random.default_rng(N), []
        for I, O in zip(widths, widths[1:]):
            dense = nn.Layer_Dense(I, O)
            dense.set_parameters(random.choice(VALUES, (I, O)).astype("f4"),
                                 random.choice(VALUES, (1, O)).astype("f4"))
            chain.append(dense)
        X, y = (random.choice(VALUES, (N, w)).astype("f4") for w in (widths[0], widths[-1]))
        return Net(chain, nn.Loss_MeanSquaredError(), nn.Optimizer_SGD(0.1), None, X, y)
    assert_fit_is_the_loop(Case(), make=network, epochs=2)
