"""Numbers, times and whole rows in a few characters."""

from __future__ import annotations

from typing import Any

from fastnn.bench.noise import doubts

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
        return f"{row['what']} ({row['name']}): NOT TIMED, {row['why'].partition(chr(10))[0]}"
    doubt = f"  NOISY: {marks(row)}" if doubts(row) else ""
    return (f"{row['what']}, {row['ours']}: {times(row)} ({quartiles(row)}), {both_times(row)}"
            f"{doubt}")


def machine_line(machine: dict[str, Any]) -> str:
    """The machine and the versions, in a line."""
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['os']}; Python "
            f"{machine['python']}, NumPy {machine['numpy']} with {machine['blas']}, Numba "
            f"{machine['numba']}, fastnn {machine['fastnn']}")


def verdict(found: dict[str, Any]) -> list[str]:
    """What is to be known of a whole run, a sentence each: what loses, what is to be doubted."""
    rows = found["rows"]
    lost = [row for row in rows if loses(row)]
    said = [f"{len(lost)} of {len(rows)} rows are slower than NumPy"
            + (": " + "; ".join(f"{row['name']} {number(row['median'])}" for row in lost)
               if lost else "")]
    noisy = [row["name"] for row in rows if doubts(row)]
    if noisy:
        said.append(f"{len(noisy)} of {len(rows)} rows are noisy, and prove nothing: "
                    + "; ".join(noisy))
    if found["differ"]:
        said.append("the two sides DIFFER, and were not timed, in: "
                    + "; ".join(row["name"] for row in found["differ"]))
    if found["partial"]:
        said.append("the run was stopped before its end")
    return said
