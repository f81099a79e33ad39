"""How much work an instruction does, and whose: for who asks where a program's time goes."""

from typing import NamedTuple

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
    by_sample = by_call = 0
    for operand in operands:
        if operand.step or operand.width != operand.array.size:  # rows of the data, or a block's
            by_sample += operand.width * operand.dtype.itemsize
        else:
            by_call += operand.array.nbytes
    return 2 * instruction.multiply_adds(numbers), by_sample, by_call
