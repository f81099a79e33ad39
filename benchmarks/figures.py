"""What to say about something that was timed: the work it does a second, and the goals."""

from pairs import Ratio
from rates import copy, sgemm, sgemm_rate
from rows import Row
from workloads import Workload


def line(row: Row, found: Ratio) -> str:
    """Rates beside the machine's own, and which goals are reached."""
    parts = []
    if row.flops:
        rate, most = row.flops / found.our_seconds, sgemm(row.blas_threads)
        parts.append(f"{1e-9 * rate:.1f} GFLOP/s, {100 * rate / most:.0f} % of sgemm's "
                     f"{1e-9 * most:.0f} with up to {row.blas_threads} threads")
    if row.bytes:
        rate, most = row.bytes / found.our_seconds, copy()
        parts.append(f"{1e-9 * rate:.1f} GB/s, {100 * rate / most:.0f} % of a copy's "
                     f"{1e-9 * most:.0f}")
    return ", ".join([*parts, verdict(row, found.median)])


def figures(workload: Workload, found: Ratio, our_cores: float, their_cores: float
            ) -> tuple[str, dict[str, object]]:
    """A line of text, and the values behind it; BLAS is measured for it."""
    flops = 2 * workload.multiply_adds
    rate = flops / found.our_seconds
    large, middle = (sgemm_rate(*shape, workload.threads)
                     for shape in ((1024, 1024, 1024), workload.middle_product))
    steps = f" of {workload.steps} steps" if workload.steps > 1 else ""
    text = (f"{1e-6 * flops:,.1f} MFLOP an epoch{steps}: {1e-9 * rate:.1f} GFLOP/s, "
            f"{100 * rate / large:.0f} % of sgemm's {1e-9 * large:.0f} at 1024^3, "
            f"{100 * rate / middle:.0f} % of its {1e-9 * middle:.1f} at "
            f"{' x '.join(map(str, workload.middle_product))}; "
            f"on {our_cores:.1f} and {their_cores:.1f} cores; {verdict(workload, found.median)}")
    values = {"gflops": 1e-9 * rate, "sgemm_1024": 1e-9 * large, "sgemm_middle": 1e-9 * middle,
              "percent_of_1024": 100 * rate / large, "percent_of_middle": 100 * rate / middle,
              "our_cores": our_cores, "their_cores": their_cores}
    return text, values


def verdict(goals: Row | Workload, ratio: float) -> str:
    """Which goals are reached."""
    named = (("floor", goals.floor), ("aim", goals.aim))
    return ", ".join(f"{name} {goal:g} {'reached' if ratio >= goal else 'MISSED'}"
                     for name, goal in named if goal) or "no floor"
