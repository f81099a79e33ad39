"""Updates of optimizers as `twins.py` has other kernels: in plain NumPy, until compiled."""

import numpy as np

from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.twins import unlike


def sgd_update(weights, dweights, biases, dbiases, lr):
    """p += -lr * g"""
    if not (weights.shape == dweights.shape and biases.shape == dbiases.shape):
        return SHAPE
    weights += -lr * dweights
    biases += -lr * dbiases
    return OK


def momentum_update(weights, dweights, weight_momentums, biases, dbiases, bias_momentums, lr,
                    momentum):
    """u = momentum * u - lr * g;  p += u"""
    if not (weights.shape == dweights.shape == weight_momentums.shape
            and biases.shape == dbiases.shape == bias_momentums.shape):
        return SHAPE
    for p, g, u in (weights, dweights, weight_momentums), (biases, dbiases, bias_momentums):
        u[...] = momentum * u - lr * g
        p += u
    return OK


def adagrad_update(weights, dweights, weight_cache, biases, dbiases, bias_cache, lr, epsilon):
    """c += g^2;  p += -lr * g / (sqrt(c) + epsilon)"""
    if not (weights.shape == dweights.shape == weight_cache.shape
            and biases.shape == dbiases.shape == bias_cache.shape):
        return SHAPE
    for p, g, c in (weights, dweights, weight_cache), (biases, dbiases, bias_cache):
        c += g**2
        p += -lr * g / (np.sqrt(c) + epsilon)
    return OK


def rmsprop_update(weights, dweights, weight_cache, biases, dbiases, bias_cache, lr, epsilon, rho):
    """c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon)"""
    if not (weights.shape == dweights.shape == weight_cache.shape
            and biases.shape == dbiases.shape == bias_cache.shape):
        return SHAPE
    for p, g, c in (weights, dweights, weight_cache), (biases, dbiases, bias_cache):
        c[...] = rho * c + (1 - rho) * g**2
        p += -lr * g / (np.sqrt(c) + epsilon)
    return OK


def adam_update(weights, dweights, weight_momentums, weight_cache,
                biases, dbiases, bias_momentums, bias_cache, lr, epsilon, beta_1, beta_2,
                correct_1, correct_2):
    """m, c running means of g, g^2, corrected;  p += -lr * m / (sqrt(c) + epsilon)"""
    if not (weights.shape == dweights.shape == weight_momentums.shape == weight_cache.shape
            and biases.shape == dbiases.shape == bias_momentums.shape == bias_cache.shape):
        return SHAPE
    for p, g, m, c in ((weights, dweights, weight_momentums, weight_cache),
                       (biases, dbiases, bias_momentums, bias_cache)):
        m *= beta_1
        m += (1 - beta_1) * g
        squares = g**2
        squares *= 1 - beta_2
        c *= beta_2
        c += squares
        step, below = m / correct_1, c / correct_2
        step *= -lr
        np.sqrt(below, out=below)
        below += epsilon
        step /= below
        p += step
    return OK


def update(formula, states):
    """Of a kernel (weights, dweights, its states, biases, dbiases, its states, lr, t, options)."""
    many = 2 + states

    def twin(*arguments):
        sides, numbers = (arguments[:many], arguments[many:2 * many]), arguments[2 * many:]
        if any(unlike(*side) for side in sides):
            return SHAPE
        for side in sides:
            found = formula(*side, *numbers)
            found = found if type(found) is tuple else (found,)
            found = [value.copy() if any(value is array for array in side) else value
                     for value in found]  # what is written first may be read by the next
            for array, value in zip((side[0], *side[2:]), found):
                array[...] = value
        return OK
    return twin
