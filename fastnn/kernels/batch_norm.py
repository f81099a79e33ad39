"""Batch normalization, for the objects and as instructions of a training program.

The instructions want all samples of a step at once: means are of whole batches.
"""

import math

from numba import carray

from fastnn.compile.jit import helper, instruction, kernel
from fastnn.kernels.formula import block
from fastnn.kernels.layers import column_sums
from fastnn.kernels.simd import get, put
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.training import OWN


@helper()
def _column_means(a, means):
    column_sums(a, means)
    for o in range(means.size):
        put(means, o, get(means, o) / means.dtype.type(a.shape[0]))


@helper()
def _normalize(inputs, epsilon, momentum, mean, variance, work, normalized, deviation):
    """normalized = (inputs - mean of the column) / deviation, and the running mean and variance."""
    N, O = inputs.shape
    T = inputs.dtype.type
    keep, rest, unbiased = T(momentum), T(1.0 - momentum), T(N / (N - 1.0)) if N > 1 else T(1)
    _column_means(inputs, deviation)
    for o in range(O):
        put(mean, o, keep * get(mean, o) + rest * get(deviation, o))
    for n in range(N):
        for o in range(O):
            error = get(inputs, n * O + o) - get(deviation, o)
            put(normalized, n * O + o, error)
            put(work, n * O + o, error * error)
    _column_means(work, deviation)
    for o in range(O):
        put(variance, o, keep * get(variance, o) + rest * (get(deviation, o) * unbiased))
        put(deviation, o, math.sqrt(get(deviation, o) + T(epsilon)))
    for n in range(N):
        for o in range(O):
            put(normalized, n * O + o, get(normalized, n * O + o) / get(deviation, o))


@helper()
def _normalize_by(inputs, epsilon, mean, variance, normalized):
    """The same by the running mean and variance."""
    N, O = inputs.shape
    T = inputs.dtype.type
    for n in range(N):
        for o in range(O):
            deviation = math.sqrt(get(variance, o) + T(epsilon))
            put(normalized, n * O + o, (get(inputs, n * O + o) - get(mean, o)) / deviation)


@helper()
def _scale(normalized, weights, biases, output):
    """output = weights * normalized + biases"""
    N, O = normalized.shape
    for n in range(N):
        for o in range(O):
            put(output, n * O + o, get(weights, o) * get(normalized, n * O + o) + get(biases, o))


@helper()
def _backward(dvalues, normalized, weights, deviation, work, dweights, dbiases, dinputs):
    """dinputs holds the terms of each sum in turn, work (2, O) their means."""
    N, O = dvalues.shape
    column_sums(dvalues, dbiases)
    for i in range(N * O):
        put(dinputs, i, get(dvalues, i) * get(normalized, i))
    column_sums(dinputs, dweights)
    means, others = work[:1], work[1:2]
    for n in range(N):
        for o in range(O):
            put(dinputs, n * O + o, get(dvalues, n * O + o) * get(weights, o))
    _column_means(dinputs, means)
    for i in range(N * O):
        put(dinputs, i, get(dinputs, i) * get(normalized, i))
    _column_means(dinputs, others)
    for n in range(N):
        for o in range(O):
            i = n * O + o
            slope = get(dvalues, i) * get(weights, o) - get(means, o)
            put(dinputs, i, (slope - get(normalized, i) * get(others, o)) / get(deviation, o))


@kernel("f4:2 f8 f8 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2",
        "f8:2 f8 f8 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2")
def batch_norm_forward(inputs, epsilon, momentum, mean, variance, weights, biases, normalized,
                       deviation, output):
    """output = weights * (inputs - mean of the column) / deviation + biases

    inputs, normalized, output (N, O), all others (1, O). Writes normalized, deviation and output,
    and the running mean and variance.
    """
    N, O = inputs.shape
    if N * O == 0 or normalized.shape != (N, O) or output.shape != (N, O):
        return SHAPE
    if weights.shape != (1, O) or biases.shape != (1, O) or deviation.shape != (1, O):
        return SHAPE
    if mean.shape != (1, O) or variance.shape != (1, O):
        return SHAPE
    _normalize(inputs, epsilon, momentum, mean, variance, output, normalized, deviation)
    _scale(normalized, weights, biases, output)
    return OK


@kernel("f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2 f4:2", "f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2 f8:2")
def batch_norm_backward(dvalues, normalized, weights, deviation, work, dweights, dbiases, dinputs):
    """The gradients of weights, biases (1, O) and inputs (N, O). work: scratch (2, O)."""
    N, O = dvalues.shape
    if N * O == 0 or normalized.shape != (N, O) or dinputs.shape != (N, O) or work.shape != (2, O):
        return SHAPE
    if weights.shape != (1, O) or deviation.shape != (1, O):
        return SHAPE
    if dweights.shape != (1, O) or dbiases.shape != (1, O):
        return SHAPE
    _backward(dvalues, normalized, weights, deviation, work, dweights, dbiases, dinputs)
    return OK


@helper(inline=True)
def _row(pointer, d):
    return carray(pointer, (1, d[OWN]))




@instruction("f4 f8 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8", numbers="width",
             writes="mean variance work normalized deviation",
             reach=lambda rows, width: (rows * width, 2, width, width, rows * width, rows * width,
                                        width))
def normalize(inputs, numbers, mean, variance, work, normalized, deviation, d):
    """normalized, deviation and the running mean and variance; numbers: epsilon, momentum."""
    given = carray(numbers, 2)
    _normalize(block(inputs, d), given[0], given[1], _row(mean, d), _row(variance, d),
               block(work, d), block(normalized, d), _row(deviation, d))
    return OK


@instruction("f4 f8 f4 f4 f4", "f8 f8 f8 f8 f8", numbers="width", writes="normalized",
             reach=lambda rows, width: (rows * width, 1, width, width, rows * width))
def normalize_by_running(inputs, epsilon, mean, variance, normalized, d):
    """normalized, by the running mean and variance"""
    _normalize_by(block(inputs, d), carray(epsilon, 1)[0], _row(mean, d), _row(variance, d),
                  block(normalized, d))
    return OK


@instruction("f4 f4 f4 f4", "f8 f8 f8 f8", numbers="width", writes="output",
             reach=lambda rows, width: (rows * width, width, width, rows * width))
def scale(normalized, weights, biases, output, d):
    """output = weights * normalized + biases"""
    _scale(block(normalized, d), _row(weights, d), _row(biases, d), block(output, d))
    return OK


@instruction("f4 f4 f4 f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8 f8 f8 f8", numbers="width",
             writes="work dweights dbiases dinputs",
             reach=lambda rows, width: (rows * width, rows * width, width, width, 2 * width, width,
                                        width, rows * width))
def normalize_backward(dvalues, normalized, weights, deviation, work, dweights, dbiases, dinputs,
                       d):
    """The gradients of weights, biases and inputs."""
    _backward(block(dvalues, d), block(normalized, d), _row(weights, d), _row(deviation, d),
              carray(work, (2, d[OWN])), _row(dweights, d), _row(dbiases, d), block(dinputs, d))
    return OK
