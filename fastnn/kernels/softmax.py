"""Softmax and its slope, for the activation, for the combined class and for the whole loop."""

import numpy as np

from fastnn.kernels.elementary import exp, pairwise_sum
from fastnn.kernels.jit import helper
from fastnn.kernels.simd import get, put


@helper()
def softmax(inputs, output):
    """output[n, c] = exp(inputs[n, c] - max_c) / sum_c: maximum, exp over all, then sum and share."""
    N, C = inputs.shape
    flat = output.reshape(-1)
    for n in range(N):
        top = get(inputs, n * C)
        for c in range(1, C):
            v = get(inputs, n * C + c)
            top = v if v > top or v != v else top  # once NaN, always NaN
        for c in range(C):
            put(output, n * C + c, get(inputs, n * C + c) - top)
    for i in range(N * C):
        put(output, i, exp(get(output, i)))
    for n in range(N):
        if C < 8:  # the same sum, in the open: a call for each row of 3 costs as much as the row
            total = get(output, n * C)
            for c in range(1, C):
                total += get(output, n * C + c)
        else:
            total = pairwise_sum(flat, n * C, C)
        for c in range(C):
            put(output, n * C + c, get(output, n * C + c) / total)


@helper()
def softmax_slope(output, dvalues, book, dinputs):
    """dinputs[n, i] = sum_j (s_i [i == j] - s_i s_j) dvalues[n, j] by the Jacobian, row by row."""
    N, C = output.shape
    T = output.dtype.type
    for n in range(N):
        for i in range(C):
            s = get(output, n * C + i)
            total = 0.0
            for j in range(C):
                product = s * get(output, n * C + j)
                if book:
                    product = T(np.float32(product))
                entry = s - product if i == j else T(0) - product
                total += np.float64(entry) * np.float64(get(dvalues, n * C + j))
            if book:
                total = np.float64(np.float32(total))
            put(dinputs, n * C + i, total)
