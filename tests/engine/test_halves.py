"""Steps whose samples are halved: the digits, and the second thread that may do one half."""

import os
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from networks import LOSSES, Case, build, fit, state
from programs import assert_same

import fastnn
from fastnn.engine import runs
from fastnn.engine.plan import blocks
from fastnn.kernels import handshake
from fastnn.kernels.status import SHAPE
from fastnn.kernels.training import N_COUNTERS, N_SECTIONS, WORDS, assist
from fastnn.support import threads

pytestmark = pytest.mark.usefixtures("native_numpy")


@pytest.fixture
def halved(monkeypatch):
    """Every step is halved, however small."""
    monkeypatch.setattr(blocks, "_MANY", 2)
    monkeypatch.setattr(blocks, "_MUCH", 1)


@pytest.fixture
def second_thread(monkeypatch):
    """A function that allows or forbids the second thread."""
    def allow(yes):
        monkeypatch.setattr(threads, "allowed", lambda: yes)
    allow(True)
    return allow


def trained(case, samples=49, **options):
    net = build(fastnn, case, samples)
    rows = fit(net, **{"epochs": 30, "batch_size": case.batch, "log_every": 4} | options)
    return net, list(rows)


@pytest.mark.parametrize("batch", [None, 16, 20])
@pytest.mark.parametrize("loss", LOSSES)
def test_halves_add_up_to_the_whole(monkeypatch, halved, second_thread, loss, batch):
    """Sums of at most 49 terms in another order, through two steps of four products each.

    The terms of a gradient cancel: hence the bound of 1e-6, for outputs of the order of 0.1.
    """
    for activation, hidden, optimizer in (("ReLU", (16,), "SGD"), ("Tanh", (7, 33), "momentum"),
                                          ("ReLU", (32, 48), "SGD"), ("Sigmoid", (1,), "SGD")):
        case = Case(loss, optimizer, activation, hidden, batch, regularized=True)
        net, rows = trained(case, epochs=2, log_every=1)
        with monkeypatch.context() as whole:
            whole.setattr(blocks, "_MUCH", 1e18)
            expected, right = trained(case, epochs=2, log_every=1)
        for n, (layer, other) in enumerate(zip(net.layers, expected.layers, strict=True)):
            for name in ("weights", "biases", "dweights", "dbiases"):
                if hasattr(other, name):
                    a, b = getattr(layer, name), getattr(other, name)
                    assert np.abs(a - b).max() <= 1e-5 * np.abs(b).max() + 1e-6, (case, n, name)
        assert np.allclose(rows, right, rtol=1e-5, equal_nan=True)


@pytest.mark.parametrize("case", [
    Case(hidden=(16,)), Case("squared 1", "RMSprop", "Tanh", (33, 7), batch=20),
    Case("softmax one-hot", "Adagrad", dropout=True), Case("binary 3", batch=16, data="uint8")],
    ids=str)
def test_digits_do_not_depend_on_who_does_a_half(halved, second_thread, case):
    second_thread(False)
    expected, right = trained(case, epochs=300)
    second_thread(True)
    for _ in range(5):
        got, rows = trained(case, epochs=300)
        assert_same(state(got), state(expected))
        assert np.array_equal(rows, right, equal_nan=True)


def test_second_thread_does_halves(halved, second_thread, monkeypatch):
    """It comes some us late, so the run must be long enough for it."""
    boxes = []

    class Noted(runs.Run):
        def _train(self, *arguments):
            status = super()._train(*arguments)
            boxes.append(self._box.copy())
            return status
    monkeypatch.setattr("fastnn.engine.fitting.Run", Noted)
    trained(Case(hidden=(64,)), samples=300, epochs=20_000, log_every=10**6)
    assert max(box[handshake.DONE] for box in boxes) > 0
    assert all(box[handshake.DONE] <= box[handshake.TAKEN] for box in boxes)


def test_batches_too_small_for_two_halves_are_whole(halved, second_thread):
    for samples in range(1, 20):
        net, _ = trained(Case(), samples=samples, epochs=5)
        assert np.isfinite(net.layers[0].weights).all()


def test_failed_run_lets_the_second_thread_go(halved, second_thread, monkeypatch):
    def fail(*arguments):
        raise MemoryError
    with monkeypatch.context() as broken:
        broken.setattr(runs, "train", fail)
        with pytest.raises(MemoryError):
            trained(Case())
    assert threads.both(max, (1, 2), (3, 4)) == (2, 4)


def test_second_thread_taken_means_alone():
    release = threading.Event()
    with threads.beside(release.wait, ()):
        begin = time.perf_counter()
        assert threads.both(max, (1, 2), (3, 4)) == (2, 4)
        with threads.beside(max, (1, 2)) as running:
            assert running is None
        assert time.perf_counter() - begin < 5
        release.set()


class TooLate(Exception):
    pass


@pytest.fixture
def time_out(handlers_may_raise):
    """A function that has a time-out of somebody's own come, whose handler raises TooLate."""
    def late(number, frame):
        raise TooLate

    before = signal.signal(signal.SIGINT, late)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("where", ["begin", "wait"])
def test_a_time_out_leaves_no_second_thread_at_work(monkeypatch, second_thread, time_out, where):
    class Late(ThreadPoolExecutor):
        def submit(self, *arguments):
            running = super().submit(*arguments)
            time_out()
            return running

    def exception(future):
        time_out()
        return was(future)

    was, ended, done = Future.exception, threading.Event(), []
    with monkeypatch.context() as late, pytest.raises(TooLate):
        if where == "begin":
            late.setattr(threads, "_pool", Late(1))
        else:
            late.setattr(Future, "exception", exception)
        with threads.beside(lambda: done.append(ended.wait(10)), (), ended.set) as running:
            while not running.running():
                pass
    assert done == [True]
    assert threads.both(max, (1, 2), (3, 4)) == (2, 4)


def test_a_thread_that_cannot_be_had_is_done_without(monkeypatch, second_thread):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    done = []
    with monkeypatch.context() as full:
        full.setattr(threads, "_pool", None)
        full.setattr(threading.Thread, "start", fail)
        assert threads.both(done.append, (1,), (2,)) == (None, None)
        with threads.beside(done.append, (3,)) as running:
            assert running is None
        assert threads._pool is None
    assert threads.both(max, (1, 2), (3, 4)) == (2, 4)
    assert done == [1, 2]


def test_a_thread_goes_on_in_halves_behind_the_main_one_s_end(fresh_process):
    said = fresh_process("""
        import concurrent.futures.thread as futures
        import threading, time
        from fastnn.support import threads

        threads.allowed = lambda: True

        def late():
            print(threads.both(max, (1, 2), (3, 4)), flush=True)
            while not futures._shutdown:
                time.sleep(0.01)
            print(threads.both(max, (1, 2), (3, 4)), flush=True)

        threading.Thread(target=late).start()
        """)
    assert said == "(2, 4)\n" * 2


def test_two_halved_fits_at_once(halved, second_thread):
    cases = [Case(batch=16, hidden=(33, 7)), Case("squared 1", "RMSprop", "Tanh")]
    expected = [trained(case, epochs=1000)[0] for case in cases]
    for _ in range(2):
        nets = [build(fastnn, case) for case in cases]
        both = [threading.Thread(target=lambda net=net, case=case: fit(
            net, epochs=1000, batch_size=case.batch, log_every=4))
            for net, case in zip(nets, cases, strict=True)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        for net, right in zip(nets, expected, strict=True):
            assert_same(state(net), state(right))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forked_child_trains_with_a_second_thread_of_its_own(halved, second_thread):
    case = Case(hidden=(32,))
    expected, _ = trained(case)
    child = os.fork()
    if child == 0:
        got, _ = trained(case)
        same = all(np.array_equal(a.weights, b.weights) for a, b in zip(got.layers, expected.layers)
                   if hasattr(a, "weights"))
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_assist_refuses_wrong_shapes():
    code, counters = np.zeros(WORDS, np.int64), np.zeros(N_COUNTERS, np.int64)
    sections, box = np.array([0, 0, 0, 0, 0, 8]), np.zeros(handshake.SIZE, np.int64)
    box[handshake.TURN] = handshake.END
    assert assist(code, sections, counters, box) == 0
    for wrong in ((code, sections[:-1], counters, box), (code, sections, counters[1:], box),
                  (code, sections, counters, box[1:]), (code, sections * 0, counters, box),
                  (code[:0], np.full(N_SECTIONS, 8), counters, box)):
        assert assist(*map(np.ascontiguousarray, wrong)) == SHAPE
