"""Softmax, forward and backward. (Activations that are formulas: `formula.py`.)"""

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import twins
from fastnn.kernels.softmax import (
    slope_work_size,
    softmax,
    softmax_slope,
    softmax_work_size,
)
from fastnn.kernels.status import OK, SHAPE

_softmax_work_size = helper()(softmax_work_size)
_slope_work_size = helper(inline=True)(slope_work_size)


@kernel("f4:2 f4:1 f4:2", "f8:2 f8:1 f8:2",
        twin=twins.softmax_forward)
def softmax_forward(inputs, work, output):
    """output[n, c] = exp(inputs[n, c] - max) / sum

    inputs (N, C); work: scratch of softmax_work_size(N, C). Writes output (N, C).
    """
    N, C = inputs.shape
    if output.shape != (N, C) or N * C == 0 or work.size < _softmax_work_size(N, C):
        return SHAPE
    softmax(inputs, output, work, 0)
    return OK


@kernel("f4:2 f4:2 b1 f4:1 f4:2", "f4:2 f4:2 b1 f8:1 f4:2", "f4:2 f8:2 b1 f8:1 f8:2",
        "f8:2 f4:2 b1 f8:1 f4:2", "f8:2 f8:2 b1 f8:1 f8:2", twin=twins.softmax_backward)
def softmax_backward(output, dvalues, book, work, dinputs):
    """dinputs[n, i] = sum_j J[i, j] dvalues[n, j],  J = diag(s) - s s^T,  s = output[n]

    All (N, C). work: scratch of slope_work_size(C), in the type of the sums. Writes dinputs.
    `book`: s s^T and the sum are rounded to float32, as the products of `nnfs.init()` are.
    """
    N, C = output.shape
    if dvalues.shape != (N, C) or dinputs.shape != (N, C) or work.size < _slope_work_size(C):
        return SHAPE
    softmax_slope(output, dvalues, book, work, dinputs)
    return OK
