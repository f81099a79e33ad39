"""Model: the reference's lines and digits, in training, evaluation and prediction."""

import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from both_models import (
    BATCHES,
    OPTIMIZERS,
    build,
    data,
    every_form,
    every_kind,
    left,
    override,
    refuse,
    train_both,
)
from nnfs.datasets import spiral_data
from processes import run_in_fresh_process
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference
from fastnn.model import runs as model_runs

pytestmark = pytest.mark.usefixtures("book_numpy")


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
@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "plain SGD"])
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
        from fastnn import reference
        from fastnn.model import runs as model_runs
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
