"""What to say about a training that was timed: the work it does a second, and the goals."""

from pairs import Ratio
from rates import sgemm_rate
from workloads import Workload


def figures(workload: Workload, found: Ratio, our_cores: float, their_cores: float
            ) -> tuple[str, dict[str, object]]:
    """A line of text, and the values behind it; BLAS is measured for it."""
    flops = 2 * workload.multiply_adds
    rate = flops / found.ours
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
              "our_cores": our_cores, "their_cores": their_cores} | workload._asdict()
    return text, values


def verdict(workload: Workload, ratio: float) -> str:
    """Which goals are reached."""
    goals = (("floor", workload.floor), ("aim", workload.aim))
    return ", ".join(f"{name} {goal:g} {'reached' if ratio >= goal else 'MISSED'}"
                     for name, goal in goals if goal) or "no floor"
