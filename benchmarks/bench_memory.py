"""What a training needs besides its data, and data that do not fit: a memory map of a large file.

Each figure is of a process of its own, in one thread, as a peak is a process's. Peaks are above
what the process holds before: the data, and what a training of a few samples has loaded. The file
is sparse: all zeros, which take no room on the disk.
"""

import json
import math
import mmap
import os
from pathlib import Path

import memory
import pytest
from bench_startup import process
from rows import Row

from fastnn.bench.pairs import Peaks, summary
from fastnn.bench.workloads import FASHION, Workload, description

PROGRAM = str(Path(__file__).with_name("memory_program.py"))
ROUNDS = 3
HELD = FASHION._replace(samples=64_000)  # 201 MB
MAPPED = Workload("zeros", "noise", 32_768, (784, 16, 10), FASHION.optimizer, batch_size=4096)
SAMPLE = 4 * MAPPED.widths[0]  # bytes
# Times as fast as the slower of reading and computing, at least. Where the system has the file,
# reading it is nearly nothing; where it has not, one comes after the other, and not both at once.
FLOORS = {"again": 1 / 1.5, "first": 0.4}
STATES = {"again": "in the system's cache", "first": "read for the first time"}

pytestmark = pytest.mark.skipif(not memory.tells(), reason="no system that tells peaks of memory")
lanes = pytest.mark.parametrize("book", [False, True], ids=["native", "book"])


@lanes
@pytest.mark.parametrize("batch_size", [128, None], ids=["batches", "full"])
@pytest.mark.parametrize("way", ["fit", "Model"])
def test_peak(way, batch_size, book, benchmark, record, tell, smoke):
    one = HELD._replace(batch_size=batch_size, book=book)
    if smoke:
        one = one._replace(samples=1000)

    def measure():
        return [[program("held", one, who, way, 2) for who in ("fastnn", "numpy")]
                for _ in range(1 if smoke else ROUNDS)]
    pairs = benchmark.pedantic(measure, rounds=1)
    for ours, theirs in pairs:
        end = theirs["weights"]  # after a thousand steps of Adam rounding has become 0.7 %
        assert ours["weights"] == (end if book else pytest.approx(end, rel=0.05))
    if smoke:
        return
    names = {"fit": ("fastnn.fit", "the book's loop in NumPy"),
             "Model": ("Model.train", "the book's Model in NumPy")}[way]
    data, what = pairs[0][0]["data"], description(one)
    found = Peaks(*summary([(ours["peak"], theirs["peak"]) for ours, theirs in pairs]))
    record(Row("memory", what if batch_size else what.replace(", ", ", full batch, ", 1),
               *names, "process"), found)
    tell(f"{100 * found.our_seconds / data:.0f} % of the data's {data / 1e6:.0f} MB, NumPy "
         f"{100 * found.their_seconds / data:.0f} %", data=data)


@pytest.mark.parametrize("book, state", [(False, "again"), (True, "again"), (False, "first")],
                         ids=["native", "book", "native-first"])
def test_memory_map(book, state, benchmark, record, tell, smoke, sparse_file):
    if state == "first" and not hasattr(os, "posix_fadvise"):
        pytest.skip("no way to have the system forget a file")
    one, size = MAPPED._replace(book=book), sparse_file.stat().st_size
    found = benchmark.pedantic(program, rounds=1, args=(
        "mapped", one, sparse_file, 1 if smoke else ROUNDS, state))
    most = 4 * one.batch_size * SAMPLE
    assert found["anonymous"] < most, f"{found['anonymous']} bytes for batches of {most // 4}"
    if smoke:
        return
    rates = [size / sorted(seconds)[ROUNDS // 2] / 1e9
             for seconds in zip(*found["rounds"], strict=True)]
    record(Row("scaling", f"{description(one)}, a memory map of half the memory, {STATES[state]}",
               "fastnn.fit", "the slower of reading it and fastnn.fit in memory", "epoch",
               bytes=size, floor=FLOORS[state]),
           summary([(ours, max(limits)) for ours, *limits in found["rounds"]]))
    tell("{:.2f} GB/s over {:.1f} GB, reading {:.2f}, in memory {:.2f}; {:.1f} MB besides".format(
        rates[0], size / 1e9, *rates[1:], found["anonymous"] / 1e6),
        anonymous=found["anonymous"], size=size)


@pytest.fixture
def sparse_file(smoke, tmp_path):
    """A file of zeros of whole MAPPEDs, larger than half the memory; of one for a smoke test."""
    unit, path = MAPPED.samples * SAMPLE, tmp_path / "zeros"
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    try:
        with path.open("w+b") as file:
            file.truncate(unit * (1 if smoke else math.ceil(half / unit)))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as opened:
                assert opened[0] == 0
        if path.stat().st_blocks:  # a tmpfs gives memory to what is only read
            pytest.skip(f"{tmp_path} has no sparse files that stay so when they are read")
        yield path
    except OSError as error:
        pytest.skip(f"no file of that size in {tmp_path}: {error}")
    finally:
        path.unlink(missing_ok=True)


def program(what: str, workload: Workload, *arguments: object) -> dict:
    """What the program found."""
    _, printed = process(PROGRAM, what, json.dumps(workload._asdict()), *map(str, arguments))
    return json.loads(printed)
