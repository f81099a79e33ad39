"""Which arrays of two runs differ, and in how many elements."""

import numpy as np
from programs import difference

from .order import in_order
from .ways import Left


def differences(got: Left, expected: Left) -> dict[str, str]:
    """What differs, in the order of computation: names and how."""
    found = {}
    for name in in_order(got.arrays.keys() | expected.arrays.keys()):
        if name not in got.arrays:
            found[name] = "missing"
        elif name not in expected.arrays:
            found[name] = "not expected"
        elif text := difference(native(got.arrays[name]), native(expected.arrays[name])):
            found[name] = text
        elif got.arrays[name].dtype != expected.arrays[name].dtype:
            found[name] = "another byte order"
    if got.names != expected.names:
        found["sharing"] = (f"one array: {[*map(sorted, got.names - expected.names)]}, "
                            f"expected {[*map(sorted, expected.names - got.names)]}")
    for n, (a, b) in enumerate(zip([*got.lines, None], [*expected.lines, None])):
        if a != b:
            found["lines"] = f"line {n} is {a!r}, expected {b!r}"
            break
    return found


def native(values: np.ndarray) -> np.ndarray:
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def elements(got: np.ndarray | None, expected: np.ndarray | None) -> int:
    if got is None or expected is None or got.shape != expected.shape:
        return 1
    same = (got == expected) & (np.signbit(got) == np.signbit(expected)) \
        if got.dtype.kind == expected.dtype.kind == "f" else got == expected
    if got.dtype.kind == "f":
        same |= np.isnan(got) & np.isnan(expected)
    return int(np.count_nonzero(~same))
