"""All gradients of a step side by side in one array, so that one sum over the ranks does for all.

Programs write the gradients of a rank's samples into `own`, and updates read their sum from
`total`. What a step does behind the gradients (penalties, updates) is cut off its program, to be
run when the sum is there.
"""

from typing import Any

import numpy as np

from fastnn.engine.memory import Memory
from fastnn.engine.parts import parameters_of
from fastnn.engine.program import Unfit
from fastnn.engine.ranks.ranks import N_WORDS
from fastnn.kernels import training as t
from fastnn.kernels.instructions_dense import dense_penalty
from fastnn.support import room

_LINE = 16  # elements: each gradient begins in a cache line of its own


class FlatMemory(Memory):
    """A run's memory, in which the gradients of parameters lie side by side.

    own, total: an array for each type of number that gradients have, most often one. (Each has
    room for all of them: where targets are float64 and weights float32 both types are met.)
    alone: whether total may be own itself.
    """

    def __init__(self, optimizer, layers, alone):
        super().__init__(optimizer)
        self.own: list[Any] = []
        self.total: list[Any] = []
        self._alone, self._size = alone, 0
        self.places: dict[tuple, slice] = {}
        for layer in layers:
            for parameter in parameters_of(layer):
                size = vars(layer)[parameter.name].size
                self.places[id(layer), f"d{parameter.name}"] = slice(self._size, self._size + size)
                self._size += -(-size // _LINE) * _LINE

    def get(self, name, count, dtype):
        """Room for `count` elements, the same for the same name."""
        place = self.places.get(name)
        if place is None:
            return super().get(name, count, dtype)
        n = self.which(dtype)
        if n is None:
            n = len(self.own)
            self.own.append(self._new(dtype))
            self.total.append(self.own[n] if self._alone else self._new(dtype))
        return self.own[n][place]

    def which(self, dtype):
        """Which of the arrays has this type; None for none."""
        found = [n for n, array in enumerate(self.own) if array.dtype == dtype]
        return found[0] if found else None

    def _new(self, dtype):
        return room.full((self._size + N_WORDS,), 0, dtype)

    def more(self):
        """As many arrays, for other sums."""
        return [self._new(array.dtype) for array in self.own]

    def gather(self, found):
        """Copy gradients that lie elsewhere to `own`."""
        for array, n, place in found:
            self.own[n][place] = array.ravel()

    def spread(self, found):
        """Copy the sums to where they lie."""
        for array, n, place in found:
            array[...] = self.total[n][place].reshape(array.shape)

    def moved(self, code):
        """Have a program's instructions read from `total` what they would from `own`."""
        bases = code.reshape(-1, t.WORDS)[:, t.POINTERS:t.NUMBERS:3]
        for own, total in zip(self.own, self.total):
            begin = room.address_of(own)
            inside = (bases >= begin) & (bases < begin + own.nbytes)
            bases[inside] += room.address_of(total) - begin
        return code


def is_late(instruction, purpose):
    """Whether an instruction of a step wants the sum over all ranks: penalties and updates do."""
    return instruction is dense_penalty or purpose == "optimizer"


def elsewhere(plan, memory):
    """Gradients of a plan that do not lie in `own`: (array, which of own, slice of it)."""
    found = []
    for layer in plan.parts.layers:
        for parameter, gradient in zip(parameters_of(layer), plan.gradients.get(id(layer), ())):
            place = memory.places[id(layer), f"d{parameter.name}"]
            n = memory.which(gradient.dtype)
            if n is None:
                raise Unfit(f"gradients are {gradient.dtype} in the last step, and not before")
            if not np.may_share_memory(gradient.array, memory.own[n]):
                found.append((gradient.array, n, place))
    return found


class Tree:
    """The sum of a rank's parts, in pairs of neighbours, then pairs of pairs ...

    `room` has arrays for each level of pairs.
    """

    def __init__(self, memory, parts):
        self._memory = memory
        self._room = [memory.more() for _ in range(parts.bit_length() - 1)]

    def sum(self, parts, gradient, out):
        """out = the weighted sum of the gradients of these Parts.

        gradient(part) leaves its gradient in `own`.
        """
        if len(parts) == 1:
            gradient(parts[0])
            for own, there in zip(self._memory.own, out):
                np.multiply(own, parts[0].weight, out=there)
            return
        half = len(parts) // 2
        beside = self._room[half.bit_length() - 1]
        self.sum(parts[:half], gradient, out)
        self.sum(parts[half:], gradient, beside)
        for there, other in zip(out, beside):
            there += other


def sum_of_rows(rows):
    """The sum of a power of two of rows, in the same tree."""
    while len(rows) > 1:
        rows = rows[::2] + rows[1::2]
    return rows[0]
