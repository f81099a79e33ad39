"""Profiles inside profiles, in threads, and left by exceptions."""

import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from profiled import check_trace, everything, network, row, seconds_of, step

import fastnn
from fastnn.support import watching


def test_profiles_nest(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    parts = network()
    with fastnn.profile() as outer:
        step(*parts, X, y)
        with fastnn.profile() as inner:
            step(*parts, X, y)
            step(*parts, X, y)
        assert vars(fastnn.Layer_Dense)["forward"].__wrapped__  # still open
        step(*parts, X, y)
    assert row(inner.to_dict(), "Activation_ReLU", "forward")["calls"] == 2
    assert row(outer.to_dict(), "Activation_ReLU", "forward")["calls"] == 4
    assert outer.to_dict()["wall"] > inner.to_dict()["wall"]


def test_a_profile_can_be_read_while_it_is_open(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    parts = network()
    seen = []
    with fastnn.profile() as p:
        fastnn.fit(*parts, X, y, epochs=3, callback=lambda row: seen.append(p.to_dict()))
    assert [row(one, "fit", "engine")["calls"] for one in seen] == [1, 1, 1]
    walls = [one["wall"] for one in seen]
    assert walls == sorted(walls) and walls[-1] < p.to_dict()["wall"]
    for one in seen:
        assert sum(one["phases"].values()) == pytest.approx(one["wall"], rel=0.03)


def test_a_profile_inside_a_callback_sees_what_comes_after(book_numpy):
    X, y = spiral_data(samples=20, classes=3)
    found = []

    def callback(row):
        with fastnn.profile() as p:
            fastnn.Activation_ReLU().forward(X)
        found.append(p.to_dict())
    with fastnn.profile() as outer:
        fastnn.fit(*network(), X, y, epochs=2, callback=callback)
    for one in found:
        assert row(one, "Activation_ReLU", "forward")["calls"] == 1
        assert all(part["seconds"] >= 0 for part in one["rows"])
    assert outer.to_dict()["wall"] > sum(one["wall"] for one in found)


def test_every_thread_is_seen_and_told_apart(book_numpy, tmp_path):
    X, y = spiral_data(samples=20, classes=3)

    together = threading.Barrier(3)  # one that is over leaves its number to the next

    def work(n):
        parts = network(n)
        for _ in range(50):
            step(*parts, X, y)
        together.wait(60)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    with fastnn.profile() as p:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = p.to_dict()
    assert found["threads"] == 4
    relus = [one for one in found["rows"] if one["name"].startswith("Activation_ReLU")]
    assert [one["calls"] for one in relus] == [50] * 6  # three objects, forward and backward
    p.to_chrome_trace(tmp_path / "trace.json")
    events = check_trace(tmp_path / "trace.json")
    assert len({event["tid"] for event in events}) == 3


def test_profiles_in_threads(book_numpy):
    """Each sees all threads while it is open; the methods come back with the last."""
    before = everything()
    X = np.ones((4, 2), "f4")
    found = []

    def work():
        for _ in range(20):
            with fastnn.profile() as p:
                fastnn.Layer_Dense(2, 3).forward(X)
            found.append(p.to_dict())
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(seconds_of(one, "forward") > 0 for one in found)
    assert everything() == before


def test_an_exception_passes_and_leaves_a_profile(book_numpy):
    before = everything()
    layer = fastnn.Layer_Dense(2, 3)
    with pytest.raises(ValueError, match="n_inputs"), fastnn.profile() as p:
        layer.forward(np.ones((4, 2), "f4"))
        layer.forward(np.ones((4, 5), "f4"))
    assert row(p.to_dict(), "Layer_Dense", "forward")["calls"] == 2
    assert everything() == before


def test_a_profile_is_opened_once():
    with fastnn.profile() as p:
        pass
    with pytest.raises(RuntimeError, match="opened once"):
        p.__enter__()
    with pytest.raises(RuntimeError, match="nothing is profiled yet"):
        fastnn.profile().to_dict()
    assert repr(fastnn.profile()) == "<fastnn profile, not opened>"


@pytest.mark.parametrize("tell", [lambda: watching.within("a run"),
                                  lambda: watching.stepwise("a reason", [])])
def test_profile_that_another_thread_ends_under_way(tell):
    """Between any two instructions: who was there as it was asked for is told."""
    class Told:
        def within(self, owner):
            return nullcontext()

        def stepwise(self, reason, things):
            pass

    def ending(frame, event, argument):
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_code.co_filename == watching.__file__ and next(left, 0):
            watching.watch(None)
        return ending

    before = sys.gettrace()
    for instruction in range(30):
        left = iter([*[0] * instruction, 1])
        watching.watch(Told())
        sys.settrace(ending)
        try:
            tell()
        finally:
            sys.settrace(before)
            watching.watch(None)
