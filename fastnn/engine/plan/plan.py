"""Where a step's program is written, and the memory its instructions work in.

What goes into it is the matter of `forward`, `objective`, `backward` and the rooms of the layers;
they are functions of a plan, and a layer of your own would be, too.
"""

from typing import NamedTuple

import numpy as np

from fastnn import registry
from fastnn.engine.program import Program, Unfit, by_sample, shared
from fastnn.kernels.instructions_dense import add_other
from fastnn.kernels.training import AFTER, ALWAYS, joint
from fastnn.support import room, rules


class Binding(NamedTuple):
    """What an object is left with: setattr(owner, name, value)."""

    owner: object
    name: str
    value: object


class Plan:
    """The program of a step, as far as it is written, and room for its arrays.

    With `keep` each array is whole, new, and left to its object by `bindings` and `copies`; without
    it is one block's scratch. `rows`: samples in a batch. y: the Targets, None where only outputs
    are wanted. place(width, dtype), if given, is where the output of the last layer that
    makes one (`last`) goes. exact: with the objects' digits also where a run's may differ by
    rounding.

    Attributes, beside these: program; counts, the rows of all batches that it serves; often,
    whether it will run many times; awaited, requests for kernels that are to be tried before it
    does; block and shares, how samples are divided; inputs and outputs, Operands of the layers;
    output, of the last step forward; gradients, of the parameters of each layer, and what layers
    leave for their way back: masks, behind (packed weights), summed (gradients of biases that are
    there already).
    """

    def __init__(self, parts, y, rows, memory, keep, place=None, exact=False):
        self.parts, self.rows, self.memory, self.keep = parts, rows, memory, keep
        self.y, self.place, self.last, self.exact = y, place, None, exact
        self.counts: tuple = (rows,)
        self.often = False
        self.awaited: list = []
        self.training = parts.optimizer is not None
        self.bindings, self.copies, self.made = [], [], []
        self.inputs, self.outputs, self.output = [], [], None
        self.masks, self.behind, self.gradients, self.summed = {}, {}, {}, {}
        self.losses_dtype = self.penalty_dtype = None
        self.right_width = 1
        self._slopes = 0

    def divide(self, block, shares):
        """Go in blocks of so many samples, and in so many shares."""
        self.block, self.shares = block, shares
        self.program = Program(self.rows, block, shares)

    def emit(self, *arguments, **options):
        """Append an instruction, see `Program.emit`."""
        self.program.emit(*arguments, **options)

    def is_for(self, owner, phase):
        """Whose work it is that is emitted from here on.

        Where two layers are one pass it is the first's forwards, and the last's backwards.
        """
        self.program.purpose = owner, phase

    def bind(self, owner, name, operand):
        """Leave this to an object, where arrays are kept."""
        if self.keep:
            self.bindings.append(Binding(owner, name, operand.array))

    def new(self, width, dtype, whole=False):
        """Room for one more array with a row for each sample."""
        if self.keep or whole:
            return by_sample(self.result((self.rows, width), dtype))
        return self.private(self.block * width, dtype)._replace(width=width)

    def result(self, shape, dtype):
        """An array that is left to an object: another at each use of the plan, see `kept.py`."""
        array = room.result(shape, dtype)
        self.made.append(array)
        return array

    def private(self, count, dtype, name=None):
        """Scratch that each share of the samples has for itself; the same for the same name."""
        others = tuple(self._scratch(count, dtype, name and (name, share))
                       for share in range(1, self.shares))
        return shared(self._scratch(count, dtype, name))._replace(others=others)

    def _scratch(self, count, dtype, name):
        if name is None:
            return room.full((count,), 0, dtype)
        return self.memory.get(name, count, dtype)

    def work(self, count, dtype, name=None):
        """The same, of no interest to anybody afterwards."""
        return self.private(count, dtype, name)._replace(width=0)

    def sums(self, name, count, dtype, when=ALWAYS):
        """Sums over the blocks. Each share has its own, which AFTER adds first."""
        sums = self.private(count, dtype, name)
        for share, other in enumerate(sums.others, 1):
            self.emit(AFTER, add_other, sums, shared(other), size=count, when=joint(share) | when)
        return sums

    def refuse(self, why):
        """Unfit: this cannot be compiled."""
        raise Unfit(why)

    def constants(self, *values):
        """Numbers, as one operand."""
        return shared(room.numbers(values))

    def shared(self, owner, name, width):
        """An array of an object with a number for each column, the same for all samples."""
        array = vars(owner).get(name)
        if type(array) is not np.ndarray or array.size != width or not (
                array.flags.carray and array.dtype.isnative):
            raise Unfit(f"{owner!r}.{name} is not a plain array of {width} numbers")
        return shared(array)

    def row(self, owner, name, like):
        """Room for one value of each column of `like`, left to the object where arrays are kept."""
        if not self.keep:
            return shared(self.memory.get((id(owner), name), like.width, like.dtype))
        array = self.result((1, like.width), like.dtype)
        self.bindings.append(Binding(owner, name, array))
        return shared(array)

    def number(self, value):
        """A number, as an operand."""
        return shared(room.numbers([value]))

    def output_of(self, layer, width, dtype):
        """Room for the output of a layer."""
        if self.place is not None and layer is self.last:
            return self.place(width, dtype)
        return self.new(width, dtype)

    def slope(self, width, dtype):
        """Room for a gradient. While none is kept, two places serve in turn.

        A single column is there as a whole: a layer of one neuron adds it up at the end of a step.
        """
        if self.keep or width == 1:
            return self.new(width, dtype, whole=True)
        self._slopes += 1
        scratch = self.private(self.block * width, dtype, ("slope", self._slopes % 2))
        return scratch._replace(width=width)

    def copy_of(self, x):
        """The same values, left to the objects as an array of their own."""
        copy = x._replace(array=self.result((self.rows, x.width), x.dtype))
        self.copies.append((x.array, copy.array))
        return copy

    def options(self, thing, made):
        """The numbers of a formula, each as an operand; of an answer whether it is a yes."""
        entry = registry.entry_of(type(thing))
        rules_ = entry.settings if entry is not None else {}
        return [self.number(float(bool(value) if rules_.get(name) is rules.answer else value))
                for name, value in ((name, getattr(thing, name)) for name in made.options)]
