"""Numbers, times and whole rows in a few characters."""

from __future__ import annotations

from typing import Any

from fastnn.bench.noise import TAKEN, doubts

_LONG = 200
SCALES = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("ps", 1e-12))


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


def loses(row: dict[str, Any]) -> bool:
    """Whether we are slower, in the digits that are printed."""
    return round(row["median"], 2) < 1


def times(row: dict[str, Any]) -> str:
    """The median of the ratios; where we lose it says so."""
    return number(row["median"]) + (", slower" if loses(row) else "")


def quartiles(row: dict[str, Any]) -> str:
    """Between which half of the pairs lie."""
    return f"{number(row['low'])} to {number(row['high'])}"


def both_times(row: dict[str, Any]) -> str:
    """Median times of one unit, ours and theirs."""
    article = "an" if row["unit"][:1] in tuple("aeiou") else "a"
    return (f"{duration(row['our_seconds'])} against {duration(row['their_seconds'])} "
            f"{article} {row['unit']}")


def rate(row: dict[str, Any], rates: dict[str, float]) -> str:
    """Operations a second in products, else bytes a second, beside the machine's own."""
    for work, best, unit in (("flops", "product", "GFLOP/s"), ("bytes", "copy", "GB/s")):
        if row.get(work) and rates.get(best):
            found = row[work] / row["our_seconds"]
            return f"{number(1e-9 * found)} {unit}, {100 * found / rates[best]:.0f} %"
    return ""


def marks(row: dict[str, Any]) -> str:
    """Why the row is to be doubted; nothing where it is sound."""
    return "; ".join(doubts(row))


def line(row: dict[str, Any]) -> str:
    """A row as text."""
    if "why" in row:
        why = " ".join(row["why"].split())
        return f"{row['what']} ({row['name']}): NOT TIMED, {why[:_LONG]}"
    doubt = f"  NOISY: {marks(row)}" if doubts(row) else ""
    return (f"{row['what']}, {row['ours']}: {times(row)} ({quartiles(row)}), {both_times(row)}"
            f"{doubt}")


def machine_line(machine: dict[str, Any]) -> str:
    """The machine and the versions, in a line."""
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['os']}; Python "
            f"{machine['python']}, NumPy {machine['numpy']} with {machine['blas']}, Numba "
            f"{machine['numba']}, fastnn {machine['fastnn']}")


def losing(rows: list[dict[str, Any]]) -> str:
    """Which rows lose, the worst first."""
    lost = sorted(filter(loses, rows), key=lambda row: row["median"])
    if not lost:
        return f"None of {len(rows)} rows is slower than NumPy"
    named = "; ".join(f"{row['what']}, {row['ours']}, {number(row['median'])}" for row in lost)
    return (f"{len(lost)} of {len(rows)} rows {'is' if len(lost) == 1 else 'are'} slower than "
            f"NumPy: {named}")


def warnings(found: dict[str, Any]) -> list[str]:
    """What makes a run less than it should be, a sentence each."""
    said, rows = [], found["rows"]
    if found["differ"]:
        said.append("The two sides DIFFER, and were not timed, in: "
                    + "; ".join(f"{row['what']} ({row['name']})" for row in found["differ"]))
    if found["partial"]:
        said.append("The run was stopped before its end")
    if any(row["blas_threads"] is None for row in rows):
        said.append("NumPy's BLAS could not be told to use one thread: products may have had more")
    busy = max((load["taken"] for load in found["load"]), default=0.0)
    if busy > TAKEN:
        said.append(f"The machine was busy: others had up to {100 * busy:.0f} % of its cores. "
                    "Close what else is running and measure again")
    noisy = sum(bool(doubts(row)) for row in rows)
    if noisy:
        said.append(f"{noisy} of {len(rows)} rows {'is' if noisy == 1 else 'are'} noisy, and so "
                    "no proof of anything")
    return said
