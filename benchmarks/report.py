"""The report on one or more measurements: tables, plots, and the README's generated parts.

    python -m benchmarks.report FILE.json ...               fill the README, draw the plots
    python -m benchmarks.report --check FILE.json ...       fail where the README says otherwise
    python -m benchmarks.report --compare OLD.json NEW.json   what got slower; 1 if anything did

Files come from `pytest benchmarks --benchmark-only --benchmark-json=FILE.json`. Of several the
rows are put together, later files first where both have one: other libraries need environments of
their own.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # in this folder modules call each other by plain names

import report_compare  # noqa: E402
import report_files  # noqa: E402
import report_plots  # noqa: E402
import report_readme  # noqa: E402
import report_tables  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: the README drifted, or something got slower; 2: no report could be made."""
    asked = parser().parse_args(arguments)
    try:
        if asked.compare:
            return compare(*asked.compare)
        if not asked.files:
            raise report_files.ReportError("Expected a file of pytest --benchmark-json, got none; "
                                           "see --help.")
        rows = report_files.rows_of(asked.files)
        return check(rows, asked.into) if asked.check else write(rows, asked.into, asked.plots)
    except report_files.ReportError as error:
        print(error, file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
    made.add_argument("--check", action="store_true", help="change nothing; 1 if anything drifted")
    made.add_argument("--compare", nargs=2, type=Path, metavar=("OLD.json", "NEW.json"))
    made.add_argument("--no-plots", dest="plots", action="store_false")
    made.add_argument("--into", type=Path, default=HERE.parent, metavar="FOLDER",
                      help="where README.md is, and benchmarks/ for the plots (this checkout)")
    return made


def write(rows: list[report_files.Found], into: Path, plots: bool) -> int:
    """The table on standard output; README and plots in their places, or nothing at all."""
    readme = into / "README.md"
    text = report_readme.filled(report_readme.read(readme), report_readme.blocks(rows))
    if plots:
        for path in report_plots.drawn(rows, into / "benchmarks"):
            print(f"drawn: {path}", file=sys.stderr)
    readme.write_text(text, encoding="utf-8")
    print(f"filled: {readme}", file=sys.stderr)
    print(report_tables.everything(rows))
    return 0


def check(rows: list[report_files.Found], into: Path) -> int:
    """What drifted, a line each."""
    lines = report_readme.drift(report_readme.read(into / "README.md"),
                                report_readme.blocks(rows))
    lines += report_plots.stale(rows, into / "benchmarks")
    print("\n".join(lines) if lines else f"README and plots are those of {len(rows)} rows.")
    return 1 if lines else 0


def compare(old: Path, new: Path) -> int:
    """What got slower from one file to another."""
    text, lost = report_compare.comparison(report_files.rows_of([old]),
                                           report_files.rows_of([new]))
    print(text)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
