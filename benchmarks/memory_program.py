"""Train in a process of its own, whose memory is looked at; what was found, as JSON.

    python memory_program.py held WORKLOAD numpy|fastnn fit|Model EPOCHS
    python memory_program.py mapped WORKLOAD FILE ROUNDS again|first

WORKLOAD is a Workload as JSON. "held" weighs a training of data in memory; "mapped" times one over
a file of zeros that is mapped, and what it cannot be faster than.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nnfs
import numpy as np
from memory import Peak

import fastnn
from fastnn import reference
from fastnn.bench.loops import ENDS_ONLY, fit, loop, model_of
from fastnn.bench.nets import Network
from fastnn.bench.workloads import Workload
from fastnn.support import proofs


def held(workload: Workload, who: str, way: str, epochs: str) -> dict[str, object]:
    """The peak of some epochs above what the process had before: data, and what was loaded."""
    nn = fastnn if who == "fastnn" else reference

    def training(samples):
        network = Network(workload._replace(samples=samples), nn)
        train = model_of(network, nn) if way == "Model" else fit if nn is fastnn else loop
        return network, lambda: train(network, int(epochs))
    _, train = training(workload.batch_size or 1000)
    train()  # loads all that it needs
    network, train = training(workload.samples)
    with Peak() as peak:
        train()
    return {"peak": peak.most, "data": network.X.nbytes + network.y.nbytes,
            "weights": [float(abs(layer.weights).sum()) for layer in network.dense]}


def mapped(workload: Workload, file: str, rounds: str, state: str) -> dict[str, object]:
    """Seconds of each round: an epoch over the file, reading it, as many samples from memory.

    state: "first" if nothing of the file is in the system's cache when it is read.
    """
    path, first = Path(file), state == "first"
    network = Network(workload, fastnn)
    network.X[...] = 0
    times = path.stat().st_size // network.X.nbytes
    y = np.tile(network.y.astype(np.uint8), times)
    fit(network.first_batch(), 1)  # loads all that it needs
    born, found, most = network.state(), [], 0

    def over_the_file(count=None):
        fastnn.fit(network.layers, network.loss, network.optimizer,
                   opened(path, network.X)[:count], y[:count], batch_size=network.batch_size,
                   log_every=ENDS_ONLY)

    def read():
        X = opened(path, network.X)
        for start in range(0, len(X), network.batch_size):
            np.add.reduce(X[start:start + network.batch_size], axis=None)

    def prepared():
        network.layers[0].inputs = network.X  # the last batch of a file would keep that mapped
        network.restore(born)
        if first:
            forget(path)

    for _ in range(proofs.MEETINGS):  # and what this needs: products are tried that come again
        over_the_file(2 * network.batch_size + len(y) % network.batch_size)
    for _ in range(int(rounds)):
        prepared()
        read()  # so that no timed one is the first to want so much memory
        prepared()
        with Peak() as peak:
            training = timed(over_the_file)
        ours = network.state()
        prepared()
        reading = timed(read)
        computing = timed(lambda: fit(network, times))
        assert_same(ours, network.state())
        found.append((training, reading, computing))
        most = max(most, peak.anonymous)
    return {"rounds": found, "anonymous": most}


def opened(path: Path, like: np.ndarray) -> np.ndarray:
    """The file as samples like these, mapped anew."""
    return np.memmap(path, like.dtype, "r").reshape(-1, like.shape[1])


def forget(path: Path) -> None:
    """Have the system forget what it keeps of a file that nobody maps."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def timed(call: Callable[[], object]) -> float:
    """Seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def assert_same(ours, theirs):
    """The samples are the same, so what became of the network must be."""
    for one, other in zip(ours[0], theirs[0], strict=True):
        for name in one:
            assert np.array_equal(one[name], other[name]), f"{name} differ"


if __name__ == "__main__":
    what, text, *arguments = sys.argv[1:]
    asked = Workload(**json.loads(text))
    nnfs.init(dot_precision_workaround=asked.book)
    if not asked.book:
        fastnn.set_dot_precision("native")
    print(json.dumps({"held": held, "mapped": mapped}[what](asked, *arguments)))
