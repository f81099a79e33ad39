"""How far the instructions of a program reach into memory, and whether it is there.

An instruction says how many elements of each operand it may touch (`compile/jit.py`), a program
when it is called and with how many samples, an operand what memory there is and how the pointer
moves. Together they decide, when a program is written and so before anything runs, whether an
operand is too short. (A gradient of one block that was read as if it held a batch had made biases
NaN, and ended processes.)
"""

from typing import NamedTuple

from fastnn.kernels import training as t


class Call(NamedTuple):
    """A call of an instruction: with so many rows, from this row of a batch of `total` on."""

    first: int
    rows: int
    total: int


class Calls:
    """The calls of a step that reach furthest: the first and the last of a section."""

    def __init__(self, batch, block, shares):
        self.batch, self._block, self._shares = batch, block, shares
        self._of_batch = {section: self._calls(section, batch) for section in (t.BEFORE, t.BLOCK)}

    def of(self, section, total):
        """The calls with a batch of `total` samples."""
        section = t.BLOCK if section in (t.BLOCK, t.OTHERS) else t.BEFORE
        if total == self.batch:
            return self._of_batch[section]
        return self._calls(section, total)

    def _calls(self, section, total):
        if section != t.BLOCK:
            return [Call(0, total, total)]
        found = []
        size = t.share_size(total, self._shares)
        for low in range(0, total, size):
            high = min(total, low + size)
            last = low + (high - low - 1) // self._block * self._block
            found.append(Call(low, min(self._block, high - low), total))
            if last > low:
                found.append(Call(last, high - last, total))
        return found

    def is_divided(self, section):
        """Whether several threads may be in this section at once."""
        return section == t.BLOCK and self._shares > 1


def fault(instruction, operands, numbers, calls, section):
    """What is wrong with a row of a program, in a few words; "" where nothing is."""
    if numbers.keys() != instruction.named or len(operands) != len(instruction.operands):
        return (f"its numbers are {sorted(instruction.named)} and its operands "
                f"{instruction.operands}")
    sizes = [operand.dtype.itemsize for operand in operands]
    rooms = [_room(operand) for operand in operands]
    known = dict(numbers, sizes=sizes)
    for total, start in _batches(operands, calls.batch):
        for first, rows, _ in calls.of(section, total):
            known["rows"], known["total"] = rows, total
            for j, reach in enumerate(instruction.reach(known)):
                operand, there = operands[j], rooms[j]
                if operand.step:  # not beyond the memory, nor the samples of this call
                    there -= start * operand.data_step + first * operand.step
                    there = min(there, rows * operand.step)
                if reach * sizes[j] > there:
                    return (f"{instruction.operands[j]} has {max(0, there)} bytes for {rows} of "
                            f"{total} samples, and {reach * sizes[j]} are reached")
    return _unwritable(instruction, operands, calls.is_divided(section))


def _batches(operands, batch):
    """(samples, first sample) of the last whole batch of the data, and of the rest behind it."""
    for operand in operands:
        if operand.data_step:
            whole, rest = divmod(len(operand.array), batch)
            found = [(batch, (whole - 1) * batch)] if whole else []
            return found + ([(rest, whole * batch)] if rest else [])
    return [(batch, 0)]


def _room(operand):
    """Bytes of the operand's memory, in each share of the samples."""
    array, others = operand.array, operand.others
    if not array.flags.c_contiguous:
        return 0
    return min([array.nbytes, *[one.nbytes for one in others]]) if others else array.nbytes


def _unwritable(instruction, operands, divided):
    for j in instruction.written:
        operand = operands[j]
        if not operand.array.flags.writeable:
            return f"{instruction.operands[j]} is read-only"
        if divided and not operand.step and not operand.others:
            return f"several threads would write {instruction.operands[j]} at once"
    return ""
