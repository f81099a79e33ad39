"""What got slower between two runs, by the ratio of their ratios."""

from report_files import Found
from report_tables import against, noisy, number

TOLERANCE = 0.1  # a shared machine's ratios differ by as much from run to run


def changes(old: list[Found], new: list[Found]) -> list[tuple[float, Found, Found]]:
    """(new ratio / old ratio, old row, new row) of rows in both, what lost most first."""
    before = {row["name"]: row for row in old}
    both = [(row["median"] / before[row["name"]]["median"], before[row["name"]], row)
            for row in new if row["name"] in before]
    return sorted(both, key=lambda change: change[0])


def slower(found: list[tuple[float, Found, Found]]) -> list[tuple[float, Found, Found]]:
    """Those that lost more than the tolerance, and whose quartiles do not overlap."""
    return [(change, old, new) for change, old, new in found
            if change < 1 - TOLERANCE and new["high"] < old["low"]]


def comparison(old: list[Found], new: list[Found]) -> tuple[str, bool]:
    """What to print, and whether anything got slower."""
    found = changes(old, new)
    lost = slower(found)
    lines = [*elsewhere(old, new)]
    if lost:
        lines += ["| change | old | new | what | |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {change:.2f} | {number(a['median'])}{noisy(a)} | "
                  f"{number(b['median'])}{noisy(b)} | "
                  f"{b['what']} | {against(b)} |" for change, a, b in lost]
    lines.append(f"{len(lost)} of {len(found)} rows got slower (their ratio fell by more than "
                 f"{100 * TOLERANCE:.0f} %, beyond the quartiles).")
    for said, one, other in (("Only in the old", old, new), ("Only in the new", new, old)):
        names = {row["name"] for row in other}
        lines += [f"{said}: {row['name']}" for row in one if row["name"] not in names]
    return "\n".join(lines), bool(lost)


def elsewhere(old: list[Found], new: list[Found]) -> list[str]:
    """A warning for each thing about the machine that is not the same."""
    lines = []
    for name in ("cpu", "cores", "python", "numpy", "blas", "numba"):
        a, b = ({str(row["machine"].get(name)) for row in rows} for rows in (old, new))
        if a != b:
            lines.append(f"Not the same {name}: {', '.join(sorted(a))}; then "
                         f"{', '.join(sorted(b))}.")
    return lines
