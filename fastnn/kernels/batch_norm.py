"""Batch normalization: its two functions of the columns of all samples of a step."""

import math

from fastnn.kernels.by_columns import by_columns
from fastnn.kernels.elements import get, put
from fastnn.kernels.layers import column_means, column_sums, run_on


@by_columns("inputs:NO training epsilon momentum +running_mean:1O +running_variance:1O weights:1O "
            "biases:1O >normalized:NO >deviation:1O >output:NO")
def batch_norm_forward(inputs, training, epsilon, momentum, running_mean, running_variance, weights,
                       biases, normalized, deviation, output):
    """output = weights * (inputs - mean of the column) / deviation + biases

    Without training by the running mean and variance; with it these are changed.
    """
    N, O = inputs.shape
    mean = running_mean
    if training:
        mean = deviation
        column_means(inputs, mean)
        run_on(running_mean, mean, momentum, 1.0)
    for n in range(N):
        for o in range(O):
            error = get(inputs, n * O + o) - get(mean, o)
            put(normalized, n * O + o, error)
            put(output, n * O + o, error * error)
    if training:
        column_means(output, deviation)
        run_on(running_variance, deviation, momentum, N / max(N - 1.0, 1.0))
    for o in range(O):
        variance = get(deviation, o) if training else get(running_variance, o)
        put(deviation, o, math.sqrt(variance + inputs.dtype.type(epsilon)))
    for n in range(N):
        for o in range(O):
            share = get(normalized, n * O + o) / get(deviation, o)
            put(normalized, n * O + o, share)
            put(output, n * O + o, get(weights, o) * share + get(biases, o))


@by_columns("dvalues:NO normalized:NO weights:1O deviation:1O >dweights:1O >dbiases:1O "
            ">dinputs:NO ~means:2O")
def batch_norm_backward(dvalues, normalized, weights, deviation, dweights, dbiases, dinputs, means):
    """The gradients of weights, biases and inputs; dinputs holds the terms of each sum in turn."""
    N, O = dvalues.shape
    column_sums(dvalues, dbiases)
    for i in range(N * O):
        put(dinputs, i, get(dvalues, i) * get(normalized, i))
    column_sums(dinputs, dweights)
    for n in range(N):
        for o in range(O):
            put(dinputs, n * O + o, get(dvalues, n * O + o) * get(weights, o))
    mean, other = means[:1], means[1:2]
    column_means(dinputs, mean)
    for i in range(N * O):
        put(dinputs, i, get(dinputs, i) * get(normalized, i))
    column_means(dinputs, other)
    for n in range(N):
        for o in range(O):
            i = n * O + o
            slope = get(dvalues, i) * get(weights, o) - get(mean, o)
            put(dinputs, i, (slope - get(normalized, i) * get(other, o)) / get(deviation, o))
