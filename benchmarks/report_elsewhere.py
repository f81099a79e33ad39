"""The same rows on other processors: of the files `elsewhere_*.json` beside RESULTS.md.

Each is a compact file (`--compact`) of whatever was measured there. Where a processor was held to
the features of a smaller one its name ends so: `elsewhere_epyc_as_avx2.json`.
"""

import re
from collections import Counter
from pathlib import Path

from report_files import Found, rows_of_one
from report_marks import wrapped
from report_results import rates, where
from report_tables import against, both_times, number, ordered

NAMES = "elsewhere_*.json"


def elsewhere(rows: list[Found], folder: Path) -> str:
    """A line for each row that was measured elsewhere: how many times as fast, here and there."""
    others = {path: ordered(rows_of_one(path)) for path in sorted(folder.glob(NAMES))}
    if not others:
        return "Nothing was measured on another processor."
    letters = [chr(ord("A") + at) for at in range(len(others))]
    heads = ["what", "who against whom", "here", *letters]
    tables = [{row["name"]: row for row in some} for some in (rows, *others.values())]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    rows_of_all = {name: row for table in tables[1:] for name, row in table.items()}
    names = Counter((row["what"], against(row)) for row in rows_of_all.values())
    for name in rows_of_all:
        found = [table.get(name) for table in tables]
        row = next(filter(None, found))
        lines.append(f"| {_what(row, names)} | {against(row)} | {' | '.join(map(_cell, found))} |")
    said = [f"{letter}: {_processor(path, some)}."
            for letter, (path, some) in zip(letters, others.items(), strict=True)]
    return "\n\n".join([wrapped(" ".join(["How many times as fast, and in which times.", *said])),
                        "\n".join(lines)])


def _what(row: Found, names: Counter[tuple[str, str]]) -> str:
    """What a row is about; of two that else say the same with the threads that ours has."""
    said: str = row["what"]
    return said if names[said, against(row)] < 2 else f"{said}, threads: {row['our_threads']}"


def _processor(path: Path, rows: list[Found]) -> str:
    held = re.search(r"_as_(\w+)", path.stem)
    return f"{where(rows)}{f', held to {held[1].upper()}' if held else ''}; {rates(rows)}"


def _cell(row: Found | None) -> str:
    return f"{number(row['median'])} ({both_times(row)})" if row else ""
