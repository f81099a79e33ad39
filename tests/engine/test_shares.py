"""Steps whose samples are divided into shares: the digits, and the threads that may do them."""

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
from fastnn.engine import loop
from fastnn.engine.plan import blocks
from fastnn.kernels import handshake
from fastnn.kernels.status import SHAPE
from fastnn.kernels.training import N_COUNTERS, N_SECTIONS, WORDS, assist
from fastnn.support import threads

pytestmark = pytest.mark.usefixtures("native_numpy")


@pytest.fixture
def divide(monkeypatch):
    """A function that has every step divided into so many shares, however small."""
    def into(shares):
        monkeypatch.setattr(blocks, "_shares", lambda rows, multiply_adds: shares)
    into(2)
    return into


@pytest.fixture
def allow(monkeypatch):
    """A function that allows so many threads, which may be more than there are cores."""
    def many(count):
        monkeypatch.setenv("FASTNN_NUM_THREADS", str(count))
    many(2)
    return many


def trained(case, samples=49, **options):
    net = build(fastnn, case, samples)
    rows = fit(net, **{"epochs": 30, "batch_size": case.batch, "log_every": 4} | options)
    return net, list(rows)


@pytest.mark.parametrize(("shares", "batch"), [(2, None), (2, 16), (2, 20), (3, 49), (16, 40)])
@pytest.mark.parametrize("loss", LOSSES)
def test_shares_add_up_to_the_whole(divide, allow, loss, shares, batch):
    """Sums of at most 49 terms in another order, through two steps of four products each.

    The terms of a gradient cancel: hence the bound of 1e-6, for outputs of the order of 0.1.
    """
    for activation, hidden, optimizer in (("ReLU", (16,), "SGD"), ("Tanh", (7, 33), "momentum"),
                                          ("ReLU", (32, 48), "SGD"), ("Sigmoid", (1,), "SGD")):
        case = Case(loss, optimizer, activation, hidden, batch, regularized=True)
        divide(shares)
        net, rows = trained(case, epochs=2, log_every=1)
        divide(1)
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
@pytest.mark.parametrize("shares", [2, 3, 16])
def test_digits_do_not_depend_on_who_does_a_share(divide, allow, case, shares):
    divide(shares)
    allow(1)
    expected, right = trained(case, epochs=300)
    for many in (2, 2, 2, 3, 5, 16):
        allow(many)
        got, rows = trained(case, epochs=300)
        assert_same(state(got), state(expected))
        assert np.array_equal(rows, right, equal_nan=True)


def taken_and_done(box):
    """Of each share but the first the turns in which it was last taken, and done."""
    words = box[handshake._SHARES:].reshape(-1, handshake._WORDS)[1:]
    return words[:, [handshake._TAKEN, handshake._DONE]].tolist()


@pytest.mark.parametrize(("shares", "many"), [(2, 2), (5, 3)])
def test_other_threads_do_shares(divide, allow, monkeypatch, shares, many):
    """They come some us late, so the run must be long enough for them."""
    divide(shares)
    allow(many)
    found = []
    assist = loop.assist

    def noted(code, sections, counters, box, rank):
        status = assist(code, sections, counters, box, rank)
        found.append((rank, taken_and_done(box)))
        return status
    monkeypatch.setattr(loop, "assist", noted)
    trained(Case(hidden=(64,)), samples=300, epochs=20_000, log_every=10**6)
    assert {rank for rank, _ in found} == set(range(1, many))
    for _, each in found:
        assert len(each) == shares - 1
        assert all(taken == done for taken, done in each)


@pytest.mark.parametrize("shares", [2, 5])
def test_batches_too_small_for_all_shares(divide, allow, shares):
    for samples in range(1, 20):
        divide(shares)
        net, _ = trained(Case(), samples=samples, epochs=5)
        divide(1)
        expected, _ = trained(Case(), samples=samples, epochs=5)
        if samples <= 8:  # one share has them all
            assert_same(state(net), state(expected))
        assert np.isfinite(net.layers[0].weights).all()


@pytest.mark.parametrize("words", ["0", "00", "-1", "two", "1.5"])
def test_wrong_number_of_threads_is_refused_before_anything_changes(monkeypatch, words):
    monkeypatch.setenv("FASTNN_NUM_THREADS", words)
    net, other = (build(fastnn, Case(), 49) for _ in range(2))
    with pytest.raises(ValueError, match=f"FASTNN_NUM_THREADS: .* from 1 on, got '{words}'"):
        fit(net, epochs=3)
    assert_same(state(net), state(other))
    assert words in fastnn.info()["threads"]


@pytest.mark.parametrize(("own", "others", "expected"), [
    ("7", "1", 7), ("", "1", 1), ("", "3,2", 3), ("", "many", 4), ("", "0", 4), ("", "9", 4),
    (" 2 ", "", 2), ("003", "", 3), ("9" * 5000, "", 64), ("1" + "0" * 20, "", 64),
    ("", "9" * 5000, 4)])
def test_number_of_threads(monkeypatch, own, others, expected):
    monkeypatch.setenv("FASTNN_NUM_THREADS", own)
    monkeypatch.setattr(threads, "cores", lambda: 4)
    for name in threads._LIMITS:
        monkeypatch.delenv(name, raising=False)
    for name in threads._LIMITS:
        with monkeypatch.context() as one:
            one.setenv(name, others)
            assert threads.count() == expected


@pytest.mark.parametrize(("files", "expected"), [
    ({"cpu.max": "max 100000\n"}, threads._MOST), ({"cpu.max": "250000 100000\n"}, 2),
    ({"cpu.max": "50000 100000\n"}, 1), ({}, threads._MOST), ({"cpu.max": ""}, threads._MOST),
    ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, threads._MOST)])
def test_share_of_a_container(tmp_path, files, expected):
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert threads._quota.__wrapped__(tmp_path) == expected


def test_work_alone_decides_about_shares():
    assert [blocks._shares(*work) for work in (
        (10**6, 10**4), (32, 10**9), (300, 96_000), (300, 768_000), (1000, 4_224_000),
        (128, 10**8), (10**6, 10**12))] == [1, 1, 2, 2, 4, 2, 16]


def test_failed_run_lets_the_other_threads_go(divide, allow, monkeypatch):
    def fail(*arguments):
        raise MemoryError
    with monkeypatch.context() as broken:
        broken.setattr(loop, "train", fail)
        with pytest.raises(MemoryError):
            trained(Case())
    assert threads.each(max, [(1, 2), (3, 4)]) == [2, 4]


def test_other_threads_taken_means_alone(allow):
    release = threading.Event()
    with threads.beside(release.wait, [()]):
        begin = time.perf_counter()
        assert threads.each(max, [(1, 2), (3, 4)]) == [2, 4]
        with threads.beside(max, [(1, 2), (3, 4)]) as running:
            assert running == [None, None]
        assert time.perf_counter() - begin < 5
        release.set()


class TooLate(Exception):
    pass


@pytest.fixture
def time_out(no_collector_callbacks):
    """A function that has a time-out of somebody's own come, whose handler raises TooLate."""
    def late(number, frame):
        raise TooLate

    before = signal.signal(signal.SIGINT, late)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("where", ["begin", "wait"])
def test_a_time_out_leaves_no_thread_at_work(monkeypatch, allow, time_out, where):
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
        with threads.beside(lambda: done.append(ended.wait(10)), [()], ended.set) as running:
            while not running[0].running():
                pass
    assert done == [True]
    assert threads.each(max, [(1, 2), (3, 4)]) == [2, 4]


def test_a_thread_that_cannot_be_had_is_done_without(monkeypatch, allow):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    done = []
    with monkeypatch.context() as full:
        full.setattr(threads, "_pool", None)
        full.setattr(threading.Thread, "start", fail)
        assert threads.each(done.append, [(1,), (2,)]) == [None, None]
        with threads.beside(done.append, [(3,)]) as running:
            assert running == [None]
        assert threads._pool is None
    assert threads.each(max, [(1, 2), (3, 4)]) == [2, 4]
    assert done == [1, 2]


def test_what_found_no_thread_is_done_once(monkeypatch, allow):
    """An executor keeps in its queue what it could not begin a thread for; its others took that."""
    allow(4)
    start, begun, done = threading.Thread.start, [], []

    def fail_after_one(thread):
        begun.append(thread)
        if len(begun) > 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    def work(number):
        done.append(number)
        time.sleep(0.05)
    with monkeypatch.context() as full:
        full.setattr(threads, "_pool", None)
        full.setattr(threading.Thread, "start", fail_after_one)
        threads.each(work, [(number,) for number in range(4)])
        time.sleep(0.3)
    assert len(begun) > 1 and sorted(done) == [0, 1, 2, 3]


def test_a_thread_goes_on_in_parts_behind_the_main_one_s_end(fresh_process):
    said = fresh_process("""
        import concurrent.futures.thread as futures
        import threading, time
        from fastnn.support import threads

        threads.count = lambda: 2

        def late():
            print(threads.each(max, [(1, 2), (3, 4)]), flush=True)
            while not futures._shutdown:
                time.sleep(0.01)
            print(threads.each(max, [(1, 2), (3, 4)]), flush=True)

        threading.Thread(target=late).start()
        """)
    assert said == "[2, 4]\n" * 2


def test_two_divided_fits_at_once(divide, allow):
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
def test_forked_child_trains_with_threads_of_its_own(divide, allow):
    case = Case(hidden=(32,))
    expected, _ = trained(case)
    child = os.fork()
    if child == 0:
        got, _ = trained(case)
        same = all(np.array_equal(a.weights, b.weights) for a, b in zip(got.layers, expected.layers)
                   if hasattr(a, "weights"))
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("shares", [1, 3])
def test_assist_refuses_wrong_shapes(shares):
    rows = 2 * (shares - 1)
    code, counters = np.zeros((2 + rows) * WORDS, np.int64), np.zeros(N_COUNTERS, np.int64)
    sections = np.array([0, 0, 2, 2 + rows, 2 + rows, 8])
    box = np.zeros(handshake.size_of(shares), np.int64)
    box[handshake.TURN] = handshake.END
    assert assist(code, sections, counters, box, 1) == 0
    assert assist(code, sections, counters, box, -(2**63)) == 0
    for wrong in ((code, sections[:-1], counters, box), (code, sections, counters[1:], box),
                  (code, sections, counters, box[1:]), (code, sections * 0, counters, box),
                  (code, sections, counters, np.zeros(handshake.size_of(shares + 1), np.int64)),
                  (code[:0], np.full(N_SECTIONS, 8), counters, box),
                  (code[1:], sections, counters, box)):
        assert assist(*map(np.ascontiguousarray, wrong), 1) == SHAPE
