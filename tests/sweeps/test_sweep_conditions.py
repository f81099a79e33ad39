"""What all trainings of a sweep compute under, as a worker in another process is told it."""

import pickle
import threading

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from swept import GRID, X, Y, bits, dropping

import fastnn
from fastnn.compile.policy import policy
from fastnn.support import blas, numerics
from fastnn.sweeps import training
from fastnn.sweeps.conditions import Conditions
from fastnn.sweeps.grid import jobs_of
from fastnn.sweeps.networks import Fresh

MODES = {"plain": None, "nnfs": True, "cast": False}


def told(mode):
    """The conditions of a process in this mode, as they come to another one."""
    if MODES[mode] is None:
        return pickle.loads(pickle.dumps(Conditions.here()))
    with nnfs_in_force(dot_precision_workaround=MODES[mode]):
        return pickle.loads(pickle.dumps(Conditions.here()))


def state():
    return (np.dot, np.zeros, np.eye, np.random.randn, blas.threads(), policy(),
            numerics.chosen_precision(), np.geterr(), np.random.get_state()[1].tobytes())


@pytest.mark.parametrize("mine", MODES)
@pytest.mark.parametrize("theirs", MODES)
def test_they_are_in_force_for_a_while(mine, theirs):
    conditions = told(theirs)

    def check():
        before = state()
        with conditions.hold():
            assert Conditions.here() == conditions and blas.threads() == 1
            with conditions.hold():
                assert Conditions.here() == conditions
            assert numerics.follows_book() == (theirs == "nnfs")
            assert np.zeros(1).dtype == np.random.randn(1).dtype == (
                "float64" if theirs == "plain" else "float32")
        assert state()[:-1] == before[:-1]
    if MODES[mine] is None:
        check()
    else:
        with nnfs_in_force(dot_precision_workaround=MODES[mine]):
            check()


@pytest.mark.parametrize("theirs", ["nnfs", "cast"])
def test_a_training_is_that_of_the_process_that_asked(theirs):
    with nnfs_in_force(dot_precision_workaround=MODES[theirs]):
        expected = bits(fastnn.sweep(dropping, GRID, X, Y, epochs=4))
    options = {"epochs": 4, "batch_size": None, "log_every": 1, "validation_data": None,
               "shuffle": False}
    task = training.Task(dropping, X, Y, options, told(theirs), Fresh(), None)
    before = state()
    found = [training.train_elsewhere(pickle.loads(pickle.dumps(task)), job).history
             for job in jobs_of(GRID, 1, 0)]
    assert [one.table().tobytes() for one in found] == expected and state() == before


def test_precision_errors_and_policy():
    with fastnn.set_dot_precision("fast"), np.errstate(over="raise", under="ignore"):
        conditions = pickle.loads(pickle.dumps(Conditions.here()))
    with fastnn.compile_policy("background"), conditions.hold():
        assert numerics.is_fast() and np.geterr()["over"] == "raise"
        assert policy() == "wait"  # a sweep is long, and what is compiled has company
    with fastnn.compile_policy("never"), conditions.hold():
        assert policy() == "never"
    assert not numerics.is_fast()


def test_who_wants_others_waits_for_their_end():
    plain, nnfs = told("plain"), told("nnfs")
    order, held = [], threading.Event()

    def other():
        held.wait(20)
        with nnfs.hold():
            order.append(numerics.follows_book())
    thread = threading.Thread(target=other)
    thread.start()
    with plain.hold():
        held.set()
        thread.join(0.3)
        assert thread.is_alive() and not numerics.follows_book()
        order.append("plain")
    thread.join(20)
    assert order == ["plain", True] and not numerics.follows_book()


def test_trainings_without_a_compiler_are_one_at_a_time_and_equal():
    expected = bits(fastnn.sweep(dropping, GRID, X, Y, epochs=3))
    with fastnn.compile_policy("never"):
        assert bits(fastnn.sweep(dropping, GRID, X, Y, epochs=3, threads=3)) == expected
