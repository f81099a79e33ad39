"""Arrays out of whatever a class keeps them in, and how far two of them are from each other.

Two values agree when no element is further off than `TOLERANCES` of its type, times the largest
element expected: what another order of sums may do, and no formula does.
"""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking.raised import Raised

if TYPE_CHECKING:
    from typing import Any

TOLERANCES = {"double": 1e-9, "single": 5e-6}
_LONGEST = 100_000  # numbers of a list that is taken for an array


def lacks_state(words: str) -> bool:
    """Whether what was raised says that an object lacks what an earlier call should have kept. What
    NumPy, an array or a list has not is no state.
    """
    found = re.match(r"AttributeError: '(\w+)' object|TypeError: 'NoneType'", words)
    return found is not None and not hasattr(builtins, found[1] or "")


def as_array(value: Any) -> Any:
    """A number, an array or lists of numbers as an array; None for all else."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biuf" else None
    if isinstance(value, (bool, int, float, np.generic)):
        made = np.asarray(value)
        return made if made.dtype.kind in "biuf" else None
    if isinstance(value, (list, tuple)) and 0 < len(value) <= _LONGEST:
        try:
            made = np.array(value)
        except (ValueError, TypeError):  # rows of several lengths
            return None
        return made if made.dtype.kind in "biuf" and made.size else None
    return None


def tolerance(*values: Any, single: bool = False) -> float:
    """What rounding may do to the least precise of these; `single`: they come of float32."""
    single = single or any(np.asarray(value).dtype in (np.float32, np.float16) for value in values)
    return TOLERANCES["single" if single else "double"]


def agree(got: Any, expected: Any, single: bool = False) -> bool:
    """The same shape, and the same numbers to rounding; NaN where NaN is expected."""
    if isinstance(got, Raised) or isinstance(expected, Raised):
        return isinstance(got, Raised) and isinstance(expected, Raised)
    if got is None or expected is None or got.shape != expected.shape:
        return False
    return not beyond(got, expected, single).any()


def beyond(got: Any, expected: Any, single: bool = False) -> Any:
    """Which elements are further off than rounding."""
    allowed = tolerance(got, expected, single=single)
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    finite = np.isfinite(expected)
    largest = np.max(np.abs(expected[finite]), initial=0.0)
    with np.errstate(all="ignore"):
        far = ~(np.abs(got - expected) <= allowed * largest)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return far & ~same


def same_bits(got: Any, expected: Any) -> bool:
    """The same type and the same bits (0.0 and -0.0 are taken for one)."""
    return (not isinstance(got, Raised) and not isinstance(expected, Raised)
            and got.dtype == expected.dtype and np.array_equal(got, expected, equal_nan=True))


def first_difference(got: Any, expected: Any, single: bool = False) -> dict[str, Any]:
    """Where two values differ first, by how much, and by how much at most."""
    if isinstance(got, Raised):
        return got.row()
    if got is None:
        return {"missing": True}
    if isinstance(expected, Raised):
        return {"got": "no error", "expected": str(expected)}
    if got.shape != expected.shape:
        return {"got_shape": list(got.shape), "expected_shape": list(expected.shape)}
    far = beyond(got, expected, single)
    if not far.any():
        return {}
    element = tuple(int(index) for index in np.argwhere(far)[0])
    with np.errstate(all="ignore"):
        errors = np.abs(np.asarray(got, float) - np.asarray(expected, float))
    return {"element": list(element), "got": float(got[element]),
            "expected": float(expected[element]), "by": float(errors[element]),
            "at_most": float(np.max(errors)), "differing": int(far.sum()), "of": int(far.size)}
