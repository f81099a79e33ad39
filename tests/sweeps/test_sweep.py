"""`fastnn.sweep`: the same digits however it is trained, and what comes back."""

import os
import pickle
import threading
import time
from contextlib import nullcontext

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from swept import (
    BUILDERS,
    GRID,
    X,
    Y,
    bits,
    data,
    dropping,
    foreign,
    layers_of,
    model,
    plain,
    regression,
    weights,
)

import fastnn
from fastnn.engine.order import Order
from fastnn.engine.program import Unfit
from fastnn.engine.runs import Run
from fastnn.support import blas
from fastnn.sweeps.networks import run_beside_others, taken

every_builder = pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)


@every_builder
@pytest.mark.parametrize("book", [True, False], ids=["nnfs", "plain"])
@pytest.mark.parametrize("shuffle", [False, True], ids=["in order", "shuffled"])
def test_digits_do_not_depend_on_threads_and_are_those_of_fit(builder, book, shuffle):
    def both():
        before = np.random.get_state()
        found = [fastnn.sweep(builder, GRID, *data(builder), epochs=12, repeats=2, keep="all",
                              threads=threads, shuffle=shuffle) for threads in (1, 2, 5)]
        after = np.random.get_state()
        assert np.array_equal(before[1], after[1]) and before[2:] == after[2:]
        for other in found[1:]:
            assert bits(other) == bits(found[0]) and weights(other) == weights(found[0])
        assert len(set(bits(found[0]))) == 8
        for one in found[0]:
            np.random.seed(one.seed)
            network = taken(builder(**one.parameters))
            with blas.limited(1):
                X, y = data(builder)
                history = network.fit(X, y, **{"epochs": 12, "shuffle": shuffle and one.seed}
                                      | network.options)
            assert history.table().tobytes() == one.history.table().tobytes()
    if book:
        with nnfs_in_force(dot_precision_workaround=True):
            both()
    else:
        both()


@pytest.mark.parametrize("builder, alone", [
    (plain, False), (dropping, False), (regression, False), (foreign, True)])
def test_what_is_compiled_is_trained_beside_others(builder, alone):
    options = {"epochs": 3, "batch_size": None, "log_every": 1, "shuffle": False}
    network = taken(builder())
    with pytest.raises(Unfit) if alone else nullcontext():
        run_beside_others(network, *data(builder), options)
    if builder is regression:
        assert network.parts.accuracy.precision is None


def test_a_network_is_planned_once(monkeypatch):
    made, plain_init = [], Run.__init__

    def init(run, *arguments, **options):
        plain_init(run, *arguments, **options)
        made.append(run)
    monkeypatch.setattr(Run, "__init__", init)
    fastnn.sweep(plain, None, X, Y, epochs=3, repeats=3, threads=2, verbose=False)
    assert len(made) == 3


@pytest.mark.parametrize("change", [
    lambda parts, given: parts.layers[0].__setattr__("weights", parts.layers[0].weights.copy()),
    lambda parts, given: parts.optimizer.__setattr__("learning_rate", 0.5),
    lambda parts, given: parts.layers[0].__setattr__("trainable", False),
    lambda parts, given: given.update(X=given["X"].copy()),
    lambda parts, given: given.update(epochs=4),
    lambda parts, given: given.update(order=Order(3, len(X))),
    lambda parts, given: given.update(parts=taken(plain()).parts)])
def test_a_run_that_was_made_already_is_not_taken_for_another(change):
    parts = taken(plain()).parts
    run = Run(parts, X, Y, epochs=3)
    given = {"parts": parts, "X": X, "y": Y, "epochs": 3}
    assert run.is_for(**given)
    change(parts, given)
    assert not run.is_for(**given)


def test_two_trainings_are_under_way_at_once():
    """Each waits for the other, in a callback of fastnn's own kind."""
    both = threading.Barrier(2, timeout=20)

    def builder():
        layers, loss, optimizer = dropping()
        schedule = fastnn.callbacks.LearningRateSchedule(lambda epoch: (both.wait(), 0.05)[1])
        return {"layers": layers, "loss": loss, "optimizer": optimizer, "callback": schedule}
    found = fastnn.sweep(builder, None, X, Y, epochs=1, repeats=2, threads=2)
    assert found.done() == 2


def test_a_model_is_trained_as_it_would_train_itself():
    (one,) = fastnn.sweep(model, None, X, Y, epochs=10)
    np.random.seed(one.seed)
    alone = model()
    alone.finalize()
    alone.train(X, Y, epochs=10, print_every=100)
    for got, expected in zip(one.network.layers, alone.layers, strict=True):
        if hasattr(got, "weights"):
            assert np.array_equal(got.weights, expected.weights)
    assert np.array_equal(one.network.predict(X), alone.predict(X))


def test_data_of_all_kinds(tmp_path):
    expected = bits(fastnn.sweep(plain, GRID, X, Y, epochs=3))
    np.save(tmp_path / "X.npy", X)
    for samples in (np.load(tmp_path / "X.npy", mmap_mode="r"), np.asfortranarray(X), X[:, :]):
        assert bits(fastnn.sweep(plain, GRID, samples, Y.tolist(), epochs=3)) == expected


def test_a_checkpoint_of_a_sweep_goes_on_as_it_was(tmp_path):
    def builder(number):
        layers, loss, optimizer = dropping()
        return {"layers": layers, "loss": loss, "optimizer": optimizer, "epochs": 20,
                "callback": fastnn.callbacks.Checkpoint(tmp_path / f"{number}", every=13)}
    found = fastnn.sweep(builder, {"number": range(4)}, X, Y, threads=3)
    for number in range(4):
        history = fastnn.fit(*dropping(), X, Y, epochs=20, resume=tmp_path / f"{number}")
        assert history.table().tobytes() == bits(found)[number]


def test_numpy_is_left_as_it_was():
    with np.errstate(all="raise"):
        threads, errors = blas.threads(), np.geterr()
        fastnn.sweep(plain, None, X, Y, threads=2)
        assert (blas.threads(), np.geterr()) == (threads, errors)
        failing = fastnn.sweep(lambda rate: plain(rate=rate), {"rate": [0.1]}, X, Y)
        assert failing.done() == 1


def test_floating_point_errors_are_raised_in_threads_as_outside():
    def builder():
        np.float32(1) / np.zeros(1, np.float32)
        return plain()
    with np.errstate(divide="raise"), pytest.raises(RuntimeError, match="FloatingPointError"):
        fastnn.sweep(builder, None, X, Y, threads=2)


# ------------------------------------------------------------------------------ what comes back


def test_the_best_by_its_last_row_is_kept():
    found = fastnn.sweep(plain, GRID, X, Y, epochs=20, repeats=2, validation_data=(X[:20], Y[:20]))
    assert found.monitor == "validation_loss"
    last = [history.validation_loss[-1] for history in found.histories]
    assert found.best().number == int(np.argmin(last))
    assert [one.network is not None for one in found] == [
        number == found.best().number for number in range(8)]
    rows = [history.accuracy[-1] for history in found.histories]
    assert found.best("accuracy").number == int(np.argmax(rows))
    assert found.best("accuracy", mode="min").number == int(np.argmin(rows))
    with pytest.raises(ValueError, match="monitor must be one of"):
        found.best("size")
    none = fastnn.sweep(plain, GRID, X, Y, keep=None)
    assert all(one.network is None for one in none)
    with pytest.raises(ValueError, match="no training has a validation_loss"):
        none.best("validation_loss")


def test_of_equal_ones_the_first_is_best():
    def builder(number):
        np.random.seed(1)
        return plain()
    for _ in range(3):
        found = fastnn.sweep(builder, {"number": range(6)}, X, Y, epochs=2, threads=3)
        assert found.best().number == 0
        assert [one.network is not None for one in found] == [True] + [False] * 5


def test_frame_dictionary_and_pictures():
    found = fastnn.sweep(plain, GRID, X, Y, epochs=3, repeats=3)
    frame = found.to_frame()
    assert list(frame.columns) == [
        "repeat", "seed", "param_hidden", "param_rate", "epoch", "loss", "data_loss",
        "regularization_loss", "accuracy", "learning_rate", "seconds", "error"]
    assert len(frame) == len(found) == len(list(found)) == 12 and frame.index.name == "run"
    assert frame["loss"].tolist() == [history.loss[-1] for history in found.histories]
    assert frame["loss"].idxmin() == found.best().number
    assert repr(found).startswith("Sweep of 12 trainings, 12 done, best loss ")
    page = found._repr_html_()
    assert page.count("<tr>") == 9 and "the best 8 by loss" in page
    assert "&lt;" in fastnn.sweep(lambda name: plain(), {"name": ["<b>"]}, X, Y)._repr_html_()
    assert len(found[2:4]) == 2 and layers_of(found.best().network)


def test_a_sweep_is_pickled_whole():
    found = fastnn.sweep(plain, GRID, X, Y, epochs=3, keep="all")
    again = pickle.loads(pickle.dumps(found))
    assert bits(again) == bits(found) and weights(again) == weights(found)
    assert again.to_dict() == found.to_dict() and repr(again) == repr(found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks there")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_while_a_sweep_goes_on():
    """The child has none of the threads, and sweeps on its own."""
    expected = bits(fastnn.sweep(foreign, GRID, X, Y, epochs=3))
    begun = threading.Event()

    def builder():
        begun.set()
        time.sleep(1)  # alone with the random numbers
        return plain()
    thread = threading.Thread(target=fastnn.sweep, args=(builder, None, X, Y))
    thread.start()
    begun.wait(20)
    child = os.fork()
    if not child:
        os._exit(bits(fastnn.sweep(foreign, GRID, X, Y, epochs=3)) != expected)
    end = time.monotonic() + 20
    while not (status := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.05)
    if not status[0]:
        os.kill(child, 9)
    thread.join()
    assert status == (child, 0)


def test_the_line(capsys):
    pytest.importorskip("tqdm")
    fastnn.sweep(plain, GRID, X, Y, epochs=3, verbose=True)
    said = capsys.readouterr().err
    assert "sweep: 100%" in said and "4/4" in said and "network" in said and "loss=" in said
    fastnn.sweep(plain, GRID, X, Y, epochs=3, verbose=False)
    assert capsys.readouterr().err == ""


def test_import_costs_nothing(fresh_process):
    got = fresh_process("""
        import sys
        import fastnn
        print([name for name in sys.modules if "sweeps" in name or "callbacks" in name])
        print(fastnn.sweep.__name__, "distributed" in sys.modules, "sklearn" in sys.modules)
    """)
    assert got == "[]\nsweep False False\n"


def test_the_pool_ends_with_the_sweep():
    fastnn.sweep(plain, GRID, X, Y, threads=3)
    time.sleep(0.05)
    assert not [one for one in threading.enumerate() if one.name.startswith("fastnn-sweep")]
