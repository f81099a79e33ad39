"""Model: the reference's lines and digits, files that survive, and what it says when misused."""

import copy
import io
import os
import pickle
import re
import subprocess
import sys
import textwrap
import tracemalloc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nnfs.datasets import sine_data, spiral_data
from processes import path_to_fastnn, run_in_fresh_process
from programs import arrays_of, assert_same, published, series_d

import fastnn
from fastnn import StorageError, model_runs, reference, registry, storage, watching

pytestmark = pytest.mark.usefixtures("book_numpy")

KINDS = ["categorical", "one-hot", "binary", "regression"]
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda nn: nn.Optimizer_SGD(decay=1e-2, momentum=0.5),
    "plain SGD": lambda nn: nn.Optimizer_SGD(learning_rate=np.float64(0.1)),
    "Adagrad": lambda nn: nn.Optimizer_Adagrad(decay=1e-2),
    "RMSprop": lambda nn: nn.Optimizer_RMSprop(learning_rate=0.02, rho=0.99),
    "Adam": lambda nn: nn.Optimizer_Adam(learning_rate=0.02, decay=5e-5),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """50 samples, in order of the classes as the datasets give them."""
    if kind == "regression":
        return sine_data(50)
    X, y = spiral_data(samples=25, classes=2)
    return X, {"categorical": y, "one-hot": np.eye(2)[y], "binary": y.reshape(-1, 1)}[kind]


def build(nn: Any, kind: str, lines: str = "steps", optimizer: str = "Adam") -> Any:
    """A network with every kind of layer for this kind of target."""
    np.random.seed(0)
    I, O = (1, 1) if kind == "regression" else (2, 1 if kind == "binary" else 2)  # noqa: E741
    model = nn.Model(lines=lines)
    model.add(nn.Layer_Dense(I, 12, weight_regularizer_l2=5e-4, bias_regularizer_l1=5e-4))
    model.add(nn.Activation_ReLU())
    model.add(nn.Layer_Dropout(0.1))
    model.add(nn.Layer_Dense(12, O, weight_scale=0.1))
    if kind == "regression":
        model.add(nn.Activation_Linear())
        model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression())
    elif kind == "binary":
        model.add(nn.Activation_Sigmoid())
        model.set(loss=nn.Loss_BinaryCrossentropy(), accuracy=nn.Accuracy_Categorical(binary=True))
    else:
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical())
    model.set(optimizer=OPTIMIZERS[optimizer](nn))
    model.finalize()
    return model


def left(model: Any) -> dict[str, np.ndarray]:
    return arrays_of({"model": model})


# ----------------------------------------------------------------------------- lines and digits

BATCHES = [None, 50, 10, 16, 49, 1000]
every_form = pytest.mark.parametrize("lines", ["steps", "epochs"])


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("this was not to be called")


@pytest.fixture
def planned(monkeypatch):
    """However little it is, it is compiled if it can be."""
    monkeypatch.setattr(model_runs, "_FEW", 0)


@pytest.fixture
def compiled(monkeypatch, planned):
    """And it can be: no batch goes through the objects. Lines show all digits, and types."""
    monkeypatch.setattr(watching, "stepwise", refuse)
    for method in ("_by_steps", "_copied"):
        monkeypatch.setattr(fastnn.Model, method, refuse)
    line = reference.Model._line

    def full_line(self, *values):
        return f"{line(self, *values)} {values!r}"
    monkeypatch.setattr(reference.Model, "_line", full_line)
    monkeypatch.setitem(registry._methods[fastnn.Model], "_line", full_line)


class LastSums(reference.Model):
    """Keeps the sums of the last epoch alone, as a compiled training by lines="epochs" does."""

    def _step(self, X, y):
        self.loss.new_pass()
        self.accuracy.new_pass()
        return super()._step(X, y)


def train_both(capsys, make, X, y, sums="of the last epoch", **options):
    """Models made of fastnn and of the reference print and leave the same; what they print."""
    trained, printed = [], []
    for nn in (fastnn, reference):
        model = make(nn)
        if nn is reference and model.lines == "epochs" and sums == "of the last epoch":
            model.__class__ = LastSums
        model.train(X, y, **options)
        trained.append(left(model))
        printed.append(capsys.readouterr().out)
    assert_same(*trained)
    assert printed[0] == printed[1]
    return printed[0]


@every_kind
@every_form
@pytest.mark.parametrize("batch_size", BATCHES)
@pytest.mark.parametrize("print_every", [1, 3])
@pytest.mark.parametrize("validated", [True, False], ids=["validated", "not validated"])
def test_training_equals_the_reference(
        capsys, compiled, kind, lines, batch_size, print_every, validated):
    printed = train_both(
        capsys, lambda nn: build(nn, kind, lines), *data(kind), epochs=4, batch_size=batch_size,
        print_every=print_every, validation_data=data(kind) if validated else None)
    assert ("validation, acc: " in printed) == validated


@every_kind
@every_form
def test_little_goes_through_the_objects(capsys, monkeypatch, kind, lines):
    monkeypatch.setattr(model_runs, "check", refuse)
    train_both(capsys, lambda nn: build(nn, kind, lines), *data(kind), sums="of all epochs",
               epochs=3, batch_size=20, validation_data=data(kind))


@every_kind
@every_form
@pytest.mark.parametrize("optimizer", set(OPTIMIZERS) - {"plain SGD"})
def test_training_goes_on_from_what_it_finds(capsys, compiled, kind, lines, optimizer):
    """State that another training left, arrays changed in place, and arrays put in their place."""
    X, y = data(kind)

    def make(nn):
        model = build(nn, kind, lines, optimizer)
        model.train(X, y, epochs=2, batch_size=20)
        model.layers[0].weights *= 0.5
        model.layers[3].biases = model.layers[3].biases + np.float32(0.25)
        return model

    train_both(capsys, make, X, y, epochs=3, batch_size=49)


def test_large_layers_go_on_from_block_to_block(capsys, compiled):
    """Two sums over samples, each of more than a million terms, are under way at a time."""
    X, y = spiral_data(samples=700, classes=3)

    def make(nn):
        np.random.seed(0)
        model = nn.Model()
        model.add(nn.Layer_Dense(2, 400, weight_scale=0.1))
        model.add(nn.Activation_ReLU())
        model.add(nn.Layer_Dense(400, 3, weight_scale=0.1))
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical(),
                  optimizer=nn.Optimizer_SGD())
        model.finalize()
        return model

    train_both(capsys, make, X, y, epochs=3)


OTHER_NUMPY = {
    "cast": "nnfs.init(dot_precision_workaround=False)",
    "plain": "",
    "plain, weights of two types": "convert = True",
}


@pytest.mark.parametrize("init", OTHER_NUMPY)
def test_types_are_the_reference_s_with_another_numpy(init):
    """Digits are close then; types must be equal. With fastnn's own products, not NumPy's order."""
    run_in_fresh_process(f"""
        import contextlib, io
        import nnfs
        import numpy as np
        convert = False
        {OTHER_NUMPY[init]}
        import fastnn
        from fastnn import model_runs, reference
        from programs import arrays_of
        model_runs._FEW = 0

        def left(nn, X, y):
            np.random.seed(0)
            model = nn.Model()
            model.add(nn.Layer_Dense(5, 9, weight_regularizer_l2=1e-3, weight_scale=0.1))
            model.add(nn.Activation_Sigmoid())
            model.add(nn.Layer_Dropout(0.1))
            model.add(nn.Layer_Dense(9, 3, weight_regularizer_l2=1e-3))
            model.add(nn.Activation_Softmax())
            model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_Adam(),
                      accuracy=nn.Accuracy_Categorical())
            model.finalize()
            if convert:
                for name in ("weights", "biases"):
                    array = getattr(model.layers[3], name)
                    setattr(model.layers[3], name, array.astype("f4"))
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                model.train(X, y, epochs=2, batch_size=16, validation_data=(X, y))
            outputs = model.predict(X, batch_size=16)
            return arrays_of({{"model": model, "outputs": outputs}}), printed.getvalue()

        for dtype in ("f4", "f8", "u1"):
            rng = np.random.default_rng(0)
            X, y = rng.integers(0, 3, (50, 5)).astype(dtype), rng.integers(0, 3, 50)
            got, expected = left(fastnn, X, y), left(reference, X, y)
            assert got[1].count("\\n") == expected[1].count("\\n")
            for name, array in expected[0].items():
                mine = got[0][name]
                assert mine.dtype == array.dtype, (dtype, name, mine.dtype, array.dtype)
                np.testing.assert_allclose(mine, array, 1e-2, 1e-4, err_msg=f"{{dtype}} {{name}}")
    """)


def test_accuracy_without_precision_says_so(planned):
    model = build(fastnn, "regression")
    for precision in (None, "fine"):
        model.accuracy.precision = precision
        with pytest.raises((RuntimeError, TypeError)):
            model.evaluate(*data("regression"), batch_size=7)


def test_arrays_that_were_kept_do_not_change(capsys, compiled):
    model, (X, y) = build(fastnn, "categorical"), data("categorical")
    model.train(X, y, epochs=2, batch_size=20)
    kept = [(array, array.copy()) for layer in model.layers for name, array in vars(layer).items()
            if isinstance(array, np.ndarray) and name not in ("weights", "biases")]
    assert len(kept) == 2 * 9 + 3 * 3 + 1, "inputs, output, dinputs; gradients, state; the mask"
    model.train(X, y, epochs=2, batch_size=20, validation_data=(X, y))
    model.predict(X, batch_size=10)
    for array, before in kept:
        np.testing.assert_array_equal(array, before)


def test_layers_hold_one_another_s_arrays(capsys, compiled):
    model, (X, y) = build(fastnn, "categorical"), data("categorical")
    dense1, relu, dropout, dense2, softmax = model.layers
    for call in (lambda: model.train(X, y, epochs=2, batch_size=20),
                 lambda: model.evaluate(X, y, batch_size=20),
                 lambda: model.predict(X, batch_size=20)):
        call()
        assert model.input_layer.output is dense1.inputs and dense1.inputs.base is X
        assert relu.inputs is dense1.output and dropout.inputs is relu.output
        assert dense2.inputs is dropout.output and softmax.inputs is dense2.output
        assert not np.shares_memory(dropout.output, dropout.inputs)
    assert softmax.dinputs is model.softmax_classifier_output.dinputs
    assert dropout.prev is relu and dropout.next is dense2


def test_lines_are_the_book_s(capsys):
    X, y = data("categorical")
    build(fastnn, "categorical").train(X, y, epochs=1, batch_size=20, print_every=2)
    numbers = r"acc: \d\.\d{3}, loss: \d\.\d{3} \(data_loss: \d\.\d{3}, reg_loss: \d\.\d{3}\), lr: "
    steps = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in steps] == ["epoch: 1", "step: 0", "step: 2", "training"]
    assert all(re.search(f", {numbers}0\\.0[12]\\d*$", line) for line in steps[1:])
    build(fastnn, "categorical", "epochs").train(X, y, epochs=5, print_every=2,
                                                 validation_data=(X, y))
    epochs = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in epochs] == ["epoch: 2", "epoch: 4", "validation"]
    assert re.fullmatch(f"epoch: 4, {numbers}0\\.0[12]\\d*", epochs[1])
    assert re.fullmatch(r"validation, acc: \d\.\d{3}, loss: \d\.\d{3}", epochs[2])


@every_kind
@pytest.mark.parametrize("batch_size", [None, 16, 1])
@pytest.mark.parametrize("way", ["compiled", "objects"])
def test_evaluation_and_prediction_equal_the_reference(capsys, request, kind, batch_size, way):
    if way == "compiled":
        request.getfixturevalue("compiled")
    got, printed = [], []
    for nn in (fastnn, reference):
        model, (X, y) = build(nn, kind), data(kind)
        model.train(X, y, epochs=2)
        model.evaluate(*data(kind), batch_size=batch_size)
        got.append(left(model))
        outputs = model.predict(X, batch_size=batch_size)
        got.append(arrays_of({"model": model, "outputs": outputs,
                              "classes": model.output_layer_activation.predictions(outputs),
                              "parameters": model.get_parameters()}))
        printed.append(capsys.readouterr().out)
    assert_same(got[0], got[2])
    assert_same(got[1], got[3])
    assert printed[0] == printed[1]


def bare(nn, *layers):
    """A chain of these layers for regression, with its state."""
    np.random.seed(1)
    model = nn.Model()
    for name, *arguments in layers:
        model.add(getattr(nn, name)(*arguments))
    model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression(),
              optimizer=nn.Optimizer_SGD())
    model.finalize()
    return model


CHAINS: dict[str, list[tuple[Any, ...]]] = {
    "dense alone": [("Layer_Dense", 3, 5)],
    "dropout first": [("Layer_Dropout", 0.2), ("Layer_Dropout", 0.1), ("Layer_Dense", 3, 5)],
    "dropout last": [("Layer_Dense", 3, 5), ("Activation_Linear",), ("Layer_Dropout", 0.2)],
    "linear all over": [("Activation_Linear",), ("Layer_Dense", 3, 1), ("Activation_Linear",),
                        ("Layer_Dropout", 0.1), ("Activation_Linear",)],
    "tanh last": [("Layer_Dense", 3, 4), ("Activation_Tanh",), ("Layer_Dense", 4, 2),
                  ("Activation_LeakyReLU", 0.1)],
    "rectifier first": [("Activation_ReLU",), ("Layer_Dense", 3, 4)],
    "softmax": [("Layer_Dense", 3, 4), ("Activation_Softmax",)],
    "sigmoid": [("Layer_Dense", 3, 4), ("Activation_Sigmoid",)],
}


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i8", "?"])
def test_prediction_of_any_chain_equals_the_reference(planned, chain, dtype):
    X = (np.random.default_rng(0).normal(size=(70, 3)) * 3).astype("i1").astype(dtype)
    got = []
    for nn in (fastnn, reference):
        model = bare(nn, *CHAINS[chain])
        got.append({"outputs": model.predict(X, batch_size=16)} | left(model))
    assert_same(*got)


def test_prediction_needs_no_loss_of_the_book_s(compiled):
    model, (X, _) = build(fastnn, "categorical"), data("categorical")
    expected = model.predict(X, batch_size=16)
    override(model, "loss", "forward", refuse)
    override(model, "optimizer", "update_params", refuse)
    np.testing.assert_array_equal(model.predict(X, batch_size=16), expected)


def test_prediction_lays_outputs_where_they_stay(compiled):
    """The result is one array for all batches; the last batch has arrays of its own."""
    model, X = build(fastnn, "regression"), data("regression")[0]
    outputs = model.predict(X, batch_size=7)
    assert outputs.base is None and outputs.shape == (50, 1)
    before = outputs.copy()
    assert not np.shares_memory(model.layers[-1].output, outputs)
    model.layers[-1].output[:] = 9
    model.predict(X + 1, batch_size=7)
    np.testing.assert_array_equal(outputs, before)


FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "lists": np.ndarray.tolist,
    "tuple": tuple,
    "Fortran": np.asfortranarray,
    "backwards": lambda a: np.flip(np.flip(a).copy()),
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "other numbers": lambda a: a.astype("f8") if a.dtype == "f4" else a.astype("i8"),
}


@every_kind
@pytest.mark.parametrize("form", FORMS)
def test_training_takes_data_in_any_form(capsys, planned, kind, form):
    trained = []
    for nn in (fastnn, reference):
        model, (X, y) = build(nn, kind), map(FORMS[form], data(kind))
        before = np.array(X), np.array(y)
        if nn is reference:
            X, y = np.asarray(X), np.asarray(y)
        model.train(X, y, epochs=2, batch_size=20, validation_data=[X, y])
        model.evaluate(X, y)
        trained.append(left(model) | arrays_of({"outputs": model.predict(X)}))
        np.testing.assert_array_equal(X, before[0])
        np.testing.assert_array_equal(y, before[1])
    assert_same(*trained)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@pytest.mark.parametrize("batch_size", [64, 1000])
def test_memory_maps_are_not_copied(capsys, compiled, tmp_path, dtype, batch_size):
    """A read-only map is read where it lies, batch by batch where its type is not the network's."""
    N, I = 20_000, 100
    X, y = np.random.default_rng(0).integers(0, 9, (N, I)), np.arange(N) % 2
    X.astype(dtype).tofile(tmp_path / "X")
    X = np.memmap(tmp_path / "X", dtype, "r", shape=(N, I))
    y = y.astype("u1")

    def make(nn):
        np.random.seed(0)
        model = nn.Model()
        model.add(nn.Layer_Dense(I, 3))
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_Adam(),
                  accuracy=nn.Accuracy_Categorical())
        model.finalize()
        return model

    options = {"batch_size": batch_size, "print_every": 1000, "validation_data": (X, y)}
    train_both(capsys, make, X, y, **options)
    model = make(fastnn)
    tracemalloc.start()
    try:
        model.train(X, y, **options)
        model.evaluate(X, y, batch_size=batch_size)
        outputs = model.predict(X, batch_size=batch_size)
        peak = tracemalloc.get_traced_memory()[1] - outputs.nbytes
    finally:
        tracemalloc.stop()
    # Staged batches are float32; a run of training, one of validation, and one whose step is kept.
    assert peak < 300_000 + 6 * 4 * I * batch_size < 4 * N * I / 2
    assert np.shares_memory(model.input_layer.output, X)


def test_parameters_go_from_one_model_to_another(capsys):
    first, second = build(fastnn, "categorical"), build(fastnn, "categorical")
    X, y = data("categorical")
    first.train(X, y, epochs=2)
    second.set_parameters(first.get_parameters())
    assert second.layers[0].weights is first.layers[0].weights, "by reference, as in the book"
    np.testing.assert_array_equal(second.predict(X), first.predict(X))
    second.set_parameters([(w.tolist(), b.tolist()) for w, b in first.get_parameters()])
    np.testing.assert_allclose(second.predict(X), first.predict(X), rtol=1e-6)


# ------------------------------------------------------------- what is not compiled, and Ctrl-C


def override(model, part, name, method):
    """Give a part of the model a class of its own, with one method that is not the book's."""
    thing = getattr(model, part) if isinstance(part, str) else model.layers[part]
    thing.__class__ = type(f"My{type(thing).__name__}", (type(thing),), {name: method})


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


# --------------------------------------------------------------------------------------- files

@every_kind
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_loaded_model_goes_on_training_alike(capsys, tmp_path, kind, optimizer, lines):
    path = tmp_path / "one.model"
    model, (X, y) = build(fastnn, kind, lines, optimizer), data(kind)
    model.train(X, y, epochs=3)
    before, state = left(model), np.random.get_state()
    model.save(path)
    assert_same(left(model), before)
    assert [file.name for file in tmp_path.iterdir()] == ["one.model"]

    loaded = fastnn.Model.load(str(path))
    assert (loaded.lines, len(loaded.layers)) == (lines, 5)
    passing = ("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask", "input_layer",
               "accumulated", "softmax_classifier_output")
    assert_same(left(loaded), {name: value for name, value in before.items()
                               if not any(word in name for word in passing)})

    capsys.readouterr()
    ends, printed = [], []
    for one in (model, loaded):
        np.random.set_state(state)
        one.train(X, y, epochs=3, batch_size=20, validation_data=(X, y))
        ends.append(left(one))
        printed.append(capsys.readouterr().out)
    # The combined object accumulates nothing, but it may have seen the epochs before.
    assert_same(ends[1], ends[0])
    assert printed[0] == printed[1]


def test_bare_model_is_saved_as_it_is(tmp_path):
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    model.save(tmp_path / "bare")
    loaded = fastnn.Model.load(tmp_path / "bare")
    assert not hasattr(loaded, "loss")
    with pytest.raises(RuntimeError, match=re.escape("Model.predict: there is no loss")):
        loaded.predict(np.ones((1, 2)))
    loaded.set(loss=fastnn.Loss_MeanSquaredError())
    loaded.finalize()
    assert loaded.predict(np.ones((1, 2))).shape == (1, 3)


def test_saved_parameters_are_loaded(capsys, tmp_path):
    model, (X, y) = build(fastnn, "one-hot"), data("one-hot")
    model.train(X, y, epochs=3)
    model.save_parameters(tmp_path / "parameters")
    other = build(fastnn, "one-hot", optimizer="SGD")
    optimizer = copy.copy(vars(other.optimizer))
    other.load_parameters(tmp_path / "parameters")
    assert_same(arrays_of({"p": other.get_parameters()}), arrays_of({"p": model.get_parameters()}))
    assert vars(other.optimizer) == optimizer
    np.testing.assert_array_equal(other.predict(X), model.predict(X))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_the_book_are_loaded(capsys, tmp_path, protocol):
    """What the book's Model.save_parameters writes."""
    model, (X, y) = build(reference, "categorical"), data("categorical")
    model.train(X, y, epochs=2)
    with open(tmp_path / "fashion_mnist.parms", "wb") as file:
        pickle.dump(model.get_parameters(), file, protocol)
    other = build(fastnn, "categorical")
    other.load_parameters(tmp_path / "fashion_mnist.parms")
    assert_same(arrays_of({"p": other.get_parameters()}), arrays_of({"p": model.get_parameters()}))
    np.testing.assert_array_equal(other.predict(X), model.predict(X))


KILLS = {
    "at the first array": "zipfile.ZipFile.writestr = kill",
    "before the disk has it": "os.fsync = kill",
    "before the file is in place": "os.replace = kill",
}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("save", ["save", "save_parameters"])
def test_killed_save_leaves_the_old_file(tmp_path, moment, save):
    path = tmp_path / "kept"
    model = build(fastnn, "categorical")
    getattr(model, save)(path)
    before = path.read_bytes()
    child = subprocess.run([sys.executable, "-c", textwrap.dedent(f"""
        import os, signal, zipfile
        import fastnn
        model = fastnn.Model()
        model.add(fastnn.Layer_Dense(200, 300))
        model.set(loss=fastnn.Loss_MeanSquaredError())
        model.finalize()
        def kill(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        {KILLS[moment]}
        model.{save}({str(path)!r})
        """)], env={**os.environ, "PYTHONPATH": path_to_fastnn()}, capture_output=True, timeout=60)
    assert child.returncode == -9, child.stderr
    assert path.read_bytes() == before
    if save == "save":
        assert_same(left(fastnn.Model.load(path)), left(model))
    getattr(model, save)(path)
    assert path.read_bytes() == before


def load(model: Any, path: Any, content: str) -> None:
    """Load the file as a model, or as the parameters of `model`."""
    fastnn.Model.load(path) if content == "model" else model.load_parameters(path)


@pytest.fixture
def saved(tmp_path):
    """A model, and its two files by what they hold."""
    model = build(fastnn, "categorical")
    files = {"model": tmp_path / "whole", "parameters": tmp_path / "parameters"}
    model.save(files["model"])
    model.save_parameters(files["parameters"])
    return SimpleNamespace(model=model, files=files)


@pytest.mark.parametrize("content", ["model", "parameters"])
def test_cut_file_is_refused(saved, content):
    path, before = saved.files[content], left(saved.model)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match=re.escape(f"cannot read {str(path)!r}: ")):
            load(saved.model, path, content)
    assert_same(left(saved.model), before)


@pytest.mark.parametrize("content", ["model", "parameters"])
def test_file_with_a_flipped_bit_is_refused(saved, content):
    """Or read rightly: a bit of a date in the zip says nothing about the arrays."""
    path, before = saved.files[content], left(saved.model)
    whole = path.read_bytes()
    refused = 0
    bits = np.random.default_rng(3).choice(8 * len(whole), 400, replace=False).tolist()
    for bit in bits:
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        try:
            if content == "model":
                assert_same(left(fastnn.Model.load(path)), before)
            else:
                saved.model.load_parameters(path)
        except StorageError:
            refused += 1
        assert_same(left(saved.model), before)
    assert refused > 300


def numpys(save: Callable[[Any, np.ndarray], None]) -> bytes:
    stream = io.BytesIO()
    save(stream, np.ones(3))
    return stream.getvalue()


FOREIGN: dict[str, Callable[[Any], Any]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("epoch: 1\nstep: 0, acc: 0.5\n"),
    "npz of NumPy": lambda path: path.write_bytes(numpys(np.savez)),
    "npy": lambda path: path.write_bytes(numpys(np.save)),
    "pickled object": lambda path: path.write_bytes(pickle.dumps(SimpleNamespace(a=1))),
    "other content": lambda path: storage.write(path, {"content": "weather"}, {}),
    "no content": lambda path: storage.write(path, {}, {"a": np.ones(2)}),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("content", ["model", "parameters"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_foreign_file_is_refused(saved, content, foreign):
    path, before = saved.files[content], left(saved.model)
    FOREIGN[foreign](path)
    with pytest.raises(StorageError, match=re.escape(str(path))):
        load(saved.model, path, content)
    assert_same(left(saved.model), before)


def test_files_are_not_taken_for_one_another(saved):
    model, files = saved.model, saved.files
    reads = "which Model.load_parameters reads$"
    with pytest.raises(StorageError, match=f"of .model., found a file of .parameters., {reads}"):
        fastnn.Model.load(files["parameters"])
    with pytest.raises(StorageError, match="found a file of .model., which Model.load reads$"):
        model.load_parameters(files["model"])
    for content in files:
        files[content].unlink()
        with pytest.raises(FileNotFoundError):
            load(model, files[content], content)


def test_pickled_model_is_not_run(tmp_path):
    path = tmp_path / "pickled"
    path.write_bytes(pickle.dumps(build(reference, "binary")))
    message = "a pickled model would run its own code when loaded"
    with pytest.raises(StorageError, match=message):
        fastnn.Model.load(path)


@pytest.mark.parametrize(("change", "message"), [
    ({"layers": [{"class": "Popen", "settings": {}}]}, "description of layers.0 is not"),
    ({"layers": [{"class": "Layer_Dense"}]}, "description of layers.0 is not one of fastnn's"),
    ({"layers": ["Layer_Dense"]}, "description of layers.0 is not one of fastnn's"),
    ({"layers": 3}, "layers must be a list, got '3'"),
    ({"layers": [{"class": "Layer_Dense", "settings": {"forward": 1}}]}, "l1 is missing"),
    ({"lines": "verses"}, "the header does not describe a model"),
    ({"loss": {"class": "Loss", "settings": {}}}, "description of loss is not one of fastnn's"),
    ({"loss": None, "finalized": True}, "the header does not describe a model"),
], ids=str)
def test_model_from_a_false_header_is_refused(saved, tmp_path, change, message):
    header, arrays = storage.read(saved.files["model"])
    storage.write(tmp_path / "false", header | change, arrays)
    with pytest.raises(StorageError, match=message):
        fastnn.Model.load(tmp_path / "false")


@pytest.mark.parametrize(("layers", "arrays"), [(3, None), ("two", None), (2, {})])
def test_parameters_from_a_false_header_are_refused(saved, tmp_path, layers, arrays):
    header, found = storage.read(saved.files["parameters"])
    storage.write(tmp_path / "false", header | {"layers": layers}, found if arrays is None else {})
    before = left(saved.model)
    with pytest.raises(StorageError, match="does not hold the layers that its header names$"):
        saved.model.load_parameters(tmp_path / "false")
    assert_same(left(saved.model), before)


def test_parameters_of_another_network_are_refused(saved, tmp_path):
    other = build(fastnn, "binary")
    other.save_parameters(tmp_path / "other")
    before = left(saved.model)
    message = "Model.set_parameters: weights of trainable layer 1 must be (12, 2), got (12, 1)"
    with pytest.raises(ValueError, match=re.escape(message)):
        saved.model.load_parameters(tmp_path / "other")
    assert_same(left(saved.model), before)


class Swish:
    """An activation of the user's."""

    def forward(self, inputs, training=True):
        self.output = inputs

    def backward(self, dvalues):
        self.dinputs = dvalues


class Layer_Dense(fastnn.Layer_Dense):
    """A subclass by the same name that does something else."""

    def forward(self, inputs, training=True):
        super().forward(-inputs)


def test_save_refuses_a_foreign_layer_whose_arguments_are_not_kept(saved, tmp_path):
    saved.model.layers.insert(1, reference.Layer_Dense(3, 3))
    saved.model.finalize()
    path, before = saved.files["model"], saved.files["model"].read_bytes()
    message = "Model.save: layers.1 is a Layer_Dense without an attribute 'n_inputs'"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        saved.model.save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("make", "name"), [
    (Swish, "Swish"), (lambda: Layer_Dense(3, 3), "Layer_Dense")], ids=["Swish", "subclass"])
def test_foreign_layers_are_loaded_only_from_classes_that_are_handed_over(saved, make, name):
    saved.model.layers.insert(1, make())
    saved.model.finalize()
    saved.model.save(saved.files["model"])
    with pytest.raises(StorageError, match=f"layers.1 is a {name}, which is no class of fastnn's"):
        fastnn.Model.load(saved.files["model"])


def test_save_refuses_an_attribute_it_cannot_keep(saved):
    saved.model.layers[0].history = [1, 2]
    message = "Model.save: layers.0.history is a list; only numbers, text and arrays can be saved"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        saved.model.save(saved.files["model"])
    saved.model.layers[0].history = "ok"
    saved.model.save(saved.files["model"])
    assert fastnn.Model.load(saved.files["model"]).layers[0].history == "ok"


# ---------------------------------------------------------------------------------------- misuse

X, Y = np.ones((6, 2), "f4"), np.zeros(6, int)
LINKED = [
    (lambda m: m.add(object), TypeError, "Model.add: a layer must have forward and backward, got "),
    (lambda m: m.add(fastnn.Optimizer_SGD()), TypeError, "Model.add: a layer must have forward"),
    *((lambda m, s=settings: m.train(X, Y, **s), error, f"Model.train: {message}")
      for settings, error, message in (
          ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
          ({"epochs": 1.5}, TypeError, "epochs must be a whole number, got 1.5"),
          ({"print_every": 0}, ValueError, "print_every must be at least 1, got 0"),
          ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
          ({"batch_size": "8"}, TypeError, "batch_size must be a whole number, got '8'"),
          ({"validation_data": X}, ValueError, "validation_data must be a pair (X, y)"),
          ({"validation_data": 3}, ValueError, "validation_data must be a pair (X, y)"))),
    (lambda m: m.train(X, Y, validation_data=(X, Y[:2])), ValueError, "Model.train, "
     "validation_data: X and y must have one row for each sample, got (6, 2) and (2,)"),
    (lambda m: m.train(X, Y[:5]), ValueError,
     "Model.train: X and y must have one row for each sample, got (6, 2) and (5,)"),
    (lambda m: m.train(X[:0], Y[:0]), ValueError, "Model.train: X is an empty batch, got (0, 2)"),
    (lambda m: m.train(X.astype("c8"), Y), TypeError,
     "Model.train: X must be an array of numbers, got complex numbers (dtype complex64)"),
    (lambda m: m.train(X, 1), ValueError,
     "Model.train: X and y must have one row for each sample, got (6, 2) and ()"),
    (lambda m: m.evaluate(X, Y[:5]), ValueError,
     "Model.evaluate: X and y must have one row for each sample, got (6, 2) and (5,)"),
    (lambda m: m.evaluate(X, Y, batch_size=-1), ValueError,
     "Model.evaluate: batch_size must be at least 1, got -1"),
    (lambda m: m.predict(X[:0]), ValueError, "Model.predict: X is an empty batch, got (0, 2)"),
    (lambda m: m.predict("X"), TypeError, "Model.predict: X must be an array of numbers, got str"),
    (lambda m: m.predict(X, batch_size=2.0), TypeError,
     "Model.predict: batch_size must be a whole number, got 2.0"),
    (lambda m: m.predict(3.0), ValueError, "Model.predict: X must be a batch, got the number 3.0"),
    (lambda m: m.set_parameters([]), ValueError,
     "Model.set_parameters: expected 2 pairs of weights and biases, one for each trainable layer, "
     "got 0"),
    (lambda m: m.set_parameters([1, 2]), ValueError,
     "Model.set_parameters: parameters of trainable layer 0 must be a pair (weights, biases)"),
    (lambda m: m.set_parameters([(X, X), (X, X)]), ValueError,
     "Model.set_parameters: weights of trainable layer 0 must be (2, 12), got (6, 2)"),
    (lambda m: m.set_parameters([(m.layers[0].weights, "b"), (X, X)]), TypeError,
     "Model.set_parameters: biases of trainable layer 0 must be an array of numbers, got strings"),
]


@pytest.mark.parametrize(("call", "error", "message"), LINKED)
def test_misuse_is_told_and_changes_nothing(capsys, call, error, message):
    model = build(fastnn, "categorical")
    before = left(model)
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        call(model)
    assert_same(left(model), before)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("call", "message"), [
    (lambda m: m.train(X, Y), "train"), (lambda m: m.evaluate(X, Y), "evaluate"),
    (lambda m: m.predict(X), "predict"), (lambda m: m.set_parameters([]), "set_parameters"),
    (lambda m: m.save_parameters("/nowhere"), "save_parameters"),
    (lambda m: m.load_parameters("/nowhere"), "load_parameters")],
    ids=lambda value: value if isinstance(value, str) else "")
def test_model_says_what_is_missing(call, message):
    model = fastnn.Model()
    for settings, missing in (
            ({}, "there is no loss, call set(loss=...) first"),
            ({"loss": fastnn.Loss_MeanSquaredError()}, "optimizer"),
            ({"optimizer": fastnn.Optimizer_SGD()}, "accuracy"),
            ({"accuracy": fastnn.Accuracy_Regression()}, "finalize")):
        model.set(**settings)
        needs = {"train": ("optimizer", "accuracy"), "evaluate": ("accuracy",)}.get(message, ())
        if missing in ("optimizer", "accuracy") and missing not in needs:
            continue
        if missing in ("optimizer", "accuracy"):
            missing = f"there is no {missing}, call set({missing}=...) first"
        elif missing == "finalize":
            missing = "the layers are not linked, call finalize first"
        with pytest.raises(RuntimeError, match=f"^{re.escape(f'Model.{message}: {missing}')}$"):
            call(model)


def test_finalize_says_what_is_missing():
    model = fastnn.Model()
    with pytest.raises(RuntimeError, match="^Model.finalize: there are no layers, call add first$"):
        model.finalize()
    model.add(fastnn.Layer_Dense(2, 3))
    with pytest.raises(RuntimeError, match=r"^Model.finalize: there is no loss, call set\(loss="):
        model.finalize()


@pytest.mark.parametrize("lines", ["words", None, 3])
def test_model_knows_two_forms_of_lines(lines):
    message = f'Model: lines must be "steps" or "epochs", got {lines!r}'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fastnn.Model(lines=lines)


def test_layer_refuses_samples_of_another_width(capsys):
    model = build(fastnn, "categorical")
    before = arrays_of({"p": model.get_parameters()})
    message = "Model.train: X must be (N, 2), got (6, 3). Check n_inputs of the first layer."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        model.train(np.ones((6, 3)), Y)
    with pytest.raises(ValueError, match="class indices must be 0 to 1, got 2 at sample 0"):
        model.train(X, Y + 2)
    assert_same(arrays_of({"p": model.get_parameters()}), before)
