"""What must hold before a primitive is timed: that both sides leave the same arrays behind."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from nnfs_context import nnfs_in_force
from primitives import Case, Mode
from programs import arrays_of, assert_same
from sides import Side, Size

# exp and log of the C library are off by less than one last bit, as NumPy's are; a sum of a
# thousand such, a quotient and a product come after them.
LIBRARY = 1e-14


def numpy_in(mode: Mode) -> AbstractContextManager[None]:
    """NumPy as the mode has it."""
    return nullcontext() if mode.nnfs is None else nnfs_in_force(mode.nnfs)


def left_behind(side: Side) -> dict[str, np.ndarray]:
    """Every array and number on the object, and what the call gives back."""
    np.random.seed(0)
    result = side.call()
    return arrays_of({"it": side.thing, "result": result})


def assert_agree(ours: Side, theirs: Side, case: Case, mode: Mode, size: Size) -> None:
    """Call both: equal in every bit, but for what the case says of its sums, exp and log.

    Two sums of K terms in different orders are each off by K roundings at most, of partial sums
    that are no larger than the largest results.
    """
    got, expected = left_behind(ours), left_behind(theirs)
    for name, tolerance in _loose(case, mode, size, got):
        a, b = got[name], expected[name]
        if a.dtype == b.dtype and a.shape == b.shape:
            error, largest = np.max(np.abs(a - b)), np.max(np.abs(b))
            assert error <= tolerance * largest, (
                f"the two differ in {name}: by {error:.3g}, of at most {tolerance * largest:.3g}")
            got[name] = b
    assert_same(got, expected)


def _loose(case: Case, mode: Mode, size: Size, names: dict[str, np.ndarray]
           ) -> Iterator[tuple[str, float]]:
    """The results that are equal to rounding, and the share of the largest by which they differ."""
    if case.library and mode.dtype is np.float64:
        yield from ((name, LIBRARY) for name in names)
    elif not mode.nnfs:
        epsilon = float(np.finfo(mode.dtype).eps)
        yield from ((f"it.{name}", case.terms(size) * epsilon) for name in case.products)
