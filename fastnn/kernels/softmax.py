"""Softmax and its slope, for the activation, for the combined class and for the whole loop."""

import numpy as np

from fastnn.compile.jit import helper
from fastnn.kernels.blas import numpys_product
from fastnn.kernels.elementary import begin_exp, finish_exp
from fastnn.kernels.simd import get, pointer_to, put
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.views import carray


def softmax_work_size(n, c):
    """Elements of scratch that `softmax` needs."""
    return (n + _LOOP) * (c + 1) if c < FEW else 0


FEW = 8  # classes; below it NumPy adds a row in sequence
_LOOP = 32  # elements in one turn of LLVM's vectorised loops


@helper(inline=True)
def softmax(inputs, output, work, start):
    """output[n, c] = exp(inputs[n, c] - max_c) / sum_c; scratch from work[start] on."""
    if inputs.shape[1] < FEW:
        softmax_by_column(inputs, output, work, start)
    else:
        softmax_by_row(inputs, output)


@helper()
def softmax_by_column(inputs, output, work, start):
    """Few classes: turned over, so that the samples lie side by side. The
    combined forward of (300, 3) went from 10 us to 7 with it."""
    N, C = inputs.shape
    M = (N + _LOOP - 1) // _LOOP * _LOOP  # no rest for the vectorised loops: 40 rows took 80 % more
    top = start + M * C
    for c in range(C):
        for n in range(N):
            put(work, start + c * M + n, get(inputs, n * C + c))
        for n in range(N, M):
            put(work, start + c * M + n, 0.0)
    for n in range(M):
        put(work, top + n, get(work, start + n))
    for c in range(1, C):
        for n in range(M):
            put(work, top + n, _larger(get(work, start + c * M + n), get(work, top + n)))
    for c in range(C):
        for n in range(M):
            i = start + c * M + n
            put(work, i, begin_exp(get(work, i) - get(work, top + n)))
    finish_exp(work, start, C * M)
    for n in range(M):
        put(work, top + n, get(work, start + n))
    for c in range(1, C):  # below 8 terms NumPy adds in sequence
        for n in range(M):
            put(work, top + n, get(work, top + n) + get(work, start + c * M + n))
    for c in range(C):
        for n in range(M):
            i = start + c * M + n
            put(work, i, get(work, i) / get(work, top + n))
    for c in range(C):
        for n in range(N):
            put(output, n * C + c, get(work, start + c * M + n))


@helper()
def softmax_by_row(inputs, output):
    """Many classes: each row's maximum, powers and sum in turn."""
    N, C = inputs.shape
    flat = carray(pointer_to(output, 0), N * C)
    for n in range(N):
        top = get(inputs, n * C)
        for c in range(1, C):
            top = _larger(get(inputs, n * C + c), top)
        for c in range(C):
            put(output, n * C + c, begin_exp(get(inputs, n * C + c) - top))
        finish_exp(output, n * C, C)
        total = pairwise_sum(flat, n * C, C)
        for c in range(C):
            put(output, n * C + c, get(output, n * C + c) / total)


@helper(inline=True)
def _larger(v, top):
    """The larger of two; once NaN, always NaN."""
    return v if v > top or v != v else top


def slope_work_size(c):
    """Elements of scratch that `softmax_slope` needs."""
    return c * (c + 2)


@helper()
def softmax_slope(output, dvalues, book, work, dinputs):
    """dinputs[n, i] = sum_j (s_i [i == j] - s_i s_j) dvalues[n, j] by the Jacobian, row by row.

    The sums are NumPy's product of a matrix and a vector, in the type of work; book: rounded to
    float32.
    """
    N, C = output.shape
    T = output.dtype.type
    vector, result = C * C, C * C + C
    for n in range(N):
        for i in range(C):
            s = get(output, n * C + i)
            for j in range(C):
                product = s * get(output, n * C + j)
                if book:
                    product = T(np.float32(product))
                put(work, i * C + j, s - product if i == j else T(0) - product)
            put(work, vector + i, get(dvalues, n * C + i))
        numpys_product(pointer_to(work, 0), pointer_to(work, vector), pointer_to(work, result),
                       C, 1, C, 0, 0)
        for i in range(C):
            total = get(work, result + i)
            put(dinputs, n * C + i, np.float32(total) if book else total)
