"""One model used by several threads at a time: each has its own rows, and the lines are right."""

import contextlib
import copy
import io
import os
import pickle
import re
import signal
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from predicting import PREDICTS, SIZES, THREADS, build, every_size, in_threads, inputs, wrong_rows
from programs import arrays_of, assert_same

import fastnn
from fastnn.model import passes as model_passes
from fastnn.model import runs as model_runs
from fastnn.model.passes import turn
from fastnn.model.steps import Steps, Stopped


@pytest.fixture(autouse=True)
def hurry():
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@every_size
@pytest.mark.parametrize("kind", ["softmax", "regression", "foreign", "counting"])
def test_each_thread_has_its_own_rows(kind, size):
    assert wrong_rows(build(kind), *SIZES[size]) == 0


@pytest.mark.parametrize("size", ["few", "many, in batches"])
def test_each_thread_has_its_own_rows_while_a_profile_is_open(size):
    with fastnn.profile():
        assert wrong_rows(build(), *SIZES[size], predicts=40) == 0


@pytest.mark.parametrize("size", ["few", "many, in batches"])
def test_models_may_share_their_layers(size):
    one, other = build(), fastnn.Model()
    for layer in one.layers:
        other.add(layer)
    other.set(loss=one.loss, optimizer=one.optimizer, accuracy=one.accuracy)
    other.finalize()
    one.input_layer, rows = other.input_layer, SIZES[size]
    expected = [one.predict(inputs(t, 0, rows[0]), batch_size=rows[1]) for t in range(THREADS)]
    wrong = []

    def work(thread):
        for _ in range(PREDICTS):
            got = [one, other][thread % 2].predict(inputs(thread, 0, rows[0]), batch_size=rows[1])
            wrong.append(not np.array_equal(got, expected[thread]))

    in_threads(work)
    assert sum(wrong) == 0


class Printed(io.TextIOBase):
    """What each thread printed."""

    def __init__(self):
        self.lines: dict[int, list[str]] = {}

    def write(self, text):
        self.lines.setdefault(threading.get_ident(), []).append(text)
        return len(text)


@every_size
@pytest.mark.parametrize("kind", ["softmax", "regression", "foreign", "counting"])
def test_each_thread_prints_its_own_evaluation(kind, size):
    model, (rows, batch_size) = build(kind), SIZES[size]

    def data(thread, n):
        X = inputs(thread, n, rows)
        return X, X if kind == "regression" else np.argmax(X, axis=1)

    expected: dict[int, list[str]] = {}
    for thread in range(THREADS):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for n in range(30):
                model.evaluate(*data(thread, n), batch_size=batch_size)
        expected[thread] = out.getvalue().splitlines()
    assert len({line for lines in expected.values() for line in lines}) > 4
    got: dict[int, list[str]] = {}
    with contextlib.redirect_stdout(Printed()) as printed:
        def work(thread):
            for n in range(30):
                model.evaluate(*data(thread, n), batch_size=batch_size)
            got[thread] = "".join(printed.lines[threading.get_ident()]).splitlines()
        in_threads(work)
    assert got == expected


# ----------------------------------------------------------------------- beside a training


@pytest.mark.parametrize("kind", ["softmax", "foreign", "counting"])
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_a_training_does_not_notice_who_predicts_and_evaluates(kind, lines):
    """Its weights and lines are those of a training that nobody disturbs."""
    X, y = inputs(0, 0, 60), np.arange(60) % 3
    left, printed = [], []
    for disturbed in (False, True):
        model = build(kind)
        model.lines = lines
        stop, predicts = threading.Event(), []

        def disturb(model=model, stop=stop, predicts=predicts):
            while not stop.is_set():
                model.predict(inputs(1, 1, 5))
                model.evaluate(inputs(1, 2, 5), np.zeros(5, int))
                predicts.append(1)

        others = [threading.Thread(target=disturb) for _ in range(2)] if disturbed else []
        with contextlib.redirect_stdout(Printed()) as out:
            for one in others:
                one.start()
            try:
                np.random.seed(0)
                model.train(X, y, epochs=40, batch_size=20, print_every=10)
            finally:
                stop.set()
                for one in others:
                    one.join()
        assert len(predicts) > 0 or not disturbed
        printed.append("".join(out.lines[threading.get_ident()]))
        left.append(arrays_of({"parameters": model.get_parameters()}))
    assert_same(*left)
    assert printed[0] == printed[1]
    assert re.search("acc: ", printed[0])


class Failing(fastnn.Activation_ReLU):
    def forward(self, inputs, training=True):
        if training:
            raise LookupError
        super().forward(inputs, training)


def test_a_training_that_fails_puts_back_what_others_use_all_the_time():
    model = build()
    model.layers[1] = Failing()
    model.finalize()
    held, lacking = {id(one): set(vars(one)) for one in (model, *model.layers)}, []

    def look(frame, event, what):
        if frame.f_code.co_filename.startswith(fastnn.__path__[0]):
            lacking.extend((one, held[id(one)] - set(vars(one))) for one in (model, *model.layers)
                           if held[id(one)] - set(vars(one)))
            return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        with pytest.raises(LookupError):
            model.train(inputs(0, 0, 7), np.arange(7) % 3)
    finally:
        sys.settrace(before)
    assert not lacking
    assert "_turn" in vars(model)  # who waits for it has it
    assert "_running" not in vars(model)


class Giving(fastnn.Activation_ReLU):
    """Ours, which gives the model's turn away in its second forward."""

    model: Any = None
    calls = 0

    def forward(self, inputs, training=True):
        super().forward(inputs, training)
        self.calls += 1
        if self.calls == 2:
            lock = turn(self.model)
            for _ in range(2):  # the test's own and the step's
                lock.release()
            self.waiting.join(10)
            for _ in range(2):
                lock.acquire()


def test_sums_are_left_before_a_training_begins_or_not_at_all(monkeypatch, capsys):
    """An evaluation that ends while a training of another thread begins: the look at whether
    there is one, and the sums it leaves, are one.
    """
    X, y = inputs(0, 0, 60), np.arange(60) % 3
    printed = []
    for disturbed in (False, True):
        model = build()
        giving = model.layers[1] = Giving()
        giving.model = model
        model.finalize()
        sums = model_passes.Sums(model)
        sums.add(model.predict(X[:7]), y[:7])
        giving.calls = 0 if disturbed else 9
        giving.waiting = threading.Thread(target=sums.leave)
        arrived = threading.Event()

        def announced(model, arrived=arrived):
            arrived.set()
            return turn(model)

        monkeypatch.setattr(model_passes, "turn", announced)
        capsys.readouterr()
        with turn(model):
            if disturbed:
                giving.waiting.start()
                assert arrived.wait(10)
                time.sleep(0.05)  # at the lock by now
            np.random.seed(0)
            model.train(X, y, batch_size=20)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


@pytest.mark.parametrize("make", [copy.deepcopy, copy.copy,
                                  lambda model: pickle.loads(pickle.dumps(model))])
def test_a_used_model_can_be_copied_and_pickled(make):
    model = build()
    X = inputs(0, 0, 7)
    expected = model.predict(X)
    other = make(model)
    assert np.array_equal(other.predict(X), expected)
    in_threads(lambda thread: other.predict(X))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("kind", ["softmax", "foreign"])
def test_a_child_does_not_wait_for_a_thread_that_it_does_not_have(kind):
    model, X = build(kind), inputs(0, 0, 7)
    expected = model.predict(X)
    taken, done = threading.Event(), threading.Event()

    def hold():
        with turn(model):
            taken.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    try:
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            os._exit(0 if np.array_equal(model.predict(X), expected) else 1)
    finally:
        done.set()
        thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_ctrl_c_stops_the_training_and_not_who_predicts():
    model, X = build("foreign"), inputs(0, 0, 7)
    expected = model.predict(X)
    model._running = Steps(model, lambda: True, 1)
    with pytest.raises(Stopped):
        model.forward(X, training=True)
    got = []
    in_threads(lambda thread: got.append(model.predict(X)), 1)
    assert np.array_equal(got, [expected])


def test_a_compiled_training_prints_its_own_sums(capsys, monkeypatch):
    """Whatever another thread's evaluation has put on loss and accuracy meanwhile."""
    X, y, printed = inputs(0, 0, 60), np.arange(60) % 3, []
    leave = model_runs.ModelRun.leave

    def left_and_disturbed(run):
        leave(run)
        for one in model.loss, model.accuracy:
            one.accumulated_sum, one.accumulated_count = 7, 11
            calls.append(one)

    for disturbed in (False, True):
        model, calls = build(), []
        if disturbed:
            monkeypatch.setattr(model_runs.ModelRun, "leave", left_and_disturbed)
        np.random.seed(0)
        model.train(X, y, epochs=10, batch_size=20, validation_data=(X, y))
        printed.append(capsys.readouterr().out)
    assert calls
    assert printed[0] == printed[1]
