"""Activations and dropout as instructions of a training program (see `training.py`).

The arithmetic is that of the kernels the classes call, on the rows of a block.
"""

from numba import carray

from fastnn.kernels import activations as _a
from fastnn.kernels.elementary import tanh
from fastnn.kernels.jit import body, helper, instruction
from fastnn.kernels.random import dropout_backward as _dropout_backward
from fastnn.kernels.random import dropout_mask
from fastnn.kernels.simd import get, put
from fastnn.kernels.softmax import (
    softmax_by_column,
    softmax_by_row,
    softmax_slope,
    softmax_work_size,
)
from fastnn.kernels.status import OK
from fastnn.kernels.training import OWN, ROWS, TOTAL

WIDTH, BOOK = OWN, OWN + 1
_SLOPES = ("f4 f4 f4", "f4 f8 f8", "f8 f4 f4", "f8 f8 f8")  # of the inputs
_SLOPES_OF_OUTPUT = ("f4 f4 f4", "f4 f8 f8", "f8 f8 f8")


def _two(rows, width):
    """Reach of two operands with `width` elements a sample."""
    return rows * width, rows * width


def _three(rows, width):
    return rows * width, rows * width, rows * width


_relu_forward, _relu_backward = body(_a.relu_forward), body(_a.relu_backward)
_leaky_forward, _leaky_backward = body(_a.leaky_relu_forward), body(_a.leaky_relu_backward)
_sigmoid_forward, _sigmoid_backward = body(_a.sigmoid_forward), body(_a.sigmoid_backward)
_tanh_backward = body(_a.tanh_backward)
_dropped = body(_dropout_backward)


@helper(inline=True)
def block(pointer, d):
    """The rows of this block as an array (rows, width)."""
    return carray(pointer, (d[ROWS], d[WIDTH]))


@instruction("f4 f4", "f8 f8", numbers="width", reach=_two, writes="output")
def relu_forward(inputs, output, d):
    """output = max(0, inputs)"""
    return _relu_forward(block(inputs, d), block(output, d))


@instruction(*_SLOPES, numbers="width book", reach=_three, writes="dinputs")
def relu_backward(inputs, dvalues, dinputs, d):
    """dinputs = dvalues, 0 where inputs <= 0"""
    return _relu_backward(block(inputs, d), block(dvalues, d), block(dinputs, d))


@instruction("f4 f8 f4", "f8 f8 f8", numbers="width", writes="output",
             reach=lambda rows, width: (rows * width, 1, rows * width))
def leaky_relu_forward(inputs, alpha, output, d):
    """output = inputs where inputs > 0, else alpha * inputs"""
    return _leaky_forward(block(inputs, d), carray(alpha, 1)[0], block(output, d))


@instruction("f4 f8 f4 f4", "f4 f8 f8 f8", "f8 f8 f4 f4", "f8 f8 f8 f8",
             numbers="width book", writes="dinputs",
             reach=lambda rows, width: (rows * width, 1, rows * width, rows * width))
def leaky_relu_backward(inputs, alpha, dvalues, dinputs, d):
    """dinputs = dvalues where inputs > 0, else alpha * dvalues"""
    return _leaky_backward(block(inputs, d), carray(alpha, 1)[0], block(dvalues, d),
                           block(dinputs, d))


@instruction("f4 f4", "f8 f8", numbers="width", reach=_two, writes="output")
def sigmoid_forward(inputs, output, d):
    """output = 1 / (1 + exp(-inputs))"""
    return _sigmoid_forward(block(inputs, d), block(output, d))


@instruction(*_SLOPES_OF_OUTPUT, numbers="width book", reach=_three, writes="dinputs")
def sigmoid_backward(output, dvalues, dinputs, d):
    """dinputs = dvalues (1 - output) output"""
    return _sigmoid_backward(block(output, d), block(dvalues, d), block(dinputs, d))


@instruction("f4 f4", "f8 f8", numbers="width", reach=_two, writes="output")
def tanh_forward(inputs, output, d):
    """output = tanh(inputs)"""
    a, b = block(inputs, d), block(output, d)
    for i in range(a.size):
        put(b, i, tanh(get(a, i)))
    return OK


@instruction(*_SLOPES_OF_OUTPUT, numbers="width book", reach=_three, writes="dinputs")
def tanh_backward(output, dvalues, dinputs, d):
    """dinputs = dvalues (1 - output^2)"""
    return _tanh_backward(block(output, d), block(dvalues, d), block(dinputs, d))


@instruction("f4 f4 f4", "f8 f8 f8", numbers="width", writes="work output",
             reach=lambda rows, width: (rows * width, softmax_work_size(rows, width), rows * width))
def softmax_forward_few(inputs, work, output, d):
    """output[n, c] = exp(inputs[n, c] - max) / sum for less than FEW classes; work: scratch."""
    softmax_by_column(block(inputs, d), block(output, d), carray(work, 1), 0)
    return OK


@instruction("f4 f4", "f8 f8", numbers="width", reach=_two, writes="output")
def softmax_forward_many(inputs, output, d):
    """The same for more classes. (Two instructions: a program compiles but one of them.)"""
    softmax_by_row(block(inputs, d), block(output, d))
    return OK


@instruction("f4 f4 f4", "f8 f8 f8", "f4 f8 f8",
             numbers="width book", reach=_three, writes="dinputs")
def softmax_backward(output, dvalues, dinputs, d):
    """dinputs: dvalues through the Jacobian, row by row"""
    softmax_slope(block(output, d), block(dvalues, d), d[BOOK] != 0, block(dinputs, d))
    return OK


# --------------------------------------------------------------------------------- dropout


@instruction("u4 f8 f8", numbers="width miss limit", writes="state mask",
             reach=lambda total, width: (625, 1, total * width))
def draw_mask(state, keep, mask, d):
    """mask = binomial(1, keep) / keep for the whole batch, from NumPy's stream"""
    return dropout_mask(carray(state, 625), carray(keep, 1)[0], d[OWN + 1], d[OWN + 2],
                        carray(mask, (d[TOTAL], d[WIDTH])))


@instruction("f4 f8 f8", "f8 f8 f8", numbers="width", reach=_three, writes="output")
def dropout_forward(inputs, mask, output, d):
    """output = inputs * mask"""
    return _dropped(block(inputs, d), block(mask, d), block(output, d))


@instruction("f4 f8 f8", "f8 f8 f8", numbers="width book", reach=_three, writes="dinputs")
def dropout_backward(dvalues, mask, dinputs, d):
    """dinputs = dvalues * mask"""
    return _dropped(block(dvalues, d), block(mask, d), block(dinputs, d))
