"""Arrays and types for the tests of single objects."""

from typing import Any

import numpy as np
from programs import assert_same


def normal(rng: Any, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Random numbers, some of them 0, in type `kind`; 0 and 1 where that is a type of integers."""
    if np.dtype(kind).kind in "iu":
        return rng.integers(0, 2, shape).astype(kind)
    return (rng.normal(scale=2, size=shape) * (rng.random(shape) > 0.05)).astype(kind)


# A step, the types it is tried with, and what it leaves that is a product.
MATRICES = ("layer.output", "layer.dweights", "layer.dinputs")


def assert_near(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], share: float) -> None:
    """The same names, types and shapes; floats within this share of the array's largest."""
    for name, array in got.items():
        wanted = expected.get(name, array)
        if array.dtype == wanted.dtype and array.dtype.kind == "f" and array.shape == wanted.shape:
            allowed = share * np.max(np.abs(wanted))
            assert np.max(np.abs(array - wanted)) <= allowed, name
            got[name] = wanted
    assert_same(got, expected)
