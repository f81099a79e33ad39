"""Arrays that are parts of a larger one: batches in a list that a program makes before its loop."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def whole_of(parts: Sequence[np.ndarray]) -> np.ndarray | None:
    """The array whose rows these are, one part after the other, in the very memory; None where they
    are copies, or lie otherwise.
    """
    first = parts[0]
    base: Any = first.base
    if type(base) is not np.ndarray or not base.flags.c_contiguous or not first.ndim:
        return None
    place = _address(first)
    begin = place - _address(base)
    for one in parts:
        if one.base is not base or not one.flags.c_contiguous or _address(one) != place or (
                (one.dtype, one.shape[1:]) != (first.dtype, first.shape[1:])):
            return None
        place += one.nbytes
    rows = sum(map(len, parts))
    return np.ndarray((rows, *first.shape[1:]), first.dtype, buffer=base, offset=begin)


def _address(array: np.ndarray) -> int:
    found: int = array.__array_interface__["data"][0]
    return found
