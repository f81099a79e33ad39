"""A sweep with a folder: what is found again, and what is refused."""

import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from swept import BUILDERS, GRID, X, Y, bits, data, drawing, foreign, plain, weights

import fastnn
from fastnn.sweeps import sweeping
from fastnn.sweeps.folder import Folder

OPTIONS = {"epochs": 6, "repeats": 2, "threads": 2}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("keep", ["best", "all", None])
@pytest.mark.parametrize("builder", BUILDERS, ids=lambda one: one.__name__)
def test_another_call_finds_all_again(builder, keep, tmp_path):
    if builder is foreign and keep:
        keep = "all"  # its own layer has no state, and is kept
    options = OPTIONS | {"keep": keep}
    undisturbed = fastnn.sweep(builder, GRID, *data(builder), **options)
    first = fastnn.sweep(builder, GRID, *data(builder), folder=tmp_path / "a" / "b", **options)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "b").glob("run-*")}
    state = np.random.get_state()
    again = fastnn.sweep(builder, GRID, *data(builder), folder=tmp_path / "a" / "b", **options)
    after = np.random.get_state()
    assert np.array_equal(state[1], after[1]) and state[2:] == after[2:]
    assert bits(undisturbed) == bits(first) == bits(again)
    assert weights(undisturbed) == weights(first) == weights(again)
    assert len(times) == 8
    assert {path: path.stat().st_mtime_ns for path in times} == times  # none was trained again
    assert first.to_dict() == again.to_dict()
    kept = {"best": 1, "all": 8, None: 0}[keep]
    assert len(list((tmp_path / "a" / "b").glob("network-*"))) == kept


@pytest.mark.parametrize("keep", ["best", "all"])
def test_what_is_missing_is_trained_anew(keep, tmp_path):
    whole = fastnn.sweep(plain, GRID, X, Y, folder=tmp_path, keep=keep, **OPTIONS)
    best = whole.best().number
    for lost in ([0, 3], [best], range(8)):
        for number in lost:
            (tmp_path / f"run-{number:05d}.fastnn").unlink()
        again = fastnn.sweep(plain, GRID, X, Y, folder=tmp_path, keep=keep, **OPTIONS)
        assert bits(again) == bits(whole) and weights(again) == weights(whole)


def test_two_processes_in_one_folder(tmp_path, monkeypatch):
    whole = fastnn.sweep(plain, GRID, X, Y, **OPTIONS)
    forget, removed = Folder.forget, []

    def late(self, index):
        """The other one was at the same, and first."""
        if os.path.exists(path := self._name("network", index)):
            removed.append(index)
            monkeypatch.setattr(os.path, "exists", lambda given: given == path or isfile(given))
            os.unlink(path)
        forget(self, index)
    isfile = os.path.isfile
    monkeypatch.setattr(Folder, "forget", late)
    found = fastnn.sweep(plain, GRID, X, Y, folder=tmp_path, **OPTIONS)
    assert removed and bits(found) == bits(whole) and weights(found) == weights(whole)


def changed(**options):
    def call(folder):
        given = {"builder": plain, "parameters": GRID, "X": X, "y": Y} | OPTIONS | options
        return fastnn.sweep(**given, folder=folder)
    return call


OTHERS = {
    "builder": changed(builder=drawing),
    "parameters": changed(parameters={"hidden": [5, 9], "rate": [0.01, 0.05]}),
    "parameters ": changed(parameters={"hidden": [5, 8], "rate": [0.01, 1]}),
    "repeats": changed(repeats=3),
    "seed": changed(seed=1),
    "X": changed(X=X.astype(np.float64)),
    "X ": changed(X=X[::-1]),
    "y": changed(y=Y[::-1]),
    "validation_data": changed(validation_data=(X, Y), monitor="loss"),
    "epochs": changed(epochs=7),
    "batch_size": changed(batch_size=7),
    "shuffle": changed(shuffle=True),
    "log_every": changed(log_every=2),
    "keep": changed(keep="all"),
    "monitor": changed(monitor="accuracy"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_folder_of_another_sweep_is_refused(what, tmp_path):
    changed()(tmp_path)
    before = names(tmp_path)
    with pytest.raises(fastnn.StorageError, match=rf"holds another sweep: {what.strip()} was .* "
                                                  r"there and is .* here"):
        OTHERS[what](tmp_path)
    assert names(tmp_path) == before
    changed()(tmp_path)


def test_where_long_lists_of_parameters_differ_is_said(tmp_path):
    """It showed the beginnings of both, which were the same text."""
    small, large = ({"hidden": [5, 8], "rate": [0.01, 0.05, *more]} for more in ((), (0.1,)))
    changed(parameters=small)(tmp_path / "a")
    with pytest.raises(fastnn.StorageError, match="parameters was a list of 4, number 2 .*8, .*0.01"
                       ".* there and is a list of 6, number 2 .*5, .*0.1} here; choose"):
        changed(parameters=large)(tmp_path / "a")
    rows = [{"hidden": 5, "rate": rate} for rate in (0.01, 0.02, 0.03, 0.04)]
    changed(parameters=rows[:3])(tmp_path / "b")
    with pytest.raises(fastnn.StorageError, match="was a list of 3 there and is a list of 4, "
                       "number 3 .*0.04} here"):
        changed(parameters=rows)(tmp_path / "b")


def test_another_precision_is_another_sweep(tmp_path):
    changed()(tmp_path)
    with fastnn.set_dot_precision("book"):
        with pytest.raises(fastnn.StorageError, match="precision was"):
            changed()(tmp_path)


def test_threads_and_verbosity_are_nothing_to_the_folder(tmp_path):
    changed()(tmp_path)
    assert changed(threads=1, verbose=False)(tmp_path).done() == 8


def test_folders_that_are_none(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        changed()(tmp_path / "file")
    (tmp_path / "run-00001.fastnn").write_text("")
    with pytest.raises(fastnn.StorageError, match="has runs in it but no sweep.fastnn"):
        changed()(tmp_path)
    (tmp_path / "sweep.fastnn").write_text("{}")
    with pytest.raises(fastnn.StorageError, match="cannot read"):
        changed()(tmp_path)
    fastnn.Model().save(tmp_path / "sweep.fastnn")
    with pytest.raises(fastnn.StorageError, match="expected the file of a sweep, found .*'model'"):
        changed()(tmp_path)


def test_a_damaged_run_is_told(tmp_path):
    changed()(tmp_path)
    path = tmp_path / "run-00002.fastnn"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(fastnn.StorageError, match="run-00002"):
        changed()(tmp_path)
    path.write_bytes((tmp_path / "run-00003.fastnn").read_bytes())
    with pytest.raises(fastnn.StorageError, match="expected run 2 of a sweep.*remove it"):
        changed()(tmp_path)
    path.unlink()
    assert changed()(tmp_path).done() == 8


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        changed()(tmp_path)


def test_a_full_disk_leaves_what_was_done(tmp_path, monkeypatch):
    written = []

    def write(self, outcome, keeps):
        written.append(outcome.number)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
    monkeypatch.setattr(sweeping.Folder, "write", write)
    with pytest.raises(OSError, match="No space") as caught:
        changed(threads=1)(tmp_path)
    assert caught.value.sweep.done() == 3
    assert not [one for one in threading.enumerate() if one.name.startswith("fastnn-sweep")]


def test_a_network_that_is_missing_is_told(tmp_path):
    found = changed()(tmp_path)
    (left,) = tmp_path.glob("network-*")
    assert left.name == f"network-{found.best().number:05d}.fastnn"
    (tmp_path / "network-00099.fastnn").write_text("left by a kill")
    left.unlink()
    with pytest.raises(fastnn.StorageError, match="is missing; remove .*run-.*trained anew"):
        changed()(tmp_path)
    (tmp_path / f"run-{found.best().number:05d}.fastnn").unlink()
    assert weights(changed()(tmp_path)) == weights(found)
    assert [path.name for path in tmp_path.glob("network-*")] == [left.name]


def test_parameters_that_no_file_can_hold(tmp_path):
    with pytest.raises(TypeError, match="sweep, with a folder: parameter made is a type"):
        fastnn.sweep(lambda made: plain(), {"made": [int]}, X, Y, folder=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_numpys_numbers_are_pythons(tmp_path):
    for kind in (float, np.float64):
        found = fastnn.sweep(plain, {"rate": [kind(0.5)]}, X, Y, folder=tmp_path)
    assert found.done() == 1


class Momentum:
    """An optimizer of somebody's own, with state that nobody knows of."""

    current_learning_rate = learning_rate = 0.1
    decay = iterations = 0

    def pre_update_params(self):
        pass

    def update_params(self, layer):
        layer.weights -= 0.1 * layer.dweights

    post_update_params = pre_update_params


def test_what_could_not_be_kept_is_refused_before_it_is_trained(tmp_path):
    def builder():
        return (*plain()[:2], Momentum())
    with pytest.raises(RuntimeError, match="Momentum of your own"):
        fastnn.sweep(builder, None, X, Y, folder=tmp_path)
    found = fastnn.sweep(builder, None, X, Y, folder=tmp_path / "histories", keep=None)
    assert found.done() == 1


def test_failed_ones_are_tried_again(tmp_path):
    fails = [True]

    def builder(hidden):
        if fails[0] and hidden == 8:
            raise OSError("not now")
        return plain(hidden)
    grid = {"hidden": [5, 8]}
    with pytest.warns(RuntimeWarning, match="1 of 2 trainings failed"):
        assert fastnn.sweep(builder, grid, X, Y, folder=tmp_path).done() == 1
    fails[0] = False
    found = fastnn.sweep(builder, grid, X, Y, folder=tmp_path)
    assert not found.errors and bits(found) == bits(fastnn.sweep(plain, grid, X, Y))


# ---------------------------------------------------------------------------------------- Ctrl-C


def interrupting(after, builder=plain):
    """The builder, and Ctrl-C when it is called for the so manieth time."""
    calls = []

    def build(hidden, rate):
        calls.append(hidden)
        if len(calls) == after:
            signal.raise_signal(signal.SIGINT) if threading.current_thread() is \
                threading.main_thread() else os.kill(os.getpid(), signal.SIGINT)
        if len(calls) >= after:
            time.sleep(0.5)  # for the sweep to stop, while there is something left
        return builder(hidden, rate)
    return build


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send there")
@pytest.mark.parametrize("builder", [plain, foreign], ids=["compiled", "step by step"])
def test_ctrl_c_gives_back_what_was_done(builder, tmp_path):
    options = OPTIONS | {"epochs": 40, "keep": "all"}
    whole = fastnn.sweep(builder, GRID, X, Y, **options)
    time.sleep(1)  # a second Ctrl-C within a second means the program
    stopped = fastnn.sweep(interrupting(5, builder), GRID, X, Y, folder=tmp_path, **options)
    assert stopped.interrupted and 3 <= stopped.done() < 8 and not stopped.errors
    assert "interrupted" in repr(stopped)
    for got, expected in zip(bits(stopped), bits(whole), strict=True):
        assert got in (None, expected)
    time.sleep(1)
    again = fastnn.sweep(interrupting(99, builder), GRID, X, Y, folder=tmp_path, **options)
    assert not again.interrupted and bits(again) == bits(whole)
    assert weights(again) == weights(whole)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send there")
@pytest.mark.parametrize("held", [False, True])
def test_ctrl_c_stops_a_training_that_is_under_way(held):
    def builder():
        if held:  # Python runs nothing else for so long: the sweep's time to look again is over
            os.kill(os.getpid(), signal.SIGINT)
            sum(range(2 * 10**7))
        else:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        return plain()
    time.sleep(1)
    begin = time.perf_counter()
    # So many take a minute: where no Ctrl-C comes through, the test fails and does not hang.
    found = fastnn.sweep(builder, None, X, Y, epochs=2 * 10**7, log_every=10**7)
    assert time.perf_counter() - begin < 10
    assert found.interrupted and found.done() == 0 and found.histories == [None]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals to send there")
def test_ctrl_c_twice_raises_with_what_was_done():
    def builder(hidden, rate):
        if hidden == 8:
            for times in 1, 2:  # two that come before Python looks are one to it
                os.kill(os.getpid(), signal.SIGINT)
                while getattr(signal.getsignal(signal.SIGINT).__self__, "_came", times) < times:
                    time.sleep(0.01)
        return plain(hidden, rate)
    time.sleep(1)
    with pytest.raises(KeyboardInterrupt) as caught:
        fastnn.sweep(builder, GRID, X, Y, threads=1)
    assert caught.value.sweep.done() >= 2
