"""The rows as a table for other programs: a spreadsheet, pandas.read_csv."""

import csv
import io

from report_files import Found
from report_tables import noisy

from fastnn.bench.noise import doubts

COLUMNS = ("name", "table", "what", "ours", "theirs", "unit", "median", "low", "high", "least",
           "pairs", "our_seconds", "their_seconds", "blas_threads", "our_threads", "floor", "aim")
MACHINE = "cpu", "cores", "os", "python", "blas", "numpy", "numba", "date"


def text(rows: list[Found]) -> str:
    """A line for each row, as it was measured: nothing is rounded for readers, times are seconds.

    `doubts` is empty for a row that is sound; what was not asked or not noted is empty, too.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "doubts", *MACHINE])
    for row in rows:
        why = "; ".join(doubts(row)) if noisy(row) else ""
        writer.writerow([*(row.get(name) for name in COLUMNS), why,
                         *(row["machine"].get(name) for name in MACHINE)])
    return out.getvalue()
