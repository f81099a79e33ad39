"""The batch of a step where samples are shuffled: taken, row by row, at the step's beginning."""

from typing import NamedTuple

from fastnn.engine.program import Operand, by_data, by_sample, shared
from fastnn.kernels.instructions_order import take_rows
from fastnn.kernels.training import BEFORE
from fastnn.support import room


class Shuffled(NamedTuple):
    """What is taken in which order: pairs (all the data, room for a batch)."""

    order: Operand
    pairs: list[tuple[Operand, Operand]]


def shuffled(order, batch, given):
    """(what to take, what stands for each of the Operands given, None for None)."""
    pairs = [(shared(one.array)._replace(width=one.width),  # one row of it for each sample
              by_sample(room.empty((batch, *one.array.shape[1:]), one.dtype)))
             for one in given if one is not None]
    rooms = iter([there for _, there in pairs])
    return Shuffled(by_data(order), pairs), [one and next(rooms) for one in given]


def take(plan, taken):
    """Emit it."""
    for source, there in taken.pairs:
        plan.emit(BEFORE, take_rows, source, taken.order, there, width=there.width,
                  samples=len(source.array))
