"""`python -m fastnn check FILE.py|FILE.ipynb [--json] [--seconds S]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fastnn.checking.checker import SECONDS, check_file
from fastnn.checking.report import Report
from fastnn.checking.source import CannotRead


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return value


def main(arguments: list[str]) -> int:
    """Check a file's classes; 0: all right, 1: one differs or raises or none is recognised, 2:
    unreadable, or nothing to check.
    """
    parser = argparse.ArgumentParser(
        prog="python -m fastnn check",
        description="Hold the classes of a file against the book's. Nothing of the file runs but "
                    "its imports, definitions and constants. The exit status is 0 when all are "
                    "right (those that are not recognised count neither way), 1 when one differs "
                    "or raises or none is recognised, 2 when the file cannot be read or defines "
                    "none.")
    parser.add_argument("file", type=Path, help="FILE.py or FILE.ipynb")
    parser.add_argument("--json", action="store_true",
                        help="the report as JSON, for graders; of a file that cannot be read its "
                             "\"error\" says why, and there are no classes in it")
    parser.add_argument("--seconds", type=_seconds, default=SECONDS,
                        help=f"what each class may take (default {SECONDS:g})")
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as stop:  # of --help, and of words that it does not know
        return int(stop.code or 0)
    try:
        report = check_file(chosen.file, chosen.seconds)
    except CannotRead as error:
        if chosen.json:  # who reads the answer reads why there is none
            sys.stdout.write(Report([], str(chosen.file), error=str(error)).to_json() + "\n")
        sys.stderr.write(f"python -m fastnn check: {error}\n")
        return 2
    sys.stdout.write((report.to_json() if chosen.json else str(report)) + "\n")
    return 0 if report.right else 1
