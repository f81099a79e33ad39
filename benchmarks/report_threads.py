"""What more threads than were measured should give, by Amdahl's law: a model, and marked as one."""

from report_files import Found
from report_tables import number

THREADS = (4, 8)


def more_threads(rows: list[Found]) -> str:
    """A line for each training that was timed in one thread and in two and says its shares.

    Twice as many threads took 1 / r of the time: so the part p = 2 - 2 / r of a step is shared, and
    n threads take 1 - p + p / n of it, no more of them than the step has shares.
    """
    heads = ("what", "shares", "two threads", *(f"{n}, by the model" for n in THREADS))
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    found = [row for row in rows if row.get("shares")]
    for row in found:
        gains = [gain(row["median"], min(n, row["shares"])) for n in THREADS]
        cells = [row["what"], str(row["shares"]), *map(number, (row["median"], *gains))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) if found else ""


def gain(ratio: float, threads: int) -> float:
    """How many times as fast so many threads are, where two are `ratio` times as fast."""
    shared = min(1.0, max(0.0, 2 - 2 / ratio))
    return 1 / (1 - shared + shared / threads)
