"""The updates: one pass over parameter, gradient and state, weights and biases in one call.

Scalars come as float64 and are cast to the type each operation has in NumPy, where a Python
float takes the type of the array it meets. A bias gradient may be float64 where the parameters are
float32 (targets or a dropout mask were float64): its state is float64 then, as NumPy makes it.
"""

import math

from fastnn.kernels.jit import helper, kernel
from fastnn.kernels.simd import get, put
from fastnn.kernels.status import OK, SHAPE


@kernel("f4:2 f4:2 f4:2 f4:2 f8", "f4:2 f4:2 f4:2 f8:2 f8", "f8:2 f8:2 f8:2 f8:2 f8", nogil=True)
def sgd_update(weights, dweights, biases, dbiases, lr):
    """p += -lr * g. Writes weights (I, O) and biases (1, O)."""
    if dweights.shape != weights.shape or dbiases.shape != biases.shape:
        return SHAPE
    sgd_step(weights, dweights, lr)
    sgd_step(biases, dbiases, lr)
    return OK


@helper()
def sgd_step(p, g, lr):
    """One array's part of `sgd_update`."""
    G = g.dtype.type
    for i in range(p.size):
        put(p, i, get(p, i) + G(-lr) * get(g, i))


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8", "f4:2 f4:2 f4:2 f4:2 f8:2 f8:2 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8", nogil=True)
def momentum_update(weights, dweights, weight_momentums, biases, dbiases, bias_momentums, lr,
                    momentum):
    """u = momentum * u - lr * g;  p += u. Writes parameters and momentums."""
    if dweights.shape != weights.shape or weight_momentums.shape != weights.shape:
        return SHAPE
    if dbiases.shape != biases.shape or bias_momentums.shape != biases.shape:
        return SHAPE
    momentum_step(weights, dweights, weight_momentums, lr, momentum)
    momentum_step(biases, dbiases, bias_momentums, lr, momentum)
    return OK


@helper()
def momentum_step(p, g, u, lr, momentum):
    """One array\'s part of `momentum_update`."""
    G = g.dtype.type
    for i in range(p.size):
        step = G(momentum) * get(u, i) - G(lr) * get(g, i)
        put(u, i, step)
        put(p, i, get(p, i) + step)


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8", "f4:2 f4:2 f4:2 f4:2 f8:2 f4:2 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8", nogil=True)
def adagrad_update(weights, dweights, weight_cache, biases, dbiases, bias_cache, lr, epsilon):
    """c += g^2;  p += -lr * g / (sqrt(c) + epsilon). Writes parameters and caches."""
    if dweights.shape != weights.shape or weight_cache.shape != weights.shape:
        return SHAPE
    if dbiases.shape != biases.shape or bias_cache.shape != biases.shape:
        return SHAPE
    adagrad_step(weights, dweights, weight_cache, lr, epsilon)
    adagrad_step(biases, dbiases, bias_cache, lr, epsilon)
    return OK


@helper()
def adagrad_step(p, g, c, lr, epsilon):
    """One array\'s part of `adagrad_update`."""
    G, C = g.dtype.type, c.dtype.type
    for i in range(p.size):
        slope = get(g, i)
        cache = C(get(c, i) + slope * slope)
        put(c, i, cache)
        put(p, i, get(p, i) + G(-lr) * slope / (math.sqrt(cache) + C(epsilon)))


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8 f8", "f4:2 f4:2 f4:2 f4:2 f8:2 f8:2 f8 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8 f8", nogil=True)
def rmsprop_update(weights, dweights, weight_cache, biases, dbiases, bias_cache, lr, epsilon,
                   rho):
    """c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon).

    Writes parameters and caches.
    """
    if dweights.shape != weights.shape or weight_cache.shape != weights.shape:
        return SHAPE
    if dbiases.shape != biases.shape or bias_cache.shape != biases.shape:
        return SHAPE
    rmsprop_step(weights, dweights, weight_cache, lr, epsilon, rho)
    rmsprop_step(biases, dbiases, bias_cache, lr, epsilon, rho)
    return OK


@helper()
def rmsprop_step(p, g, c, lr, epsilon, rho):
    """One array\'s part of `rmsprop_update`."""
    G = g.dtype.type
    for i in range(p.size):
        slope = get(g, i)
        cache = G(rho) * get(c, i) + G(1 - rho) * (slope * slope)
        put(c, i, cache)
        put(p, i, get(p, i) + G(-lr) * slope / (math.sqrt(cache) + G(epsilon)))


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8 f8 f8 f8 f8",
        "f4:2 f4:2 f4:2 f4:2 f4:2 f8:2 f8:2 f8:2 f8 f8 f8 f8 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8 f8 f8 f8 f8", nogil=True)
def adam_update(weights, dweights, weight_momentums, weight_cache,
                biases, dbiases, bias_momentums, bias_cache, lr, epsilon, beta_1, beta_2, one, two):
    """m = b1 m + (1 - b1) g;  c = b2 c + (1 - b2) g^2;
    p += -lr * (m / one) / (sqrt(c / two) + epsilon)

    one = 1 - b1^t and two = 1 - b2^t come from Python, whose power NumPy programs use.
    Writes parameters, momentums and caches.
    """
    if dweights.shape != weights.shape or weight_momentums.shape != weights.shape:
        return SHAPE
    if dbiases.shape != biases.shape or bias_momentums.shape != biases.shape:
        return SHAPE
    if weight_cache.shape != weights.shape or bias_cache.shape != biases.shape:
        return SHAPE
    adam_step(weights, dweights, weight_momentums, weight_cache, lr, epsilon, beta_1, beta_2, one,
              two)
    adam_step(biases, dbiases, bias_momentums, bias_cache, lr, epsilon, beta_1, beta_2, one, two)
    return OK


@helper()
def adam_step(p, g, m, c, lr, epsilon, beta_1, beta_2, one, two):
    """One array\'s part of `adam_update`."""
    # Rejected: quotients by reciprocal and correction (no faster: 1.2 ns a parameter in cache, and
    # from a million parameters on it is memory that Adam waits for).
    G = g.dtype.type
    b1, b2, r1, r2 = G(beta_1), G(beta_2), G(1 - beta_1), G(1 - beta_2)
    c1, c2, down, eps = G(one), G(two), G(-lr), G(epsilon)
    for i in range(p.size):
        slope = get(g, i)
        mean = b1 * get(m, i) + r1 * slope
        square = b2 * get(c, i) + r2 * (slope * slope)
        put(m, i, mean)
        put(c, i, square)
        put(p, i, get(p, i) + down * (mean / c1) / (math.sqrt(square / c2) + eps))
