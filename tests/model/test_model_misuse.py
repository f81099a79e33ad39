"""What Model says where it is linked wrongly, or asked too early."""

import re

import numpy as np
import pytest
from both_models import build, left
from programs import arrays_of, assert_same

import fastnn

pytestmark = pytest.mark.usefixtures("book_numpy")

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
          ({"validation_data": 3}, ValueError, "validation_data must be a pair (X, y), got 3"))),
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
    (lambda m: m.predict(X), "predict"), (lambda m: m.forward(X), "forward"),
    (lambda m: m.set_parameters([]), "set_parameters"),
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
