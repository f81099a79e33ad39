"""What comes back from a file as it was: numbers, text, lists of them, and plain arrays.

Each function refuses the rest, with a TypeError or ValueError that starts with `who`.
"""

import itertools
from typing import Any

import numpy as np

from fastnn.support import checks

_DEPTH, _ENTRIES = 100, 1 << 22  # of lists: JSON is read and written recursively, and as a tree
_DIGITS = 4300  # what Python reads of a whole number
_LARGE = 10**_DIGITS


def setting(value, who):
    """Refuse what is neither number nor text nor None."""
    _one(value, f"{who} is", "numbers, text and arrays")


def argument(value, who):
    """Refuse what is neither of these nor lists of them; level by level, so that all ends."""
    level, verb = [value], "is"
    for _ in range(_DEPTH):
        nested = [entry for entry in level if isinstance(entry, list | tuple)]
        for entry in level:
            if not isinstance(entry, list | tuple):
                _one(entry, f"{who} {verb}", "numbers, text, lists of them and arrays")
        level = list(itertools.islice(itertools.chain.from_iterable(nested), _ENTRIES + 1))
        if not level:
            return
        if len(level) > _ENTRIES:
            raise ValueError(f"{who} holds lists of more than {_ENTRIES} entries; arrays can be "
                             "of any size")
        verb = "holds"
    raise ValueError(f"{who} is a list more than {_DEPTH} deep, or one that holds itself")


def _one(value, start, can):
    if value is not None and not isinstance(value, bool | int | float | str):
        raise TypeError(f"{start} {checks.a_thing_of(type(value).__name__)}; only {can} can be "
                        "saved")
    if isinstance(value, int) and abs(value) >= _LARGE:
        raise ValueError(f"{start} a number of more than {_DIGITS} digits, and cannot be saved")


def array(value, who):
    """An array or NumPy scalar as an array; a file keeps a scalar as an array without axes."""
    if isinstance(value, np.generic):
        return np.asarray(value)
    if parameter(value, who).ndim == 0:
        raise TypeError(f"{who} is an array without axes, which would come back as a number; keep "
                        "the number there, or an array of shape (1,)")
    return value


def parameter(value, who):
    """`value`, an array and nothing that is more than one: a mask would be lost."""
    if type(value) not in (np.ndarray, np.memmap):
        raise TypeError(f"{who} is {checks.a_thing_of(type(value).__name__)}; only plain NumPy "
                        "arrays come back as they were")
    return value


def apart(arrays, who):
    """Refuse arrays that are one: they would come back as two, and be trained apart."""
    of_owners: dict[int, list[str]] = {}
    for name, value in arrays.items():
        of_owners.setdefault(id(_owner(value)), []).append(name)
    for names in of_owners.values():
        for first, other in itertools.combinations(names, 2):
            if not _may_be_one(first, other) and _share(arrays[first], arrays[other]):
                raise ValueError(f"{who}: {first} and {other} share memory, and would come back as "
                                 "two arrays; give each its own, as with copy()")


def _owner(value):
    while isinstance(value.base, np.ndarray):
        value = value.base
    return value if value.base is None else value.base


def _may_be_one(first, other):
    """Whether these are arguments, which nobody trains, or argument and parameter of one thing."""
    things = [name.partition(".arguments.")[0] for name in (first, other) if ".arguments." in name]
    return len(things) == 2 or bool(things) and all(
        name.startswith(f"{things[0]}.") for name in (first, other))


def _share(first, other):
    try:
        work: Any = 100_000  # NumPy's hints know 0 and -1 alone
        return np.shares_memory(first, other, max_work=work)
    except np.exceptions.TooHardError:
        return True
