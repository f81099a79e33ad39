"""What must hold before a primitive is timed: that both sides leave the same arrays behind."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from primitives import Case, Mode

from fastnn.bench.comparing import assert_same
from fastnn.bench.lanes import fast_lane, nnfs_in_force
from fastnn.bench.sides import Side, Size, left_behind


def numpy_in(mode: Mode) -> AbstractContextManager[None]:
    """NumPy as the mode has it."""
    if mode.nnfs is None:
        return nullcontext()
    return nnfs_in_force(True) if mode.nnfs else fast_lane()


def assert_agree(ours: Side, theirs: Side, case: Case, mode: Mode, size: Size) -> None:
    """Call both: equal in every bit, but for sums of products in the fast lane.

    Two sums of K terms in different orders are each off by K roundings at most, of partial sums
    that are no larger than the largest results.
    """
    got, expected = left_behind(ours), left_behind(theirs)
    for name, tolerance in _loose(case, mode, size, got):
        assert_near(name, got[name], expected[name], tolerance)
        got[name] = expected[name]
    assert_same(got, expected)


def assert_near(name: str, got: np.ndarray, expected: np.ndarray, share: float) -> None:
    """One type and shape, and apart by no more than this share of the largest; 0: equal."""
    assert got.dtype == expected.dtype and got.shape == expected.shape, (
        f"the two differ in {name}: {got.dtype} {got.shape}, {expected.dtype} {expected.shape}")
    error, allowed = np.max(np.abs(got - expected)), share * np.max(np.abs(expected))
    assert error <= allowed, f"the two differ in {name}: by {error:.3g}, of at most {allowed:.3g}"


def _loose(case: Case, mode: Mode, size: Size, names: dict[str, np.ndarray]
           ) -> Iterator[tuple[str, float]]:
    """The results that are equal to rounding, and the share of the largest by which they differ."""
    if mode.nnfs is False:
        epsilon = float(np.finfo(mode.dtype).eps)
        yield from ((f"it.{name}", case.terms(size) * epsilon) for name in case.products)
