"""What of a Model is not compiled, Ctrl-C in its training, and real data."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from both_models import Swish, build, data, every_form, left, override, refuse, train_both
from programs import assert_same, published, series_d

import fastnn
from fastnn import reference
from fastnn.model import runs as model_runs

pytestmark = pytest.mark.usefixtures("book_numpy")


def insert_swish(model):
    model.layers.insert(4, Swish())
    model.finalize()


def freeze(model):
    model.trainable_layers = model.trainable_layers[1:]


def replace_forward(model):
    model.layers[3].forward = model.layers[3].forward


def skip_a_layer(model):
    model.layers[3].prev = model.layers[1]


OTHERS: dict[str, Callable[[Any], Any]] = {
    "a foreign layer": insert_swish,
    "a frozen layer": freeze,
    "a layer without penalty": lambda model: model.loss.remember_trainable_layers([]),
    "a layer that is skipped": skip_a_layer,
    "a replaced method": replace_forward,
    "a learning rate of NumPy's": lambda model: model.set(
        optimizer=type(model.optimizer)(learning_rate=np.float64(0.02))),
    "backward": lambda model: override(model, 0, "backward", lambda self, dvalues: type(
        self).__mro__[1].backward(self, -dvalues)),
    "another threshold": lambda model: override(
        model, -1, "predictions", lambda self, outputs: (outputs > 0.7) * 1),
    "another comparison": lambda model: override(
        model, "accuracy", "compare", lambda self, predictions, y: predictions != y),
    "other sums": lambda model: override(
        model, "loss", "calculate_accumulated", lambda self, **wanted: (1.0, 2.0) if wanted else 3),
    "a pass that goes on": lambda model: override(model, "accuracy", "new_pass", lambda self: None),
}


@every_form
@pytest.mark.parametrize("other", OTHERS)
def test_what_is_not_the_book_s_goes_through_the_objects(
        capsys, monkeypatch, planned, lines, other):
    monkeypatch.setattr(model_runs.Run, "start", refuse)

    def make(nn):
        model = build(nn, "binary", lines)
        OTHERS[other](model)
        return model

    train_both(capsys, make, *data("binary"), sums="of all epochs", epochs=3, batch_size=20,
               validation_data=data("binary"))


@every_form
@pytest.mark.parametrize("method", ["_step", "forward", "backward", "evaluate", "_line"])
def test_model_s_own_methods_are_called(capsys, planned, lines, method):
    X, y = data("categorical")
    calls = []

    def make(nn):
        def mine(self, *arguments, **options):
            calls.append((nn, np.sum(getattr(self.layers[-1], "output", 0))))
            return getattr(nn.Model, method)(self, *arguments, **options)
        model = build(nn, "categorical", lines)
        model.__class__ = type("Mine", (nn.Model,), {method: mine})
        return model

    train_both(capsys, make, X, y, sums="of all epochs", epochs=3, validation_data=(X, y))
    half = len(calls) // 2
    assert calls[:half] == [(fastnn, value) for _, value in calls[half:]]
    assert calls[half:] and all(nn is reference for nn, _ in calls[half:])


@every_form
@pytest.mark.parametrize("answers", range(40))
def test_interrupted_training_leaves_whole_objects(capsys, compiled, lines, answers):
    """The arrays that the reference leaves after as many steps as the optimizer counts."""
    X, y = data("categorical")
    asked = []

    def interrupted():
        asked.append(True)
        return len(asked) > answers

    model = build(fastnn, "categorical", lines)
    printed = list(model_runs.Training(model, X, y, 6, 20, 2, (X, y)).lines(interrupted))
    whole = build(reference, "categorical", lines)
    whole.train(X, y, epochs=6, batch_size=20, print_every=2, validation_data=(X, y))
    assert printed == capsys.readouterr().out.splitlines()[:len(printed)]
    if len(asked) <= answers:
        assert_same(left(model), left(whole))
        return
    expected = build(reference, "categorical", lines)
    batches = [slice(20), slice(20, 40), slice(40, 50)] if lines == "steps" else [slice(50)]
    for step in range(model.optimizer.iterations):
        rows = batches[step % len(batches)]
        expected._step(X[rows], y[rows])
    assert_same(*({name: value for name, value in left(one).items() if "accumulated" not in name}
                  for one in (model, expected)))


@pytest.mark.clock
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@every_form
def test_ctrl_c_stops_a_long_training(fresh_process, lines):
    late, whole = fresh_process(f"""
        import contextlib, os, signal, threading, time
        import nnfs
        import numpy as np
        from nnfs.datasets import spiral_data
        nnfs.init()
        import fastnn

        def build():
            np.random.seed(0)
            X, y = spiral_data(100, 3)
            model = fastnn.Model(lines={lines!r})
            model.add(fastnn.Layer_Dense(2, 64, weight_regularizer_l2=5e-4))
            model.add(fastnn.Activation_ReLU())
            model.add(fastnn.Layer_Dropout(0.1))
            model.add(fastnn.Layer_Dense(64, 3))
            model.add(fastnn.Activation_Softmax())
            model.set(loss=fastnn.Loss_CategoricalCrossentropy(),
                      optimizer=fastnn.Optimizer_Adam(), accuracy=fastnn.Accuracy_Categorical())
            model.finalize()
            return model, X, y

        def strike():
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

        def train(epochs):
            model, X, y = build()
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                model.train(X, y, epochs=epochs, print_every=100_000)
            return model

        sent = []
        train(100)
        timer = threading.Timer(0.5, strike)
        timer.start()
        model, X, y = build()
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            model.train(X, y, epochs=10_000_000, print_every=100_000)
        late = time.perf_counter() - sent[0]
        assert model.interrupted
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        steps = model.optimizer.iterations
        other = train(steps)
        same = all(np.array_equal(getattr(a, name), getattr(b, name))
                   for a, b in zip(model.layers, other.layers)
                   for name in ("inputs", "output", "dinputs", "weights", "dweights",
                                "weight_cache", "binary_mask") if hasattr(b, name))
        print(late, steps > 500 and same and other.optimizer.iterations == steps)
    """).split()
    assert float(late) < 0.25
    assert whole == "True"


# ------------------------------------------------------------------------------- real data, speed


def test_digits_are_learned(capsys, book_numpy):
    """scikit-learn's 1,797 images of 8 by 8: more than 97 of 100 that were held out are known."""
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_digits(return_X_y=True)
    order = np.random.permutation(len(X))
    X, y = (X[order] / 8 - 1).astype("f4"), y[order]
    held_out = X[1400:], y[1400:]

    def make(nn):
        np.random.seed(0)
        model = nn.Model()
        model.add(nn.Layer_Dense(64, 96, weight_scale=0.1))
        model.add(nn.Activation_ReLU())
        model.add(nn.Layer_Dense(96, 10, weight_scale=0.1))
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical(),
                  optimizer=nn.Optimizer_Adam(learning_rate=0.005, decay=1e-3))
        model.finalize()
        return model

    train_both(capsys, make, X[:1400], y[:1400], epochs=2, batch_size=32, print_every=10,
               validation_data=held_out)
    model = make(fastnn)
    model.train(X[:1400], y[:1400], epochs=40, batch_size=32, print_every=100,
                validation_data=held_out)
    last = capsys.readouterr().out.splitlines()[-1]
    outputs = model.predict(held_out[0], batch_size=16)
    right = np.mean(model.output_layer_activation.predictions(outputs) == held_out[1])
    assert right > 0.97
    assert last.startswith(f"validation, acc: {right:.3f}, ")


@pytest.mark.slow
def test_model_prints_the_published_lines_to_epoch_2000():
    got: list[str] = []
    series_d(fastnn, 2000, got.append)
    assert got[:20] == published("D")[:20]
