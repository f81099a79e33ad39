"""The tables of the report, in Markdown."""

from report_files import Found, of_table, on_curves
from rows import TABLES

HEADS = {"training": "Whole trainings", "steps": "One step through the objects",
         "kernels": "Single methods", "softmax pair": "Softmax and loss, combined and separate",
         "optimizers": "Updates", "start-up": "Processes", "scaling": "Scaling",
         "peers": "Other libraries"}
SCALES = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("ps", 1e-12))


def summary(rows: list[Found]) -> str:
    """The headline rows: what, who against whom, how many times as fast."""
    lines = ["| what | who against whom | times as fast | time |",
             "| --- | --- | --- | --- |"]
    lines += [f"| {row['what']} | {against(row)} | {times(row)} | {both_times(row)} |"
              for row in ordered(rows) if row.get("headline")]
    return "\n".join(lines)


def slower(rows: list[Found]) -> str:
    """Every row in which we lose, the worst first."""
    lost = sorted((row for row in rows if row["median"] < 1), key=lambda row: row["median"])
    if not lost:
        return f"None of {len(rows)} rows is slower than the other side."
    lines = ["| what | who against whom | times as fast | time |", "| --- | --- | --- | --- |"]
    return "\n".join(lines + [f"| {row['what']} | {against(row)} | {number(row['median'])} | "
                              f"{both_times(row)} |" for row in lost])


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
    heads = ("what", "who against whom", "times as fast", "quartiles", "least", "time", "rate",
             "threads")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for row in rows:
        cells = [row["what"], against(row), times(row) + goals(row),
                 f"{number(row['low'])} to {number(row['high'])}", number(row["least"]),
                 both_times(row), rate(row), threads(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def scaling(rows: list[Found]) -> str:
    """How our time of a unit goes with what grows; a table for each thing that grows."""
    groups: dict[tuple[str, tuple[float, ...]], list[tuple[str, list[Found]]]] = {}
    for curve, found in on_curves(of_table(rows, "scaling")).items():
        what, _, who = curve.partition(": ")
        groups.setdefault((what, tuple(row["x"] for row in found)), []).append((who, found))
    parts = []
    for (what, xs), lines in groups.items():
        heads = [what, "time of", *(f"{x:,g}" for x in xs), "last / first"]
        table = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
        for who, found in lines:
            seconds = [row["our_seconds"] for row in found]
            table.append("| " + " | ".join(
                [who, f"one {found[0]['unit']}", *map(duration, seconds),
                 f"{seconds[-1] / seconds[0]:.2f}"]) + " |")
        parts.append("\n".join(table))
    return "\n\n".join(parts) or "Nothing of this was measured."


def ordered(rows: list[Found]) -> list[Found]:
    """In the order of the tables, and in each as measured."""
    return [row for name in TABLES for row in of_table(rows, name)]


def against(row: Found) -> str:
    """Who is compared with whom."""
    return f"{row['ours']} against {row['theirs']}"


def times(row: Found) -> str:
    """The median of the ratios; where we lose it says so."""
    return number(row["median"]) + (", slower" if row["median"] < 1 else "")


def goals(row: Found) -> str:
    """Floor and aim, where there are any, and whether the floor is missed."""
    floor, aim = row.get("floor"), row.get("aim")
    said = [f"{name} {value:g}{' missed' if row['median'] < value else ''}"
            for name, value in (("floor", floor), ("aim", aim)) if value]
    return f" ({', '.join(said)})" if said else ""


def both_times(row: Found) -> str:
    """Times of one unit, ours and theirs."""
    return (f"{duration(row['our_seconds'])} against {duration(row['their_seconds'])} "
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


def number(value: float) -> str:
    """Three digits, and no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def duration(seconds: float) -> str:
    """Three digits in a unit that fits."""
    for unit, scale in SCALES:
        if seconds >= 0.9995 * scale:
            return f"{digits(seconds / scale)} {unit}"
    return f"{digits(seconds / scale)} {unit}"


def digits(value: float) -> str:
    """Three digits of a number below a thousand."""
    return f"{value:.0f}" if value >= 99.95 else f"{value:.3g}"
