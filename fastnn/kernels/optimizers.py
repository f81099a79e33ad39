"""The updates: one pass over parameter, gradient and state, weights and biases in one call.

Scalars come as float64 and are cast to the type each operation has in NumPy, where a Python
float takes the type of the array it meets. A bias gradient may be float64 where the parameters are
float32 (targets or a dropout mask were float64): its state is float64 then, as NumPy makes it.
"""

import math

import numpy as np

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import twins_updates
from fastnn.kernels.elementary import shrink, subnormal
from fastnn.kernels.elements import get, put
from fastnn.kernels.status import OK, SHAPE


@kernel("f4:2 f4:2 f4:2 f4:2 f8", "f4:2 f4:2 f4:2 f8:2 f8", "f8:2 f8:2 f8:2 f8:2 f8", nogil=True,
        twin=twins_updates.sgd_update)
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
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8", nogil=True,
        twin=twins_updates.momentum_update)
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
    keep, rate = G(momentum), G(lr)
    firm = G(_FIRM) if momentum > 0.5 else G(np.inf)
    for start in range(0, p.size, CHUNK):
        end = min(start + CHUNK, p.size)
        if any_subnormal(u, start, end):
            for i in range(start, end):
                slope, step, parameter = get(g, i), get(u, i), get(p, i)
                stuck = (slope == 0) & subnormal(step) & (abs(parameter) > firm)
                kept = shrink(keep, step)
                step = keep * (G(0) if stuck else step) - rate * slope
                put(u, i, kept if stuck else step)
                put(p, i, parameter + step)
            continue
        for i in range(start, end):
            step = keep * get(u, i) - rate * get(g, i)
            put(u, i, step)
            put(p, i, get(p, i) + step)


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8", "f4:2 f4:2 f4:2 f4:2 f8:2 f4:2 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8", nogil=True,
        twin=twins_updates.adagrad_update)
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
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8 f8", nogil=True,
        twin=twins_updates.rmsprop_update)
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
    keep, rest, down, eps = G(rho), G(1 - rho), G(-lr), G(epsilon)
    for start in range(0, p.size, CHUNK):
        end = min(start + CHUNK, p.size)
        if rho > 0.5 and any_subnormal(c, start, end):
            for i in range(start, end):
                slope, cache = get(g, i), get(c, i)
                # The step is 0 then, of the same sign.
                stuck = (slope == 0) & subnormal(cache) & (cache > 0)
                kept = shrink(keep, cache)
                cache = keep * (G(0) if stuck else cache) + rest * (slope * slope)
                put(c, i, kept if stuck else cache)
                put(p, i, get(p, i) + down * slope / (math.sqrt(cache) + eps))
            continue
        for i in range(start, end):
            slope = get(g, i)
            cache = keep * get(c, i) + rest * (slope * slope)
            put(c, i, cache)
            put(p, i, get(p, i) + down * slope / (math.sqrt(cache) + eps))


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f8 f8 f8 f8 f8 f8",
        "f4:2 f4:2 f4:2 f4:2 f4:2 f8:2 f8:2 f8:2 f8 f8 f8 f8 f8 f8",
        "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8 f8 f8 f8 f8 f8", nogil=True,
        twin=twins_updates.adam_update)
def adam_update(weights, dweights, weight_momentums, weight_cache,
                biases, dbiases, bias_momentums, bias_cache, lr, epsilon, beta_1, beta_2,
                correct_1, correct_2):
    """m = b1 m + (1 - b1) g;  c = b2 c + (1 - b2) g^2;
    p += -lr * (m / correct_1) / (sqrt(c / correct_2) + epsilon)

    correct_1 = 1 - b1^t and correct_2 = 1 - b2^t come from Python, whose power NumPy programs use.
    Writes parameters, momentums and caches.
    """
    if dweights.shape != weights.shape or weight_momentums.shape != weights.shape:
        return SHAPE
    if dbiases.shape != biases.shape or bias_momentums.shape != biases.shape:
        return SHAPE
    if weight_cache.shape != weights.shape or bias_cache.shape != biases.shape:
        return SHAPE
    adam_step(weights, dweights, weight_momentums, weight_cache, lr, epsilon, beta_1, beta_2,
              correct_1, correct_2)
    adam_step(biases, dbiases, bias_momentums, bias_cache, lr, epsilon, beta_1, beta_2,
              correct_1, correct_2)
    return OK


@helper()
def adam_step(p, g, m, c, lr, epsilon, beta_1, beta_2, correct_1, correct_2):
    """One array's part of `adam_update`."""
    # Rejected: quotients by reciprocal and correction (no faster: 1.2 ns a parameter in cache, and
    # from a million parameters on it is memory that Adam waits for).
    G = g.dtype.type
    b1, b2, r1, r2 = G(beta_1), G(beta_2), G(1 - beta_1), G(1 - beta_2)
    c1, c2, down, eps = G(correct_1), G(correct_2), G(-lr), G(epsilon)
    firm = G(_FIRM * lr / (correct_1 * epsilon)) if beta_1 > 0.5 else G(np.inf)
    for start in range(0, p.size, CHUNK):
        end = min(start + CHUNK, p.size)
        if any_subnormal(m, start, end):
            for i in range(start, end):
                slope, mean, parameter = get(g, i), get(m, i), get(p, i)
                stuck = (slope == 0) & subnormal(mean) & (abs(parameter) > firm)
                kept = shrink(b1, mean)
                mean = b1 * (G(0) if stuck else mean) + r1 * slope
                square = b2 * get(c, i) + r2 * (slope * slope)
                put(m, i, kept if stuck else mean)
                put(c, i, square)
                put(p, i, parameter + down * (mean / c1) / (math.sqrt(square / c2) + eps))
            continue
        for i in range(start, end):
            slope = get(g, i)
            mean = b1 * get(m, i) + r1 * slope
            square = b2 * get(c, i) + r2 * (slope * slope)
            put(m, i, mean)
            put(c, i, square)
            put(p, i, get(p, i) + down * (mean / c1) / (math.sqrt(square / c2) + eps))


@helper()
def adam_step_native(p, g, m, c, lr, epsilon, beta_1, beta_2, correct_1, correct_2):
    """The same with one division instead of three: 0.9 ns a parameter, within rounding."""
    G = g.dtype.type
    b1, b2, r1, r2 = G(beta_1), G(beta_2), G(1 - beta_1), G(1 - beta_2)
    down, scale, eps = G(-lr / correct_1), G(1.0 / correct_2), G(epsilon)
    for i in range(p.size):
        slope = get(g, i)
        mean = b1 * get(m, i) + r1 * slope
        square = b2 * get(c, i) + r2 * (slope * slope)
        put(m, i, mean)
        put(c, i, square)
        put(p, i, get(p, i) + down * mean / (math.sqrt(square * scale) + eps))


# Behind a dead ReLU there is no gradient, and a mean shrinks until it is subnormal. There it stays,
# in two of three parameters of a spiral with 512 neurons, and each operation with it takes some
# processors 100 times as long (27 ns a parameter instead of 1.5). Such a mean cannot move its
# parameter where half a unit of the parameter's last place is more than the step: from _FIRM on,
# times what the step multiplies the mean by. So it is shrunk as the whole number that its bits are
# (3 ns a parameter, in the chunks that have one).
_FIRM = 2.0**-126 * 2.0**26
CHUNK = 128


@helper()
def any_subnormal(a, start, end):
    """Whether one of these elements is a float32 below the normal numbers."""
    found = 0
    for i in range(start, end):
        found += 1 if subnormal(get(a, i)) else 0
    return found > 0
