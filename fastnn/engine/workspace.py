"""Where a step's program is written, and the memory its instructions work in."""

from typing import NamedTuple

from fastnn import room
from fastnn.engine.program import Program, by_sample, shared
from fastnn.kernels.instructions_dense import add_other
from fastnn.kernels.training import AFTER, ALWAYS, JOINT


class Binding(NamedTuple):
    """What an object is left with: setattr(owner, name, value)."""

    owner: object
    name: str
    value: object


class Workspace:
    """The program of a step, and room for its arrays.

    With `keep` each array is whole, new, and left to its object by `bindings` and `copies`; without
    it is one block's scratch. `rows`: samples in a batch.
    """

    def __init__(self, parts, rows, memory, keep):
        self.parts, self.rows, self.memory, self.keep = parts, rows, memory, keep
        self.training = parts.optimizer is not None
        self.bindings, self.copies = [], []

    def _divide(self, block, halves):
        """Go in blocks of so many samples, and in two halves or not."""
        self.block, self.halves = block, halves
        self.program = Program(self.rows, block, halves)

    def _emit(self, *arguments, **options):
        self.program.emit(*arguments, **options)

    def _is_for(self, owner, phase):
        """Whose work it is that is emitted from here on.

        Where two layers are one pass it is the first's forwards, and the last's backwards.
        """
        self.program.purpose = owner, phase

    def _bind(self, owner, name, operand):
        if self.keep:
            self.bindings.append(Binding(owner, name, operand.array))

    def _new(self, width, dtype, whole=False):
        """Room for one more array with a row for each sample."""
        if self.keep or whole:
            return by_sample(room.result((self.rows, width), dtype))
        return self._private(self.block * width, dtype)._replace(width=width)

    def _private(self, count, dtype, name=None):
        """Scratch that each half of the samples has for itself; the same for the same name."""
        mine = shared(self._scratch(count, dtype, name))
        if not self.halves:
            return mine
        return mine._replace(other=self._scratch(count, dtype, name and (name, "other")))

    def _scratch(self, count, dtype, name):
        if name is None:
            return room.full((count,), 0, dtype)
        return self.memory.get(name, count, dtype)

    def _work(self, count, dtype, name=None):
        """The same, of no interest to anybody afterwards."""
        return self._private(count, dtype, name)._replace(width=0)

    def _sums(self, name, count, dtype, when=ALWAYS):
        """Sums over the blocks. With halves there are two of each, which AFTER adds first."""
        sums = self._private(count, dtype, name)
        if self.halves:
            self._emit(AFTER, add_other, sums, shared(sums.other), size=count, when=JOINT | when)
        return sums

    def _number(self, value):
        return shared(room.numbers([value]))
