"""Functions that only compute: what they are given decides what they give, and that is all.

They are compared by identity with what NumPy had when this was imported, before the program ran:
what a program puts in their place does what it likes.
"""

import builtins
import inspect
import math
import time
from functools import lru_cache
from typing import Any

import numpy as np

# None of these raises because of the numbers in an array, once its shapes and types were taken (of
# power what calls it looks at the exponent).
_NUMPY = (
    "abs absolute add all allclose amax amin any argmax argmin around array array_equal asarray "
    "average ceil clip cos count_nonzero cumsum divide equal exp expand_dims fabs floor greater "
    "greater_equal isclose isfinite isinf isnan less less_equal log log10 log1p log2 logical_and "
    "logical_not logical_or max maximum mean median min minimum multiply ndim nanmean not_equal "
    "ones_like power prod ptp ravel reshape round shape sign sin size sqrt square squeeze std "
    "subtract sum tanh transpose var where zeros_like").split()
_OF_ARRAYS = frozenset((
    "all any argmax argmin astype copy cumsum flatten max mean min prod ravel reshape round "
    "squeeze std sum transpose var").split())
_SCALARS = frozenset((
    "mean sum std var max min median average amax amin count_nonzero all any prod").split())
_MANY = 99  # arguments
_BUILTINS = ("len", "float", "int", "abs", "sum", "max", "min", "round", "tuple", "list", "bool")

_CLOCKS = [getattr(time, f"{name}{end}") for end in ("", "_ns") for name in (
    "time", "perf_counter", "monotonic", "process_time", "thread_time")]
ARANGE = np.arange
_MATH = math.isnan, math.isinf, math.isfinite
_OF_NUMBERS = (math.cos, math.sin, math.tan, math.exp, math.log, math.log2, math.log10, math.log1p,
               math.expm1, math.sqrt, math.pow, math.tanh, math.floor, math.ceil, math.fabs)
NUMPY: dict[str, Any] = {name: getattr(np, name) for name in _NUMPY if hasattr(np, name)}
BUILTINS: dict[str, Any] = {name: getattr(builtins, name) for name in _BUILTINS}
KEYWORDS = frozenset(("axis", "keepdims", "dtype", "ddof", "decimals", "a", "a_min", "a_max"))
ATTRIBUTES = frozenset(("shape", "size", "ndim", "dtype", "T"))


def numpys(function: Any) -> str | None:
    """NumPy's name of a function that only computes; None for any other."""
    name = getattr(function, "__name__", None)
    return name if type(name) is str and NUMPY.get(name) is function else None


@lru_cache(None)
def before_out(name: str) -> int:
    """How many arguments of a function, or with its array of a method, stand before the one that
    its result would be written into: np.add(a, 1, a).
    """
    function = NUMPY.get(name)
    if isinstance(function, np.ufunc):
        return function.nin
    try:
        names = list(inspect.signature(function).parameters) if function else []
    except ValueError:  # of one that is written in C, and says nothing
        names = []
    return names.index("out") if "out" in names else _MANY


def builtin(function: Any) -> str | None:
    """The name of a built-in function that only computes; None for any other."""
    name = getattr(function, "__name__", None)
    return name if type(name) is str and BUILTINS.get(name) is function else None


def is_of_loops(function: Any) -> bool:
    """Whether it is one of Python's that loops within a computation go over."""
    return any(function is one for one in (range, enumerate, zip))


def asks(symbol: Any) -> int:
    """How many numbers a function, as a symbol, takes that conditions are made with; 0 for others.
    """
    given = getattr(symbol, "value", None)
    if numpys(given) in ("isnan", "isinf", "isfinite", "abs", "absolute", "fabs") or (
            builtin(given) in ("abs", "float", "bool")) or is_of_math(given):
        return 1
    return 2 if builtin(given) in ("min", "max", "round") or numpys(given) in (
        "round", "around") else 0


def asks_a_list(symbol: Any) -> bool:
    """Whether a function, as a symbol, makes a number of the numbers in a list."""
    given = getattr(symbol, "value", None)
    return builtin(given) in ("sum", "len", "min", "max") or numpys(given) in _SCALARS


def is_of_math(function: Any) -> bool:
    """Whether it asks a number of Python's `math`, which takes any."""
    return any(function is one for one in _MATH)


def computes_numbers(function: Any) -> bool:
    """Whether it is one of Python's `math` that makes a number of numbers, or raises."""
    return any(function is one for one in _OF_NUMBERS)


def is_clock(function: Any) -> bool:
    """Whether it is one of the clocks of Python's `time`: who reads one changes nothing."""
    return any(function is one for one in _CLOCKS)


def is_method(name: str) -> bool:
    """Whether a method of arrays of this name only computes."""
    return name in _OF_ARRAYS


def gives_scalar(name: str, arguments: int) -> bool:
    """Whether a function, or a method of an array, gives a scalar when it has but its array."""
    return name in _SCALARS and arguments == 1
