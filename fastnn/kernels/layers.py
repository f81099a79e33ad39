"""The dense layer: forward, backward, and the slope of its penalties."""

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import twins
from fastnn.kernels.columns import WIDE, columns_product
from fastnn.kernels.matmul import no_biases, rows_product
from fastnn.kernels.packing import pack, panel_steps
from fastnn.kernels.simd import get, pointer_as, pointer_to, put, wide_vectors
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.views import carray


def work_size(n, k, o):
    """Elements of scratch that the products of a dense layer, (n, k) by (k, o), need at most."""
    thin, wide = (k, o) if o >= k or o >= WIDE else (o, k)
    return max((k + 32) * (o + 32) + 16 * (max(k, o) + 32),  # see `packing.rows_sizes`
               n * (40 + thin) + 2 * (thin + 8) * (wide + 32))  # see `columns.part_sizes`


_work_size = helper(inline=True)(work_size)


@kernel(
    "f4:2 f4:2 f4:2 f8:1 f4:2", "f8:2 f4:2 f4:2 f8:1 f4:2",  # book: sums in float64
    "f4:2 f4:2 f4:2 f4:1 f4:2", "f8:2 f8:2 f8:2 f8:1 f8:2",  # native,
    twin=twins.dense_forward,
)
def dense_forward(inputs, weights, biases, work, output):
    """output[n, o] = sum_i inputs[n, i] weights[i, o] + biases[0, o]

    inputs (N, I), weights (I, O), biases (1, O); work: scratch, in the type of the sums.
    Writes output (N, O).
    """
    wide_vectors()
    N, I = inputs.shape
    O = weights.shape[1]
    if weights.shape[0] != I or biases.shape != (1, O) or output.shape != (N, O):
        return SHAPE
    if N * I * O == 0 or work.size < _work_size(N, I, O):
        return SHAPE
    used = pack(weights, False, N, work)
    o_step, k_step = panel_steps(I, O, work)
    rows_product(inputs, (work, o_step, k_step), biases, (I, O, N), (work, used), 0, False, output)
    return OK


@kernel(
    "f4:2 f4:2 f4:2 f8:1 f4:2 f4:2 f4:2", "f4:2 f4:2 f8:2 f8:1 f4:2 f8:2 f4:2",
    "f8:2 f4:2 f4:2 f8:1 f4:2 f4:2 f4:2", "f8:2 f4:2 f8:2 f8:1 f4:2 f8:2 f4:2",
    "f4:2 f4:2 f4:2 f4:1 f4:2 f4:2 f4:2", "f8:2 f8:2 f8:2 f8:1 f8:2 f8:2 f8:2",
    twin=twins.dense_backward,
)
def dense_backward(inputs, weights, dvalues, work, dweights, dbiases, dinputs):
    """dweights[i, o] = sum_n inputs[n, i] dvalues[n, o];  dbiases = column sums;
    dinputs[n, i] = sum_o dvalues[n, o] weights[i, o]

    inputs (N, I), weights (I, O), dvalues (N, O); work: scratch, in the type of the sums.
    Writes dweights (I, O), dbiases (1, O), dinputs (N, I).
    """
    wide_vectors()
    N, I = inputs.shape
    O = weights.shape[1]
    if weights.shape[0] != I or dvalues.shape != (N, O) or dweights.shape != (I, O):
        return SHAPE
    if dbiases.shape != (1, O) or dinputs.shape != (N, I):
        return SHAPE
    if N * I * O == 0 or work.size < _work_size(N, I, O):
        return SHAPE
    columns_product(inputs, dvalues, work, dweights)
    used = pack(weights, True, N, work)
    o_step, k_step = panel_steps(O, I, work)
    biases = carray(pointer_as(dinputs, work, used), (1, I))
    no_biases(biases)
    rows_product(dvalues, (work, o_step, k_step), biases, (O, I, N), (work, used + I), 0, True,
                 dinputs)
    column_sums(dvalues, dbiases)
    return OK


@helper(inline=True)
def column_sums(a, sums):
    """sums[0, o] = 0 + sum_n a[n, o] in NumPy's order: row by row; a single column pairwise.

    A sum starts from 0 there: of -0.0 alone it is 0.0.
    """
    N, O = a.shape
    zero = a.dtype.type(0)
    if O == 1:
        sums[0, 0] = zero + pairwise_sum(carray(pointer_to(a, 0), N), 0, N)
        return
    for o in range(O):
        put(sums, o, zero + get(a, o))
    for n in range(1, N):
        for o in range(O):
            put(sums, o, get(sums, o) + get(a, n * O + o))


@helper()
def column_means(a, means):
    """means[0, o] = the sum / N"""
    column_sums(a, means)
    for o in range(means.size):
        put(means, o, get(means, o) / means.dtype.type(a.shape[0]))


@helper()
def run_on(kept, new, momentum, factor):
    """kept = momentum * kept + (1 - momentum) * (new * factor): what runs on from step to step"""
    T = kept.dtype.type
    for o in range(kept.size):
        put(kept, o, T(momentum) * get(kept, o) + T(1.0 - momentum) * (get(new, o) * T(factor)))


@kernel("f4:2 f8 f8 f4:2", "f4:2 f8 f8 f8:2", "f8:2 f8 f8 f8:2",
        twin=twins.penalty_backward)
def penalty_backward(parameters, l1, l2, gradient):
    """gradient += l1 * (-1 where parameters < 0, else 1), then += 2 l2 * parameters

    A term whose strength is 0 is left out.

    parameters and gradient of one shape. Writes gradient.
    """
    if gradient.shape != parameters.shape:
        return SHAPE
    T = parameters.dtype.type
    if l1 > 0:
        step = T(l1)
        for i in range(parameters.size):
            put(gradient, i, get(gradient, i) + (-step if get(parameters, i) < 0 else step))
    if l2 > 0:
        slope = T(2 * l2)
        for i in range(parameters.size):
            put(gradient, i, get(gradient, i) + slope * get(parameters, i))
    return OK
