"""The tables of the report, in Markdown."""

import statistics

from report_files import Found, of_table, on_curves
from rows import TABLES

from fastnn.bench.figures import digits, duration, number
from fastnn.bench.noise import doubts

HEADS = {"training": "Whole trainings", "steps": "One step through the objects",
         "inference": "Predictions", "kernels": "Single methods",
         "softmax pair": "Softmax and loss, combined and separate",
         "optimizers": "Updates", "start-up": "Processes", "scaling": "Scaling",
         "memory": "Memory besides the data", "peers": "Other libraries",
         "estimators": "Estimators of scikit-learn",
         "profile": "Under a profile"}


def summary(rows: list[Found]) -> str:
    """The headline rows."""
    return brief([row for row in ordered(rows) if row.get("headline")])


def brief(rows: list[Found], lost: bool = False) -> str:
    """What, who against whom, how many times as fast, in which times; all of them lost or not."""
    lines = ["| what | who against whom | times as fast | time |",
             "| --- | --- | --- | --- |"]
    lines += [f"| {row['what']} | {against(row)} | "
              f"{number(row['median']) + noisy(row) if lost else times(row)} | {both_times(row)} |"
              for row in rows]
    return "\n".join(lines)


def slower(rows: list[Found]) -> str:
    """Every row in which we lose, the worst first."""
    lost = sorted(filter(loses, rows), key=lambda row: row["median"])
    if not lost:
        return f"None of {len(rows)} rows is slower than the other side."
    return brief(lost, lost=True)


def everything(rows: list[Found]) -> str:
    """Every row, losses included, a table each."""
    parts = []
    for name in TABLES:
        found = of_table(rows, name)
        if found:
            parts.append(f"**{HEADS[name]}**\n\n" + full(found))
    return "\n\n".join(parts)


def full(rows: list[Found]) -> str:
    """All that is known of some rows, in a table."""
    number_of, sides = ("times as little", "peak") if is_memory(rows[0]) else (
        "times as fast", "time")
    heads = ("what", "who against whom", number_of, "quartiles", "least", sides, "rate", "threads")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for row in rows:
        cells = [row["what"], against(row), times(row) + goals(row),
                 f"{number(row['low'])} to {number(row['high'])}", number(row["least"]),
                 both_times(row), rate(row), threads(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def scaling(rows: list[Found]) -> str:
    """How the time of a unit goes with what grows; a table for each thing that grows."""
    groups: dict[tuple[str, tuple[float, ...], bool], list[str]] = {}
    for curve, found in on_curves(of_table(rows, "scaling")).items():
        what, _, who = curve.partition(": ")
        itself = all(row["theirs"].startswith("fastnn") for row in found)
        lines = groups.setdefault((what, tuple(row["x"] for row in found), itself), [])
        lines += against_itself(who, found) if itself else both_sides(who, found)
    parts = []
    for (what, xs, itself), lines in groups.items():
        heads = [what, "time of one", *["base"] * itself, *(f"{x:,g}" for x in xs), "last / first"]
        parts.append("\n".join([f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|", *lines]))
    return "\n\n".join(parts) or "Nothing of this was measured."


def against_itself(who: str, found: list[Found]) -> list[str]:
    """A line for a curve whose rows compare a larger training with the base."""
    base = statistics.median(row["their_seconds"] for row in found)
    return [line(who, found, [base, *(row["our_seconds"] for row in found)],
                 1 / found[-1]["median"])]


def both_sides(who: str, found: list[Found]) -> list[str]:
    """Two lines for a curve whose rows compare us with others."""
    precision = who.partition(", ")[2] or who
    return [line(f"{found[0][name]}, {precision}", found, seconds, seconds[-1] / seconds[0])
            for name, seconds in (("ours", [row["our_seconds"] for row in found]),
                                  ("theirs", [row["their_seconds"] for row in found]))]


def line(name: str, found: list[Found], seconds: list[float], growth: float) -> str:
    """One line of times, and how many times as long the last takes as the first."""
    cells = [name, found[0]["unit"], *map(duration, seconds), number(growth)]
    return f"| {' | '.join(cells)} |"


def ordered(rows: list[Found]) -> list[Found]:
    """In the order of the tables, and in each as measured."""
    return [row for name in TABLES for row in of_table(rows, name)]


def against(row: Found) -> str:
    """Who is compared with whom."""
    return f"{row['ours']} against {row['theirs']}"


def times(row: Found) -> str:
    """The median of the ratios; it says where we lose, and where it is not to be trusted."""
    worse = ", slower" if loses(row) else ", more" if is_memory(row) and falls_behind(row) else ""
    return number(row["median"]) + worse + noisy(row)


def noisy(row: Found) -> str:
    """A word for a row whose ratios are far apart, or contradict its times, or were taken beside
    other processes. Of peaks of memory none of that is known.
    """
    return ", noisy" if not is_memory(row) and doubts(row) else ""


def loses(row: Found) -> bool:
    """Whether we are slower, in the digits that are printed.

    Who trains under a profile is slower than without, and that is no loss against anybody. Who
    needs more memory is not slower.
    """
    return falls_behind(row) and row["table"] != "profile" and not is_memory(row)


def falls_behind(row: Found) -> bool:
    """Whether the other side has the better figure."""
    return round(row["median"], 2) < 1


def is_memory(row: Found) -> bool:
    """Whether its seconds are bytes."""
    return row["table"] == "memory"


def goals(row: Found) -> str:
    """Floor and aim, where there are any, and whether the floor is missed."""
    floor, aim = row.get("floor"), row.get("aim")
    said = [f"{name} {value:g}{' missed' if row['median'] < value else ''}"
            for name, value in (("floor", floor), ("aim", aim)) if value]
    return f" ({', '.join(said)})" if said else ""


def both_times(row: Found) -> str:
    """Times of one unit, or peaks, ours and theirs."""
    said = megabytes if is_memory(row) else duration
    return (f"{said(row['our_seconds'])} against {said(row['their_seconds'])} "
            f"{'an' if row['unit'][0] in 'aeiou' else 'a'} {row['unit']}")


def rate(row: Found) -> str:
    """Work a second, beside what sgemm and a copy gave in the same run."""
    parts = []
    for work, best, unit in (("flops", "sgemm", "GFLOP/s"), ("bytes", "copy", "GB/s")):
        if row.get(work) and row.get(best):
            found = row[work] / row["our_seconds"]
            parts.append(f"{number(1e-9 * found)} {unit}, {100 * found / row[best]:.0f} % of "
                         f"{'sgemm' if best == 'sgemm' else 'a copy'}")
    return "; ".join(parts)


def threads(row: Found) -> str:
    """One figure where BLAS and fastnn have the same."""
    ours, blas = row["our_threads"], row["blas_threads"]
    return str(ours) if ours == blas else f"{ours}, BLAS {blas}"


def megabytes(size: float) -> str:
    """Of so many bytes, three digits."""
    return f"{digits(1e-6 * size)} MB"
