"""Arrays that are more than arrays, or less, and objects that give them or fail."""

from collections import UserList, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

MASKED = ("a masked array: fill it with .filled(value), or leave out the rows with masked values")


class Metres(np.ndarray):
    """A subclass with units: it computes in its own way."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        raise AssertionError("never asked to compute")


class Doubled(np.ndarray):
    """A subclass with a product of its own."""

    def __mul__(self, other: Any) -> Any:
        raise AssertionError("never asked to compute")


class Wrapped(np.ndarray):
    """A subclass that changes what ufuncs give."""

    def __array_wrap__(self, *arguments: Any) -> Any:
        raise AssertionError("never asked to compute")


class Labelled(np.ndarray):
    """A subclass that only carries something with it, as NumPy's manual has it."""

    def __array_finalize__(self, other: Any) -> None:
        self.info = getattr(other, "info", None)


class Device:
    """An array on another device."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("can't convert a device's tensor: call .cpu() first\nand a long story")


class Gives:
    """What `__array__` gives is another thing than an array, or another each time."""

    def __init__(self, *given: Any):
        self.given, self.asked = list(given), 0

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self.asked += 1
        return self.given[min(self.asked, len(self.given)) - 1]


class Interface:
    """An object with `__array_interface__`."""

    def __init__(self, a: np.ndarray):
        self.a, self.__array_interface__ = a, a.__array_interface__


def masked(a: np.ndarray) -> Any:
    """The array with one value masked."""
    mask = np.zeros(a.shape, bool)
    mask.flat[-1] = True
    return np.ma.masked_array(a, mask)


REFUSED: dict[str, tuple[Callable[[np.ndarray], Any], str]] = {
    "masked": (masked, MASKED),
    "masked, no mask": (np.ma.masked_array, MASKED),
    "masked value": (lambda a: np.ma.masked, MASKED),
    "list of masked rows": (lambda a: [masked(row) for row in a.reshape(len(a), -1)], MASKED),
    "list of lists with a masked value": (
        lambda a: [[1.0, np.ma.masked] for _ in a], MASKED),
    "deque of masked rows": (lambda a: deque(masked(row) for row in a.reshape(len(a), -1)), MASKED),
    "user's list of masked rows": (
        lambda a: UserList(masked(row) for row in a.reshape(len(a), -1)), MASKED),
    "gives masked": (lambda a: Gives(masked(a)), MASKED),
    "objects, a masked array among them": (lambda a: _objects(a, masked(a)), MASKED),
    "matrix": (lambda a: a.view(np.matrix),
               "a matrix, which computes in its own way: pass np.asarray(...) of it"),
    "units": (lambda a: a.view(Metres),
              "a Metres, which computes in its own way: pass np.asarray(...) of it"),
    "own product": (lambda a: a.view(Doubled),
                    "a Doubled, which computes in its own way: pass np.asarray(...) of it"),
    "own results": (lambda a: a.view(Wrapped),
                    "a Wrapped, which computes in its own way: pass np.asarray(...) of it"),
    "gives units": (lambda a: Gives(a.view(Metres)),
                    "a Metres, which computes in its own way: pass np.asarray(...) of it"),
    "sparse matrix": (lambda a: scipy.sparse.csr_matrix(a),
                      "a sparse csr_matrix: pass its .toarray()"),
    "sparse array": (lambda a: scipy.sparse.csc_array(np.atleast_2d(a)),
                     "a sparse csc_array: pass its .toarray()"),
    "device": (lambda a: Device(), "a Device that NumPy cannot read (TypeError: can't convert a "
                                   "device's tensor: call .cpu() first)"),
    "missing value": (lambda a: pd.Series([1.0, pd.NA], dtype=object), "<NA> (NAType) at [1]"),
    "None": (lambda a: np.array([[0.5, 1], [True, None]], object), "None at [1, 1]"),
    "text": (lambda a: pd.DataFrame({"a": [1.0, 2.0], "b": [True, "x"]}, dtype=object),
             "'x' (str) at [1, 1]"),
    "complex number": (lambda a: np.array([1.0, 2j], object), "2j (complex) at [1]"),
    "no float's number": (lambda a: np.array([1, 10**400], object),
                          "whole numbers that no float64 holds"),
    "a set": (lambda a: {1.0, 2.0}, "{1.0, 2.0} (set)"),
}


def _objects(a: np.ndarray, one: Any) -> np.ndarray:
    made = np.empty(2, object)
    made[0], made[1] = 1.0, one
    return made


class TimeUp(Exception):
    """What a time-out's handler raises."""


class Raises:
    """Whoever looks at it is told no."""

    def __init__(self, error: BaseException):
        self.error = error

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise self.error

    __array__ = __bool__ = __repr__ = _refuse


OWN = [TimeUp("mine"), RuntimeError("mine"), MemoryError("mine"), TimeoutError("mine"),
       AttributeError("mine"), KeyError("mine"), OverflowError("mine"), RecursionError("mine"),
       StopIteration("mine"), UserWarning("mine"), KeyboardInterrupt("mine")]
own_errors = pytest.mark.parametrize("error", OWN, ids=[type(one).__name__ for one in OWN])

TAKEN: dict[str, Callable[[np.ndarray], Any]] = {
    "labelled": lambda a: a.view(Labelled),
    "record array": lambda a: a.view(np.recarray),
    "frame or series": lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a),
    "frame with names": lambda a: (
        pd.DataFrame(a, columns=list("abcd")[:a.shape[1]]) if a.ndim == 2
        else pd.Series(a, index=range(7, 7 + len(a)))),
    "to_numpy": lambda a: (pd.DataFrame(a) if a.ndim == 2 else pd.Series(a)).to_numpy(),
    "memoryview": memoryview,
    "interface": Interface,
    "another each time": lambda a: Gives(a, a * 0, None),
    "deque of rows": deque,
    "tuple of tuples": lambda a: tuple(map(tuple, a)) if a.ndim == 2 else tuple(a),
}
