"""The comparison of what two runs leave behind: every array and number on their objects."""

from collections.abc import Iterator
from typing import Any

import numpy as np

# A Model's second names for objects that stand in it elsewhere; `prev` and `next` run in circles.
LINKS = {"prev", "next", "trainable_layers", "output_layer_activation"}


def arrays_of(objects: dict[str, Any]) -> dict[str, np.ndarray]:
    """A copy of every array and number on the objects, such as "model.layers[0].weights".

    Members that are objects themselves, or lists of them, are followed. Names with a leading
    underscore are nobody's business.
    """
    return {path: value for name, item in objects.items() for path, value in walk(name, item)}


def walk(path: str, item: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Path and value of each array and number in an item, and in what it holds."""
    if isinstance(item, (np.ndarray, np.generic, int, float)):
        yield path, np.array(item)
    elif isinstance(item, (list, tuple)):
        for index, member in enumerate(item):
            yield from walk(f"{path}[{index}]", member)
    elif hasattr(item, "__dict__"):
        for name, member in sorted(vars(item).items()):
            if not name.startswith("_") and name not in LINKS:
                yield from walk(f"{path}.{name}", member)


def assert_same(got: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Fails unless both hold the same names, types, shapes and values; says all that differs."""
    report = [f"{name}: missing" for name in expected if name not in got]
    report += [f"{name}: not expected" for name in got if name not in expected]
    for name in got:
        if name in expected and (text := difference(got[name], expected[name])):
            report.append(f"{name}: {text}")
    if report:
        raise AssertionError("\n".join(["the two differ in", *report]))


def require(holds: object, text: str) -> None:
    """AssertionError with this text unless it holds, under `python -O` too."""
    if not holds:
        raise AssertionError(text)


def difference(got: np.ndarray, expected: np.ndarray) -> str:
    """What tells the two arrays apart; nothing where they are the same (NaN equals NaN).

    Zeros must have the same sign, which `np.array_equal` hides.
    """
    if got.dtype != expected.dtype:
        return f"type {got.dtype}, expected {expected.dtype}"
    if got.shape != expected.shape:
        return f"shape {got.shape}, expected {expected.shape}"
    floats = got.dtype.kind == "f"
    if np.array_equal(got, expected, equal_nan=floats):
        other = (got == 0) & (np.signbit(got) != np.signbit(expected)) if floats else False
        count = np.count_nonzero(other)
        return f"{count} zeros of {got.size} elements have another sign" if count else ""
    unequal = got != expected
    if floats:
        unequal &= ~(np.isnan(got) & np.isnan(expected))
    text = f"{np.count_nonzero(unequal)} of {got.size} elements differ"
    if not floats:
        return text
    a, b = got[unequal], expected[unequal]
    one_nan = np.isnan(a) | np.isnan(b)
    if one_nan.any():
        text += f", {np.count_nonzero(one_nan)} in being NaN"
    if not one_nan.all():
        text += f", by up to {last_bits(a[~one_nan], b[~one_nan])} last bits"
    return text


def last_bits(got: np.ndarray, expected: np.ndarray) -> int:
    """The largest number of steps to the next float that lie between the two."""
    a, b = float_rank(got), float_rank(expected)
    # unsigned, where the gap between two signs cannot overflow
    return int(np.max(np.maximum(a, b).view(np.uint64) - np.minimum(a, b).view(np.uint64)))


def float_rank(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of the floats, one apart where the floats are neighbours."""
    bits = values.view(f"i{values.itemsize}").astype(np.int64)
    lowest = -(2 ** (8 * values.itemsize - 1))  # the bits of -0.0
    return np.where(bits < 0, lowest - bits, bits)
