"""Classes of somebody's own, adopted: the loop as it is, and the whole program by `run`.

Each figure of a process is of fresh ones with one thread, the kernels on disk. What `run` adds to
a program (fastnn's and Numba's import, reading the classes, loading kernels) is in it.
"""

import importlib.util
import sys
from pathlib import Path

import own_program
import pytest
from bench_startup import process
from nnfs.datasets import spiral_data
from rates import limited
from rows import Row

import fastnn
from fastnn.bench.pairs import summary
from fastnn.bench.workloads import SPIRAL_64

PROGRAM = str(Path(own_program.__file__))
WHAT = "spiral 2-64-3 of classes of one's own, nnfs.init(), equal in every bit"


def another(module):
    """The same module once more, with classes of its own."""
    spec = importlib.util.spec_from_file_location("another_own_program", module.__file__)
    made = importlib.util.module_from_spec(spec)
    sys.modules[made.__name__] = made
    spec.loader.exec_module(made)
    return made


def silent(line):
    """No line is wanted."""


@pytest.mark.quick
@pytest.mark.filterwarnings("default::RuntimeWarning")  # raised ones are theirs alone
def test_the_loop_as_it_is(numpy_for, compare, smoke):
    epochs, their_epochs = (3, 3) if smoke else (2000, 500)
    with numpy_for(SPIRAL_64._replace(book=True)), limited(1, 1):
        X, y = spiral_data(samples=100, classes=3)
        adopted = another(own_program)
        report = fastnn.adopt(adopted)
        assert {"Layer_Dense", "Combined", "Adam"} <= report.adopted.keys()
        ours, theirs = adopted.Network(), own_program.Network()
        row = Row("training", f"{WHAT}: the loop", "fastnn.adopt", unit="epoch", floor=3.5)
        adopted.train(ours, X, y, epochs, silent)
        own_program.train(theirs, X, y, epochs, silent)  # both of one age
        compare(lambda: adopted.train(ours, X, y, epochs, silent),
                lambda: own_program.train(theirs, X, y, their_epochs, silent), row=row,
                units=(epochs, their_epochs), pairs=9)
        report.undo()


@pytest.mark.parametrize("epochs", [10_001, 100_001], ids="{} epochs".format)
@pytest.mark.parametrize("loops", [True, False], ids=["loops", "no-loops"])
def test_the_whole_program(loops, epochs, record, benchmark, smoke):
    options = [] if loops else ["--no-loops"]
    count, rounds = (3, 1) if smoke else (epochs, 3 if epochs < 50_000 else 1)
    pairs = benchmark.pedantic(_pairs, args=(options, count, rounds, smoke), rounds=1)
    if not smoke:
        way = "as it is" if loops else "as it is, its loop not recognised (--no-loops)"
        record(Row("start-up", f"{WHAT}: the program {way}, {epochs:,} epochs",
                   "python -m fastnn run", "python", unit="process",
                   floor=3.5 if loops else None), summary(pairs))


def _pairs(options, epochs, rounds, smoke):
    """Times of whole processes, which print the same."""
    found = []
    for number in range(rounds + (not smoke)):
        ours, said = process("-m", "fastnn", "run", *options, PROGRAM, str(epochs))
        theirs, plain = process(PROGRAM, str(epochs))
        assert said == plain
        if number or smoke:  # the first fills the cache
            found.append((ours, theirs))
    return found
