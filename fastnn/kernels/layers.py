"""The dense layer: forward, backward, and the slope of its penalties."""

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import blas, twins
from fastnn.kernels.columns import WIDE, columns_product
from fastnn.kernels.elements import get, is_of_type, pointer_as, pointer_to, put, wide_vectors
from fastnn.kernels.matmul import no_biases, rows_product
from fastnn.kernels.packing import pack, panel_steps
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.thin_products import (
    is_thin,
    thin_inputs_backward,
    thin_outputs_backward,
)
from fastnn.kernels.views import carray


def work_size(n, k, o):
    """Elements of scratch that the products of a dense layer, (n, k) by (k, o), need at most."""
    thin, wide = (k, o) if o >= k or o >= WIDE else (o, k)
    return max((k + 32) * (o + 32) + 16 * (max(k, o) + 32),  # see `packing.rows_sizes`
               n * (40 + thin) + 3 * thin * (wide + 32))  # see `columns`, `thin_products`


_work_size = helper(inline=True)(work_size)


_blas_work_size = helper(inline=True)(blas.blas_work_size)


@helper(inline=True)
def _go_forward(inputs, weights, biases, output):
    """Whether these are of one layer and one batch."""
    (N, I), O = inputs.shape, weights.shape[1]
    return weights.shape[0] == I and biases.shape == (1, O) and output.shape == (N, O)


@helper(inline=True)
def _go_back(inputs, weights, dvalues, dweights, dbiases, dinputs):
    """The same of the way back."""
    (N, I), O = inputs.shape, weights.shape[1]
    return (weights.shape[0] == I and dvalues.shape == (N, O) and dweights.shape == (I, O)
            and dbiases.shape == (1, O) and dinputs.shape == (N, I))


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
    if not _go_forward(inputs, weights, biases, output):
        return SHAPE
    (N, I), O = inputs.shape, weights.shape[1]
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
    if not _go_back(inputs, weights, dvalues, dweights, dbiases, dinputs):
        return SHAPE
    (N, I), O = inputs.shape, weights.shape[1]
    if N * I * O == 0 or work.size < _work_size(N, I, O):
        return SHAPE
    if is_of_type(inputs, dinputs) and is_thin(N, O, I, work):
        thin_outputs_backward(inputs, weights, dvalues, work, dweights, dinputs)
        column_sums(dvalues, dbiases)
        return OK
    if is_thin(N, I, O, work):
        thin_inputs_backward(inputs, dvalues, work, dweights, dbiases)
    else:
        columns_product(inputs, dvalues, work, dweights)
        column_sums(dvalues, dbiases)
    used = pack(weights, True, N, work)
    o_step, k_step = panel_steps(O, I, work)
    biases = carray(pointer_as(dinputs, work, used), (1, I))
    no_biases(biases)
    rows_product(dvalues, (work, o_step, k_step), biases, (O, I, N), (work, used + I), 0, True,
                 dinputs)
    return OK


@kernel(
    "f4:2 f4:2 f4:2 f8:1 f4:2", "f8:2 f4:2 f4:2 f8:1 f4:2",
    "f4:2 f4:2 f4:2 f4:1 f4:2", "f8:2 f8:2 f8:2 f8:1 f8:2",
    twin=twins.dense_forward,
)
def dense_forward_by_blas(inputs, weights, biases, work, output):
    """The same by the routine of NumPy's BLAS that `np.dot` would call.

    work: of blas_work_size(N, I, O), in the type of the sums.
    """
    if not _go_forward(inputs, weights, biases, output):
        return SHAPE
    (N, I), O = inputs.shape, weights.shape[1]
    if N * I * O == 0 or work.size < _blas_work_size(N, I, O):
        return SHAPE
    used = N * (I + O)
    blas.forward_of(inputs, blas.as_sums(work, used, weights), biases, work, False, output)
    return OK


@kernel(
    "f4:2 f4:2 f4:2 f8:1 f4:2 f4:2 f4:2", "f4:2 f4:2 f8:2 f8:1 f4:2 f8:2 f4:2",
    "f8:2 f4:2 f4:2 f8:1 f4:2 f4:2 f4:2", "f8:2 f4:2 f8:2 f8:1 f4:2 f8:2 f4:2",
    "f4:2 f4:2 f4:2 f4:1 f4:2 f4:2 f4:2", "f8:2 f8:2 f8:2 f8:1 f8:2 f8:2 f8:2",
    twin=twins.dense_backward,
)
def dense_backward_by_blas(inputs, weights, dvalues, work, dweights, dbiases, dinputs):
    """The same by the routines of NumPy's BLAS, in work as `dense_forward_by_blas` wants it."""
    if not _go_back(inputs, weights, dvalues, dweights, dbiases, dinputs):
        return SHAPE
    (N, I), O = inputs.shape, weights.shape[1]
    if N * I * O == 0 or work.size < _blas_work_size(N, I, O):
        return SHAPE
    blas.dweights_of(inputs, dvalues, work, dweights)
    column_sums(dvalues, dbiases)
    used = N * (I + O)
    blas.dinputs_of(dvalues, blas.as_sums(work, used, weights), work, dinputs)
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
        put(sums, o, zero)
    add_columns(a, sums)


@helper(inline=True)
def add_columns(a, sums):
    """sums[0, o] += sum_n a[n, o], row by row."""
    N, O = a.shape
    if O <= 4:
        _few_columns(a, sums)
        return
    for n in range(N):
        for o in range(O):
            put(sums, o, get(sums, o) + get(a, n * O + o))


@helper()
def _few_columns(a, sums):
    """The same for up to four columns, the sums in registers: 0.3 us for 300 rows instead of 1.2.
    """
    N, columns = a.shape
    last = columns - 1
    k1, k2 = min(1, last), min(2, last)
    s0, s1, s2, s3 = get(sums, 0), get(sums, k1), get(sums, k2), get(sums, last)
    for row in range(N):
        i = row * columns
        s0 += get(a, i)
        s1 += get(a, i + k1)
        s2 += get(a, i + k2)
        s3 += get(a, i + last)
    put(sums, 0, s0)
    put(sums, k1, s1)
    put(sums, k2, s2)
    put(sums, last, s3)


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
