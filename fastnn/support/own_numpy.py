"""What NumPy had when fastnn was imported: programs may put something else in its place.

`nnfs.init()` does, with functions of which more is known (`numerics.py`); of anything else nothing.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

_FOUND = {**{f"random.{name}": value for name, value in vars(np.random).items()}, **vars(np)}
# What these call by its name in NumPy's module.
_WITHIN = {"sum": "add", "max": "maximum", "amax": "maximum", "min": "minimum", "amin": "minimum"}


def with_all_within(name: str) -> set[str]:
    """The names in NumPy's module that a call of this one looks up: of "random.binomial" two."""
    outer = name.partition(".")[0]
    found = {outer, *([name] if outer == "random" else ())}
    return found | {_WITHIN[one] for one in found if one in _WITHIN}


def now(name: str) -> Any:
    """What stands there now, None for nothing."""
    outer, _, inner = name.partition(".")
    found = getattr(np, outer, None)
    return getattr(found, inner, None) if inner else found


def is_own(name: str) -> bool:
    """Whether NumPy's own stands at this name, or nnfs's."""
    found = now(name)
    if isinstance(found, FunctionType):  # e.g. one that a program has put there before the import
        module = found.__globals__.get("__name__", "")
        if module == "nnfs.core":
            return True
        if module.partition(".")[0] != "numpy":
            return False
    return found is not None and found is _FOUND.get(name)
