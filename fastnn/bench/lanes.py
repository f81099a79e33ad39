"""`nnfs.init()` for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import nnfs
import numpy as np

import fastnn

REPLACED = [(np, "dot"), (np, "zeros"), (np, "eye"), (np.random, "randn")]


@contextmanager
def nnfs_in_force(dot_precision_workaround: bool) -> Iterator[None]:
    """`nnfs.init()`, and afterwards NumPy's own functions and the random state from before."""
    before = [getattr(place, name) for place, name in REPLACED]
    for function in before:  # a second init would wrap the wrappers
        if getattr(function, "__module__", None) == "nnfs.core":
            raise RuntimeError("nnfs.init() is in force: measure in a process without it")
    random_state = np.random.get_state()
    try:
        nnfs.init(dot_precision_workaround=dot_precision_workaround)
        yield
    finally:
        for (place, name), function in zip(REPLACED, before, strict=True):
            setattr(place, name, function)
        np.random.set_state(random_state)


@contextmanager
def fast_lane() -> Iterator[None]:
    """float32 defaults and products, and results that may differ from NumPy's by rounding."""
    with nnfs_in_force(dot_precision_workaround=False), fastnn.set_dot_precision("native"):
        yield
