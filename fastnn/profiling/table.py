"""A report as a table to read, and as plain data."""

from typing import Any

from fastnn.profiling import rates
from fastnn.profiling.report import BETWEEN, OWN, Report, Row

_SMALL = 0.0005  # shares below are shown together
_KERNELS = 3  # of the kernels that were compiled or loaded, the slowest
_WORDS = {"python": "", "engine": "own Python", "loop": "between phases", "profile": ""}
_OTHER = {"python": BETWEEN, "profile": OWN, "engine": "own Python of fit and Model",
          "loop": "the loop itself"}


def running(report: Report) -> float:
    """Seconds without those of kernels that were compiled or loaded."""
    return report.wall - sum(row.seconds for row in report.kernels)


def phases(report: Report) -> dict[str, float]:
    """Seconds of each phase, the longest first."""
    found: dict[str, float] = {}
    for row in report.rows:
        found[row.phase] = found.get(row.phase, 0.0) + row.seconds
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def rate(row: Row) -> tuple[str, float, float] | None:
    """("GFLOP/s" or "GB/s", how many, percent of the machine's), or None where it is not known.

    Operations are told of products alone, and then are what counts.
    """
    if row.flops and row.seconds:
        rate = row.flops / row.seconds
        return "GFLOP/s", rate / 1e9, 100 * rate / rates.product_rate()
    if row.bytes and row.seconds:
        rate = row.bytes / row.seconds
        return "GB/s", rate / 1e9, 100 * rate / rates.copy_rate()
    return None


def as_dict(report: Report, hints: list[str]) -> dict[str, Any]:
    """Numbers and texts, as JSON takes them. Seconds; shares of `running`, from 0 to 1."""
    whole = running(report) or 1.0
    return {
        "wall": report.wall,
        "running": running(report),
        "threads": report.threads,
        "phases": phases(report),
        "rows": [_row_as_dict(row, whole) for row in report.rows if row not in report.kernels],
        "kernels": [{"name": row.name, "phase": row.phase, "calls": row.calls,
                     "seconds": row.seconds} for row in report.kernels],
        "machine": {"product_gflops": rates.product_rate() / 1e9,
                    "copy_gbytes": rates.copy_rate() / 1e9},
        "hints": hints,
    }


def _row_as_dict(row, whole):
    found = rate(row)
    unit, amount, percent = found if found else (None, None, None)
    return {"name": row.name, "phase": row.phase, "calls": row.calls, "seconds": row.seconds,
            "share": row.seconds / whole,
            "seconds_per_call": row.seconds / row.calls if row.calls else None,
            "gflops": amount if unit == "GFLOP/s" else None,
            "gbytes": amount if unit == "GB/s" else None,
            "percent_of_machine": percent}


def as_text(report: Report, hints: list[str]) -> str:
    """The table, the kernels that were made ready, and the hints."""
    whole = running(report) or 1.0
    rows = [row for row in report.rows if row not in report.kernels]
    shown = [row for row in rows if row.seconds >= _SMALL * whole]
    few = len(rows) - len(shown)
    lines = [line(row, whole) for row in shown]
    if few:
        left = sum(row.seconds for row in rows) - sum(row.seconds for row in shown)
        lines.append((f"{few} smaller", "", f"{100 * left / whole:.1f} %", seconds(left),
                      "", "", "", ""))
    lines.insert(0, ("", "", "share", "total", "calls", "a call", "rate", "of machine"))
    widths = [max(len(cells[n]) for cells in lines) for n in range(8)]
    out = [f"fastnn profile: {seconds(report.wall)}"
           + (f", of which {seconds(report.wall - whole)} to make kernels ready"
              if report.kernels else "")
           + (f", {report.threads} threads: shares may exceed 100 %"
              if report.threads > 1 else "")]
    out += ["  ".join(text.ljust(w) if n < 2 else text.rjust(w)
                      for n, (text, w) in enumerate(zip(cells, widths))).rstrip()
            for cells in lines]
    out.append("by phase: " + ", ".join(
        f"{_OTHER.get(phase, phase)} {100 * took / whole:.0f} %"
        for phase, took in phases(report).items()
        if phase not in ("loading", "compiling") and took >= 0.005 * whole))
    if any(cells[7] for cells in lines[1:]):
        out.append(f"of machine: {rates.product_rate() / 1e9:.0f} GFLOP/s in a large product, "
                   f"{rates.copy_rate() / 1e9:.0f} GB/s in a large copy (caches give more)")
    if any(row.phase == "loop" for row in rows):
        out.append("in the compiled loop: layers that share a pass are in one row, the first's "
                   "forward, the last's backward")
    out += _kernel_lines(report.kernels)
    return "\n".join([*out, *(f"hint: {hint}" for hint in hints)])


def line(row: Row, whole: float) -> tuple[str, ...]:
    """Name, phase, share, time, calls, time of one, rate, and that in percent of the machine's."""
    found = rate(row)
    return (row.name, _WORDS.get(row.phase, row.phase), f"{100 * row.seconds / whole:.1f} %",
            seconds(row.seconds), f"{row.calls:,}" if row.calls else "",
            seconds(row.seconds / row.calls) if row.calls else "",
            f"{_digits(found[1])} {found[0]}" if found else "",
            f"{found[2]:.0f} %" if found else "")


def _kernel_lines(kernels):
    lines = []
    for phase, verb in (("compiling", "compiled"), ("loading", "loaded")):
        of_phase = [row for row in kernels if row.phase == phase]
        if of_phase:
            slowest = ", ".join(f"{row.name} {seconds(row.seconds)}"
                                for row in of_phase[:_KERNELS])
            more = ", ..." if len(of_phase) > _KERNELS else ""
            lines.append(f"kernels {verb}: {len(of_phase)} in "
                         f"{seconds(sum(row.seconds for row in of_phase))} ({slowest}{more})")
    return lines


def seconds(value: float) -> str:
    """A time in three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= 0.9995 * size:
            return f"{_digits(value / size)} {unit}"
    return f"{value * 1e9:.0f} ns"


def _digits(value):
    """Three digits that count."""
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}"
