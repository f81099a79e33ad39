"""NumPy's global random numbers, lent to one thread at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_lent = threading.RLock()  # who holds it has the numbers


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """NumPy's global random numbers from this seed on, for one thread; afterwards as before."""
    with _lent:
        before = np.random.get_state()
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(before)


def _forget() -> None:
    """A forked child has none of the threads that might give it back."""
    global _lent
    _lent = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
