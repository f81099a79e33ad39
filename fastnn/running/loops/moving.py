"""Samples that each turn puts into another order, and leaves in it to the next: X, y = X[i], y[i].

Then the order of a turn is that of all turns before, and the arrays of each turn are new ones. So
what is trained with is a copy; what the last turn made the names stand for is made of it.
"""

from types import FrameType

import numpy as np

from fastnn.running.loops.batches import Batches
from fastnn.running.loops.frames import can_put, put
from fastnn.running.loops.names import Names, look_up
from fastnn.running.loops.orders import LoopOrder
from fastnn.running.loops.symbols import Rows, Unread


class Moving:
    """The names of such samples and targets, and copies of what they stand for."""

    def __init__(self, moved: dict[str, Rows], batches: Batches, names: Names) -> None:
        self._names = sorted(moved)
        arrays = [moved[name].array for name in self._names]
        if sorted(map(id, arrays)) != sorted({id(batches.X), id(batches.y)}) or any(
                rows.order is not batches.order for rows in moved.values()):
            raise Unread(f"{min(moved)} is put into another order in each turn, and samples and "
                         "targets are not, or not both")
        if not all(can_put(names.frame, name) and names.is_only(name, array)
                   for name, array in zip(self._names, arrays)):
            raise Unread(f"{min(moved)} is read before it is set: it comes from the turn before")
        names.let_move(self._names)
        self._arrays = [array.copy() for array in arrays]
        self.X, self.y = (next(copy for copy, array in zip(self._arrays, arrays) if array is one)
                          for one in (batches.X, batches.y))

    def take(self, frame: FrameType) -> None:
        """What the names stand for now is what is trained with next."""
        for name, array in zip(self._names, self._arrays):
            np.copyto(array, look_up(frame, name))

    def leave(self, frame: FrameType, order: LoopOrder) -> None:
        """Have the names stand for what the turns that were trained would have left."""
        put(frame, {name: array[order.array] for name, array in zip(self._names, self._arrays)})
