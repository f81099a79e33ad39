"""What the report reads: the rows in pytest-benchmark's JSON files."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Found = dict[str, Any]  # one benchmark's extra_info, and its "name"

NEEDED = ("table", "what", "ours", "theirs", "unit", "median", "low", "high", "least", "pairs",
          "our_seconds", "their_seconds", "blas_threads", "our_threads", "machine")


class ReportError(Exception):
    """What keeps a report from being made, in one sentence."""


def rows_of(paths: Iterable[Path]) -> list[Found]:
    """The rows of all files; of two with one name that of the later file."""
    rows: dict[str, Found] = {}
    for path in paths:
        for row in rows_of_one(path):
            rows[row["name"]] = row
    return list(rows.values())


def rows_of_one(path: Path) -> list[Found]:
    """The rows of one file. A benchmark without a row has nothing to compare: it is left out."""
    rows = [{**one.get("extra_info", {}), "name": one["fullname"]} for one in benchmarks(path)
            if "table" in one.get("extra_info", {})]
    if not rows:
        raise ReportError(f"{path}: expected benchmarks with rows in their extra_info, got none; "
                          "was it measured, with pytest benchmarks --benchmark-only?")
    for row in rows:
        missing = [name for name in NEEDED if name not in row]
        if missing:
            raise ReportError(f"{path}: {row['name']} has no {', '.join(missing)} in its "
                              "extra_info; measure again with these benchmarks.")
    return rows


def benchmarks(path: Path) -> list[Any]:
    """The list that pytest-benchmark wrote."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: expected a file, there is none.") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: expected pytest-benchmark's JSON, cannot read it: "
                          f"{error}.") from None
    made = found.get("benchmarks") if isinstance(found, dict) else None
    if not isinstance(made, list) or not all(
            isinstance(one, dict) and "fullname" in one for one in made):
        raise ReportError(f"{path}: expected the JSON of pytest --benchmark-json, got another.")
    return made


def of_table(rows: list[Found], table: str) -> list[Found]:
    """The rows of one table, as they were measured."""
    return [row for row in rows if row["table"] == table]


def on_curves(rows: list[Found]) -> dict[str, list[Found]]:
    """Rows by curve, each curve in the order of x."""
    curves: dict[str, list[Found]] = {}
    for row in rows:
        if row.get("curve") is not None:
            curves.setdefault(row["curve"], []).append(row)
    return {name: sorted(found, key=lambda row: row["x"]) for name, found in curves.items()}
