"""The order of the samples in each turn, as the program draws it (`drawing.py`).

The generator is the program's own, and so is an array that is shuffled in place: each turn that is
trained draws what it would have drawn, before anything else of it does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.engine.order import Order
from fastnn.engine.program import Unfit
from fastnn.running.loops.names import is_array
from fastnn.running.loops.symbols import Drawn


class LoopOrder(Order):
    """The order of such a loop's epochs. moves: whether each is that of what the one before left.
    """

    def __init__(self, drawn: Drawn, moves: bool) -> None:
        super().__init__(0, drawn.count)
        self._drawn, self._moves = drawn, moves

    def begin(self) -> None:
        """What comes next was not drawn yet, and samples lie as they are."""
        self._epoch = -1
        self.array[:] = range(len(self.array))

    def is_new(self, epoch: int) -> bool:
        """Whether it was not drawn yet."""
        return epoch != self._epoch

    def of(self, epoch: int) -> Any:
        """The order of this epoch, drawn where it is asked for first."""
        if self.is_new(epoch):
            if self._drawn.numbers is not None and not are_numbers(self._drawn.numbers):
                raise Unfit("what is shuffled is not the numbers of the samples")
            drawn = self._drawn.draw()
            self.array[:] = self.array[drawn] if self._moves else drawn
            self._epoch = epoch
        return self.array

    def state(self) -> Callable[[], None]:
        """What puts generator and numbers back to where they are now."""
        stream, numbers = self._drawn.stream, self._drawn.numbers
        before, order = None if numbers is None else numbers.copy(), self.array.copy()
        if isinstance(stream, np.random.Generator):
            bits: Any = stream.bit_generator
            at = bits.state
        else:
            at = stream.get_state(legacy=False)

        def put_back() -> None:
            if isinstance(stream, np.random.Generator):
                bits.state = at
            else:
                stream.set_state(at)
            if before is not None:
                numbers[...] = before
            self.array[:] = order
            self._epoch = -1

        return put_back


def shuffled(shuffle: Callable[[Any], None], made: Callable[[], Any]) -> Any:
    """An array behind such a call."""
    found = made()
    shuffle(found)
    return found


def are_numbers(given: Any) -> bool:
    """Whether an array has the numbers of so many samples, each once."""
    if not is_array(given) or given.ndim != 1 or given.dtype != np.int64 or not len(given) or (
            not given.flags.writeable) or given.min() < 0 or given.max() >= len(given):
        return False
    found = np.zeros(len(given), bool)
    found[given] = True
    return bool(found.all())


def shares_memory(drawn: Drawn, *arrays: Any) -> bool:
    """Whether what is shuffled in place is part of these, too."""
    return drawn.numbers is not None and any(
        np.may_share_memory(drawn.numbers, one) for one in arrays)
