"""How a class lays its samples out: in rows, as the book does, or in columns.

What has columns is used through a turn: matrices are transposed on their way in, and on their way
out. All that is known of rows then holds for it: its formulas, its mistakes, its cases. Words are
turned at the end (columns.py).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

REMARK = "its samples are columns, the book's are rows"
ONE = "it takes one sample at a time, a column"
_TURNED = False
_ALONE = False  # one sample at a time


@contextlib.contextmanager
def columns(alone: bool = False) -> Iterator[None]:
    """Use classes with samples in columns; `alone`: with one of them."""
    global _TURNED, _ALONE
    before = _TURNED, _ALONE
    _TURNED, _ALONE = True, alone
    try:
        yield
    finally:
        _TURNED, _ALONE = before


def alone() -> bool:
    """Whether one sample at a time is given."""
    return _ALONE


def turned() -> bool:
    """Whether samples are in columns."""
    return _TURNED


def turn(value: Any) -> Any:
    """A matrix as the class has it, of ours, or the other way round; all else as it is."""
    if _TURNED and isinstance(value, np.ndarray) and value.ndim == 2:
        return np.ascontiguousarray(value.T)
    return value


def shape(array: Any) -> tuple[int, ...]:
    """The shape that an array of the class has here."""
    found = np.shape(array)
    return found[::-1] if _TURNED else found
