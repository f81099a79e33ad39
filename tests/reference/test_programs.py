"""The book's programs on fastnn: every array equals plain NumPy's, every line is the published one.

The whole series are slow because plain NumPy runs beside them.
"""

import numpy as np
import pytest
from programs import PROGRAMS, arrays_of, assert_same, published

import fastnn
from fastnn import reference

SPIRALS = ["A", "A2", "SGD", "SGD momentum", "Adagrad", "RMSprop"]


def run_both(name, epochs):
    """The program with fastnn and with the reference, compared: its lines from fastnn."""
    lines = {}
    arrays = []
    for nn in (fastnn, reference):
        lines[nn] = []
        arrays.append(arrays_of(PROGRAMS[name](nn, epochs, lines[nn].append)))
    assert_same(*arrays)
    assert lines[fastnn] == lines[reference]
    return lines[fastnn]


@pytest.mark.parametrize(("name", "epochs"), [
    *((name, 1001) for name in SPIRALS), ("C", 101), ("D", 20), ("chapter 9", 1)])
def test_program_leaves_what_numpy_leaves(book_numpy, name, epochs):
    run_both(name, epochs)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "epochs"), [
    *((name, 10001) for name in SPIRALS), ("C", 10001), ("D", 300)])
def test_whole_program_leaves_what_numpy_leaves(book_numpy, name, epochs):
    run_both(name, epochs)


def test_adam_on_the_spiral_prints_the_published_lines(book_numpy):
    got = []
    PROGRAMS["A"](fastnn, 10001, got.append)
    assert got == published("A")


def test_penalized_spiral_prints_the_published_accuracy_and_data_loss(book_numpy):
    """The author's `reg_loss`, and with it `loss`, is 1.7 times the book's."""
    def columns(line):
        parts = dict(part.split(": ") for part in line.split(", "))
        return parts["epoch"], parts["acc"], parts["data_loss"], parts["lr"]
    got = []
    PROGRAMS["A2"](fastnn, 10001, got.append)
    assert [columns(line) for line in got] == [columns(line) for line in published("A2")]


@pytest.mark.slow
def test_sine_prints_the_published_lines(book_numpy):
    got = []
    PROGRAMS["C"](fastnn, 10001, got.append)
    assert got == published("C")


@pytest.mark.slow
def test_model_prints_the_published_lines_to_epoch_1000(book_numpy):
    got = []
    PROGRAMS["D"](fastnn, 1000, got.append)
    assert got[:10] == published("D")[:10]


def test_native_float32_follows_numpy_for_a_step(native_numpy):
    """Sums of up to 300 float32 terms in another order: 1e-5 of the largest element."""
    got, expected = (PROGRAMS["A"](nn, 1, lambda line: None) for nn in (fastnn, reference))
    for layer in ("dense1", "dense2"):
        for name in ("output", "dweights", "dbiases", "dinputs"):
            a, b = getattr(got[layer], name), getattr(expected[layer], name)
            assert a.dtype == b.dtype == np.float32
            assert np.abs(a - b).max() <= 1e-5 * np.abs(b).max(), (layer, name)
