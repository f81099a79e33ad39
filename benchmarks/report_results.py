"""The generated parts of RESULTS.md: every row, the plots, machine and versions."""

import re
import statistics

from report_files import Found
from report_marks import place, wrapped
from report_plots import PLOTS
from report_tables import against, everything, loses, noisy, scaling, slower, summary
from report_threads import more_threads

from fastnn.bench.noise import CONTRADICTION, SPREAD

NAME = "RESULTS.md"
MEASURE = "pytest benchmarks --benchmark-only --benchmark-json=out.json"
REPORT = "python -m benchmarks.report out.json"
CAPTIONS = {"width": "Time of an epoch against the number of hidden neurons, the book's loop in "
                     "NumPy and fastnn.fit",
            "libraries": "Time of an epoch in each library",
            "sgemm": "Share of the rate of sgemm against work, fastnn and NumPy",
            "pair": "Time of the separate gradients divided by that of the combined one"}
PEERS = {"torch": "PyTorch", "jax": "JAX", "scikit-learn": "scikit-learn"}
HEADS = {"plot": "Time by width", "summary": "The headlines", "conditions": "Machine and versions",
         "slower": "What is slower", "everything": "Every row", "scaling": "How the cost grows"}


def blocks(rows: list[Found]) -> dict[str, str]:
    """What belongs between the markers of each name."""
    return {"plot": image(rows, "width") or "No row was measured at several widths: no plot.",
            "summary": summary(rows), "conditions": conditions(rows), "slower": slower(rows),
            "everything": all_rows(rows), "scaling": growth(rows)}


def alone(rows: list[Found], names: str) -> str:
    """A document of these parts and nothing else, for a folder of its own."""
    parts = [f"## {HEADS[name]}\n\n{block}\n" for name, block in blocks(rows).items()]
    return "\n".join([f"# Report on {names}\n", *parts])


def lacking(rows: list[Found], text: str) -> list[str]:
    """The rows that RESULTS.md has a line of and that were not measured."""
    start, end = place(text, "everything", NAME)
    measured = {_key(row["what"], against(row)) for row in rows}
    lines = [line.strip("| ").split(" | ") for line in text[start:end].splitlines()
             if line.startswith("| ") and not line.startswith(("| what |", "| ---"))]
    kept = dict.fromkeys(_key(*cells[:2]) for cells in lines if len(cells) > 1)
    return [", ".join(key) for key in kept if key not in measured]


def _key(what: str, who: str) -> tuple[str, str]:
    """What names a row in the table; after how many epochs it pays off is a figure."""
    return re.sub(r": (never )?pays off.*", "", what), who


def image(rows: list[Found], name: str, folder: str = "") -> str:
    """The link to a plot, if there is anything to draw."""
    choose, _ = PLOTS[name]
    return f"![{CAPTIONS[name]}]({folder}figure_{name}.png)" if choose(rows) else ""


def all_rows(rows: list[Found]) -> str:
    """All tables and the other plots."""
    images = [image(rows, name) for name in PLOTS if name != "width"]
    return "\n\n".join([f"All {len(rows)} rows, {sum(map(loses, rows))} of them slower than the "
                        f"other side.{doubtful(rows)}", everything(rows), *filter(None, images)])


def doubtful(rows: list[Found]) -> str:
    """What "noisy" means, where a row is."""
    count = sum(bool(noisy(row)) for row in rows)
    return (f" {count} {'is' if count == 1 else 'are'} noisy: the quartiles are further apart than "
            f"{SPREAD:g} of the median, or the median ratio and the ratio of the times differ by "
            f"more than {CONTRADICTION:g} times, or other processes were at work." if count else "")


def growth(rows: list[Found]) -> str:
    """How the cost of a training grows, and what more threads should take off it."""
    return "\n\n".join(filter(None, [scaling(rows), more_threads(rows)]))


def conditions(rows: list[Found]) -> str:
    """Machine, versions, threads, date, command."""
    versions = [f"Python {said(rows, 'python')}",
                f"NumPy {said(rows, 'numpy')} with {said(rows, 'blas')}",
                f"Numba {said(rows, 'numba')}", f"SciPy {said(rows, 'scipy')}",
                f"nnfs {said(rows, 'nnfs')}", f"fastnn {said(rows, 'fastnn')}"]
    versions += [f"{label} {said(rows, name)}" for name, label in PEERS.items()
                 if said(rows, name)]
    return wrapped(f"Medians of the ratios of interleaved pairs; times are medians too. Machine: "
                   f"{where(rows)}; {rates(rows)}. Threads: one, unless the row says otherwise. "
                   f"{', '.join(versions)}; {said(rows, 'date')}. "
                   f"Commands: `{MEASURE}` and `{REPORT}`.")


def said(rows: list[Found], name: str) -> str:
    """What the rows say of the machine under this name."""
    found = {str(row["machine"][name]) for row in rows if row["machine"].get(name) is not None}
    return " or ".join(sorted(found))


def where(rows: list[Found]) -> str:
    """The machine."""
    return f"{said(rows, 'cpu')}, {said(rows, 'cores')} cores, {said(rows, 'os')}"


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
