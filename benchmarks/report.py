"""The report on one or more measurements: tables and plots, here or in the project's documents.

    python -m benchmarks.report FILE.json ...           print the table; Markdown, CSV and plots
                                                        go to a folder beside the file, FILE-report
    python -m benchmarks.report --readme FILE.json ...  fill README.md and benchmarks/RESULTS.md
    python -m benchmarks.report --check FILE.json ...   fail where these two say otherwise
    python -m benchmarks.report --compact FILE.json OUT.json   the rows alone, in a small file
    python -m benchmarks.report --compare OLD.json NEW.json    what got slower; 1 if anything did

Files come from `pytest benchmarks --benchmark-only --benchmark-json=FILE.json`, or from --compact.
Of several the rows are put together, later files first where both have one: other libraries need
environments of their own.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # in this folder modules call each other by plain names

import report_compare  # noqa: E402
import report_csv  # noqa: E402
import report_elsewhere  # noqa: E402
import report_files  # noqa: E402
import report_marks  # noqa: E402
import report_noise  # noqa: E402
import report_plots  # noqa: E402
import report_readme  # noqa: E402
import report_results  # noqa: E402
import report_tables  # noqa: E402

NAMED = 5  # of the rows that are missing


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: a document drifted, or something got slower; 2: no report could be made."""
    asked = parser().parse_args(arguments)
    try:
        if asked.compare:
            return compare(*asked.compare)
        if asked.compact:
            return compact(*asked.compact)
        if not asked.files:
            raise report_files.ReportError("Expected a file of pytest --benchmark-json, got none; "
                                           "see --help.")
        rows = report_files.rows_of(asked.files)
        if asked.check:
            return check(rows, asked.into)
        if asked.readme:
            return fill(rows, asked.into, asked.plots, asked.even_noisy)
        return write(rows, asked.files, asked.plots)
    except report_files.ReportError as error:
        print(error, file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
    ways = made.add_mutually_exclusive_group()
    ways.add_argument("--readme", action="store_true",
                      help="fill README.md and benchmarks/RESULTS.md, draw the plots")
    ways.add_argument("--check", action="store_true", help="change nothing; 1 if anything drifted")
    ways.add_argument("--compact", nargs=2, type=Path, metavar=("FILE.json", "OUT.json"))
    ways.add_argument("--compare", nargs=2, type=Path, metavar=("OLD.json", "NEW.json"))
    made.add_argument("--even-noisy", action="store_true",
                      help="with --readme: fill in what was measured beside other processes, too; "
                           "it is marked")
    made.add_argument("--no-plots", dest="plots", action="store_false")
    made.add_argument("--into", type=Path, default=HERE.parent, metavar="FOLDER",
                      help="where README.md is, and benchmarks/ for the rest (this checkout)")
    return made


def write(rows: list[report_files.Found], files: list[Path], plots: bool) -> int:
    """The table on standard output; Markdown, CSV and plots in a folder beside the first file."""
    folder = files[0].with_name(f"{files[0].stem}-report")
    if plots:
        draw(rows, folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = report_results.alone(rows, ", ".join(path.name for path in files))
    save(folder / "report.md", text)
    save(folder / "report.csv", report_csv.text(rows))
    print(report_tables.everything(rows))
    return 0


def fill(rows: list[report_files.Found], into: Path, plots: bool, even_noisy: bool) -> int:
    """Both documents and the plots in their places, or nothing at all."""
    if not even_noisy:
        report_noise.refuse(rows)
    texts = [report_marks.read(path) for path in places(into)]
    missing = [*report_readme.lacking(rows), *report_results.lacking(rows, texts[1])]
    if missing:
        more = f"; and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise report_files.ReportError(
            f"Expected every row of README.md and RESULTS.md, {len(missing)} are missing: "
            f"{'; '.join(missing[:NAMED])}{more}. Measure all, with {report_results.MEASURE}; a "
            "line of RESULTS.md whose benchmark has gone is to be taken out first.")
    made = [(path, report_marks.filled(text, blocks, path.name))
            for text, (path, blocks) in zip(texts, documents(rows, into), strict=True)]
    if plots:
        draw(rows, into / "benchmarks")
    for path, text in made:
        save(path, text)
    return 0


def check(rows: list[report_files.Found], into: Path) -> int:
    """What drifted, a line each."""
    lines = []
    for path, blocks in documents(rows, into):
        lines += report_marks.drift(report_marks.read(path), blocks, path.name)
    lines += report_plots.stale(rows, into / "benchmarks")
    print("\n".join(lines) if lines else
          f"README, RESULTS and plots are those of {len(rows)} rows.")
    return 1 if lines else 0


def places(into: Path) -> tuple[Path, Path]:
    """The files with generated parts."""
    return into / report_readme.NAME, into / "benchmarks" / report_results.NAME


def documents(rows: list[report_files.Found], into: Path) -> list[tuple[Path, dict[str, str]]]:
    """These files and their parts."""
    readme, results = places(into)
    other = {"elsewhere": report_elsewhere.elsewhere(rows, results.parent)}
    return [(readme, report_readme.blocks(rows)), (results, report_results.blocks(rows) | other)]


def compact(path: Path, out: Path) -> int:
    """The rows of a file, in a small one."""
    save(out, report_files.compact(path))
    return 0


def draw(rows: list[report_files.Found], folder: Path) -> None:
    """The plots, each said on standard error."""
    for path in report_plots.drawn(rows, folder):
        print(f"drawn: {path}", file=sys.stderr)


def save(path: Path, text: str) -> None:
    """A file, said on standard error."""
    path.write_text(text, encoding="utf-8")
    print(f"written: {path}", file=sys.stderr)


def compare(old: Path, new: Path) -> int:
    """What got slower from one file to another."""
    text, lost = report_compare.comparison(report_files.rows_of([old]),
                                           report_files.rows_of([new]))
    print(text)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
