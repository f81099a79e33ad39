"""What the report reads: rows, from pytest-benchmark's JSON files or from compact ones.

A compact file (`--compact`) is JSON with a line a row. What most rows say alike stands once, in
"common"; a row has what it says otherwise, of its machine too. It keeps all of the rows' extra_info
and the commit, but not pytest-benchmark's single times of our side, which no row needs.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Found = dict[str, Any]  # one benchmark's extra_info, and its "name"

NEEDED = ("table", "what", "ours", "theirs", "unit", "median", "low", "high", "least", "pairs",
          "our_seconds", "their_seconds", "blas_threads", "our_threads", "machine")
DIGITS = 7  # of a float that is read; more is noise, and both kinds of file give the same report


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
    return rows_in(content(path), path)


def rows_in(found: Any, path: Path) -> list[Found]:
    """The rows of a file's content."""
    rows = [row for row in _unpacked(found, path) if "table" in row]
    if not rows:
        raise ReportError(f"{path}: expected benchmarks with rows in their extra_info, got none; "
                          "was it measured, with pytest benchmarks --benchmark-only?")
    for row in rows:
        missing = [name for name in NEEDED if name not in row]
        if missing:
            raise ReportError(f"{path}: {row['name']} has no {', '.join(missing)} in its "
                              "extra_info; measure again with these benchmarks.")
    return [_rounded(row) for row in rows]


def content(path: Path) -> Any:
    """What the JSON says."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: expected a file, there is none.") from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: expected pytest-benchmark's JSON, cannot read it: "
                          f"{error}.") from None


def _unpacked(found: Any, path: Path) -> list[Found]:
    if isinstance(found, dict):
        made, common, rows = (found.get(name) for name in ("benchmarks", "common", "rows"))
        if _dicts_with("fullname", made):
            return [{**one.get("extra_info", {}), "name": one["fullname"]} for one in made]
        if isinstance(common, dict) and _dicts_with("name", rows):
            return [_filled(common, row) for row in rows]
    raise ReportError(f"{path}: expected the JSON of pytest --benchmark-json, got another.")


def _filled(common: Found, row: Found) -> Found:
    """A row with what it has in common with others, of its dicts too; null: it has not."""
    whole = {**common, **row}
    for key, value in row.items():
        if isinstance(value, dict) and isinstance(common.get(key), dict):
            both = {**common[key], **value}
            whole[key] = {name: one for name, one in both.items() if one is not None}
    return whole


def _beyond(value: Any, common: Any) -> Any:
    """What `_filled` needs to make this value of the common one."""
    if not (isinstance(value, dict) and isinstance(common, dict)):
        return value
    lacking = dict.fromkeys(name for name in common if name not in value)
    other = {name: one for name, one in value.items() if one != common.get(name)}
    return dict(sorted((lacking | other).items()))  # the same text from either kind of file


def _dicts_with(key: str, found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, dict) and key in one for one in found)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return {key: _rounded(one) for key, one in value.items()} if isinstance(value, dict) else value


def compact(path: Path) -> str:
    """The text of the compact file of another file, compact or not."""
    found = content(path)
    rows = rows_in(found, path)
    common = {}
    for key in sorted(set.intersection(*map(set, rows)) - {"name"}):
        values = Counter(json.dumps(row[key], sort_keys=True) for row in rows)
        most, times = values.most_common(1)[0]
        if times > len(rows) / 4:
            common[key] = json.loads(most)
    head = {"datetime": found.get("datetime"),
            "commit": found.get("commit") or (found.get("commit_info") or {}).get("id"),
            "common": common}
    lines = [json.dumps({"name": row["name"],
                         **{key: _beyond(row[key], common.get(key)) for key in sorted(row)
                            if key != "name"
                            and (key not in common or row[key] != common[key])}},
                        separators=(",", ":")) for row in rows]
    opened = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    return "{" + opened + ',\n"rows": [\n' + ",\n".join(lines) + "\n]}\n"


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
