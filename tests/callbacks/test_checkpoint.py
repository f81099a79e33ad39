"""A training that is written down goes on as if nothing had happened, bit for bit."""

import numpy as np
import pytest
from trained import OPTIMIZERS, assert_equal, data, left, parts

import fastnn
from fastnn.callbacks import Checkpoint, CSVLogger, EarlyStopping, LearningRateSchedule
from fastnn.callbacks.schedules import cosine
from fastnn.files import storage

X, y = data()


def run(path, epochs, optimizer="Adam", resume=None, callback=None, dropout=0.0, norm=False,
        batch_size=None, log_every=1):
    layers, loss, optimizer = parts(optimizer, dropout, norm)
    calls = [] if path is None else [Checkpoint(path, every=5)]
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=epochs, resume=resume,
                         batch_size=batch_size, log_every=log_every,
                         callback=calls + (callback or []))
    return left(layers, optimizer), history


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("options", [{}, {"dropout": 0.3, "batch_size": 32}, {"norm": True}],
                         ids=str)
def test_a_resumed_training_is_the_one_without_a_break(tmp_path, optimizer, options):
    np.random.seed(11)
    whole, history = run(None, 25, optimizer, **options)
    np.random.seed(11)
    run(tmp_path / "run", 12, optimizer, **options)  # the last save is of epoch 9
    np.random.seed(99)
    rest, resumed = run(None, 25, optimizer, resume=tmp_path / "run", **options)
    assert_equal(rest, whole)
    assert np.array_equal(resumed.table(), history.table(), equal_nan=True)


def test_all_that_callbacks_do_goes_on(tmp_path):
    def callbacks():
        return [LearningRateSchedule(cosine(0.1, 20)), CSVLogger(tmp_path / "log", append=True)]
    whole, history = run(None, 20, callback=callbacks()[:1])
    run(tmp_path / "run", 10, callback=callbacks())
    rest, resumed = run(tmp_path / "run", 20, resume=tmp_path / "run", callback=callbacks())
    assert_equal(rest, whole)
    assert resumed.learning_rate.tolist() == history.learning_rate.tolist()
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(n) for n in range(20)]


def test_with_a_log_every_the_rows_go_on(tmp_path):
    whole, history = run(None, 23, log_every=4)
    layers, loss, optimizer = parts()
    fastnn.fit(layers, loss, optimizer, X, y, epochs=9, log_every=4,
               callback=Checkpoint(tmp_path / "run"))
    rest, resumed = run(None, 23, log_every=4, resume=tmp_path / "run")
    assert_equal(rest, whole)
    assert resumed.epoch.tolist() == history.epoch.tolist() == [0, 4, 8, 12, 16, 20, 22]


def test_step_by_step_too(tmp_path):
    class Own(fastnn.Activation_ReLU):
        def forward(self, inputs, training=True):
            self.inputs, self.output = inputs, np.maximum(0, inputs)

    def trained(**options):
        layers, loss, optimizer = parts()
        layers[1] = Own()
        history = fastnn.fit(layers, loss, optimizer, X, y, **options)
        return left(layers, optimizer), history
    whole, history = trained(epochs=8)
    trained(epochs=4, callback=Checkpoint(tmp_path / "run"))
    rest, resumed = trained(epochs=8, resume=tmp_path / "run")
    assert_equal(rest, whole)
    assert np.array_equal(history.table(), resumed.table(), equal_nan=True)


def test_only_what_is_better_is_saved_and_names_may_have_the_epoch(tmp_path):
    layers, loss, optimizer = parts()
    optimizer.learning_rate = optimizer.current_learning_rate = 1.0
    best = Checkpoint(tmp_path / "best-{epoch:03d}", monitor="validation_loss")
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=15, validation_data=(X, y),
                         callback=best)
    best = [n for n in range(15) if history.validation_loss[n] < min(
        [np.inf, *history.validation_loss[:n]])]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"best-{n:03d}" for n in best]
    with pytest.raises(ValueError, match='path may have "{epoch}" in it'):
        Checkpoint(tmp_path / "{run}")


# ------------------------------------------------------------------------------- refusals


@pytest.fixture
def saved(tmp_path):
    run(tmp_path / "run", 10)
    return tmp_path / "run"


def refused(layers, loss, optimizer, path, match, error=ValueError, **options):
    np.random.seed(3)
    before, state = left(layers, optimizer), np.random.get_state()[1].copy()
    with pytest.raises(error, match=match):
        fastnn.fit(layers, loss, optimizer, X, y, resume=path, **{"epochs": 20, **options})
    assert_equal(left(layers, optimizer), before)
    assert np.array_equal(state, np.random.get_state()[1])


def test_another_network_is_refused_before_anything_changes(saved):
    layers, loss, optimizer = parts()
    other = [fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), fastnn.Layer_Dense(8, 3)]
    refused(other, loss, optimizer, saved, r"weights has the shape \(2, 16\) there, and \(2, 8\)")
    refused([*layers, fastnn.Activation_Linear()], loss, optimizer, saved, "3 layers, loss, .* 4")
    layers[1] = fastnn.Activation_Sigmoid()
    refused(layers, loss, optimizer, saved,
            "is an Activation_ReLU there, and an Activation_Sigmoid in this")
    layers, loss, _ = parts()
    refused(layers, loss, fastnn.Optimizer_SGD(), saved,
            "optimizer is an Optimizer_Adam there, and an Optimizer_SGD in this")


def test_what_is_no_checkpoint_is_refused(saved, tmp_path):
    (tmp_path / "none").write_bytes(b"PK\3\4 nothing")
    refused(*parts(), tmp_path / "none", "cannot read")
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    model.set(loss=fastnn.Loss_MeanSquaredError())
    model.save(tmp_path / "model")
    refused(*parts(), tmp_path / "model", "expected a checkpoint, found a file of 'model'")
    refused(*parts(), tmp_path / "missing", "missing", FileNotFoundError)
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "spoiled").write_bytes(data)
    refused(*parts(), tmp_path / "spoiled", "cannot read")


def spoil(path, change):
    """The checkpoint with other content, and a digest that fits."""
    header, arrays = storage.read(path)
    change(header, arrays)
    storage.write(path, header, arrays)
    return path


@pytest.mark.parametrize("change", [
    lambda header, arrays: header["random"].__setitem__(1, 2_000_000_000),
    lambda header, arrays: header["random"].__setitem__(1, -1),
    lambda header, arrays: header["random"].__setitem__(1, 1e300),
    lambda header, arrays: arrays.update(random=arrays["random"].astype("f8")),
    lambda header, arrays: arrays.update(random=arrays["random"][:5]),
    lambda header, arrays: arrays["history"].__setitem__((0, 0), -3),
    lambda header, arrays: arrays["history"].__setitem__((-1, 0), np.inf),
    lambda header, arrays: arrays["history"].__setitem__((1, 0), 0.5),
    lambda header, arrays: arrays["history"].__setitem__((-1, 0), -2e19),
    lambda header, arrays: header["things"].__setitem__("layers.0", {"foreign": "Layer_Dense"}),
    lambda header, arrays: arrays.update({"layers.0.weights": arrays["layers.0.weights"].astype(
        "f8")}),
    lambda header, arrays: arrays.update({"loss.loss": np.ones(3)}),
    lambda header, arrays: header["things"]["optimizer"]["settings"].__setitem__(
        "iterations", 10**400)], ids=range(13))
def test_hostile_files_change_nothing(saved, change):
    refused(*parts(), spoil(saved, change), None, (ValueError, TypeError))
    np.random.rand()


def test_what_is_yours_and_has_state_is_refused_before_it_trains(tmp_path):
    class Scale:
        def __init__(self):
            self.weights, self.biases = np.ones((1, 3), "f4"), np.zeros((1, 3), "f4")

        def forward(self, inputs, training=True):
            self.inputs, self.output = inputs, inputs * self.weights

        def backward(self, dvalues):
            self.dinputs = dvalues * self.weights
            self.dweights, self.dbiases = 0 * self.weights, 0 * self.biases

    class Sgd:
        def pre_update_params(self):
            pass

        def update_params(self, layer):
            layer.weights -= 0.1 * layer.dweights

        post_update_params = pre_update_params
    layers, loss, optimizer = parts()
    for chain, chosen, said in (([*layers, Scale()], optimizer, r"layers.3 is a Scale .*weights"),
                                (layers, Sgd(), "optimizer is a Sgd of your own")):
        before = left(layers, chosen)
        with pytest.raises(TypeError, match=said):
            fastnn.fit(chain, loss, chosen, X, y, callback=Checkpoint(tmp_path / "run"))
        assert_equal(left(layers, chosen), before)


def test_early_stopping_and_the_best_go_on_counting(tmp_path):
    def trained(epochs, folder, resume=None):
        layers, loss, optimizer = parts()
        optimizer.learning_rate = optimizer.current_learning_rate = 1.0
        stopping = EarlyStopping("loss", patience=6)
        folder.mkdir(exist_ok=True)
        calls = [Checkpoint(folder / "{epoch:03d}", every=4, monitor="loss"),
                 Checkpoint(folder / "last"), stopping]
        history = fastnn.fit(layers, loss, optimizer, X, y, epochs=epochs, resume=resume,
                             callback=calls)
        return len(history), stopping.best_epoch, sorted(path.name for path in folder.iterdir())
    whole = trained(200, tmp_path / "whole")
    assert whole[0] < 200
    trained(whole[0] - 3, tmp_path / "broken")
    assert trained(200, tmp_path / "broken", tmp_path / "broken" / "last") == whole


def test_a_training_that_was_over_is_not_begun_again(tmp_path):
    whole, history = run(tmp_path / "run", 10)
    calls = []
    rest, resumed = run(None, 10, resume=tmp_path / "run", callback=[calls.append])
    assert calls == [] and len(resumed) == 10
    assert all(np.array_equal(rest[name], whole[name]) for name in rest)


def test_the_objects_have_what_they_had_and_nothing_else(saved):
    layers, loss, optimizer = parts()
    layers[0].trainable = False
    layers[2].weight_momentums_of_another = np.ones(3)
    fastnn.fit(layers, loss, optimizer, X, y, resume=saved, epochs=11)
    assert getattr(layers[0], "trainable", True)
    assert not hasattr(layers[2], "weight_momentums_of_another")


def test_a_training_that_is_over_is_said_to_be(saved):
    refused(*parts(), saved, "is of epoch 9, counted from 0; epochs, of the whole", epochs=9)


def test_what_was_never_saved_is_told(tmp_path):
    layers, loss, optimizer = parts()
    with pytest.warns(RuntimeWarning, match="Checkpoint: nothing was saved: every=20 counts "
                                            "recorded epochs, and 2 were recorded"):
        fastnn.fit(layers, loss, optimizer, X, y, epochs=20, log_every=19,
                   callback=Checkpoint(tmp_path / "run", every=20))
    assert not (tmp_path / "run").exists()


def test_a_missing_folder_is_found_before_the_training(tmp_path):
    layers, loss, optimizer = parts()
    before = left(layers, optimizer)
    for name in "none/run", "none/{epoch}":
        with pytest.raises(FileNotFoundError, match="there is no folder .*none"):
            fastnn.fit(layers, loss, optimizer, X, y, epochs=20,
                       callback=Checkpoint(tmp_path / name, every=10))
    assert_equal(left(layers, optimizer), before)
