"""The generated parts of the README: the number at the top, ten rows, one plot, the links."""

from report_files import Found, ReportError
from report_marks import wrapped
from report_results import MEASURE, image, said, where
from report_tables import brief, duration, loses, number

NAME = "README.md"
# The project's page, "https://github.com/OWNER/NAME" in full: set, the README's links and its
# plot work on the package index too. Empty, they are paths: right in a checkout and on a forge.
PROJECT = ""
BRANCH = "main"

LOOP = "benchmarks/bench_objects.py::test_step[spiral-64-book]"
FIT = "benchmarks/bench_training.py::test_fit[spiral-64-book]"
COLD = "benchmarks/bench_first_run.py::test_first_run[objects-10001]"
# One of each kind: gains that are large, gains that are small, and losses.
TEN = (LOOP, FIT,
       "benchmarks/bench_training.py::test_fit[spiral-64-native]",
       "benchmarks/bench_training.py::test_fit[sine-native]",
       "benchmarks/bench_training.py::test_fit[fashion-native]",
       "benchmarks/bench_kernels.py::test_kernel[dense forward-(128, 128) by (128, 128)-float32, "
       "nnfs.init()]",
       "benchmarks/bench_kernels.py::test_kernel[tanh forward-(300, 64)-float32, nnfs.init()]",
       "benchmarks/bench_peers.py::test_fit_against[fashion-jax-scan-threads=1]",
       "benchmarks/bench_startup.py::test_whole_process[fit]", COLD)
LINKS = {"benchmarks/RESULTS.md": "every row, more plots, machine and versions, and how the cost "
                                  "of `fit` grows",
         "CONTRIBUTING.md": "how it is built, how to test and measure, what we learned",
         "CHANGELOG.md": "what changed"}


def blocks(rows: list[Found]) -> dict[str, str]:
    """What belongs between the markers of each name."""
    missing = lacking(rows)
    if missing:
        raise ReportError(f"{NAME} needs {missing[0]}: no such row was measured. Measure all, with "
                          f"{MEASURE}.")
    return {"opening": opening(rows), "rows": brief([row_of(rows, name) for name in TEN]),
            "plot": plot(rows), "conditions": conditions(rows), "losses": losses(rows),
            "links": links()}


def lacking(rows: list[Found]) -> list[str]:
    """The rows that the README shows and that were not measured."""
    return [name for name in TEN if name not in {row["name"] for row in rows}]


def row_of(rows: list[Found], name: str) -> Found:
    """The row of this name, which is there."""
    return next(row for row in rows if row["name"] == name)


def address(path: str, kind: str = "blob") -> str:
    """Where a file of the repository is for a reader of the README; kind "raw" for a picture."""
    return f"{PROJECT}/{kind}/{BRANCH}/{path}" if PROJECT else path


def opening(rows: list[Found]) -> str:
    """The number."""
    loop, fit, cold = (row_of(rows, name) for name in (LOOP, FIT, COLD))
    return wrapped(
        f"The book's spiral (2-64-3, Adam, full batch, `nnfs.init()`) runs "
        f"**{number(loop['median'])} times** as fast as in plain NumPy with its loop as it is, and "
        f"**{number(fit['median'])} times** as fast with the loop handed to `fit`. Every weight is "
        "equal in every bit. The price is compiling, once: in a first run NumPy computes "
        f"meanwhile, and 10,001 epochs take {duration(cold['our_seconds'])} instead of "
        f"{duration(cold['their_seconds'])}.")


def plot(rows: list[Found]) -> str:
    """The one plot that the README shows."""
    return (image(rows, "width", address("benchmarks/", "raw"))
            or "No row was measured at several widths: no plot.")


def conditions(rows: list[Found]) -> str:
    """Where and how, in short."""
    return wrapped("Medians of interleaved pairs; one thread, unless the row says otherwise. "
                   f"{where(rows)}; Python {said(rows, 'python')}, NumPy "
                   f"{said(rows, 'numpy')}, Numba {said(rows, 'numba')}; {said(rows, 'date')}.")


def losses(rows: list[Found]) -> str:
    """How many rows lose, and where they are."""
    return wrapped(f"{sum(map(loses, rows))} of {len(rows)} rows are slower than the other side; "
                   f"[RESULTS.md]({address('benchmarks/RESULTS.md')}) has all of them.")


def links() -> str:
    """The other documents."""
    return "\n".join(f"- [{path.rpartition('/')[2]}]({address(path)}): {text}"
                     for path, text in LINKS.items())
