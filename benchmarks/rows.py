"""What a benchmark says of itself: a row of one of the report's tables.

What the report makes of them, besides a line in the table:

- "width" curves ("width: fit, native", x = neurons) are lines in a plot, both sides of each row;
- "scaling" rows of one curve ("samples: fit, native", x = what it is multiplied by) are one line
  of a table, our time of a unit by x;
- "peers" rows of one `what` (the workload) are bars beside each other, by `theirs` (the library);
- "softmax pair" rows time the combined gradient (ours) against the separate ones (theirs), of
  classes and NumPy named by the curve ("pair: reference, nnfs.init()", x = N C); `what` begins
  with the shape, "(300, 3)";
- "memory" rows have peaks in bytes where others have seconds (`pairs.Peaks`): the ratio is how
  many times as little ours needs;
- rows of "training" and "kernels" with flops show their share of the rate of sgemm.
"""

from typing import NamedTuple

TABLES = ("training", "steps", "inference", "kernels", "softmax pair", "optimizers", "start-up",
          "scaling", "memory", "peers", "estimators", "profile")


class Row(NamedTuple):
    """What is timed against what, and under which conditions; all of it goes into the JSON file."""

    table: str  # one of TABLES
    what: str  # for a reader: "spiral 2-64-3, nnfs.init(), equal in every bit"
    ours: str = "fastnn"
    theirs: str = "NumPy"
    unit: str = "call"  # or "epoch", "step", "process"
    flops: float | None = None  # of one unit; None where it means nothing
    bytes: float | None = None
    blas_threads: int = 1
    our_threads: int = 1
    cache: str = "warm"  # the compiled kernels: "warm", "cold" or "none"
    floor: float | None = None  # times as fast; below it something is wrong
    aim: float | None = None
    curve: str | None = None  # a line in a plot, "width: fit, native", and where on it this is
    x: float | None = None
    headline: bool = False  # whether the short table of RESULTS.md has it


def threads_of(row: Row) -> int:
    """How many threads ours may have, its own or BLAS's: what sgemm may have beside it."""
    return max(row.blas_threads, row.our_threads)


def check(row: Row) -> None:
    """A row of an unknown table would be missing from the report without a word."""
    if row.table not in TABLES:
        raise ValueError(f"Row: table must be one of {', '.join(TABLES)}, got {row.table!r}.")
    if (row.curve is None) != (row.x is None):
        raise ValueError(f"Row {row.what!r}: curve and x belong together, got {row.curve!r} "
                         f"and {row.x!r}.")
