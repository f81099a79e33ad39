"""Lines and values of two runs held against each other.

Where they differ a second plain run, under another clock, says what differs by itself: a line is
compared but for the numbers that differ between the plain runs, a value that differs there is not.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np

from fastnn.running.verifying.values import DRAWN

_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # in the repr of things without one of their own


@dataclass
class Result:
    """What one run has left."""

    lines: list[str]
    values: dict[str, dict[str, Any]]
    ended: list[str]
    status: int
    seconds: float  # from the program's first line on
    whole: float  # of the process
    report: str = ""
    spent: str = ""


@dataclass
class Comparison:
    """What two runs have in common."""

    lines: int = 0  # compared, and equal
    arrays: int = 0
    numbers: int = 0
    differences: list[str] = field(default_factory=list)
    by_itself: int = 0  # lines and values that differ between plain runs, too
    arrays_by_itself: int = 0


def compare(plain: Result, adopted: Result, again: Result | None = None) -> Comparison:
    """All of it; `again` is the second plain run, None while nobody needs one."""
    made = Comparison()
    if (plain.status, plain.ended) != (adopted.status, adopted.ended) and (
            again is None or (plain.status, plain.ended) == (again.status, again.ended)):
        made.differences.append(f"plain ends with {_end(plain)}, adopted with {_end(adopted)}")
    _compare_lines(made, plain.lines, adopted.lines, again.lines if again else plain.lines)
    _compare_values(made, plain.values, adopted.values, again.values if again else plain.values)
    return made


def _end(result: Result) -> str:
    return result.ended[0] if result.ended else f"exit status {result.status}"


def _compare_lines(made: Comparison, plain: list[str], adopted: list[str],
                   again: list[str]) -> None:
    if len(plain) != len(again):
        made.by_itself += max(len(plain), len(adopted))
        return
    for number, (one, other, twin) in enumerate(zip_longest(plain, adopted, again), 1):
        if one == other or (one is not None and other is not None
                            and _ADDRESS.sub("", one) == _ADDRESS.sub("", other)):
            made.lines += 1
        elif one is None or other is None:
            who, text = ("plain", one) if other is None else ("adopted", other)
            made.differences.append(f"line {number} is printed in the {who} run alone: {text!r}")
        elif one != twin and alike(one, other, twin):
            made.by_itself += 1
        else:
            made.differences.append(f"line {number}: plain {one!r}, adopted {other!r}")


def alike(one: str, other: str, twin: str) -> bool:
    """Whether `other` is `one` but for numbers in which `twin` differs from it, too."""
    a, b, c = (_NUMBER.split(line) for line in (one, other, twin))
    if len(a) != len(c) or any(_text(x) != _text(z) for x, z in zip(a[::2], c[::2])):
        return True  # nothing of the line is the same in two plain runs
    return len(a) == len(b) and all(_text(x) == _text(y) for x, y in zip(a[::2], b[::2])) and all(
        x == y or x != z for x, y, z in zip(a[1::2], b[1::2], c[1::2]))


def _text(piece: str) -> str:
    """Without the blanks that numbers of another width have left."""
    return " ".join(piece.split())


def _compare_values(made: Comparison, plain: dict[str, Any], adopted: dict[str, Any],
                    again: dict[str, Any]) -> None:
    for path in [*plain, *(path for path in adopted if path not in plain)]:
        one, other, twin = plain.get(path), adopted.get(path), again.get(path)
        is_array = "dtype" in (one or other or {})
        if path == DRAWN and one is None:
            continue  # a program without NumPy, which we have imported
        if _same(one, other):
            made.arrays += is_array
            made.numbers += not is_array
        elif not _same(one, twin):
            made.by_itself += 1
            made.arrays_by_itself += is_array
        else:
            made.differences.append(f"{path}: {difference(one, other)}")


def _same(one: Any, other: Any) -> bool:
    return one is not None and other is not None and all(
        one.get(word) == other.get(word) for word in ("kind", "shape", "digest")) or one is other


def difference(one: Any, other: Any) -> str:
    """How two values differ, in a few words."""
    if one is None or other is None:
        return f"only in the {'plain' if other is None else 'adopted'} run"
    for word in ("kind", "shape"):
        if one.get(word) != other.get(word):
            return f"{word} {one.get(word)} in plain, {other.get(word)} in adopted"
    if one.get("text") is not None and other.get("text") is not None:
        return f"{one['text']} in plain, {other['text']} in adopted"
    if one.get("data") is None or np.dtype(one["dtype"]).kind not in "iufc":
        return f"{one['kind']} {one.get('shape', '')} differs"
    a, b = (np.frombuffer(base64.b64decode(side["data"]), side["dtype"]) for side in (one, other))
    size = a.itemsize
    bits = [side.view(np.uint8).reshape(-1, size) for side in (a, b)]
    differ = (bits[0] != bits[1]).any(axis=1)
    with np.errstate(all="ignore"):
        far = np.nanmax(np.abs(a[differ].astype(complex) - b[differ]), initial=0.0)
    return (f"{np.count_nonzero(differ)} of {a.size} elements ({one['kind']}) differ, "
            f"by at most {far:.3g}")
