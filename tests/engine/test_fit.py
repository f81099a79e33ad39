"""fit as people call it: what it records, what a callback sees and may do, errors."""

import numpy as np
import pytest
from networks import (
    LOSSES,
    Case,
    Doubling,
    assert_fit_is_the_loop,
    assert_same_net,
    assert_same_rows,
    build,
    fit,
    shared,
    state,
    train_by_hand,
)
from programs import assert_same

import fastnn
from fastnn import reference

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("book_numpy")]

# ------------------------------------------------------------------------------------- history


@pytest.mark.parametrize(("epochs", "log_every", "expected"), [
    (1, 1, [0]), (4, 1, [0, 1, 2, 3]), (7, 3, [0, 3, 6]), (8, 3, [0, 3, 6, 7]), (5, 100, [0, 4]),
    (2, 2, [0, 1])])
@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("foreign", [False, True])
def test_history_holds_every_so_many_epochs_and_the_last(epochs, log_every, expected, batch,
                                                         foreign):
    net = build(fastnn, Case())
    if foreign:
        net.layers.insert(2, Doubling())
    history = fit(net, epochs=epochs, log_every=log_every, batch_size=batch)
    assert history.epoch.tolist() == expected
    assert history.epoch.dtype == np.int64
    assert len(history) == len(expected)
    assert net.optimizer.iterations == epochs * (4 if batch else 1)


def test_history_gives_rows_and_columns():
    net = build(fastnn, Case(regularized=True))
    history = fit(net, epochs=5, validation_data=(net.X, net.y))
    rows = list(history)
    assert rows[0] == history[0] and rows[-1] == history[-1]
    for name in rows[0]._fields:
        column = getattr(history, name)
        assert column.tolist() == [getattr(row, name) for row in rows]
        column[:] = -1  # a copy: the history stays
        assert getattr(history, name).tolist() == [getattr(row, name) for row in rows]
    assert np.float32(rows[1].data_loss) == rows[1].data_loss  # a float32 mean, exactly
    assert (history.loss > history.data_loss).all()
    assert history.accuracy[-1] > history.accuracy[0]
    assert repr(history).startswith("History of 5 rows, epochs 0 to 4, loss ")
    with pytest.raises(IndexError):
        history[5]
    with pytest.raises(TypeError, match=r"a column is called is \.epoch or \.loss or .*'loss'"):
        history["loss"]


def test_what_was_not_asked_for_is_nan():
    net = build(fastnn, Case("squared 1"))
    history = fit(net, epochs=2, accuracy=None)
    for name in ("accuracy", "validation_loss", "validation_accuracy"):
        assert np.isnan(getattr(history, name)).all()


def test_accuracy_of_classes_is_taken_unasked():
    for loss in ("combined", "softmax", "softmax one-hot"):
        got, expected = build(fastnn, Case(loss)), build(fastnn, Case(loss))
        assert_same_rows(fit(got, epochs=3, accuracy=None), list(fit(expected, epochs=3)))


def test_whole_numbers_may_be_numpys():
    got, expected = build(fastnn, Case()), build(fastnn, Case())
    # steps, 400, are more than an int8 holds
    fit(got, epochs=np.int8(100), batch_size=np.uint8(16), log_every=np.int16(50))
    fit(expected, epochs=100, batch_size=16, log_every=50)
    assert_same_net(got, expected)


def test_array_kept_from_before_does_not_change():
    """Weights and biases are changed in place, as the book does; all others are new ones."""
    for optimizer in ("momentum", "RMSprop", "Adam"):
        net = build(fastnn, Case(optimizer=optimizer, dropout=True))
        fit(net, epochs=2)
        weights, kept = net.layers[0].weights, arrays(net)
        fit(net, epochs=2)
        assert weights is net.layers[0].weights
        assert_unchanged(kept)


def arrays(net):
    """(name, array, copy) of what a loop replaces at each step."""
    return [(name, value, value.copy()) for layer in (*net.layers, net.loss)
            for name, value in vars(layer).items()
            if isinstance(value, np.ndarray) and name not in ("weights", "biases")]


def assert_unchanged(kept):
    for name, array, copy in kept:
        assert np.array_equal(array, copy), name


# ------------------------------------------------------------------------------------ callbacks


@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("loss", LOSSES)
def test_callback_sees_what_the_loop_has(stepwise_runs, loss, batch):
    seen = {}

    def watch(net):
        found = seen.setdefault(net.layers[0].__class__.__module__, [])
        return lambda row: found.append((tuple(row), state(net), shared(net)))
    assert_fit_is_the_loop(Case(loss, batch=batch, regularized=True), callback=watch, epochs=5,
                           log_every=2)
    got, expected = seen.values()
    assert [row[0] for row, _, _ in got] == [0, 2, 4]
    for a, b in zip(got, expected, strict=True):
        assert np.array_equal(a[0], b[0], equal_nan=True)
        assert_same(a[1], b[1])
        assert a[2] == b[2]
    assert stepwise_runs == []


@pytest.mark.parametrize("value", [True, np.True_])
def test_callback_that_returns_true_stops(value):
    got, expected = build(fastnn, Case(batch=16)), build(fastnn, Case(batch=16))
    history = fit(got, epochs=9, batch_size=16, callback=lambda row: row.epoch == 3 and value)
    assert history.epoch.tolist() == [0, 1, 2, 3]
    fit(expected, epochs=4, batch_size=16)
    assert_same_net(got, expected)


@pytest.mark.parametrize("value", [None, 1, "stop", np.ones(3), 0.5])
def test_callback_that_returns_something_else_goes_on(value):
    assert len(fit(build(fastnn, Case()), epochs=3, callback=lambda row: value)) == 3


def halve(net):
    net.layers[0].weights = net.layers[0].weights * np.float32(0.5)


def halve_in_place(net):
    net.layers[2].weights *= 0.5
    net.layers[0].biases += 1


def double_the_state(net):
    net.layers[0].weight_cache = net.layers[0].weight_cache * 2
    net.layers[2].bias_momentums *= 3


def forget_the_state(net):
    for layer in net.layers:
        for name in [name for name in vars(layer) if name.endswith(("_cache", "_momentums"))]:
            delattr(layer, name)


CHANGES = {
    "rate": lambda net: setattr(net.optimizer, "learning_rate", 0.01),
    "current rate": lambda net: setattr(net.optimizer, "current_learning_rate", 0.01),
    "decay": lambda net: setattr(net.optimizer, "decay", 0.0),
    "beta": lambda net: setattr(net.optimizer, "beta_1", 0.5),
    "iterations": lambda net: setattr(net.optimizer, "iterations", 0),
    "penalty": lambda net: setattr(net.layers[0], "weight_regularizer_l2", 0.05),
    "new weights": halve, "weights in place": halve_in_place, "state": double_the_state,
    "no state": forget_the_state,
    "data in place": lambda net: net.X.__imul__(2), "targets in place": lambda net: net.y.fill(1),
}


def at(epoch, change):
    """A callback that does this to its network after this epoch."""
    def callback(net):
        return lambda row: change(net) if row[0] == epoch else None
    return callback


@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_callback_changes_counts(stepwise_runs, change, batch):
    # not after each epoch: the steps between are another program than those before a callback
    assert_fit_is_the_loop(Case(batch=batch), callback=at(3, CHANGES[change]), epochs=9,
                           log_every=3)
    assert stepwise_runs == []


def test_what_a_callback_changes_on_the_loss_counts():
    def turn(net):
        net.loss.book_gradient = True
    assert_fit_is_the_loop(Case("absolute 3", "SGD"), callback=at(3, turn), epochs=9, log_every=3)


@pytest.mark.parametrize("case", [Case(data="int16"), Case(data="uint8"), Case("combined one-hot"),
                                  Case("binary 1")], ids=lambda case: f"{case.loss}-{case.data}")
def test_data_of_other_types_changed_by_a_callback_counts(case):
    def turn(net):
        net.X[...] = net.X[::-1].copy()
        net.y[...] = net.y[::-1].copy()
    assert_fit_is_the_loop(case, callback=at(3, turn), epochs=9, log_every=3)


@pytest.mark.parametrize("optimizer", ["momentum", "RMSprop", "Adam"])
def test_array_kept_by_a_callback_does_not_change(optimizer):
    net = build(fastnn, Case(optimizer=optimizer))
    kept = []
    fit(net, epochs=7, log_every=3, callback=lambda row: kept.extend(arrays(net)))
    assert_unchanged(kept)


def Fortran(net):
    net.layers[0].weights = np.asfortranarray(net.layers[0].weights)


UNFIT = {"weights in Fortran order": Fortran,
         "float64 weights": lambda net: setattr(net.layers[2], "weights",
                                                net.layers[2].weights.astype("f8")),
         "NumPy's rate": lambda net: setattr(net.optimizer, "learning_rate", np.float32(0.01))}


@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("change", UNFIT)
def test_fit_goes_on_step_by_step_where_a_callback_forbids_more(change, batch):
    assert_fit_is_the_loop(Case(batch=batch), callback=at(2, UNFIT[change]), epochs=6)


@pytest.mark.parametrize("change", UNFIT)
@pytest.mark.parametrize("batch", [None, 16])
def test_validation_goes_on_where_a_callback_forbids_more(change, batch):
    got, expected = build(fastnn, Case()), build(reference, Case())
    for net, train in ((got, fit), (expected, train_by_hand)):
        train(net, epochs=6, batch_size=batch, validation_data=(net.X, net.y),
              callback=at(2, UNFIT[change])(net))
    assert_same_net(got, expected)


def test_callback_that_raises_leaves_the_objects_whole():
    got, expected = build(fastnn, Case(batch=16)), build(reference, Case())

    def callback(row):
        if row.epoch == 3:
            raise KeyError("mine")
    with pytest.raises(KeyError, match="mine"):
        fit(got, epochs=9, batch_size=16, callback=callback)
    train_by_hand(expected, epochs=4, batch_size=16)
    assert_same_net(got, expected)


def test_callback_may_call_fit():
    inner, outer, alone = (build(fastnn, Case()) for _ in range(3))
    fit(outer, epochs=3, callback=lambda row: fit(inner, epochs=1) and None)
    fit(alone, epochs=3)
    assert_same_net(outer, alone)
    assert inner.optimizer.iterations == 3


# ------------------------------------------------------------------------------------ bad input


def dense(inputs, outputs):
    return fastnn.Layer_Dense(inputs, outputs)


TARGETS = "X and y must have one row for each sample, got (49, 5) and (48,)"
METHODS = "pre_update_params, update_params, post_update_params"
BAD = {  # what is wrong: the loss, what to change, the message
    "columns of X": ("combined", lambda n: {"X": n.X[:, :4]},
                     "X must be (N, 5), got (49, 4). Check n_inputs of the first layer."),
    "one axis": ("combined", lambda n: {"X": n.X[:, 0]},
                 "X must be (N, 5), got (49,). Check n_inputs of the first layer."),
    "three axes": ("combined", lambda n: {"X": n.X[:, None]},
                   "X must be (N, 5), got (49, 1, 5). X.reshape(-1, 5) has that shape"),
    "no samples": ("combined", lambda n: {"X": n.X[:0], "y": n.y[:0]},
                   "X is an empty batch, got (0, 5)"),
    "strings": ("combined", lambda n: {"X": [["a"] * 5] * 49},
                "X must be an array of numbers, got strings (dtype <U1)"),
    "no X": ("combined", lambda n: {"X": None},
             "X must be an array of numbers, got None"),
    "label 3": ("combined", lambda n: {"y": np.where(np.arange(49) == 7, 3, n.y)},
                "class indices must be 0 to 2, got 3 at sample 7"),
    "label -1": ("combined", lambda n: {"y": np.where(np.arange(49) == 7, -1, n.y)},
                 "class indices must be 0 to 2, got -1 at sample 7"),
    "label 1.5": ("combined", lambda n: {"y": np.where(np.arange(49) == 7, 1.5, n.y)},
                  "class indices must be whole numbers, got 1.5 at sample 7"),
    "too few labels": ("combined", lambda n: {"y": n.y[1:]}, TARGETS),
    "labels in a column": ("combined", lambda n: {"y": n.y[:, None]},
                           "y_true must be (N,) class indices or (49, 3) one-hot, got (49, 1). "
                           "Class indices in a column: pass y_true.ravel()"),
    "four classes": ("softmax", lambda n: {"y": np.eye(4)[n.y]},
                     "one-hot y_true must be (49, 3) like the predictions, got (49, 4)"),
    "names of classes": ("combined", lambda n: {"y": np.array(list("abc"))[n.y]},
                         "y must be an array of numbers, got strings (dtype <U1). np.unique(y, "
                         "return_inverse=True)[1] makes class indices of names"),
    "flat targets": ("squared 1", lambda n: {"y": n.y[:, 0]},
                     "y must be (49, 1) like the network's outputs, got (49,). y.reshape(-1, 1) "
                     "has that shape"),
    "wide targets": ("squared 1", lambda n: {"y": np.ones((49, 3))},
                     "y must be (49, 1) like the network's outputs, got (49, 3)"),
    "flat binary targets": ("binary 3", lambda n: {"y": np.zeros(49)},
                            "y must be (49, 3) like the network's outputs, got (49,)"),
    "epochs -1": ("combined", lambda n: {"epochs": -1}, "epochs must be at least 0, got -1"),
    "epochs 1.5": ("combined", lambda n: {"epochs": 1.5},
                   "epochs must be a whole number, got 1.5"),
    "epochs True": ("combined", lambda n: {"epochs": True},
                    "epochs must be a whole number, got True"),
    "batch_size 0": ("combined", lambda n: {"batch_size": 0},
                     "batch_size must be at least 1, got 0"),
    "batch_size 1.5": ("combined", lambda n: {"batch_size": 1.5},
                       "batch_size must be a whole number, got 1.5"),
    "log_every 0": ("combined", lambda n: {"log_every": 0}, "log_every must be at least 1, got 0"),
    "callback 3": ("combined", lambda n: {"callback": 3},
                   "callback must be a function of a Row, or a list of such, got 3"),
    "no pair": ("combined", lambda n: {"validation_data": (n.X,)},
                "validation_data must be a pair (X, y), got 1 of them"),
    "validation columns": ("combined", lambda n: {"validation_data": (n.X[:, :3], n.y)},
                           ", validation_data: X must be (N, 5), got (49, 3). Check n_inputs of "
                           "the first layer."),
    "validation label": ("combined", lambda n: {"validation_data": (n.X, n.y + 5)},
                         ", validation_data: class indices must be 0 to 2, got 6 at sample 0"),
    "layers that do not fit": (
        "combined", lambda n: {"layers": [*n.layers[:2], dense(17, 3)]},
        "Layer_Dense(17, 3) cannot follow Layer_Dense(5, 16): n_inputs must be the n_neurons "
        "before it"),
    "no layers": ("combined", lambda n: {"layers": []},
                  "layers must be a list of at least one layer, got []"),
    "one layer": ("combined", lambda n: {"layers": n.layers[0]},
                  "layers must be a list of at least one layer, got Layer_Dense(5, 16)"),
    "a number as a layer": ("combined", lambda n: {"layers": [*n.layers, 3]},
                            "a layer must be an object with forward, backward, got 3"),
    "a class as a layer": ("combined", lambda n: {"layers": [*n.layers, fastnn.Activation_ReLU]},
                           "a layer must be an object with forward, backward, got "
                           "the class Activation_ReLU: write Activation_ReLU()"),
    "no loss": ("combined", lambda n: {"loss": None},
                "loss must be an object with calculate, backward, got None"),
    "a class as the loss": ("combined", lambda n: {"loss": fastnn.Loss_MeanSquaredError},
                            "loss must be an object with calculate, backward, got "
                            "the class Loss_MeanSquaredError: write Loss_MeanSquaredError()"),
    "no optimizer": ("combined", lambda n: {"optimizer": None},
                     f"optimizer must be an object with {METHODS}, got None"),
    "accuracy 3": ("combined", lambda n: {"accuracy": 3},
                   "accuracy must be an object with calculate, got 3"),
}
TYPE_ERRORS = {"strings", "names of classes", "no X", "epochs 1.5", "epochs True",
               "batch_size 1.5", "callback 3", "a number as a layer", "a class as a layer",
               "no loss", "a class as the loss", "no optimizer", "accuracy 3"}


@pytest.mark.parametrize("wrong", BAD)
def test_bad_input_is_refused_in_one_sentence_and_nothing_changes(wrong):
    loss, change, message = BAD[wrong]
    net = build(fastnn, Case(loss))
    fit(net, epochs=1)  # there is something that could change
    before, stream = state(net), np.random.get_state()[1:3]
    parts = net._asdict() | {"epochs": 2} | change(net)
    with pytest.raises(TypeError if wrong in TYPE_ERRORS else ValueError) as caught:
        fastnn.fit(**parts)
    assert str(caught.value) == "fit" + (": " if message[0] != "," else "") + message
    assert_same(state(net), before)
    assert np.array_equal(np.random.get_state()[1], stream[0])


def test_accuracy_that_does_not_fit_is_refused_before_anything_changes():
    net = build(fastnn, Case("squared 1"))
    before = state(net)
    with pytest.raises(ValueError, match="predictions must be classes"):
        fit(net, accuracy=fastnn.Accuracy_Categorical())
    assert_same({name: value for name, value in state(net).items() if "accuracy" not in name},
                {name: value for name, value in before.items() if "accuracy" not in name})


def test_no_epochs_change_nothing(book_numpy):
    """As the loop over range(0)."""
    net = build(fastnn, Case(hidden=(3,)))
    before = state(net)
    history = fit(net, epochs=0)
    assert len(history) == 0 and not history.interrupted
    assert_same(state(net), before)
