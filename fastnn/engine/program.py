"""Programs for the compiled training loop: rows of numbers, and the memory they point to.

This file knows instructions and memory; which instructions a network needs is the matter of
`forward`, `objective`, `backward` and `step`. No instruction is put where it would reach beyond the
memory of an operand: `reach.py` has the rule.
"""

from typing import NamedTuple

import numpy as np

from fastnn.compile.background import is_over
from fastnn.compile.waiting import COMPILING
from fastnn.engine.reach import Calls, fault
from fastnn.engine.work import NOTHING, Work, amounts
from fastnn.kernels import training as t
from fastnn.support.room import GUARDED, address_of

_CODES = {np.dtype(np.float32): "f4", np.dtype(np.float64): "f8", np.dtype(np.int64): "i8",
          np.dtype(np.uint8): "u1", np.dtype(np.uint32): "u4"}



class Unfit(Exception):
    """This cannot be fused; the text says why, in one sentence."""


class Pending(Unfit):
    """Some of it is not compiled yet, and NumPy does as well meanwhile. `requests`: what is missing
    (see `compile.background`).
    """

    def __init__(self, requests):
        super().__init__("its kernels are still being compiled")
        self.requests = requests

    def is_over(self):
        """Whether nothing is missing any more."""
        return is_over(self.requests)

    def alone(self):
        """The same without a traceback: what was caught holds a whole plan."""
        return Pending(self.requests)


class Operand(NamedTuple):
    """What a pointer of an instruction points to: where, and how it moves."""

    address: int
    step: int  # bytes from one sample of the batch to the next; 0: the same for every block
    data_step: int  # bytes from one sample of the data to the next; 0: the same for every batch
    dtype: np.dtype
    width: int  # elements of a sample
    array: np.ndarray  # the elements; whose memory they are in
    others: tuple[np.ndarray, ...] = ()  # the memory of the other shares of a batch; (): the same
    columns: bool = False  # NumPy has it column by column, and products of it by other routines


def shared(array):
    """All of an array, for every block: parameters, gradients."""
    return Operand(address_of(array), 0, 0, array.dtype, array.size, array)


def scratch(array):
    """An array that an instruction only works in: nothing of it is wanted before or after."""
    return shared(array)._replace(width=0)


def by_sample(array):
    """An array (N, ...) of one batch, whose rows follow the samples."""
    return Operand(address_of(array), _step(array), 0, array.dtype, _width(array), array)


def by_data(array):
    """An array (N, ...) of all the data."""
    step = _step(array)
    return Operand(address_of(array), step, step, array.dtype, _width(array), array)


def _step(array):
    """Bytes of a row of an array in C order. (The strides of a single row may say anything.)"""
    return _width(array) * array.dtype.itemsize


def _width(array):
    return array.shape[1] if array.ndim == 2 else 1


# Whether a program that is wrong in itself is an AssertionError, as the tests want it. Otherwise it
# is Unfit: then the objects' own methods do the run, and do it right.
STRICT = GUARDED


class Program:
    """The rows of a step, section by section, and what keeps their memory alive.

    batch: samples of a step; block: samples in a block; shares: into which batches are divided.
    """

    def __init__(self, batch, block, shares=1):
        self.block, self.shares = block, shares
        self.purpose = None, ""  # (owner, phase) of what is emitted next, see `watching`
        self._calls = Calls(batch, block, shares)
        self._rows: dict[int, list[tuple]] = {t.BEFORE: [], t.BLOCK: [], t.AFTER: []}
        self._others: list[list[tuple]] = [[] for _ in range(1, shares)]  # of each other share
        self.owners = []
        self.clock = None  # of a run that is watched

    def emit(self, section, instruction, *operands, when=t.ALWAYS, **numbers):
        """Append one instruction, with its numbers by their names.

        Unfit where it does not exist for operands of these types, or would reach too far.
        """
        signature = " ".join([_CODES.get(operand.dtype, "?") for operand in operands])
        if not instruction.has(signature):
            kinds = ", ".join(str(operand.dtype) for operand in operands)
            raise Unfit(f"there is no {instruction.__name__} for arrays of {kinds}")
        wrong = fault(instruction, operands, numbers, self._calls, section)
        if wrong:
            raise (AssertionError if STRICT else Unfit)(f"{instruction.__name__}: {wrong}")
        row = [0] * t.WORDS
        row[t.COUNT], row[t.WHEN] = len(operands), when
        for j, operand in enumerate(operands):
            place = t.POINTERS + 3 * j
            row[place:place + 3] = operand.address, operand.step, operand.data_step
            self.owners.append(operand.array)
        for j, name in enumerate(instruction.numbers, t.NUMBERS + t.OWN):
            row[j] = int(numbers.get(name, 0))
        work = amounts(instruction, operands, numbers)
        self._rows[section].append((instruction, signature, row, (*self.purpose, work)))
        if section == t.BLOCK:
            for share, rows in enumerate(self._others):
                row = row.copy()
                for j, operand in enumerate(operands):
                    if operand.others:
                        row[t.POINTERS + 3 * j] = address_of(operand.others[share])
                        self.owners.append(operand.others[share])
                # the amounts of all samples are told by the row of the first share
                rows.append((instruction, signature, row, (*self.purpose, NOTHING)))

    def cut(self, is_late):
        """A program of those rows of AFTER for which is_late(instruction, phase) holds, to be run
        later; they leave this one.
        """
        late, rows = Program(1, 1), self._rows[t.AFTER]
        late.owners = self.owners
        late._rows[t.AFTER] = [row for row in rows if is_late(row[0], row[3][1])]
        self._rows[t.AFTER] = [row for row in rows if not is_late(row[0], row[3][1])]
        return late

    def _ordered(self):
        """The rows of each section."""
        others = [row for rows in self._others for row in rows]
        return [self._rows[t.BEFORE], self._rows[t.BLOCK], others, self._rows[t.AFTER]]

    def assembled(self):
        """(code, sections) as `training.train` takes them. Loads or compiles the instructions."""
        ordered = self._ordered()
        ends = np.cumsum([len(rows) for rows in ordered])
        sections = np.array([0, *ends, self.block], np.int64)
        rows = [entry for rows in ordered for entry in rows]
        wanted = {(instruction, signature) for instruction, signature, _, _ in rows}
        with COMPILING.expecting(sum(one.is_still_missing(words) for one, words in wanted)):
            for instruction, signature, row, _ in rows:
                row[t.ADDRESS] = instruction.address(signature)
        return np.array([row for _, _, row, _ in rows], np.int64).ravel(), sections

    def awaited(self):
        """Requests for what is not compiled, and is not to be waited for."""
        found = [instruction.awaited(signature) for instruction, signature in self._kinds()]
        return [request for request in found if request is not None]

    def is_wished(self):
        """Whether something is not compiled, for who has the same digits otherwise meanwhile."""
        return any([instruction.is_wished(signature) for instruction, signature in self._kinds()])

    def _kinds(self):
        return {(instruction, signature) for section in self._rows.values()
                for instruction, signature, _, _ in section}

    def works(self):
        """The Work of each row, in the order of `assembled`."""
        return [Work(owner, phase, amounts, section in (t.BLOCK, t.OTHERS),
                     bool(row[t.WHEN] & t.LOGGED))
                for section, rows in enumerate(self._ordered())
                for _, _, row, (owner, phase, amounts) in rows]
