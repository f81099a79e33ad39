"""The same sweep on a cluster: two processes of a Dask cluster on this machine."""

import os
import signal
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from swept import BUILDERS, GRID, X, Y, bits, data, dropping, plain, weights

import fastnn
from fastnn.sweeps import sweeping

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow,  # two interpreters that start
              pytest.mark.filterwarnings("ignore::ResourceWarning",
                                         "ignore::DeprecationWarning",
                                         "ignore:.*port.*:UserWarning")]


@contextmanager
def two_workers():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True,
                                  dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            yield client


@pytest.fixture(scope="module")
def client():
    with two_workers() as client:
        yield client


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("state", ["plain", "nnfs", "cast", "book", "fast", "raise"])
def test_results_are_those_of_threads(client, builder, state):
    """Whatever the sweep before has left in the workers: they are of one module."""
    def both():
        before = client.run(_state)
        found = [fastnn.sweep(builder, GRID, *data(builder), epochs=5, keep="all", **options)
                 for options in ({"threads": 2}, {"client": client})]
        assert bits(found[0]) == bits(found[1]) and weights(found[0]) == weights(found[1])
        assert not found[1].errors and client.run(_state) == before
    if state in ("nnfs", "cast"):
        with nnfs_in_force(dot_precision_workaround=state == "nnfs"):
            both()
    elif state == "raise":
        with np.errstate(all="raise"):
            both()
    elif state == "plain":
        both()
    else:
        with fastnn.set_dot_precision(state):
            both()


def _state():
    """What a sweep must leave in a worker as it was."""
    from fastnn.support import blas, numerics
    return (np.dot.__module__, str(np.zeros(1).dtype), blas.threads(), numerics.chosen_precision(),
            np.random.get_state()[1].tobytes(), np.geterr())


def test_workers_that_have_called_nnfs_init(client):
    def begin():
        import nnfs
        nnfs.init()
    client.run(begin)
    try:
        found = fastnn.sweep(plain, GRID, X, Y, epochs=5, client=client)
        assert bits(found) == bits(fastnn.sweep(plain, GRID, X, Y, epochs=5))
        assert set(client.run(lambda: np.dot.__module__).values()) == {"nnfs.core"}
    finally:
        client.restart()


def test_builders_that_have_no_module(client):
    width = 7
    found = fastnn.sweep(lambda rate: dropping(width, rate), {"rate": [0.1, 0.2]}, X, Y, epochs=3,
                         client=client)
    expected = fastnn.sweep(lambda rate: dropping(width, rate), {"rate": [0.1, 0.2]}, X, Y,
                            epochs=3)
    assert bits(found) == bits(expected) and weights(found) == weights(expected)


class Odd(Exception):
    """No pickle gives it back."""

    def __init__(self, one, other):
        super().__init__("odd")


def test_errors_in_workers_are_told(client):
    def builder(hidden):
        if hidden == 8:
            raise Odd(1, 2)
        if hidden == 9:
            raise KeyError("nine")
        return plain(hidden)
    with pytest.warns(RuntimeWarning, match="2 of 3 trainings failed.*Odd: odd"):
        found = fastnn.sweep(builder, {"hidden": [5, 8, 9]}, X, Y, client=client)
    assert isinstance(found.errors[2], KeyError) and found.done() == 1


def test_a_worker_that_dies_is_an_error_of_its_training():
    """On a cluster of its own: Dask puts no other in the place of a worker that dies before its
    nanny has heard that it runs, and then there is none for the tests behind this."""
    def builder(hidden):
        if hidden == 8:
            import os
            import time
            time.sleep(1)  # until it has
            os._exit(1)
        return plain(hidden)
    # Its neighbours on the same workers may be lost with it once too often; usually none is.
    said = "[1-3] of 3 trainings failed.*(KilledWorker|lost all its workers)"
    with two_workers() as client, pytest.warns(RuntimeWarning, match=said):
        found = fastnn.sweep(builder, {"hidden": [5, 8, 9]}, X, Y, client=client)
    assert 1 in found.errors and found.done() + len(found.errors) == 3


def test_a_folder_goes_on_elsewhere(client, tmp_path):
    options = {"epochs": 5, "keep": "all", "folder": tmp_path}
    first = fastnn.sweep(plain, GRID, X, Y, threads=2, **options)
    for number in (0, 2):
        (tmp_path / f"run-{number:05d}.fastnn").unlink()
    again = fastnn.sweep(plain, GRID, X, Y, client=client, **options)
    assert bits(again) == bits(first) and weights(again) == weights(first)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send there")
def test_ctrl_c_calls_back_what_has_not_begun(client, monkeypatch):
    def builder(hidden):
        import time
        time.sleep(0.2)
        return plain(hidden)
    take, pressed = sweeping._Running._take, []

    def pressing(self, outcome):  # once there is something to give back
        take(self, outcome)
        if not pressed:
            pressed.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
    monkeypatch.setattr(sweeping._Running, "_take", pressing)
    time.sleep(1)  # a second Ctrl-C within a second means the program
    found = fastnn.sweep(builder, {"hidden": range(5, 105)}, X, Y, client=client)
    assert found.interrupted and 0 < found.done() < 100 and not found.errors
    assert time.perf_counter() - pressed[0] < 8


def test_a_foreign_dot_is_refused(client, monkeypatch):
    monkeypatch.setattr(np, "dot", lambda a, b: a @ b)
    with pytest.raises(ValueError, match="np.dot was replaced"):
        fastnn.sweep(plain, GRID, X, Y, client=client)


def test_threads_of_one_process_as_workers():
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2,
                            dashboard_address=None) as client:
        with nnfs_in_force(dot_precision_workaround=True):
            found = fastnn.sweep(dropping, GRID, X, Y, epochs=5, client=client, keep="all")
            expected = fastnn.sweep(dropping, GRID, X, Y, epochs=5, keep="all")
    assert bits(found) == bits(expected) and weights(found) == weights(expected)
