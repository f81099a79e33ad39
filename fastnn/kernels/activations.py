"""The activations, forward and backward, element by element or row by row."""

from fastnn.kernels.elementary import exp
from fastnn.kernels.jit import helper, kernel
from fastnn.kernels.simd import get, put
from fastnn.kernels.softmax import softmax, softmax_slope, softmax_work_size
from fastnn.kernels.status import OK, SHAPE

_softmax_work_size = helper()(softmax_work_size)
_BACKWARD = ("f4:2 f4:2 f4:2", "f4:2 f8:2 f8:2", "f8:2 f4:2 f4:2", "f8:2 f8:2 f8:2")
_BACKWARD_OF_OUTPUT = ("f4:2 f4:2 f4:2", "f4:2 f8:2 f8:2", "f8:2 f8:2 f8:2")


@kernel("f4:2 f4:2", "f8:2 f8:2")
def relu_forward(inputs, output):
    """output = max(0, inputs); NaN stays. Writes output, shaped like inputs."""
    if output.shape != inputs.shape or inputs.size == 0:
        return SHAPE
    zero = inputs.dtype.type(0)
    for i in range(inputs.size):
        v = get(inputs, i)
        put(output, i, zero if v < zero else v)
    return OK


@kernel(*_BACKWARD)
def relu_backward(inputs, dvalues, dinputs):
    """dinputs = dvalues, 0 where inputs <= 0. Writes dinputs; all of one shape."""
    if dvalues.shape != inputs.shape or dinputs.shape != inputs.shape:
        return SHAPE
    zero = inputs.dtype.type(0)
    nothing = dinputs.dtype.type(0)
    for i in range(inputs.size):
        put(dinputs, i, nothing if get(inputs, i) <= zero else get(dvalues, i))
    return OK


@kernel("f4:2 f8 f4:2", "f8:2 f8 f8:2")
def leaky_relu_forward(inputs, alpha, output):
    """output = inputs where inputs > 0, else alpha * inputs. Writes output."""
    if output.shape != inputs.shape or inputs.size == 0:
        return SHAPE
    slope = inputs.dtype.type(alpha)
    for i in range(inputs.size):
        v = get(inputs, i)
        put(output, i, v if v > 0 else slope * v)
    return OK


@kernel("f4:2 f8 f4:2 f4:2", "f4:2 f8 f8:2 f8:2", "f8:2 f8 f4:2 f4:2", "f8:2 f8 f8:2 f8:2")
def leaky_relu_backward(inputs, alpha, dvalues, dinputs):
    """dinputs = dvalues where inputs > 0, else alpha * dvalues. Writes dinputs."""
    if dvalues.shape != inputs.shape or dinputs.shape != inputs.shape:
        return SHAPE
    slope = dvalues.dtype.type(alpha)
    for i in range(inputs.size):
        v = get(dvalues, i)
        put(dinputs, i, v if get(inputs, i) > 0 else slope * v)
    return OK


@kernel("f4:2 f4:2", "f8:2 f8:2")
def sigmoid_forward(inputs, output):
    """output = 1 / (1 + exp(-inputs)). Writes output."""
    if output.shape != inputs.shape or inputs.size == 0:
        return SHAPE
    one = inputs.dtype.type(1)
    for i in range(inputs.size):
        put(output, i, one / (one + exp(-get(inputs, i))))
    return OK


@kernel(*_BACKWARD_OF_OUTPUT)
def sigmoid_backward(output, dvalues, dinputs):
    """dinputs = dvalues (1 - output) output. Writes dinputs; all of one shape."""
    if dvalues.shape != output.shape or dinputs.shape != output.shape:
        return SHAPE
    one = output.dtype.type(1)
    for i in range(output.size):
        s = get(output, i)
        put(dinputs, i, get(dvalues, i) * (one - s) * s)
    return OK


@kernel(*_BACKWARD_OF_OUTPUT)
def tanh_backward(output, dvalues, dinputs):
    """dinputs = dvalues (1 - output^2). Writes dinputs; all of one shape."""
    if dvalues.shape != output.shape or dinputs.shape != output.shape:
        return SHAPE
    one = output.dtype.type(1)
    for i in range(output.size):
        t = get(output, i)
        put(dinputs, i, get(dvalues, i) * (one - t * t))
    return OK


@kernel("f4:2 f4:1 f4:2", "f8:2 f8:1 f8:2")
def softmax_forward(inputs, work, output):
    """output[n, c] = exp(inputs[n, c] - max) / sum

    inputs (N, C); work: scratch of softmax_work_size(N, C). Writes output (N, C).
    """
    N, C = inputs.shape
    if output.shape != (N, C) or N * C == 0 or work.size < _softmax_work_size(N, C):
        return SHAPE
    softmax(inputs, output, work, 0)
    return OK


@kernel("f4:2 f4:2 b1 f4:2", "f4:2 f8:2 b1 f8:2", "f8:2 f4:2 b1 f4:2", "f8:2 f8:2 b1 f8:2")
def softmax_backward(output, dvalues, book, dinputs):
    """dinputs[n, i] = sum_j J[i, j] dvalues[n, j],  J = diag(s) - s s^T,  s = output[n]

    All (N, C). Writes dinputs. `book`: s s^T and the sum are rounded to float32, as the products
    of `nnfs.init()` are.
    """
    N, C = output.shape
    if dvalues.shape != (N, C) or dinputs.shape != (N, C):
        return SHAPE
    softmax_slope(output, dvalues, book, dinputs)
    return OK
