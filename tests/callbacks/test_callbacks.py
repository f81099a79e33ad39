"""Callbacks of fit: several of them, told of beginning and end, and those that the library has."""

import copy
import csv

import numpy as np
import pytest
from trained import data, parts

import fastnn
from fastnn.callbacks import (
    Callback,
    Checkpoint,
    CSVLogger,
    EarlyStopping,
    LearningRateSchedule,
)
from fastnn.callbacks.parameters import copied
from fastnn.callbacks.schedules import cosine, exponential, step, warm_up

X, y = data()


def fit(callback, epochs=10, **options):
    layers, loss, optimizer = parts(options.pop("optimizer", "Adam"))
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=epochs, callback=callback, **options)
    return layers, optimizer, history


class Noted(Callback):
    """Writes down what it is told."""

    def __init__(self, stop_at=None):
        self.said, self.stop_at = [], stop_at

    def begin(self, training):
        self.training = training
        self.said.append("begin")

    def __call__(self, row):
        self.said.append(row.epoch)
        return row.epoch == self.stop_at

    def end(self, history):
        self.said.append(f"end {len(history)}")


def test_several_are_called_in_turn_and_each_may_stop():
    one, two, rows = Noted(stop_at=3), Noted(), []
    layers, optimizer, history = fit([one, rows.append, two])
    assert one.said == two.said == ["begin", 0, 1, 2, 3, "end 4"]
    assert [row.epoch for row in rows] == [0, 1, 2, 3] and len(history) == 4
    assert one.training.optimizer is optimizer and one.training.layers[0] is layers[0]
    assert one.training.epochs == 10 and one.training.history is history
    assert not one.training.has_validation


@pytest.mark.parametrize("stop", [np.True_, True])
def test_true_of_either_kind_stops_and_nothing_else(stop):
    assert len(fit(lambda row: stop)[2]) == 1
    assert len(fit([lambda row: "yes", lambda row: 1])[2]) == 10
    assert len(fit([])[2]) == 10


@pytest.mark.parametrize("wrong", [3, "stop", [print, None], Noted, [EarlyStopping]])
def test_what_is_no_callback_is_refused_before_anything_changes(wrong):
    layers, loss, optimizer = parts()
    before = copied(layers)
    with pytest.raises(TypeError, match="fit: callback must be a function of a Row, or a list"):
        fastnn.fit(layers, loss, optimizer, X, y, callback=wrong)
    assert all(np.array_equal(a[k], b[k]) for a, b in zip(before, copied(layers)) for k in a)


def test_of_a_class_the_object_is_named():
    layers, loss, optimizer = parts()
    with pytest.raises(TypeError, match=r"got the class EarlyStopping: write EarlyStopping\(\)$"):
        fastnn.fit(layers, loss, optimizer, X, y, callback=EarlyStopping)


def test_end_comes_whatever_raises():
    class Fails(Noted):
        def __call__(self, row):
            raise ZeroDivisionError

    class FailsAtEnd(Noted):
        def end(self, history):
            super().end(history)
            raise RuntimeError("at the end")

    one, two = Noted(), Fails()
    with pytest.raises(ZeroDivisionError) as error:
        fit([one, two])
    assert one.said[-1] == two.said[-1] == "end 1" and len(error.value.history) == 1
    one, two = FailsAtEnd(), Noted()
    with pytest.raises(RuntimeError, match="at the end"):
        fit([one, two], epochs=2)
    assert two.said == ["begin", 0, 1, "end 2"]

    class FailsAtBegin(Noted):
        def begin(self, training):
            raise LookupError

    one, two = Noted(), FailsAtBegin()
    with pytest.raises(LookupError):
        fit([one, two])
    assert one.said == ["begin", "end 0"]


def test_what_begin_changes_counts():
    class Zeroed(Callback):
        def begin(self, training):
            training.layers[0].weights[...] = 0

        def __call__(self, row):
            return None

    layers, _, history = fit(Zeroed(), epochs=1)
    assert history.data_loss[0] == pytest.approx(np.log(3), rel=1e-5)


# ------------------------------------------------------------------------------ early stopping


@pytest.mark.parametrize("patience", [0, 1, 3])
def test_early_stopping_counts_epochs_that_are_no_better(patience):
    losses = [1.0, 0.9, 0.95, 0.92, 0.91, 0.93, 0.94]
    stopping = EarlyStopping("loss", patience=patience)
    stopping.begin(a_training())
    stopped = next((n for n, loss in enumerate(losses) if stopping(row(n, loss))), None)
    assert stopped == 1 + max(1, patience)
    assert (stopping.best, stopping.best_epoch, stopping.stopped_epoch) == (0.9, 1, stopped)


def a_training(**changes):
    noted = Noted()
    fit(noted, epochs=1)
    return noted.training._replace(history=fastnn.History(), **changes)


def row(epoch, loss, accuracy=0.5, validation=np.nan):
    from fastnn.engine.history import Row
    return Row(epoch, loss, loss, 0.0, accuracy, 0.1, validation, validation)


def test_early_stopping_with_a_delta_a_mode_and_nan():
    stopping = EarlyStopping("accuracy", patience=2, min_delta=0.05)
    stopping.begin(a_training())
    said = [stopping(row(n, 1.0, accuracy)) for n, accuracy in enumerate(
        (0.5, 0.54, 0.56, np.nan, 0.6))]
    assert said == [False, False, False, False, True] and stopping.best == 0.56
    stopping = EarlyStopping("loss", mode="max")
    stopping.begin(a_training())
    assert [stopping(row(n, loss)) for n, loss in enumerate((1.0, 2.0, 1.5))] == [
        False, False, True]


def test_early_stopping_gives_back_the_best_weights():
    seen = {}
    stopping = EarlyStopping("validation_loss", patience=5, restore_best_weights=True)

    def note(row):
        seen[row.epoch] = copied(layers)
    layers, loss, optimizer = parts()
    optimizer.learning_rate = optimizer.current_learning_rate = 1.0  # soon it gets worse
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=60, validation_data=(X, y),
                         callback=[note, stopping])
    best = int(np.argmin(history.validation_loss))
    assert stopping.best_epoch == best and stopping.stopped_epoch == len(history) - 1 < 59
    for one, other in zip(copied(layers), seen[best]):
        assert all(np.array_equal(one[name], other[name]) for name in other)
    # The weights of the best epoch, and so its loss.
    again = fastnn.fit(layers, loss, fastnn.Optimizer_SGD(0.0), X, y, epochs=1)
    assert again.data_loss[0] == pytest.approx(history.validation_loss[best], rel=1e-5)


@pytest.mark.parametrize(("options", "said"), [
    ({"monitor": "val_loss"}, "monitor must be one of loss, "), ({"mode": "low"}, "mode must be"),
    ({"patience": -1}, "patience must be at least 0"), ({"patience": 2.0}, "patience must be a"),
    ({"min_delta": -1}, "min_delta must be at least 0")])
def test_early_stopping_refuses(options, said):
    with pytest.raises((ValueError, TypeError), match=said):
        EarlyStopping(**options)


def test_early_stopping_wants_what_it_watches_to_be_taken():
    with pytest.raises(ValueError, match="validation_loss is taken where fit is given"):
        fit(EarlyStopping())
    layers = parts()[0]
    with pytest.raises(ValueError, match="no accuracy is taken"):
        fastnn.fit(layers, fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(), X,
                   np.zeros((len(X), 3), "f4"), callback=EarlyStopping("accuracy"))


# --------------------------------------------------------------------------- learning rates


def test_a_schedule_sets_the_rate_of_each_epoch():
    _, optimizer, history = fit(LearningRateSchedule(step(0.4, 3, 0.5)), optimizer="momentum")
    assert history.learning_rate.tolist() == [0.4] * 3 + [0.2] * 3 + [0.1] * 3 + [0.05]
    assert optimizer.learning_rate == 0.05


def test_a_schedule_is_the_loop_that_sets_the_rate():
    layers, loss, optimizer = parts("Adam")
    for epoch in range(6):
        optimizer.learning_rate = optimizer.current_learning_rate = 0.1 / (1 + epoch)
        optimizer.decay = 0
        fastnn.fit(layers, loss, optimizer, X, y)
    other, _, optimizer = parts("Adam")
    optimizer.decay = 0
    fastnn.fit(other, loss, optimizer, X, y, epochs=6,
               callback=LearningRateSchedule(lambda epoch: 0.1 / (1 + epoch)))
    assert np.array_equal(layers[0].weights, other[0].weights)


def test_a_schedule_beside_the_optimizers_own_decay():
    _, _, history = fit(LearningRateSchedule(lambda epoch: 1.0), optimizer="SGD", epochs=3)
    # What the step before had, as the book prints it.
    assert history.learning_rate.tolist() == [0.5, 1.0, 1 / 1.001]


def test_the_rates():
    rate = cosine(1.0, 4, 0.2)
    assert [round(rate(n), 6) for n in range(6)] == [1.0, 0.882843, 0.6, 0.317157, 0.2, 0.2]
    assert [exponential(2.0, 0.5)(n) for n in range(3)] == [2.0, 1.0, 0.5]
    assert [round(warm_up(cosine(1.0, 4), 2)(n), 6) for n in range(4)] == [0.5, 1.0, 1.0, 0.853553]


@pytest.mark.parametrize("rate", [lambda epoch: -1.0, lambda epoch: "fast", lambda epoch: np.nan])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises((ValueError, TypeError), match="the rate of epoch 0 must be"):
        fit(LearningRateSchedule(rate))


@pytest.mark.parametrize("given, words", [
    (lambda: LearningRateSchedule(0.1), "LearningRateSchedule: rate must be a function of the "
     r"epoch, as cosine\(0.1, 1000\) makes one, got 0.1"),
    (lambda: LearningRateSchedule(cosine), "LearningRateSchedule: .*got cosine of initial, epochs"),
    (lambda: LearningRateSchedule(lambda epoch, rate: rate), "got <lambda> of epoch, rate"),
    (lambda: LearningRateSchedule(lambda: 0.1), "got <lambda> of nothing"),
    (lambda: warm_up(0.1, 5), "warm_up: rate must be a function of the epoch"),
    (lambda: warm_up(step, 5), "warm_up: .*got step of initial, every"),
    (lambda: cosine("0.1", 5), "cosine: initial must be a number, got '0.1'"),
    (lambda: cosine(0.1, 5, None), "cosine: final must be a number, got None"),
    (lambda: step([0.1], 5), r"step: initial must be a number, got \[0.1\]"),
    (lambda: step(0.1, 5, "half"), "step: factor must be a number, got 'half'"),
    (lambda: exponential(0.1, "0.9"), "exponential: factor must be a number, got '0.9'"),
    (lambda: exponential(True, 0.9), "exponential: initial must be a number, got True")])
def test_a_plan_of_rates_is_refused_where_it_is_made(given, words):
    """They were bare TypeErrors of Python's, from within the first epoch."""
    with pytest.raises(TypeError, match=words):
        given()


def test_a_rate_may_be_a_builtin_or_have_options():
    for rate in float, lambda epoch, first=0.5: first, lambda *epoch: 0.5:
        assert LearningRateSchedule(rate).rate is rate


# ----------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize("kind", [CSVLogger, Checkpoint])
def test_a_place_that_is_none_is_refused_before_anything_is_trained(kind, tmp_path):
    with pytest.raises(TypeError, match=f"^{kind.__name__}: path must be text or a .*, got 5$"):
        kind(5)
    with pytest.raises(FileNotFoundError, match="there is no folder .*none' to save it in"):
        fit(kind(tmp_path / "none" / "file"))


def test_csv_logger_writes_the_history(tmp_path):
    path = tmp_path / "log.csv"
    _, _, history = fit(CSVLogger(path), epochs=4, validation_data=(X, y), log_every=2)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(one["epoch"]) for one in rows] == history.epoch.tolist() == [0, 2, 3]
    for name in ("loss", "accuracy", "validation_loss"):
        assert [float(one[name]) for one in rows] == getattr(history, name).tolist()
    fit(CSVLogger(path, append=True, separator=","), epochs=1)
    lines = path.read_text().splitlines()
    assert len(lines) == 5 and lines[4].endswith(",,") and lines[0].startswith("epoch,loss,")


def test_csv_logger_lines_are_there_as_they_come(tmp_path):
    path, counts = tmp_path / "log.csv", []
    fit([CSVLogger(path), lambda row: counts.append(len(path.read_text().splitlines()))], epochs=3)
    assert counts == [2, 3, 4]
    with pytest.raises(ValueError, match="separator must be one character"):
        CSVLogger(path, separator="")
    with pytest.raises(FileNotFoundError):
        fit(CSVLogger(tmp_path / "none" / "log.csv"))


# ------------------------------------------------------------------------- what must not happen


def test_nothing_changes_where_one_of_them_refuses(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("old")
    layers, loss, optimizer = parts()
    with pytest.raises(ValueError, match="validation_loss is taken where"):
        fastnn.fit(layers, loss, optimizer, X, y, callback=[
            CSVLogger(path), LearningRateSchedule(lambda epoch: 0.5), EarlyStopping()])
    assert path.read_text() == "old" and optimizer.learning_rate == 0.02


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_end_raises_has_the_history(error):
    class Fails(Noted):
        def end(self, history):
            raise error
    with pytest.raises(error) as caught:
        fit(Fails(), epochs=6)
    assert len(caught.value.history) == 6


def test_weights_that_cannot_be_kept_are_refused():
    class Own:
        def __init__(self):
            self.kernel = np.ones((3, 3), "f4")

        def forward(self, inputs, training=True):
            self.inputs, self.output = inputs, inputs

        def backward(self, dvalues):
            self.dinputs = dvalues

        def get_parameters(self):
            return (self.kernel,)

        def set_parameters(self, kernel):
            self.kernel = kernel
    layers, loss, optimizer = parts()
    with pytest.raises(TypeError, match="the parameters of Own cannot be kept"):
        fastnn.fit([*layers, Own()], loss, optimizer, X, y,
                   callback=EarlyStopping("loss", restore_best_weights=True))


def test_reprs_show_what_was_given():
    assert repr(EarlyStopping("loss", patience=3)) == "EarlyStopping('loss', patience=3)"
    assert repr(Checkpoint("run.fastnn")) == "Checkpoint('run.fastnn')"
    assert repr(copy.copy(EarlyStopping("loss"))) == "EarlyStopping('loss')"
