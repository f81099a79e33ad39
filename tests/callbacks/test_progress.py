"""The live line of a training: what it says, when it is there, and that it disturbs nothing."""

import contextlib
import io
import sys
import time

import numpy as np
import pytest
from trained import assert_equal, data, left, parts

import fastnn
from fastnn import callbacks
from fastnn.engine import progress

pytest.importorskip("tqdm", reason="tqdm draws the line")
X, y = data()


class Terminal(io.StringIO):
    """Standard error, where somebody looks at it."""

    def __init__(self, is_one=True):
        super().__init__()
        self._is_one = is_one

    def isatty(self):
        return self._is_one

    def last(self):
        return self.getvalue().split("\r")[-1]


@pytest.fixture
def terminal():
    """What `fit` has as standard error. (pytest takes that anew after its fixtures.)"""
    made = Terminal()
    Seen.by = made
    yield made
    Seen.by = None


class Seen:
    by = None


def fit(**options):
    layers, loss, optimizer = parts()
    with contextlib.redirect_stderr(Seen.by or sys.stderr):
        history = fastnn.fit(layers, loss, optimizer, X, y, **{"epochs": 50, **options})
    return left(layers, optimizer), history


def test_the_line_says_how_far_it_came(terminal):
    _, history = fit(verbose=True)
    line = terminal.last()
    assert "fit: 100%" in line and "50/50" in line and "epoch" in line
    assert f"loss={history.loss[-1]:.4g}" in line and "learning_rate=" in line
    assert f"accuracy={history.accuracy[-1]:.4g}" in line


def test_it_is_drawn_again_and_again(terminal, monkeypatch):
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    fit(verbose=True, callback=lambda row: time.sleep(0.02), epochs=30)
    assert len(terminal.getvalue().split("\r")) > 3


def test_the_training_is_the_same_with_a_line(terminal):
    for options in ({}, {"batch_size": 7}, {"log_every": 10}, {"callback": [print]}):
        assert_equal(fit(verbose=True, **options)[0], fit(verbose=False, **options)[0])


def test_a_short_training_has_none_unless_it_is_asked_for(terminal):
    fit()
    assert "epoch" not in terminal.getvalue()


def test_a_long_one_on_a_terminal_has_one(terminal, monkeypatch):
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    fit()
    assert "50/50" in terminal.getvalue()


@pytest.mark.parametrize("verbose", [None, False])
def test_silent_off_a_terminal(monkeypatch, verbose):
    made = Seen.by = Terminal(is_one=verbose is False)
    monkeypatch.setattr(progress, "_DELAY", 0.0)
    fit(verbose=verbose)
    Seen.by = None
    assert "epoch" not in made.getvalue()


def test_where_it_is_resumed_the_line_begins_there(terminal, tmp_path):
    fit(epochs=20, callback=fastnn.callbacks.Checkpoint(tmp_path / "run"), verbose=False)
    fit(epochs=50, resume=tmp_path / "run", verbose=True)
    assert "20/50" in terminal.getvalue() and "50/50" in terminal.last()


def test_without_tqdm_who_asks_is_told_and_who_does_not_is_not(terminal, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tqdm"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    fit()
    with pytest.raises(ImportError, match="verbose=True draws with tqdm, which is not installed"):
        fit(verbose=True)
    with pytest.raises(TypeError, match="verbose must be True, False or None, got 'yes'"):
        fit(verbose="yes")


def test_a_closed_terminal_does_no_harm(terminal, monkeypatch):
    expected = fit(verbose=False)[0]
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)

    def close(row):
        if row.epoch == 3:
            terminal.close()
    assert_equal(fit(verbose=True, callback=close)[0], expected)


def test_error_and_stop_leave_the_line_whole(terminal):
    with pytest.raises(ZeroDivisionError):
        fit(verbose=True, callback=lambda row: 1 / (5 - row.epoch))
    assert "6/50" in terminal.last()
    fit(verbose=True, callback=lambda row: row.epoch == 9)
    assert "10/50" in terminal.last()


def test_what_is_not_finite_is_shown_or_left_out(terminal):
    layers, loss, optimizer = parts()
    layers[0].weights[...] = np.inf
    with pytest.warns(RuntimeWarning), contextlib.redirect_stderr(terminal):
        fastnn.fit(layers, loss, optimizer, X, y, epochs=3, verbose=True)
    assert "3/3" in terminal.last() and "loss" not in terminal.last()


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, ValueError])
def test_a_terminal_that_fails_ends_no_training(error):
    class Broken(Terminal):
        def write(self, text):
            raise error
    expected = fit(verbose=False)[0]
    Seen.by = Broken()
    try:
        assert_equal(fit(verbose=True)[0], expected)
    finally:
        Seen.by = None


def test_an_early_stop_says_when_and_why(terminal):
    """The line stood at 3/50, and nothing told why."""
    said = "loss got no better in 2 recorded epochs, best "
    stop = callbacks.EarlyStopping("loss", patience=2, min_delta=1e9)
    fit(verbose=True, callback=[print, stop])
    assert "3/50" in terminal.getvalue() and stop.stopped_epoch == 2
    assert f"\nfit: EarlyStopping stopped at epoch 2: {said}" in terminal.getvalue()
    assert terminal.getvalue().endswith(" at epoch 0\n")

    def enough(row):
        return row.epoch == 9
    fit(verbose=True, callback=[enough, callbacks.EarlyStopping("loss", patience=9, min_delta=1e9)])
    assert "fit: enough and EarlyStopping stopped at epoch 9: loss got no" in terminal.getvalue()


def test_nothing_is_said_of_a_stop_where_no_line_was(terminal):
    fit(callback=lambda row: True)
    fit(verbose=False, callback=lambda row: True)
    fit(verbose=True)
    assert "stopped" not in terminal.getvalue()


def test_estimators_say_it_too(terminal):
    estimators = pytest.importorskip("fastnn.sklearn")
    for options, value in ({}, "the loss"), ({"early_stopping": True}, "the score of the samples"):
        with contextlib.redirect_stderr(terminal):
            made = estimators.FastnnRegressor(4, tol=1e9, verbose=True, **options).fit(X, X[:, 0])
        assert (f"FastnnRegressor.fit: stopped after {made.n_iter_} epochs: {value}"
                in terminal.getvalue())
