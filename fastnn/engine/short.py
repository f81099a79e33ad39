"""Trainings of a few small steps: to write their program takes longer than the objects do them.

`fit(..., epochs=1)` in a loop of somebody's own, to draw in between, is such a training: two
programs, with and without the arrays that are kept, take 2 ms of Python. An epoch of spiral-64 is
0.25 ms in NumPy and 0.4 in `fit` by the objects (16 epochs: 1.4 against 2.1; 32 are even. One step
of 784-128-10 with a batch of 64: 2.2 against 5.3; 12 are even). The digits are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.compile import background
from fastnn.compile.policy import policy
from fastnn.engine.parts import is_dense
from fastnn.engine.program import Pending
from fastnn.support.watching import watcher

if TYPE_CHECKING:
    from fastnn.engine.parts import Parts

STEPS = 16
_MULTIPLY_ADDS = 40_000_000  # of all steps, forwards


class Brief(Pending):
    """It could be compiled, and is done by the objects."""

    def __init__(self) -> None:
        super().__init__(())

    def is_over(self) -> bool:
        """Never: it does not wait for anything."""
        return False

    def alone(self) -> Brief:
        """As `Pending.alone`."""
        return Brief()


def check_long(parts: Parts, rows: int, steps: int) -> None:
    """Brief where that many steps of that many samples are not worth their program.

    Never for an evaluation, which is asked again and again, nor under a profile, which wants the
    compiled loop's rows, nor where digits would be others than the program's, nor where somebody
    wants all compiled first.
    """
    if (parts.optimizer is None or steps > STEPS or watcher() is not None
            or policy() != "background"):
        return
    work = steps * rows * sum(layer.weights.size for layer in parts.layers if is_dense(layer))
    if work <= _MULTIPLY_ADDS and background.moment_is_free():
        raise Brief
