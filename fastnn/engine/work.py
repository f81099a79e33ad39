"""How much work an instruction does, and whose: for who asks where a program's time goes."""

from typing import NamedTuple

from fastnn.kernels import instructions_blas as large
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels import instructions_thin as thin

# Multiply-adds of a sample, from the numbers that the instruction is given.
_PRODUCTS = {
    dense.dense_forward: lambda I, O, *_: I * O,
    dense.dense_gradients: lambda I, O: I * O,
    large.blas_forward: lambda address, bits, I, O, relu: I * O,
    large.blas_dweights: lambda address, bits, I, O: I * O,
    large.blas_dinputs: lambda address, bits, I, O: I * O,
    thin.thin_forward: lambda I, W: I * W,
    thin.thin_through: lambda I, W, O: I * W + W * O,
    thin.thin_last: lambda I, W, O: 2 * W * O,
    thin.thin_first: lambda I, W: I * W,
    thin.thin_backward: lambda I, W, O: 2 * W * O + I * W,
}
NOTHING = 0, 0, 0


class Work(NamedTuple):
    """What a row of a program is there for, how much it does, and when it is called."""

    owner: object
    phase: str  # one of `watching.PHASES`
    amounts: tuple[int, int, int]
    block: bool  # once for each block of a step, not once for each step
    logged: bool  # only where a value is recorded


def amounts(instruction, operands, numbers):
    """(flops of a sample, bytes of a sample, bytes of a call) of an instruction.

    flops: of its products. Bytes: each array counted once, scratch not at all; a sample's are those
    of arrays that have a row for each.
    """
    products = _PRODUCTS.get(instruction)
    by_sample = by_call = 0
    for one in operands:
        if one.step or one.width != one.array.size:  # rows of the data, or a block's
            by_sample += one.width * one.dtype.itemsize
        else:
            by_call += one.array.nbytes
    return 2 * products(*numbers) if products else 0, by_sample, by_call
