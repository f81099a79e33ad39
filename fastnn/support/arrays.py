"""What is taken as what: the one rule for whatever stands where an array is expected.

    np.ndarray                                             itself
    a subclass that computes as np.ndarray does            its values: memmap, recarray, own ones
    a subclass with arithmetic of its own                  refused: masked arrays, np.matrix, units
    list, tuple, range, buffer, pandas, whatever has       np.asarray of it, asked for once a call
        `__array__` or the like
    objects that are all real numbers                      float64
    sparse matrices, and all else                          refused

The plain way of a method takes only `np.ndarray` itself: to the dispatcher of the kernels a
subclass is one, whatever it means by its values. All else goes the careful way: `taken` decides,
`tidy` brings layout, byte order and type into the form kernels take, and the kernel is called
again. NumPy computes only what digits need it for; where those depend on how an array lies in
memory, `order` says so.
"""

from __future__ import annotations

import operator
import sys
from collections import UserList, deque
from collections.abc import Callable
from functools import lru_cache
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.support.numerics import FLOAT32, FLOAT64

if TYPE_CHECKING:
    from fastnn.support.annotations import Array

INT64 = np.dtype(np.int64)
_NUMBERS = "biuf"
_PLAIN = (np.float32, np.float64)
_REAL = (bool, int, float, np.bool_, np.integer, np.floating)
_LISTS = (list, tuple, deque, UserList)

# What a class of arrays may compute in its own way. Not `__getitem__`, nor `__array_finalize__`:
# memmap and recarray have those, and they change no values.
_ARITHMETIC = ("__array_ufunc__", "__array_function__", "__array_wrap__", "sum", "mean", "max",
               "min", "std", "argmax", "clip", "copy", "dot", "astype", "reshape", "T", "shape",
               "ndim", "dtype", "__len__", *(
                   name for name in dir(operator) if name.startswith("__") and name in
                   vars(np.ndarray) and name not in ("__doc__", "__getitem__", "__setitem__",
                                                     "__delitem__", "__contains__")),
               *(f"__r{name}__" for name in ("add", "sub", "mul", "truediv", "pow", "matmul")))


class NotTaken(TypeError):
    """The value is no array of numbers; the text says what came."""


def taken(value: Any) -> Array:
    """`value` as an np.ndarray of bools, integers or floats, by the rule above."""
    if type(value) is not np.ndarray:
        value = _read(value)
    kind = value.dtype.kind
    if kind in _NUMBERS:
        return value
    if kind == "O":
        return _numbers(value)
    raise NotTaken(f"{_KINDS.get(kind, 'something else')} (dtype {value.dtype})")


_KINDS = {"c": "complex numbers", "U": "strings", "S": "bytes", "T": "strings", "M": "dates",
          "m": "time spans", "V": "records"}


def _read(value: Any) -> Array:
    """Whatever it is as an np.ndarray."""
    if isinstance(value, np.ndarray):
        refuse(type(value))
        return np.asarray(value)
    pandas = type(value).__module__ == "pandas"
    if not pandas:
        for kind in _kinds(value):
            refuse(kind)
    try:
        made = _of_pandas(value) if pandas else np.asanyarray(value)
    except (TypeError, ValueError) as error:  # NumPy's; others are the value's own
        if isinstance(value, _LISTS) and isinstance(error, ValueError):
            raise NotTaken("rows of unequal lengths") from None
        words = (str(error).splitlines() or [""])[0]
        raise NotTaken(f"a {type(value).__name__} that NumPy cannot read "
                       f"({type(error).__name__}: {words})") from None
    refuse(type(made))
    return np.asarray(made)


def _of_pandas(value: Any) -> Any:
    """np.asarray of it; of a DataFrame of plain numbers that takes 70 us, this 3."""
    made = value.to_numpy()
    return made if made.dtype.kind in _NUMBERS else np.asarray(value)


_DEEPEST = 64  # lists in each other; NumPy makes no more axes


def _kinds(value: Any) -> set[type]:
    """The type of the value; of a list or its like also those of what is in it."""
    found, level, met = {type(value)}, [value], dict[int, Any]()
    for _ in range(_DEEPEST):
        inside: list[Any] = []
        for item in level:
            if isinstance(item, _LISTS) and id(item) not in met:
                met[id(item)] = item
                kinds = set(map(type, item))
                found |= kinds
                if any(issubclass(kind, _LISTS) for kind in kinds):
                    inside.extend(item)
        if not inside:
            return found
        level = inside
    raise NotTaken(f"lists in each other, more than {_DEEPEST} deep")


@lru_cache(256)
def _refuse(kind: Any) -> None:
    """NotTaken for a class whose values are not what NumPy would make of them."""
    if kind is np.ndarray:
        return
    if is_masked(kind):
        raise NotTaken("a masked array: fill it with .filled(value), or leave out the rows with "
                       "masked values")
    if hasattr(kind, "toarray") and hasattr(kind, "nnz"):
        raise NotTaken(f"a sparse {kind.__name__}: pass its .toarray()")
    if issubclass(kind, np.ndarray) and any(
            getattr(kind, name, None) is not getattr(np.ndarray, name, None)
            for name in _ARITHMETIC if not (name == "__array_wrap__" and _is_memmap(kind))):
        raise NotTaken(f"a {kind.__name__}, which computes in its own way: pass np.asarray(...) "
                       "of it")


refuse: Callable[[Any], None] = _refuse  # a class has a hash, whatever its arrays have


def is_masked(kind: Any) -> Any:
    """Whether a class is of masked arrays.

    Where nobody has imported them there are none, and `np.ma` would import them: in 25 ms, and a
    child forked meanwhile would wait for that for ever.
    """
    return issubclass(kind, getattr(sys.modules.get("numpy.ma"), "MaskedArray", ()))


def _is_memmap(kind: Any) -> bool:
    return getattr(kind, "__array_wrap__", None) is np.memmap.__array_wrap__


def _numbers(a: Array) -> Array:
    """An array of objects as float64."""
    kinds = set(map(type, a.flat))
    strange = tuple(kind for kind in kinds if not issubclass(kind, _REAL))
    if not strange:
        try:
            return a.astype(FLOAT64)
        except OverflowError:
            raise NotTaken("whole numbers that no float64 holds") from None
    for _, item in np.ndenumerate(a):
        refuse(type(item))
    at, bad = next((at, item) for at, item in np.ndenumerate(a) if isinstance(item, strange))
    where = f" at {list(at)}" if at else ""
    what = f" ({type(bad).__name__})" if bad is not None else ""
    raise NotTaken(f"{short(bad)}{what}{where}")


def kept(value: Any, made: Array) -> Array:
    """What an object remembers of an argument: an array of numbers itself, else what was made."""
    return value if isinstance(value, np.ndarray) and value.dtype.kind != "O" else made


# ------------------------------------------------------------------ the form that kernels take


def tidy(a: Array) -> Array:
    """The array as kernels take it: itself, or a copy in C order of native numbers.

    Class indices (N,) become int64, unless they are uint8.
    """
    dtype = a.dtype
    if a.ndim == 1 and dtype.kind in "iub" and dtype is not INT64 and dtype.type is not np.uint8:
        return a.astype(INT64)
    if not (a.flags.carray and dtype.isnative):
        return a.astype(dtype if dtype.isnative else dtype.type, "C")
    if dtype is FLOAT32 or dtype is FLOAT64 or dtype.type not in _PLAIN:
        return a
    return a.view(dtype.type)  # an unpickled array has a type object of its own


def order(*arrays: Any) -> str | None:
    """How NumPy's result of these lies in memory: "C", "F", or None where only NumPy knows."""
    found = {_order(a) for a in arrays}
    if found == {"F"}:
        return "F"
    return None if None in found or found == {"F", "?"} else "C"


def _order(a: Array) -> str | None:
    if a.ndim != 2:
        return "C" if a.ndim == 1 or a.flags.c_contiguous else None
    if a.flags.c_contiguous:
        return "C"
    down, across = map(abs, a.strides)
    if 1 in a.shape or not (down and across):
        return "?"
    return "F" if down < across else "C"


def alike(compute: Any, *arrays: Any) -> Any:
    """compute(*arrays) of tidy copies, lying in memory as NumPy's result would; None if refused.

    `compute` takes arrays of one shape (N, columns), element by element.
    """
    found, shape = order(*arrays), arrays[0].shape
    if found is None or not shape:
        return None
    if found == "F":
        result = compute(*(tidy(a.T) for a in arrays))
        return result if result is None else result.T
    if len(shape) == 2:
        return compute(*map(tidy, arrays))
    result = compute(*(tidy(a.reshape(1, -1)) for a in arrays))
    return result if result is None else result.reshape(shape)


def in_rows(compute: Any, *arrays: Any) -> Any:
    """The same where `compute` is not the same of transposed arrays: it counts their rows."""
    found = order(*arrays)
    result = compute(*map(tidy, arrays)) if found else None
    return np.asfortranarray(result) if found == "F" and result is not None else result


def by_rows(compute: Any, *arrays: Any) -> Any:
    """compute(*arrays) of tidy copies; None if refused, or if NumPy adds in another order.

    `compute` adds along the rows of arrays (N, columns). NumPy adds rows of up to seven from the
    left, longer ones in eight sums; but column by column what lies so.
    """
    first = arrays[0]
    if not first.flags.c_contiguous and first.shape[1] > 7 and order(
            *(a for a in arrays if a.ndim == 2)) != "C":
        return None
    return compute(*map(tidy, arrays))


def lying_as(result: Any, like: Any) -> Array:
    """The result, in the order in which NumPy's would lie that is made from `like`."""
    by_columns = not like.flags.c_contiguous and order(like) == "F"
    return np.asfortranarray(result) if by_columns else result


def in_bytes_of(result: Any, like: Any) -> Array:
    """The result, in the byte order of `like`: NumPy's copies keep it."""
    return result if like.dtype.isnative else result.astype(like.dtype)
