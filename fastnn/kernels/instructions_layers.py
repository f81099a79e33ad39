"""Softmax and dropout as instructions of a training program (see `training.py`).

The arithmetic is that of the kernels the classes call, on the rows of a block.
"""

from fastnn.compile.jit import body, instruction
from fastnn.kernels.random import dropout_backward as _dropout_backward
from fastnn.kernels.random import dropout_mask
from fastnn.kernels.softmax import (
    slope_work_size,
    softmax_by_column,
    softmax_by_row,
    softmax_slope,
    softmax_work_size,
)
from fastnn.kernels.status import OK
from fastnn.kernels.training import OWN, TOTAL
from fastnn.kernels.views import block, carray

BOOK = OWN + 1


def _two(rows, width):
    """Reach of two operands with `width` elements a sample."""
    return rows * width, rows * width


def _three(rows, width):
    return rows * width, rows * width, rows * width


_dropped = body(_dropout_backward)


@instruction("f4 f4 f4", "f8 f8 f8", numbers="width", writes="work output",
             reach=lambda rows, width: (rows * width, softmax_work_size(rows, width), rows * width))
def softmax_forward_few(inputs, work, output, d):
    """output[n, c] = exp(inputs[n, c] - max) / sum for few classes; work: scratch."""
    softmax_by_column(block(inputs, d), block(output, d), carray(work, 1), 0)
    return OK


@instruction("f4 f4", "f8 f8", numbers="width", reach=_two, writes="output")
def softmax_forward_many(inputs, output, d):
    """The same for more classes. (Two instructions: a program compiles but one of them.)"""
    softmax_by_row(block(inputs, d), block(output, d))
    return OK


@instruction("f4 f4 f4 f4", "f4 f4 f8 f4", "f8 f8 f8 f8", "f4 f8 f8 f8",
             numbers="width book", writes="work dinputs",
             reach=lambda rows, width: (*_two(rows, width), slope_work_size(width), rows * width))
def softmax_backward(output, dvalues, work, dinputs, d):
    """dinputs: dvalues through the Jacobian, row by row"""
    softmax_slope(block(output, d), block(dvalues, d), d[BOOK] != 0, carray(work, 1),
                  block(dinputs, d))
    return OK


# --------------------------------------------------------------------------------- dropout


@instruction("u4 f8 f8", numbers="width miss limit", writes="state mask",
             reach=lambda total, width: (625, 1, total * width))
def draw_mask(state, keep, mask, d):
    """mask = kept / keep for the whole batch, by draws from NumPy's stream"""
    return dropout_mask(carray(state, 625), carray(keep, 1)[0], d[OWN + 1], d[OWN + 2],
                        carray(mask, (d[TOTAL], d[OWN])))


@instruction("f4 f8 f8", "f8 f8 f8", numbers="width", reach=_three, writes="output")
def dropout_forward(inputs, mask, output, d):
    """output = inputs * mask"""
    return _dropped(block(inputs, d), block(mask, d), block(output, d))


@instruction("f4 f8 f8", "f8 f8 f8", numbers="width", reach=_three, writes="dinputs")
def dropout_backward(dvalues, mask, dinputs, d):
    """dinputs = dvalues * mask"""
    return _dropped(block(dvalues, d), block(mask, d), block(dinputs, d))
