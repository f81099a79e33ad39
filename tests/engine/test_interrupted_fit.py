"""Ctrl-C keeps the History; whatever else is raised on the way carries it."""

import signal
import threading
import time

import numpy as np
import pytest
from networks import Case, Doubling, assert_same_net, assert_same_rows, build, fit, train_by_hand

import fastnn
from fastnn import reference
from fastnn.engine import interrupts, runs
from fastnn.model import runs as model_runs
from fastnn.model.passes import Pass

pytestmark = [pytest.mark.usefixtures("book_numpy", "long_ago")]


@pytest.fixture
def long_ago(monkeypatch):
    """No Ctrl-C came lately."""
    monkeypatch.setattr(interrupts, "_last", -9.0)


def strike(*_):
    signal.raise_signal(signal.SIGINT)


class Striking:
    """A layer during whose n-th forward pass Ctrl-C comes, so many times."""

    def __init__(self, n, times=1):
        self.left, self.times = n, times

    def forward(self, inputs):
        self.left -= 1
        if self.left == 0:
            for _ in range(self.times):
                strike()
        self.output = inputs

    def backward(self, dvalues):
        self.dinputs = dvalues


def striking(nn, n, times=1):
    net = build(nn, Case(batch=16))  # 4 steps an epoch
    net.layers.insert(2, Striking(n, times))
    return net


def test_interrupted_fit_gives_back_the_history_of_whole_epochs():
    net, loop = striking(fastnn, 10), striking(reference, 0)
    history = fit(net, epochs=50, batch_size=16)
    assert history.interrupted is True
    assert "interrupted" in repr(history)
    rows = train_by_hand(loop, epochs=50, batch_size=16, steps=net.optimizer.iterations)
    assert net.optimizer.iterations == 10
    assert_same_rows(history, rows[:2])
    loop.layers[2].left, loop.layers[2].times = net.layers[2].left, net.layers[2].times
    assert_same_net(net, loop)


def test_compiled_fit_gives_back_the_history_too():
    net = build(fastnn, Case())
    timer = threading.Timer(0.3, strike_main)
    fit(net, epochs=1)
    timer.start()
    history = fit(net, epochs=10**6)
    timer.join()
    assert history.interrupted is True
    assert history.epoch.tolist() == list(range(len(history)))
    assert len(history) == net.optimizer.iterations - 1  # the epoch of before
    assert np.isfinite(history.loss).all()


def strike_main():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def test_fit_that_nobody_interrupts_says_so():
    assert fit(build(fastnn, Case()), epochs=2).interrupted is False


def test_second_ctrl_c_raises_with_the_history():
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(striking(fastnn, 10, times=2), epochs=50, batch_size=16)
    assert caught.value.history.epoch.tolist() == [0, 1]
    assert caught.value.history.interrupted is True


def test_ctrl_c_within_a_second_of_another_leaves_a_loop_of_fits():
    fits = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in range(5):
            fits += 1
            fit(striking(fastnn, 10), epochs=50, batch_size=16)
    assert fits == 2


def test_ctrl_c_long_after_another_is_answered_alike(monkeypatch):
    for _ in range(2):
        assert fit(striking(fastnn, 10), epochs=50, batch_size=16).interrupted
        monkeypatch.setattr(interrupts, "_last", time.monotonic() - 1.5)


def test_ctrl_c_in_a_callback_is_raised_as_it_is_with_the_history():
    net = build(fastnn, Case())
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(net, epochs=50, callback=lambda row: strike() if row.epoch == 3 else None)
    assert caught.value.history.epoch.tolist() == [0, 1, 2, 3]
    assert net.optimizer.iterations == 4


@pytest.mark.parametrize("foreign", [False, True])
def test_what_a_callback_raises_has_the_history(foreign):
    net = build(fastnn, Case())
    if foreign:
        net.layers.insert(2, Doubling())

    def callback(row):
        if row.epoch == 2:
            raise KeyError("mine")
    with pytest.raises(KeyError, match="mine") as caught:
        fit(net, epochs=50, callback=callback)
    assert caught.value.history.epoch.tolist() == [0, 1, 2]
    assert caught.value.history.interrupted is False


def test_what_somebody_s_own_layer_raises_is_theirs_and_has_the_history():
    class Failing(Doubling):
        def forward(self, inputs):
            self.left -= 1
            if self.left == 0:
                raise LookupError("mine")
            super().forward(inputs)
    for steps, rows in (1, []), (10, [0, 1]):
        net = build(fastnn, Case(batch=16))
        net.layers.insert(2, Failing())
        net.layers[2].left = steps
        with pytest.raises(LookupError, match="^'?mine'?$") as caught:
            fit(net, epochs=50, batch_size=16)
        assert caught.value.history.epoch.tolist() == rows
        assert net.optimizer.iterations == steps - 1


def test_somebody_s_own_handler_is_called():
    calls = []
    before = signal.signal(signal.SIGINT, lambda *arguments: calls.append(arguments[0]))
    try:
        history = fit(striking(fastnn, 10), epochs=50, batch_size=16)
        assert calls == [signal.SIGINT]
        assert history.interrupted is True and len(history) == 2
    finally:
        signal.signal(signal.SIGINT, before)


def test_handler_that_raises_something_else_raises_it_with_the_history():
    def handler(number, frame):
        raise TimeoutError("enough")
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(TimeoutError, match="enough") as caught:
            fit(striking(fastnn, 10), epochs=50, batch_size=16)
        assert len(caught.value.history) == 2
    finally:
        signal.signal(signal.SIGINT, before)


# --------------------------------------------------------------------------------------- Model


def model_of(nn, lines, layer=None, loss="softmax"):
    net = build(nn, Case(loss))
    model = nn.Model(lines=lines)
    for one in [*net.layers[:2], *([layer] if layer else []), *net.layers[2:]]:
        model.add(one)
    model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
    model.finalize()
    return model, net


class Quiet(Striking):
    """The same, as chapter 18 calls it."""

    def forward(self, inputs, training=True):
        super().forward(inputs)


@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_interrupted_model_is_whole_and_says_so(capsys, lines):
    model, net = model_of(fastnn, lines, Quiet(10))
    assert model.train(net.X, net.y, epochs=50, batch_size=16).interrupted
    assert model.interrupted is True and "_running" not in vars(model)
    assert model.optimizer.iterations == 10
    loop, net = model_of(reference, lines, Quiet(0))
    batches = [slice(0, 16), slice(16, 32), slice(32, 48), slice(48, 49)]
    for step in range(10):
        rows = batches[step % 4] if lines == "steps" else slice(None)
        loop._step(net.X[rows], net.y[rows])
    for a, b in zip(model.layers[::3], loop.layers[::3], strict=True):
        assert np.array_equal(a.weights, b.weights)
        assert np.array_equal(a.weight_cache, b.weight_cache)
    model.train(net.X, net.y, epochs=2)
    assert model.interrupted is False


@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_second_ctrl_c_leaves_a_model_whole(capsys, lines):
    model, net = model_of(fastnn, lines, Quiet(10, times=2))
    with pytest.raises(KeyboardInterrupt):
        model.train(net.X, net.y, epochs=50, batch_size=16)
    assert model.interrupted is True
    assert model.optimizer.iterations == 10
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_compiled_model_stops(capsys, lines):
    model, net = model_of(fastnn, lines)
    model.train(net.X, net.y, epochs=20)
    timer = threading.Timer(0.3, strike_main)
    timer.start()
    model.train(net.X, net.y, epochs=10**6, print_every=10**5)
    timer.join()
    assert model.interrupted is True


@pytest.mark.parametrize("batches", [9, 40], ids=["objects", "compiled"])
def test_ctrl_c_stops_the_validation_of_a_training_through_the_objects(
        capsys, monkeypatch, batches):
    """No layer of somebody's own asks: only the update is his."""
    class Mine(fastnn.Optimizer_SGD):
        def update_params(self, layer):
            super().update_params(layer)

    def striking(owner, name, n):
        method, calls = getattr(owner, name), []

        def struck(self, *arguments):
            calls.append(1)
            if len(calls) == n:
                strike()
            return method(self, *arguments)
        monkeypatch.setattr(owner, name, struck)
        return calls

    model, net = model_of(fastnn, "steps")
    model.set(optimizer=Mine(0.1))
    X, y = (np.resize(a, (16 * batches, *a.shape[1:])) for a in (net.X, net.y))
    forwards = striking(Pass, "forward", 2)
    evaluated = striking(model_runs.Evaluation, "_call", 2)
    monkeypatch.setattr(runs, "_CALL_SECONDS", 0)  # a step in each call
    model.train(net.X, net.y, epochs=9, batch_size=16, validation_data=(X, y))
    assert model.interrupted is True
    assert model.optimizer.iterations == 4
    assert len(forwards if batches == 9 else evaluated) <= 3  # one more, whose arrays are kept
    assert "validation" not in capsys.readouterr().out


@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeoutError])
def test_a_model_whose_planning_is_interrupted_is_as_before(monkeypatch, error):
    def interrupted(*arguments, **options):
        raise error

    monkeypatch.setattr(model_runs.ModelRun, "__init__", interrupted)
    model, net = model_of(fastnn, "steps", loss="squared 3")
    model.accuracy.precision = None
    with pytest.raises(error):
        model.train(net.X, net.y, epochs=20)
    assert model.accuracy.precision is None


class TooLate(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
@pytest.mark.parametrize("biases", ["float32", "float64"], ids=["compiled", "stepwise"])
def test_a_time_out_of_somebodys_own_comes_as_it_is_with_all_that_was_recorded(
        book_numpy, no_collector_callbacks, biases):
    def late(number, frame):
        raise TooLate("2 s are over")
    before = signal.signal(signal.SIGALRM, late)
    try:
        for n in range(12):
            layer = fastnn.Layer_Dense(2, 3)
            layer.biases = layer.biases.astype(biases)
            optimizer = fastnn.Optimizer_SGD(1e-3)
            signal.setitimer(signal.ITIMER_REAL, 0.02 + 0.005 * n)
            with pytest.raises(TooLate) as caught:
                fastnn.fit([layer], fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                           optimizer, np.ones((30, 2), "f4"), np.arange(30) % 3, epochs=10**6)
            history = getattr(caught.value, "history", ())
            assert abs(optimizer.iterations - len(history)) <= (biases == "float64")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_a_handler_that_a_callback_sets_stays(book_numpy, handler):
    before = signal.getsignal(signal.SIGINT)
    try:
        fastnn.fit([fastnn.Layer_Dense(2, 3)],
                   fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   fastnn.Optimizer_SGD(), np.ones((3, 2)), np.arange(3), epochs=3,
                   callback=lambda row: signal.signal(signal.SIGINT, handler) and None)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("epochs, log_every", [(10**9, 1), (10**30, 1), (10**30, 10**29)])
@pytest.mark.parametrize("lead", [0, 1])
def test_epochs_without_number_can_be_asked_for_and_stopped(epochs, log_every, lead):
    """No room is taken for records before they are there."""
    net = build(fastnn, Case())
    timer = threading.Timer(0.3, strike)
    if lead:
        timer.start()
        history = fit(net, epochs=epochs, log_every=log_every)
        timer.join()
        assert history.interrupted
    else:
        history = fit(net, epochs=epochs, log_every=log_every, callback=lambda row: True)
    assert len(history) >= 1 and net.optimizer.iterations >= 1


def test_ctrl_c_before_the_first_step_carries_an_empty_history(monkeypatch):
    from fastnn.engine import sound
    monkeypatch.setattr(sound, "check", strike)
    with pytest.raises(KeyboardInterrupt) as error:
        fit(build(fastnn, Case()), epochs=5)
    assert len(error.value.history) == 0 and error.value.history.interrupted
