"""Which signature the arguments of a call fit, asked in Python.

Compiled code asks first (`entries.py`) and takes the plainest: arrays of NumPy's own dtype objects,
numbers of Python's own classes. What fits all the same is made so here.
"""

import math
import sys
from typing import Any

import numpy as np

from fastnn.compile.entries import KINDS

Types = tuple[str, ...]

_array = np.ndarray
_DTYPES = {kind.str[1:]: kind for kind in KINDS}
_NUMBERS = int, float, np.integer, np.floating, np.bool_


def in_brief(arguments: tuple) -> tuple:
    """All that decides on the types of arguments, in few words."""
    return tuple([(a.dtype, a.ndim, a.flags.num) if type(a) is _array else type(a)
                  for a in arguments])


def fits(arguments: tuple, types: Types) -> bool:
    """Arrays must match exactly; scalars need only be numbers."""
    return len(arguments) == len(types) and all(
        _is_array_of(one, word) if ":" in word else word == "o" or isinstance(one, _NUMBERS)
        for one, word in zip(arguments, types))


def _is_array_of(one: Any, word: str) -> bool:
    return (type(one) is _array and one.dtype == _DTYPES[word[:2]] and one.ndim == int(word[3:])
            and one.flags.carray)


def tidied(arguments: tuple, types: Types) -> list | None:
    """What fits as an entry asks for it: arrays whose dtype is NumPy's one object for that,
    numbers of Python's own classes. None where all are so already, or a number is none of these.
    """
    tidy = [_tidy(one, word) for one, word in zip(arguments, types)]
    if any(one is None for one in tidy):
        return None
    return None if all(one is other for one, other in zip(tidy, arguments)) else tidy


def _tidy(one: Any, word: str) -> Any:
    """One of them; None for a number that is none of these. (Asked for, not caught: what else is
    raised here is a fault of ours, and comes out.)
    """
    if ":" in word:
        dtype = _DTYPES[word[:2]]
        return one if one.dtype is dtype else one.view(dtype)
    if word == "b1":
        return bool(one)
    if word == "f8":
        too_large = isinstance(one, int) and abs(one) > sys.float_info.max
        return one if type(one) is float else None if too_large else float(one)
    if isinstance(one, float | np.floating) and not (math.isfinite(one) and one % 1 == 0):
        return None
    number = int(one)
    return number if -1 << 63 <= number < 1 << 63 else None
