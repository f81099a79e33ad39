"""Softmax and its slope, for the activation, for the combined class and for the whole loop."""

import numpy as np

from fastnn.compile.jit import helper
from fastnn.kernels.blas import numpys_product
from fastnn.kernels.elementary import begin_exp, finish_exp
from fastnn.kernels.elements import get, pointer_to, put
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.views import carray

# Classes from which on rows are done one by one. (200, 10) takes 3 us side by side instead of 7.4,
# and (200, 20) would take 6 instead of 9; but from 16 terms on NumPy may sum in pieces
# (`numpy_sums.py`), or goes round its eight partial sums twice.
FEW = 16
_LOOP = 32  # elements in one turn of LLVM's vectorised loops
_SCRATCH = 4096  # elements: they stay in the nearest cache


def softmax_work_size(n, c):
    """Elements of scratch that `softmax` needs."""
    return min((n + _LOOP) * (c + 1), _SCRATCH) if c < FEW else 0


@helper(inline=True)
def softmax(inputs, output, work, start):
    """output[n, c] = exp(inputs[n, c] - max_c) / sum_c; scratch from work[start] on."""
    N, C = inputs.shape
    if N > 8 and C < FEW:  # up to 8 rows are as quick one by one
        softmax_by_column(inputs, output, work, start)
    else:
        softmax_by_row(inputs, output)


@helper()
def softmax_by_column(inputs, output, work, start):
    """Few classes: turned over, so that the samples lie side by side. The
    combined forward of (300, 3) went from 10 us to 7 with it."""
    N, C = inputs.shape
    rows = _SCRATCH // (C + 1) // _LOOP * _LOOP
    for first in range(0, N, rows):
        _by_column(inputs, first, min(rows, N - first), output, work, start)


@helper()
def _by_column(inputs, first, N, output, work, start):
    """The same of N rows from `first` on."""
    C = inputs.shape[1]
    M = (N + _LOOP - 1) // _LOOP * _LOOP  # no rest for the vectorised loops: 40 rows took 80 % more
    top, begin = start + M * C, first * C
    _take(inputs, begin, N, C, M, work, start)
    for c in range(C):
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
    _add_columns(work, start, C, M, top)
    for c in range(C):
        for n in range(M):
            i = start + c * M + n
            put(work, i, get(work, i) / get(work, top + n))
    _give(work, start, N, C, M, output, begin)


@helper(inline=True)
def _take(inputs, begin, N, C, M, work, start):
    """work[start + c M + n] = inputs.flat[begin + n C + c]

    Three classes are what the book's spiral has: with a step that LLVM knows (300, 3) is done in
    1.05 us instead of 1.4.
    """
    if C == 3:
        for n in range(N):
            i = begin + 3 * n
            put(work, start + n, get(inputs, i))
            put(work, start + M + n, get(inputs, i + 1))
            put(work, start + 2 * M + n, get(inputs, i + 2))
        return
    for c in range(C):
        for n in range(N):
            put(work, start + c * M + n, get(inputs, begin + n * C + c))


@helper(inline=True)
def _give(work, start, N, C, M, output, begin):
    """The way back."""
    if C == 3:
        for n in range(N):
            i = begin + 3 * n
            put(output, i, get(work, start + n))
            put(output, i + 1, get(work, start + M + n))
            put(output, i + 2, get(work, start + 2 * M + n))
        return
    for c in range(C):
        for n in range(N):
            put(output, begin + n * C + c, get(work, start + c * M + n))


@helper(inline=True)
def _add_columns(work, start, C, M, top):
    """work[top + n] = the sum over c of work[start + c M + n], as NumPy adds up to 15 terms: in
    sequence, but eight and more begin with a tree of eight.
    """
    rest = 1 if C < 8 else 8
    for n in range(M):
        i = start + n
        total = get(work, i)
        if C >= 8:
            total = (total + get(work, i + M)) + (get(work, i + 2 * M) + get(work, i + 3 * M))
            i += 4 * M
            total += ((get(work, i) + get(work, i + M))
                      + (get(work, i + 2 * M) + get(work, i + 3 * M)))
        put(work, top + n, total)
    for c in range(rest, C):
        for n in range(M):
            put(work, top + n, get(work, top + n) + get(work, start + c * M + n))


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
