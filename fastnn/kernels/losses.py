"""The losses: a loss for each sample, its mean, and the gradient with respect to the predictions.

Probabilities are clipped to [1e-7, 1 - 1e-7] where the book clips them.
"""

import numpy as np

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import twins
from fastnn.kernels.elementary import begin_log, finish_log
from fastnn.kernels.elements import get, pointer_to, put
from fastnn.kernels.softmax import softmax, softmax_work_size
from fastnn.kernels.status import LABEL, OK, SHAPE
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.views import carray

_softmax_work_size = helper(inline=True)(softmax_work_size)
_ALIKE = ("f4:2 f4:2 f4:2", "f4:2 f8:2 f8:2", "f8:2 f8:2 f8:2")


@helper()
def labels_fit(labels, C):
    """True when every class index is in 0 .. C - 1."""
    fit = True
    for n in range(labels.size):
        fit &= labels[n] >= 0 and labels[n] < C
    return fit


@helper(inline=True)
def class_of(labels, n, C):
    """Class index n, 0 where it is none: it is checked before, but may change meanwhile."""
    c = np.int64(labels[n])
    return c if 0 <= c < C else 0


@helper()
def clip(p):
    """p kept within [1e-7, 1 - 1e-7]; NaN stays."""
    low, high = type(p)(1e-7), type(p)(1 - 1e-7)
    return low if p < low else (high if p > high else p)


@helper(inline=True)
def _mean_and_sum(losses, result):
    total = losses.dtype.type(0) + pairwise_sum(losses, 0, losses.size)
    result[0] = np.float64(total) / np.float64(losses.size)
    result[1] = total


@kernel("f4:1 f4:1", "f8:1 f8:1",
        twin=twins.mean_and_sum)
def mean_and_sum(losses, result):
    """result = mean and sum of losses (N,), N > 0, in NumPy's order. Writes result (2,)."""
    if losses.size == 0 or result.size != 2:
        return SHAPE
    _mean_and_sum(losses, result)
    return OK


# ------------------------------------------------------------- categorical cross-entropy


@kernel("f4:2 u1:1 f4:1", "f4:2 i8:1 f4:1", "f8:2 u1:1 f8:1", "f8:2 i8:1 f8:1",
        twin=twins.categorical_crossentropy_forward_sparse)
def categorical_crossentropy_forward_sparse(y_pred, labels, losses):
    """losses[n] = -log clip(y_pred[n, labels[n]])

    y_pred (N, C), labels (N,). Writes losses (N,).
    """
    N, C = y_pred.shape
    if N * C == 0 or labels.size != N or losses.size != N:
        return SHAPE
    if not labels_fit(labels, C):
        return LABEL
    picked(y_pred, labels, losses)
    return OK


@helper(inline=True)
def picked(y_pred, labels, losses):
    """losses[n] = -log clip(y_pred[n, labels[n]])"""
    C = y_pred.shape[1]
    for n in range(labels.size):
        losses[n] = clip(get(y_pred, n * C + class_of(labels, n, C)))
    _minus_logs(losses)


@helper(inline=True)
def _minus_logs(a):
    """a = -log a"""
    for n in range(a.size):
        put(a, n, begin_log(get(a, n)))
    finish_log(a, 0, a.size)
    for n in range(a.size):
        put(a, n, -get(a, n))


@kernel("f4:2 f4:2 f4:2 f4:1", "f4:2 f8:2 f8:2 f8:1", "f8:2 f8:2 f8:2 f8:1",
        twin=twins.categorical_crossentropy_forward_onehot)
def categorical_crossentropy_forward_onehot(y_pred, y_true, work, losses):
    """losses[n] = -log sum_c clip(y_pred[n, c]) y_true[n, c]

    y_pred, y_true and work (scratch) (N, C). Writes losses (N,).
    """
    N, C = y_pred.shape
    if N * C == 0 or y_true.shape != (N, C) or work.shape != (N, C) or losses.size != N:
        return SHAPE
    for i in range(N * C):
        put(work, i, clip(get(y_pred, i)) * get(y_true, i))
    flat = carray(pointer_to(work, 0), N * C)
    for n in range(N):
        put(losses, n, work.dtype.type(0) + pairwise_sum(flat, n * C, C))
    _minus_logs(losses)
    return OK


@kernel("f4:2 u1:1 f4:2", "f4:2 i8:1 f4:2", "f4:2 u1:1 f8:2", "f4:2 i8:1 f8:2",
        "f8:2 u1:1 f8:2", "f8:2 i8:1 f8:2",
        twin=twins.categorical_crossentropy_backward_sparse)
def categorical_crossentropy_backward_sparse(dvalues, labels, dinputs):
    """dinputs[n, c] = -[c == labels[n]] / dvalues[n, c] / N

    dvalues (N, C), labels (N,). Writes dinputs (N, C).
    """
    N, C = dvalues.shape
    if N * C == 0 or labels.size != N or dinputs.shape != (N, C):
        return SHAPE
    if not labels_fit(labels, C):
        return LABEL
    sparse_slope(dvalues, labels, N, dinputs)
    return OK


@helper(inline=True)
def sparse_slope(dvalues, labels, total, dinputs):
    """The slope of the mean over `total` samples, for the samples here."""
    N, C = dvalues.shape
    T = dinputs.dtype.type
    for i in range(N * C):
        put(dinputs, i, T(-0.0) / T(get(dvalues, i)) / T(total))
    for n in range(N):
        i = n * C + class_of(labels, n, C)
        put(dinputs, i, T(-1) / T(get(dvalues, i)) / T(total))


@kernel("u1:1 f8 f8 f4:2", "i8:1 f8 f8 f4:2", "u1:1 f8 f8 f8:2", "i8:1 f8 f8 f8:2",
        twin=twins.smoothed_targets)
def smoothed_targets(labels, most, rest, targets):
    """targets[n, c] = most * [c == labels[n]] + rest

    labels (N,). Writes targets (N, C).
    """
    N, C = targets.shape
    if N * C == 0 or labels.size != N:
        return SHAPE
    if not labels_fit(labels, C):
        return LABEL
    T = targets.dtype.type
    for i in range(N * C):
        put(targets, i, T(rest))
    for n in range(N):
        put(targets, n * C + class_of(labels, n, C), T(most) + T(rest))
    return OK


@kernel(*_ALIKE,
        twin=twins.categorical_crossentropy_backward_onehot)
def categorical_crossentropy_backward_onehot(dvalues, y_true, dinputs):
    """dinputs = -y_true / dvalues / N. All (N, C). Writes dinputs."""
    N, C = dvalues.shape
    if N * C == 0 or y_true.shape != (N, C) or dinputs.shape != (N, C):
        return SHAPE
    onehot_slope(dvalues, y_true, N, dinputs)
    return OK


@helper(inline=True)
def onehot_slope(dvalues, y_true, total, dinputs):
    """The slope of the mean over `total` samples, for the samples here."""
    T = dinputs.dtype.type
    for i in range(dvalues.size):
        put(dinputs, i, -get(y_true, i) / T(get(dvalues, i)) / T(total))


def crossentropy_work_size(n, c):
    """Elements of scratch that `softmax_crossentropy_forward` needs: mean, sum, losses, softmax."""
    return 2 + n + softmax_work_size(n, c)


@kernel("f4:2 u1:1 f4:2 f4:1", "f4:2 i8:1 f4:2 f4:1",
        "f8:2 u1:1 f8:2 f8:1", "f8:2 i8:1 f8:2 f8:1",
        twin=twins.softmax_crossentropy_forward)
def softmax_crossentropy_forward(inputs, labels, output, work):
    """output = softmax of inputs; mean and sum over n of -log clip(output[n, labels[n]])

    inputs (N, C), labels (N,). Writes output (N, C), and to work, of at least
    crossentropy_work_size(N, C), the mean, the sum, the N losses and scratch.
    """
    N, C = inputs.shape
    if N * C == 0 or output.shape != (N, C) or labels.size != N:
        return SHAPE
    if work.size < 2 + N + _softmax_work_size(N, C):
        return SHAPE
    if not labels_fit(labels, C):
        return LABEL
    softmax(inputs, output, work, 2 + N)
    losses = work[2:2 + N]
    picked(output, labels, losses)
    _mean_and_sum(losses, work)
    return OK


@kernel("f4:2 u1:1 f4:2", "f4:2 i8:1 f4:2", "f8:2 u1:1 f8:2", "f8:2 i8:1 f8:2",
        twin=twins.softmax_crossentropy_backward)
def softmax_crossentropy_backward(dvalues, labels, dinputs):
    """dinputs[n, c] = (dvalues[n, c] - [c == labels[n]]) / N

    dvalues (N, C) the softmax output, labels (N,). Writes dinputs (N, C).
    """
    N, C = dvalues.shape
    if N * C == 0 or labels.size != N or dinputs.shape != (N, C):
        return SHAPE
    if not labels_fit(labels, C):
        return LABEL
    softmax_crossentropy_slope(dvalues, labels, N, dinputs)
    return OK


@helper(inline=True)
def softmax_crossentropy_slope(dvalues, labels, total, dinputs):
    """The slope of the mean over `total` samples, for the samples here."""
    N, C = dvalues.shape
    T = dinputs.dtype.type
    for i in range(N * C):
        put(dinputs, i, get(dvalues, i) / T(total))
    for n in range(N):
        i = n * C + class_of(labels, n, C)
        put(dinputs, i, (get(dvalues, i) - T(1)) / T(total))


# ------------------------------------------------------------- losses that are formulas


@helper()
def row_sums(terms, losses):
    """losses[n] = sum of terms[n], in NumPy's order."""
    N, O = terms.shape
    flat = carray(pointer_to(terms, 0), N * O)
    for n in range(N):
        put(losses, n, terms.dtype.type(0) + pairwise_sum(flat, n * O, O))


@helper()
def row_means(terms, losses):
    """losses[n] = mean of terms[n], in NumPy's order."""
    N, O = terms.shape
    flat = carray(pointer_to(terms, 0), N * O)
    for n in range(N):
        total = terms.dtype.type(0) + pairwise_sum(flat, n * O, O)
        put(losses, n, np.float64(total) / np.float64(O))
