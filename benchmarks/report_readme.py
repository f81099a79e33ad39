"""The generated parts of the README: each stands between two markers."""

import statistics
import textwrap
from pathlib import Path

from report_files import Found, ReportError
from report_plots import PLOTS
from report_tables import everything, loses, number, of_table, scaling, slower, summary

MEASURE = "pytest benchmarks --benchmark-only --benchmark-json=out.json"
REPORT = "python -m benchmarks.report out.json"
CAPTIONS = {"width": "Time of an epoch against the number of hidden neurons, the book's loop in "
                     "NumPy and fastnn.fit",
            "libraries": "Time of an epoch in each library",
            "sgemm": "Share of the rate of sgemm against work, fastnn and NumPy",
            "pair": "Time of the separate gradients divided by that of the combined one"}
PEERS = {"torch": "PyTorch", "jax": "JAX", "scikit-learn": "scikit-learn"}


def blocks(rows: list[Found]) -> dict[str, str]:
    """What belongs between the markers of each name."""
    return {"opening": opening(rows), "plot": plot(rows), "summary": summary(rows),
            "conditions": conditions(rows), "slower": slower(rows), "everything": folded(rows),
            "scaling": scaling(rows)}


def filled(text: str, made: dict[str, str]) -> str:
    """The README with every block in its place."""
    for name, block in made.items():
        start, end = place(text, name)
        text = f"{text[:start]}\n{block}\n{text[end:]}"
    return text


def drift(text: str, made: dict[str, str]) -> list[str]:
    """What the README says in a block and the files do not, and the other way round."""
    lines = []
    for name, block in made.items():
        start, end = place(text, name)
        got, expected = text[start:end].strip().splitlines(), block.splitlines()
        lines += [f"{name}: only in the README: {line}" for line in got if line not in expected]
        lines += [f"{name}: not in the README: {line}" for line in expected if line not in got]
        if got != expected and not any(line.startswith(f"{name}:") for line in lines):
            lines.append(f"{name}: the lines are in another order")
    return lines


def place(text: str, name: str) -> tuple[int, int]:
    """From where to where the block of this name goes."""
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    counts = [text.count(mark) for mark in marks]
    start, end = text.find(marks[0]) + len(marks[0]), text.find(marks[1])
    if counts != [1, 1] or start > end:
        raise ReportError(f"The README must have {marks[0]} and after it {marks[1]}, once each; "
                          f"it has {counts[0]} and {counts[1]}.")
    return start, end


def opening(rows: list[Found]) -> str:
    """The one sentence with figures at the top."""
    objects, whole = book_spiral(rows, "steps"), book_spiral(rows, "training")
    return wrapped(f"The book's Adam spiral (2-64-3, full batch, `nnfs.init()`) runs "
                   f"**{number(objects['median'])} times** as fast as in plain NumPy with its loop "
                   f"as it is, **{number(whole['median'])} times** as fast with the loop handed to "
                   "`fit`; every weight is equal in every bit. Machine, versions and all other "
                   "figures: [Figures](#figures).")


def wrapped(text: str) -> str:
    """In lines as long as the README's."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def book_spiral(rows: list[Found], table: str) -> Found:
    """The row of the book's own network under nnfs.init(): the first such headline."""
    for row in of_table(rows, table):
        if row.get("headline") and "2-64-3" in row["what"] and "nnfs.init()" in row["what"]:
            return row
    raise ReportError(f"The README opens with the headline of the table {table!r} for 2-64-3 under "
                      f"nnfs.init(): no such row was measured. Measure all, with {MEASURE}.")


def plot(rows: list[Found]) -> str:
    """The one plot that the README shows."""
    return image(rows, "width") or "No row was measured at several widths: no plot."


def image(rows: list[Found], name: str) -> str:
    """The link to a plot, if there is anything to draw."""
    choose, _ = PLOTS[name]
    return f"![{CAPTIONS[name]}](benchmarks/figure_{name}.png)" if choose(rows) else ""


def folded(rows: list[Found]) -> str:
    """All tables and the other plots, out of the way."""
    lost = sum(map(loses, rows))
    images = [image(rows, name) for name in PLOTS if name != "width"]
    return "\n\n".join([f"<details>\n<summary>All {len(rows)} rows, {lost} of them slower than the "
                        "other side; more plots</summary>", everything(rows),
                        *filter(None, images), "</details>"])


def conditions(rows: list[Found]) -> str:
    """Machine, versions, threads, date, command."""
    def said(name: str) -> str:
        found = {str(row["machine"][name]) for row in rows if row["machine"].get(name) is not None}
        return " or ".join(sorted(found))
    versions = [f"Python {said('python')}", f"NumPy {said('numpy')} with {said('blas')}",
                f"Numba {said('numba')}", f"SciPy {said('scipy')}", f"nnfs {said('nnfs')}",
                f"fastnn {said('fastnn')}"]
    versions += [f"{label} {said(name)}" for name, label in PEERS.items() if said(name)]
    return wrapped(f"Medians of the ratios of interleaved pairs; times are medians too. Machine: "
                   f"{said('cpu')}, {said('cores')} cores, {said('os')}; {rates(rows)}. Threads: "
                   f"one, unless the row says otherwise. {', '.join(versions)}; {said('date')}. "
                   f"Commands: `{MEASURE}` and `{REPORT}`.")


def rates(rows: list[Found]) -> str:
    """The measured rates of BLAS by its threads, and of a copy."""
    by_threads: dict[int, list[float]] = {}
    for row in rows:
        if row.get("sgemm"):
            by_threads.setdefault(row["sgemm_threads"], []).append(row["sgemm"])
    speeds = [f"{1e-9 * statistics.median(found):.0f} with {count} thread{'s' * (count > 1)}"
              for count, found in sorted(by_threads.items())]
    parts = [f"sgemm's GFLOP/s {' and '.join(speeds)}"] if speeds else []
    copies = [row["copy"] for row in rows if row.get("copy")]
    if copies:
        parts.append(f"a copy's GB/s {1e-9 * statistics.median(copies):.0f}")
    return ", ".join(parts) or "its rates were not measured"


def read(path: Path) -> str:
    """The README's text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{path}: expected the README, cannot read it: {error}.") from None
