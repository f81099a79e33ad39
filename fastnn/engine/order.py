"""In which order a training takes its samples, where they are shuffled.

The order of an epoch follows from a seed and the number of the epoch alone. So NumPy's global
stream is not touched, and a training that is resumed goes on as if it had not been broken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.support import checks, room

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array


class Order:
    """The order of N samples, anew in each epoch:

        np.random.default_rng([seed, epoch]).permutation(N)
    """

    def __init__(self, seed: int, N: int) -> None:
        self.seed, self._epoch = seed, -1
        self.array = room.full((N,), 0, np.int64)  # where compiled code looks

    def of(self, epoch: int) -> Array:
        """The order of this epoch; valid until another one's is asked for."""
        if epoch != self._epoch:
            stream = np.random.default_rng([self.seed, epoch])
            self.array[:] = stream.permutation(len(self.array))
            self._epoch = epoch
        return self.array


def order_of(shuffle: Any, N: int, who: str) -> Order | None:
    """The Order that a `shuffle` means, None for none.

    True: with a seed that nobody knows; a whole number: with that; a Generator: with the next
    number of its stream.
    """
    if shuffle is None or shuffle is False or isinstance(shuffle, np.bool_) and not shuffle:
        return None
    if shuffle is True or isinstance(shuffle, np.bool_):
        return Order(int(np.random.SeedSequence().generate_state(1, np.uint64)[0]), N)
    if isinstance(shuffle, np.random.Generator):
        return Order(int(shuffle.integers(2**63)), N)
    if isinstance(shuffle, int | np.integer) and shuffle >= 0:
        return Order(int(shuffle), N)
    raise (ValueError if isinstance(shuffle, int | np.integer) else TypeError)(
        f"{who}: shuffle must be True, False, a seed from 0 on, or a np.random.Generator, got "
        f"{checks.shown(shuffle)}")
