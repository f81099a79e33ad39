"""Zeros have the sign that NumPy gives them: in products, column sums, activations and losses.

The values are 0.0, -0.0 and a few halves, so that no order of sums can make a difference.
"""

import numpy as np
import pytest
from networks import Case, Net, assert_fit_is_the_loop
from programs import assert_same
from rosters import PLAIN, names_of, pointwise

import fastnn
from fastnn import reference

VALUES, SHARES = [-0.0, 0.0, 1.0, -0.5], [0.5, 0.3, 0.1, 0.1]
SIDES = (1, 2, 3, 4, 5, 8, 17)
SHAPES = [(1, 1), (1, 3), (2, 2), (3, 5), (4, 8), (5, 17), (33, 3), (40, 64)]
ACTIVATIONS = names_of("layer", "Activation_")
CATEGORICAL = ["Loss_CategoricalCrossentropy", "Activation_Softmax_Loss_CategoricalCrossentropy"]
LOSSES = [f"Loss_{name}" for name in pointwise()]
PRECISIONS = ["book_numpy", "native_numpy", None]


def drawing():
    """Draws an array of zeros of both signs and a few numbers, in the type of NumPy's zeros."""
    dtype, random = np.zeros(1).dtype, np.random.default_rng(7)
    return lambda shape: random.choice(VALUES, size=shape, p=SHARES).astype(dtype)


@pytest.fixture(params=PRECISIONS, ids=str)
def draw(request):
    """The same in each precision."""
    if request.param:
        request.getfixturevalue(request.param)
    return drawing()


def arrays_of(thing):
    return {name: value for name, value in vars(thing).items() if isinstance(value, np.ndarray)}


@pytest.mark.parametrize("N", [1, 2, 3, 7, 8, 9, 33])
def test_dense_layer(draw, N):
    for I in SIDES:
        for O in SIDES:
            for all_negative in (False, True):
                weights, biases = draw((I, O)), draw((1, O))
                inputs, dvalues = draw((N, I)), draw((N, O))
                if all_negative:  # every term of every sum is -0.0
                    inputs[...], weights[...], dvalues[...], biases[...] = 0.0, -1.0, -0.0, -0.0
                left = []
                for module in (reference, fastnn):
                    layer = module.Layer_Dense(I, O)
                    layer.set_parameters(weights.copy(), biases.copy())
                    layer.forward(inputs)
                    layer.backward(dvalues)
                    left.append(arrays_of(layer))
                assert_same(left[1], left[0])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(draw, name):
    for shape in SHAPES:
        inputs, dvalues = draw(shape), draw(shape)
        left = []
        for module in (PLAIN, fastnn):
            layer = getattr(module, f"Activation_{name}")()
            layer.forward(inputs)
            layer.backward(dvalues)
            left.append(arrays_of(layer))
        if name == "Softmax" and shape[1] > 1:  # a Jacobian's product: its order is BLAS's
            for one in left:
                del one["dinputs"]
        assert_same(left[1], left[0])


@pytest.mark.parametrize("name", [*CATEGORICAL, *LOSSES])
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value)")
def test_losses(draw, name):
    for shape in SHAPES:
        outputs, random = draw(shape), np.random.default_rng(3)
        y = random.integers(0, shape[1], shape[0]) if name in CATEGORICAL else draw(shape)
        if name not in ("Loss_MeanSquaredError", "Loss_MeanAbsoluteError"):
            outputs, y = abs(outputs), abs(y)
        left = []
        for module in (PLAIN, fastnn):
            loss = getattr(module, name)()
            value = np.asarray(loss.forward(outputs, y))
            loss.backward(outputs, y)
            left.append({**arrays_of(loss), "losses": value})
        assert_same(left[1], left[0])


@pytest.mark.parametrize("widths", [(1,), (3,), (16, 3), (5, 2), (16, 32, 3), (17, 4), (16, 1)])
@pytest.mark.parametrize("N", [1, 2, 9, 40])
def test_fit(book_numpy, widths, N):
    """Two epochs at a rate of 0: weights of -0.0 stay, and all gradients are there to see."""
    def network(nn, case):
        np.random.seed(0)
        draw, chain = drawing(), []
        X, y = draw((N, 2)), draw((N, widths[-1]))
        for I, O in zip((2, *widths), widths):
            dense = nn.Layer_Dense(I, O)
            dense.set_parameters(draw((I, O)), draw((1, O)))
            chain += [dense, nn.Activation_ReLU()]
        return Net(chain, nn.Loss_MeanSquaredError(), nn.Optimizer_SGD(0.0), None, X, y)
    assert_fit_is_the_loop(Case(), make=network, epochs=2)
