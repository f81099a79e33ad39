"""What a run leaves: JSON, or a page with the same JSON in it. Either is read again.

Files come from other people. What is read is looked at whole before any of it is used: kinds,
signs, sizes; texts lose what a terminal would obey. (A page escapes them besides.)
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, BinaryIO

from fastnn.bench.run import FORMAT, VERSION
from fastnn.files.replacing import replace
from fastnn.files.storage import Unreadable, open_regular

_OPEN = '<script type="application/json" id="fastnn-bench">'
_CLOSE = "</script>"
_MOST_BYTES = 20_000_000
_MOST_ROWS, _MOST_TEXT = 10_000, 2_000
_TEXTS = ("name", "what", "ours", "theirs", "unit")
_POSITIVE = ("median", "low", "high", "least", "our_seconds", "their_seconds")
_OPTIONAL = ("flops", "bytes")
_MACHINE = ("cpu", "cores", "os", "python", "numpy", "blas", "numba", "fastnn")


class BenchFileError(Exception):
    """Why a file is not taken, in one sentence."""


def write(path: str | Path, text: str) -> None:
    """A whole file or none. OSError where it cannot be."""
    def fill(stream: BinaryIO) -> None:
        stream.write(text.encode("utf-8"))
    replace(str(path), fill)


def as_json(found: dict[str, Any]) -> str:
    """The text of a file."""
    return json.dumps(found, indent=1, allow_nan=False) + "\n"


def embedded(found: dict[str, Any]) -> str:
    """The same as an element of a page: nothing in it can end the element."""
    text = json.dumps(found, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{_OPEN}{text}{_CLOSE}"


def read(path: str | Path) -> dict[str, Any]:
    """What a run left in a JSON file or in a page. BenchFileError says what is wrong with it."""
    expected = f"{path}: expected a file of `python -m fastnn bench`"
    try:
        with open_regular(str(path)) as stream:  # a device never ends, and says that it is empty
            if (size := os.fstat(stream.fileno()).st_size) > _MOST_BYTES:
                raise BenchFileError(f"{expected}, got one of {size / 1e6:.0f} MB")
            text = stream.read(_MOST_BYTES).decode("utf-8")
    except Unreadable as other:
        raise BenchFileError(f"{expected}, got {other}") from None
    except FileNotFoundError:
        raise BenchFileError(f"{path}: expected a file, there is none") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BenchFileError(f"{expected}, cannot read it: {error}") from None
    if _OPEN in text:
        text = text.partition(_OPEN)[2].partition(_CLOSE)[0]
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BenchFileError(f"{path}: expected the JSON of `python -m fastnn bench`, or its "
                             "page, got another file") from None
    try:
        return _checked(found)
    except _WrongError as error:
        raise BenchFileError(f"{expected}, {error}") from None


class _WrongError(Exception):
    pass


def _refuse(name: str) -> None:
    raise ValueError(name)


def _need(holds: object, text: str) -> None:
    if not holds:
        raise _WrongError(text)


def _checked(found: Any) -> dict[str, Any]:
    """Only what is known of, each of its kind."""
    _need(isinstance(found, dict) and found.get("format") == FORMAT, "it says nothing of the kind")
    _need(found.get("format_version") == VERSION, f"format version {VERSION}, got "
          f"{_short(found.get('format_version'))}")
    rows, differ = found.get("rows"), found.get("differ", [])
    for name, value in (("rows", rows), ("differ", differ), ("load", found.get("load", []))):
        _need(isinstance(value, list) and len(value) <= _MOST_ROWS, f"its {name} are no list")
    machine = _plain(found.get("machine"), "machine")
    for name in _MACHINE:
        _need(name in machine, f"its machine has no {name}")
    rates = {name: _positive(value, f"the rate {_short(name)}")
             for name, value in _dict(found.get("rates", {}), "rates").items()
             if name in ("product", "copy")}
    return {"format": FORMAT, "format_version": VERSION, "quick": found.get("quick") is True,
            "partial": found.get("partial") is True, "date": _text(found.get("date"), "date"),
            "machine": machine, "details": _plain(found.get("details", {}), "details"),
            "rates": rates, "load": [_load(one) for one in found.get("load", [])],
            "compiling": _number(found.get("compiling", 0.0), "compiling"),
            "rows": [_row(row) for row in rows],
            "differ": [{name: _text(_dict(row, "row").get(name), name)
                        for name in ("name", "what", "why")} for row in differ]}


def _row(found: Any) -> dict[str, Any]:
    row = _dict(found, "row")
    made: dict[str, Any] = {name: _text(row.get(name), name) for name in _TEXTS}
    of = f"of {_short(made['name'])}"
    made |= {name: _positive(row.get(name), f"{name} {of}") for name in _POSITIVE}
    made |= {name: None if row.get(name) is None else _positive(row[name], f"{name} {of}")
             for name in _OPTIONAL}
    pairs = row.get("pairs")
    _need(isinstance(pairs, int) and pairs is not True and 0 < pairs < 10**9,
          f"pairs {of} must be a whole number, got {_short(pairs)}")
    _need(made["low"] <= made["median"] <= made["high"], f"the quartiles {of} are in no order")
    return {**made, "pairs": pairs,
            "taken": _number(row.get("taken", 0.0), f"taken {of}"),
            "slowed": _number(row.get("slowed", 1.0), f"slowed {of}"),
            "our_threads": 1, "blas_threads": 1 if row.get("blas_threads") == 1 else None}


def _load(found: Any) -> dict[str, float | None]:
    load = _dict(found, "load")
    average = load.get("average")
    return {"taken": _number(load.get("taken"), "taken"),
            "slowed": _number(load.get("slowed"), "slowed"),
            "average": None if average is None else _number(average, "load average")}


def _dict(value: Any, name: str) -> dict[str, Any]:
    _need(isinstance(value, dict) and len(value) <= 100, f"its {name} is no table")
    return value


def _plain(value: Any, name: str) -> dict[str, str | int]:
    """A table of texts and whole numbers."""
    return {_text(key, name): item if type(item) is int and abs(item) < 10**18
            else _text(item, str(key)) for key, item in _dict(value, name).items()
            if item is not None}


def _number(value: Any, name: str) -> float:
    _need(type(value) in (int, float) and abs(value) < 1e300 and math.isfinite(value)
          and value >= 0, f"{name} must be a number from 0 on, got {_short(value)}")
    return float(value)


def _positive(value: Any, name: str) -> float:
    found = _number(value, name)
    _need(1e-15 < found < 1e18, f"{name} must be above 0, got {_short(value)}")
    return found


def _text(value: Any, name: str) -> str:
    _need(isinstance(value, str) and len(value) <= _MOST_TEXT,
          f"{_short(name)} must be a text, got {_short(value)}")
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in value)


def _short(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
