"""Losses and accuracies as instructions of a training program (see `training.py`).

A loss is two: its slope, at each step, and the losses of the samples, only where a value is
recorded. What a step adds to the results of its epoch is rounded as NumPy's scalars are.
"""

import numpy as np

from fastnn.compile.jit import body, helper, instruction
from fastnn.kernels import losses as _l
from fastnn.kernels.elements import get, put
from fastnn.kernels.instructions_updates import CURRENT, N_RATES
from fastnn.kernels.losses import (
    labels_fit,
    onehot_slope,
    picked,
    softmax_crossentropy_slope,
    sparse_slope,
)
from fastnn.kernels.status import LABEL, OK
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.training import (
    FIRST,
    LOSS,
    LOSS_COUNT,
    LOSS_SUM,
    N_RESULTS,
    OWN,
    PENALTY,
    RATE,
    RIGHT,
    RIGHT_COUNT,
    RIGHT_SUM,
    ROWS,
    TOTAL,
)
from fastnn.kernels.views import block, carray

WIDTH = OWN
WEIGHTS, BIASES, ALONE = OWN, OWN + 1, OWN + 2
_ALIKE = ("f4 f4 f4", "f4 f8 f8", "f8 f8 f8")
_TERMS = ("f4 f4 f4 f4", "f4 f8 f8 f8", "f8 f8 f8 f8")
_SPARSE = ("f4 u1 f4", "f4 i8 f4", "f8 u1 f8", "f8 i8 f8")


def _alike(rows, width):
    """Reach of outputs, targets and slopes, which have one shape."""
    return rows * width, rows * width, rows * width


def _sparse(rows, width):
    """The same where targets are class indices."""
    return rows * width, rows, rows * width


def _terms(rows, width):
    """Reach of outputs, targets and their terms, and of one loss a sample."""
    return rows * width, rows * width, rows * width, rows


_onehot = body(_l.categorical_crossentropy_forward_onehot)


@instruction(*_SPARSE, numbers="width", writes="losses",
             reach=lambda rows, width: (rows * width, rows, rows))
def categorical_losses_sparse(y_pred, labels, losses, d):
    """losses[n] = -log clip(y_pred[n, labels[n]])"""
    chosen = carray(labels, d[ROWS])
    if not labels_fit(chosen, d[WIDTH]):
        return LABEL
    picked(block(y_pred, d), chosen, carray(losses, d[ROWS]))
    return OK


@instruction(*_TERMS, numbers="width", reach=_terms, writes="work losses")
def categorical_losses_onehot(y_pred, y_true, work, losses, d):
    """losses[n] = -log sum_c clip(y_pred[n, c]) y_true[n, c]"""
    return _onehot(block(y_pred, d), block(y_true, d), block(work, d), carray(losses, d[ROWS]))


@instruction(*_SPARSE, "f4 u1 f8", "f4 i8 f8", numbers="width", reach=_sparse,
             writes="dinputs")
def categorical_slope_sparse(dvalues, labels, dinputs, d):
    """dinputs = -onehot / dvalues / N"""
    chosen = carray(labels, d[ROWS])
    if not labels_fit(chosen, d[WIDTH]):
        return LABEL
    sparse_slope(block(dvalues, d), chosen, d[TOTAL], block(dinputs, d))
    return OK


@instruction(*_ALIKE, numbers="width", reach=_alike, writes="dinputs")
def categorical_slope_onehot(dvalues, y_true, dinputs, d):
    """dinputs = -y_true / dvalues / N"""
    onehot_slope(block(dvalues, d), block(y_true, d), d[TOTAL], block(dinputs, d))
    return OK


@instruction(*_SPARSE, numbers="width", reach=_sparse, writes="dinputs")
def combined_slope(dvalues, labels, dinputs, d):
    """dinputs = (dvalues - onehot) / N"""
    chosen = carray(labels, d[ROWS])
    if not labels_fit(chosen, d[WIDTH]):
        return LABEL
    softmax_crossentropy_slope(block(dvalues, d), chosen, d[TOTAL], block(dinputs, d))
    return OK


# -------------------------------------------------------------------- values of the epoch


@instruction("f4 f8", "f8 f8", writes="results", reach=lambda total: (total, N_RESULTS))
def record_losses(losses, results, d):
    """The step's mean loss, and the sum of the epoch with it."""
    r, all_losses = carray(results, N_RESULTS), carray(losses, d[TOTAL])
    T = all_losses.dtype.type
    total = T(0) + pairwise_sum(all_losses, 0, d[TOTAL])
    r[LOSS] = T(np.float64(total) / np.float64(d[TOTAL]))
    r[LOSS_SUM] = T(T(r[LOSS_SUM]) + total)
    r[LOSS_COUNT] += d[TOTAL]
    return OK


@instruction("f8 f8", writes="results", reach=lambda: (N_RATES, N_RESULTS))
def start_penalty(rates, results, d):
    """No penalty yet; and the learning rate as it stands before the update."""
    r = carray(results, N_RESULTS)
    r[PENALTY] = 0.0
    r[RATE] = carray(rates, N_RATES)[CURRENT]
    return OK


@instruction("f4 f4 f4 f8 f8", "f8 f8 f8 f8 f8",
             numbers="weights biases alone", writes="work results",
             reach=lambda weights, biases: (weights, biases, max(weights, biases), 4, N_RESULTS))
def record_penalty(weights, biases, work, strengths, results, d):
    """penalty += l1 sum |p|, += l2 sum p^2, of weights, then of biases, each in their type.

    strengths: l1 and l2 of weights, of biases; work: as many elements as weights. d[ALONE]: the
    layer is summed up by itself, as loops do that add the penalties of layers; else as Model does.
    """
    r, s = carray(results, N_RESULTS), carray(strengths, 4)
    w, b = carray(weights, d[WEIGHTS]), carray(biases, d[BIASES])
    terms = carray(work, d[WEIGHTS])
    T = w.dtype.type
    before = T(r[PENALTY])
    total = T(0) if d[ALONE] else before
    total = _add_penalty(_add_penalty(total, w, s[0], s[1], terms), b, s[2], s[3], terms)
    r[PENALTY] = T(before + total) if d[ALONE] else total
    return OK


@helper()
def _add_penalty(total, p, l1, l2, terms):
    T = p.dtype.type
    if l1 > 0:
        for i in range(p.size):
            put(terms, i, abs(get(p, i)))
        total = T(total + T(l1) * (T(0) + pairwise_sum(terms, 0, p.size)))
    if l2 > 0:
        for i in range(p.size):
            put(terms, i, get(p, i) * get(p, i))
        total = T(total + T(l2) * (T(0) + pairwise_sum(terms, 0, p.size)))
    return total


@helper(inline=True)
def _count(found, right, d):
    """right += found; the first block starts it."""
    r = carray(right, 1)
    r[0] = found if d[FIRST] == 0 else r[0] + found


@instruction("f4 u1 f8", "f4 i8 f8", "f8 u1 f8", "f8 i8 f8", numbers="width", writes="right",
             reach=lambda rows, width: (rows * width, rows, 1))
def right_classes(output, labels, right, d):
    """Count the samples whose largest output (the first, NaN above all) is their class."""
    y, chosen = block(output, d), carray(labels, d[ROWS])
    found = 0
    for n in range(d[ROWS]):
        best, top = 0, get(y, n * d[WIDTH])
        for c in range(1, d[WIDTH]):
            v = get(y, n * d[WIDTH] + c)
            if top == top and (v > top or v != v):
                best, top = c, v
        found += 1 if best == np.int64(chosen[n]) else 0
    _count(found, right, d)
    return OK


@instruction("f4 f4 f8", "f4 f8 f8", "f8 f4 f8", "f8 f8 f8", numbers="width", writes="right",
             reach=lambda rows, width: (rows * width, rows * width, 1))
def right_halves(output, y_true, right, d):
    """Count the outputs that are above one half where the target is 1, and not where it is 0."""
    p, y = block(output, d), block(y_true, d)
    found = 0
    for i in range(p.size):
        found += 1 if (1.0 if get(p, i) > 0.5 else 0.0) == get(y, i) else 0
    _count(found, right, d)
    return OK


@instruction("f4 f4 f8 f8", "f4 f8 f8 f8", "f8 f4 f8 f8", "f8 f8 f8 f8",
             numbers="width", writes="right",
             reach=lambda rows, width: (rows * width, rows * width, 1, 1))
def right_values(output, y_true, precision, right, d):
    """Count the outputs nearer to their targets than the precision."""
    p, y = block(output, d), block(y_true, d)
    found, limit = 0, carray(precision, 1)[0]
    for i in range(p.size):
        found += 1 if np.float64(abs(get(p, i) - get(y, i))) < limit else 0
    _count(found, right, d)
    return OK


@instruction("f8 f8", numbers="width", writes="results", reach=lambda: (1, N_RESULTS))
def record_accuracy(right, results, d):
    """The step's share of right ones among d[WIDTH] a sample, and the sums of the epoch."""
    r, found = carray(results, N_RESULTS), carray(right, 1)[0]
    r[RIGHT_SUM] += found
    r[RIGHT_COUNT] += d[TOTAL]
    r[RIGHT] = found / np.float64(d[TOTAL] * d[WIDTH])
    return OK
