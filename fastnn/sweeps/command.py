"""python -m fastnn sweep: the book's spiral from many seeds, over all cores, and beside NumPy."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

import fastnn
from fastnn import reference
from fastnn.compile.policy import compile_policy
from fastnn.files.storage import StorageError
from fastnn.support import threads
from fastnn.support.handlers import of_a_handler
from fastnn.sweeps.result import Sweep
from fastnn.sweeps.sweeping import sweep

_SHOWN = 8
_OPTIONS = {"learning_rate": 0.05, "decay": 5e-7}


def builder(hidden: int, nn: ModuleType = fastnn) -> tuple[list[Any], Any, Any]:
    """The book's network for the spiral, 2-`hidden`-3, with the classes of `nn`."""
    return ([nn.Layer_Dense(2, hidden), nn.Activation_ReLU(), nn.Layer_Dense(hidden, 3)],
            nn.Activation_Softmax_Loss_CategoricalCrossentropy(), nn.Optimizer_Adam(**_OPTIONS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; the exit status is 1 where NumPy's weights are not equal, 2 where the
    folder is another sweep's, or cannot be written.
    """
    chosen = _parser().parse_args(arguments)
    say = partial(print, flush=True)
    try:
        equal = run(chosen.seeds, chosen.hidden, chosen.epochs, chosen.threads, chosen.compare,
                    chosen.folder, say)
    except BrokenPipeError:
        raise
    except (StorageError, OSError) as error:
        if of_a_handler(error):
            raise
        print(f"python -m fastnn {_said(error)}", file=sys.stderr)
        return 2
    return 0 if equal else 1


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.startswith("sweep: ") else f"sweep: {text}"


_MOST = 10_000_000  # of anything: each training is listed before the first begins


def _number(text: str) -> int:
    value = int(text)
    if not 1 <= value <= _MOST:
        raise argparse.ArgumentTypeError(f"must be from 1 to {_MOST:,}, got {value}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fastnn sweep",
        description="Train the book's spiral from many seeds at once, and a few in plain NumPy.")
    parser.add_argument("--seeds", type=_number, default=64,
                        help="trainings (default 64)")
    parser.add_argument("--hidden", type=_number, default=64, help="neurons (default 64)")
    parser.add_argument("--epochs", type=_number, default=10001, help="default 10001")
    parser.add_argument("--threads", type=_number, help="default: as many as there are cores")
    parser.add_argument("--compare", type=int, default=2, metavar="N",
                        help="how many of them plain NumPy trains, too (default 2; 0: none)")
    parser.add_argument("--folder", help="where to keep what is done; called again with the same, "
                                         "a sweep that was stopped goes on")
    return parser


def run(seeds: int, hidden: int, epochs: int, count: int | None, compare: int, folder: str | None,
        say: Callable[[str], object]) -> bool:
    """Train, say the best, and against how long NumPy takes; whether its weights are equal."""
    import nnfs
    from nnfs.datasets import spiral_data

    nnfs.init()
    X, y = spiral_data(samples=100, classes=3)
    count = threads.count() if count is None else count
    say(f"fastnn: {seeds} spirals, 2-{hidden}-3, {epochs} epochs each, "
        f"{count} thread{'s' * (count != 1)}")
    with compile_policy("wait"):  # not timed below
        sweep(builder, {"hidden": [hidden]}, X, y, epochs=2, threads=1, verbose=False)
    anew = folder is None or not os.path.exists(folder)
    begin = time.perf_counter()
    found = sweep(builder, {"hidden": [hidden]}, X, y, epochs=epochs, repeats=seeds, threads=count,
                  log_every=max(1, epochs // 10), keep="all", folder=folder)
    seconds = time.perf_counter() - begin
    for line in _table(found):
        say(line)
    if found.interrupted:
        say(f"stopped by Ctrl-C: {found.done()} of {seeds} are done")
        return True
    said = f", {seconds / seeds:.3f} s each" if anew else " for those that were not done before"
    say(f"{seconds:.2f} s{said}")
    return _compared(found, X, y, epochs, min(compare, seeds),
                     seconds / seeds if anew else None, say)


def _table(found: Sweep) -> list[str]:
    """The best of them, a line each."""
    lines = [f"{'run':>5} {'seed':>11} {'loss':>8} {'accuracy':>9}"]
    for one in found.ranked()[:_SHOWN]:
        row = one.last()
        lines.append(f"{one.number:5} {one.seed:11} {row.loss:8.4f} {row.accuracy:9.3f}")
    if found.done() > _SHOWN:
        lines.append(f"  ... {found.done() - _SHOWN} more")
    return lines


def _compared(found: Sweep, X: Any, y: Any, epochs: int, compare: int, each: float | None,
              say: Callable[[str], object]) -> bool:
    """Train the first few in plain NumPy, one after the other; whether all weights are equal."""
    if compare < 1:
        return True
    begin, equal = time.perf_counter(), True
    for one in found[:compare]:
        np.random.seed(one.seed)
        plain = builder(**one.parameters, nn=reference)
        _train(*plain, X, y, epochs)
        equal &= all(np.array_equal(getattr(a, name), getattr(b, name))
                     for a, b in zip(one.network[0], plain[0]) if hasattr(a, "weights")
                     for name in ("weights", "biases"))
    plain_each = (time.perf_counter() - begin) / compare
    ratio = "" if each is None else f", so {plain_each / each:.1f} times as long"
    say(f"plain NumPy, the book's loop, {compare} of them: {plain_each:.2f} s each{ratio}")
    say(f"their weights and biases equal, bit for bit: {'yes' if equal else 'NO'}")
    return equal


def _train(layers: list[Any], loss: Any, optimizer: Any, X: Any, y: Any, epochs: int) -> None:
    """The book's loop, with its loss and accuracy in each epoch."""
    for _ in range(epochs):
        output = X
        for layer in layers:
            layer.forward(output)
            output = layer.output
        loss.forward(output, y)
        np.mean(np.argmax(loss.output, axis=1) == y)
        loss.backward(loss.output, y)
        slope = loss.dinputs
        for layer in reversed(layers):
            layer.backward(slope)
            slope = layer.dinputs
        optimizer.pre_update_params()
        for layer in layers:
            if hasattr(layer, "weights"):
                optimizer.update_params(layer)
        optimizer.post_update_params()
