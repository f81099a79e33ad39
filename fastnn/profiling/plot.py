"""A report as a picture: one bar a phase."""

from typing import Any

from fastnn.profiling.report import BETWEEN, OWN, Report
from fastnn.profiling.table import running

_NAMES = {"python": BETWEEN, "profile": OWN, "engine": "own Python of fit, Model",
          "loop": "the loop itself"}


def draw(report: Report, axes: Any = None) -> Any:
    """One bar for each phase, the longest on top, each cut into its objects; gives the axes.

    Kernels that were loaded or compiled have none: their seconds stand in the title.
    """
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("p.plot() needs matplotlib: pip install matplotlib") from None
    if axes is None:
        _, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    bars: dict[str, list] = {}
    for row in report.rows:
        if row not in report.kernels:
            bars.setdefault(_NAMES.get(row.phase, row.phase), []).append(row)
    whole = running(report) or 1.0
    order = sorted(bars, key=lambda phase: sum(row.seconds for row in bars[phase]))
    longest = 100 * sum(row.seconds for row in bars[order[-1]]) / whole if order else 0.0
    for height, phase in enumerate(order):
        left = 0.0
        for n, row in enumerate(bars[phase]):
            share = 100 * row.seconds / whole
            axes.barh(height, share, left=left, color="C0",
                      alpha=(1, 0.7)[n % 2], edgecolor="white")
            if row.name != phase and len(row.name) * 0.012 * longest < share:  # it has room
                axes.text(left + share / 2, height, row.name, ha="center", va="center", fontsize=8,
                          color="white")
            left += share
        axes.text(left + 0.5, height, f"{left:.1f} %", va="center", fontsize=9)
    axes.set_yticks(range(len(order)), order)
    axes.margins(x=0.12)
    axes.set_xlabel("% of the time running")
    axes.set_title(f"{running(report):.3g} s running, "
                   f"{report.wall - running(report):.3g} s making kernels ready")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
