"""Elements of an array or a list that each turn sets: losses[epoch] = loss.

    losses = np.zeros(1001)
    for epoch in range(1001):
        ...
        losses[epoch] = loss

Nobody looks at them in a turn that is trained, if the array is no part of what is trained and is
read nowhere else in the loop. So they are set behind the training, with what `fit` has recorded.
"""

import ast
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np

from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import PLAIN
from fastnn.running.loops.symbols import Known, Unread
from fastnn.running.loops.validating import Validating

_DEEPEST = 4  # lists in lists


class Unfilled(Unread):
    """It was read as if nothing were filled."""


class Elements:
    """An array or a list whose elements are set; what is appended has its place with it."""

    def __init__(self, target: Any) -> None:
        self.target, self._size = target, np.shape(target) if _is_array(target) else len(target)

    def append(self, element: tuple[Any, Any]) -> None:
        """Set an element."""
        place, value = element
        self.target[place] = value

    def still_takes(self) -> bool:
        """Whether that does no more than when it was read."""
        if _is_array(self.target):
            return self._size == self.target.shape and self.target.flags.writeable
        return self._size == len(self.target) and _holds_numbers(self.target)

    def is_in(self, array: np.ndarray) -> bool:
        """Whether it lies in the memory of an array."""
        return _is_array(self.target) and np.may_share_memory(array, self.target)


class Filling(Validating):
    """Reads such statements, too."""

    def fills(self, target: ast.expr, text: str | None) -> bool:
        """losses[epoch] = ..., of a number with this text; whether it is that."""
        if text is None or not isinstance(target, ast.Subscript) or not self.keeps_books or (
                self.scope is not None or self.is_trying or any(
                    isinstance(one, ast.Call) for one in ast.walk(target))):
            return False
        whole = self.value(target.value)
        held: Any = whole.value if isinstance(whole, Known) and whole.path is not None else None
        nodes = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        if not _can_be_filled(held, len(nodes)):
            return False
        places = [self.asked.read(one, self.value) for one in nodes]
        if None in places:
            return False
        sizes = held.shape if _is_array(held) else (len(held), )
        checked = self.counting.text(Known(_place))
        said = [f"{checked}({self.counting.text(Known(range(size)))}, {place}), "
                for size, place in zip(sizes, places, strict=True)]
        place, value = (f"({''.join(said)})", f"float({text})") if _is_array(held) else (
            said[0][:-2], text)
        self.grows.append(Elements(held))
        self.lines.append(f"_told += (({len(self.grows) - 1}, ({place}, {value})), )")
        return True

    def check_growing(self) -> None:
        """Unread where a list or an array is read that each turn changes."""
        filled = [one.target for one in self.grows if isinstance(one, Elements)]
        appended = [one.target for one in self.appends]
        growing = [*appended, *filled, *(
            one for one in self.grows if not isinstance(one, Elements))]
        self.names.let_grow([one for one in growing if type(one) is list])
        for target in growing:
            if sum(one is target for one in self.lists) > sum(one is target for one in growing):
                is_filled = any(one is target for one in filled)
                raise Unread("an array is read that each turn changes" if is_filled else
                             "a list is read that grows with each turn")
            if sum(any(one is target for one in part)
                   for part in (appended, self.grows, filled)) > 1:
                raise Unread("a list grows with each turn, and with some of them once more")

    def check_filled(self, others: Iterable[Any]) -> None:
        """Unread where what turns fill is a part of what these objects have, or of what was read.
        """
        arrays = list(chain(*map(_arrays_in, others)))
        for one in self.grows:
            if isinstance(one, Elements) and any(map(one.is_in, chain(arrays, (
                    other for other in self.names.arrays() if other is not one.target)))):
                raise Unread("an array that each turn fills is a part of another, or is trained")

    def cannot_set(self, target: ast.expr) -> Unread:
        """Why a loop that sets this runs as it is."""
        why = f"each turn sets {shown(target)}, which may be seen from elsewhere"
        if not isinstance(target, ast.Subscript):
            return Unread(why)
        if not self.keeps_books:
            return Unfilled(why)
        return Unread(f"{why}; single elements are taken of lists of numbers, and of arrays like "
                      "np.zeros(100)")


def _place(places: range, place: Any) -> int:
    """The place of an element; raises where it has none, or is no plain number."""
    if type(place) is not int:
        raise TypeError
    return places[place]


def _holds_numbers(held: list[Any]) -> bool:
    """Whether a list holds numbers and the like: nobody is told when one is let go."""
    return all(kind in PLAIN or kind.__module__ == "numpy" and issubclass(kind, np.number)
               for kind in set(map(type, held)))


def _is_array(held: Any) -> bool:
    return type(held) is np.ndarray


def _can_be_filled(held: Any, axes: int) -> bool:
    """Whether one element is set by so many numbers, and that does no more: in an array of float64
    nothing is rounded that fit records, and nobody warned.
    """
    if type(held) is list:
        return axes == 1 and _holds_numbers(held)
    return _is_array(held) and held.dtype == np.float64 and held.ndim == axes and (
        held.base is None and held.flags.writeable)


def _arrays_in(held: Any, deep: int = 0) -> Iterable[np.ndarray]:
    """The arrays that an object has, in lists and dictionaries, too."""
    if isinstance(held, np.ndarray):
        yield held
    if deep == _DEEPEST:
        return
    inner = held if type(held) in (list, tuple) else held.values() if isinstance(held, dict) else (
        vars(held).values() if deep == 0 and hasattr(held, "__dict__") else ())
    for one in inner:
        yield from _arrays_in(one, deep + 1)
