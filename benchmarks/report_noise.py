"""Measurements that the documents do not take: of a busy machine, or with noise where it shows."""

from report_files import Found, ReportError
from report_readme import TEN
from report_tables import noisy

from fastnn.bench.noise import TAKEN, doubts

SHARE = 0.05  # of all rows that may be noisy: a whole run of an idle machine has one in a hundred
NAMED = 5


def refuse(rows: list[Found]) -> None:
    """ReportError where others were at work, a row of README.md is noisy, or one row in twenty."""
    found = [row for row in rows if noisy(row)]
    busy = [row for row in found if row.get("taken", 0.0) > TAKEN]
    shown = [row for row in found if row["name"] in TEN]
    if busy:
        why = f"others were at work while {len(busy)} of {len(rows)} rows were measured"
    elif shown:
        why = f"{len(shown)} of README.md's rows are noisy"
    elif len(found) > SHARE * len(rows):
        why = f"{len(found)} of {len(rows)} rows are noisy"
    else:
        return
    some = [f"{row['name']} ({'; '.join(doubts(row))})" for row in (busy or shown or found)[:NAMED]]
    raise ReportError(f"Expected figures of an idle machine, {why}: {', '.join(some)}. Measure "
                      "them again, or fill them in with --even-noisy, marked.")
