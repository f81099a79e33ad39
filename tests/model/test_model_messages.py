"""What Model says when it is misused: one sentence, before anything is changed or printed."""

import re
from typing import Any

import numpy as np
import pytest
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")

X, LABELS = np.random.default_rng(0).normal(size=(6, 2)).astype("f4"), np.arange(6) % 3
KINDS = {
    "softmax": ("Activation_Softmax", "Loss_CategoricalCrossentropy", "Accuracy_Categorical", 3),
    "sigmoid": ("Activation_Sigmoid", "Loss_BinaryCrossentropy", "Accuracy_Categorical", 1),
    "values": ("Activation_Linear", "Loss_MeanSquaredError", "Accuracy_Regression", 1),
}


def build(kind: str = "softmax", nn: Any = fastnn, I: int = 2, lines: str = "steps") -> Any:  # noqa: E741
    last, loss, accuracy, O = KINDS[kind]
    np.random.seed(0)
    model = nn.Model(lines=lines)
    model.add(nn.Layer_Dense(I, 8))
    model.add(nn.Activation_ReLU())
    model.add(nn.Layer_Dense(8, O))
    model.add(getattr(nn, last)())
    binary = {"binary": True} if kind == "sigmoid" else {}
    model.set(loss=getattr(nn, loss)(), optimizer=nn.Optimizer_Adam(0.05),
              accuracy=getattr(nn, accuracy)(**binary))
    model.finalize()
    return model


def refused(capsys, model, call, error, message) -> None:
    """The call raises this, changes nothing and prints nothing."""
    before, parts = arrays_of({"model": model}), dict(vars(model))
    with pytest.raises(error, match=f"^{re.escape(message)}$") as raised:
        call(model)
    assert type(raised.value) is error
    assert_same(arrays_of({"model": model}), before)
    assert {name: id(one) for name, one in vars(model).items() if name != "_turn"} == {
        name: id(one) for name, one in parts.items() if name != "_turn"}
    assert capsys.readouterr().out == ""


OPTIMIZER = "pre_update_params, update_params, post_update_params such as Optimizer_Adam(), got"
BUILDING = [
    (lambda m: m.set(loss=fastnn.Loss_MeanSquaredError),
     "Model.set: loss must be an object with calculate, backward such as Loss_MeanSquaredError(), "
     "got the class Loss_MeanSquaredError: write Loss_MeanSquaredError()"),
    (lambda m: m.set(optimizer="adam"),
     f"Model.set: optimizer must be an object with {OPTIMIZER} 'adam'"),
    (lambda m: m.set(optimizer=fastnn.Optimizer_SGD),
     f"Model.set: optimizer must be an object with {OPTIMIZER} the class Optimizer_SGD: write "
     "Optimizer_SGD()"),
    (lambda m: m.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Accuracy_Regression()),
     f"Model.set: optimizer must be an object with {OPTIMIZER} Accuracy_Regression()"),
    (lambda m: m.set(loss=fastnn.Optimizer_Adam()),
     "Model.set: loss must be an object with calculate, backward such as Loss_MeanSquaredError(), "
     "got Optimizer_Adam(learning_rate=0.001)"),
    (lambda m: m.set(accuracy=fastnn.Loss_MeanSquaredError()),
     "Model.set: accuracy must be an object with init, calculate such as Accuracy_Categorical(), "
     "got Loss_MeanSquaredError()"),
    (lambda m: m.set(loss=fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()),
     "Model.set: loss must be Loss_CategoricalCrossentropy(), which the model joins with "
     "Activation_Softmax() as its last layer by itself, got "
     "Activation_Softmax_Loss_CategoricalCrossentropy()"),
    (lambda m: m.add(fastnn.Activation_ReLU),
     "Model.add: a layer must be an object, got the class Activation_ReLU: write "
     "Activation_ReLU(...)"),
    (lambda m: m.add("relu"), "Model.add: a layer must have forward and backward, got 'relu'"),
    (lambda m: m.add([fastnn.Layer_Dense(2, 3)]),
     "Model.add: a layer must have forward and backward, got [Layer_Dense(2, 3)]: add them one by "
     "one"),
    (lambda m: m.add(fastnn.Loss_MeanSquaredError()),
     "Model.add: Loss_MeanSquaredError is a loss, no layer: set(loss=...)"),
    (lambda m: m.add(fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()),
     "Model.add: Activation_Softmax_Loss_CategoricalCrossentropy is a loss, no layer: add "
     "Activation_Softmax() and set(loss=Loss_CategoricalCrossentropy())"),
]


@pytest.mark.parametrize(("call", "message"), BUILDING)
def test_what_has_no_place_is_refused(capsys, call, message):
    refused(capsys, build(), call, TypeError, message)


@pytest.mark.parametrize("method", ["train", "evaluate"])
@pytest.mark.parametrize("samples", [6, 600], ids=["objects", "compiled"])
@pytest.mark.parametrize("last", ["Layer_Dense(8, 3)", "Layer_Dropout(0.1)"])
def test_a_forgotten_activation_is_named(capsys, method, samples, last):
    model = build()
    model.layers.pop()
    if "Dropout" in last:
        model.add(fastnn.Layer_Dropout(0.1))
    model.finalize()
    assert model.predict(X).shape == (6, 3)  # as in the book
    many = np.resize(X, (samples, 2)), np.resize(LABELS, samples)
    refused(capsys, model, lambda m: getattr(m, method)(*many, batch_size=10), TypeError,
            f"Model.{method}: {last} is the last layer and has no predictions: add "
            "Activation_Softmax() for classes, Activation_Sigmoid() for yes or no or "
            "Activation_Linear() for values, and call finalize again")


CHANGES = {
    "added": lambda layers: layers.append(fastnn.Activation_Softmax()),
    "inserted": lambda layers: layers.insert(2, fastnn.Layer_Dropout(0.1)),
    "removed": lambda layers: layers.pop(1),
    "replaced": lambda layers: layers.__setitem__(1, fastnn.Activation_Tanh()),
    "moved": lambda layers: layers.insert(1, layers.pop(0)),
}
USES = {
    "train": lambda m: m.train(X, LABELS), "evaluate": lambda m: m.evaluate(X, LABELS),
    "predict": lambda m: m.predict(X), "set_parameters": lambda m: m.set_parameters([]),
    "save_parameters": lambda m: m.save_parameters("never written"),
    "save": lambda m: m.save("never written"),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("change", CHANGES)
def test_layers_changed_since_finalize_are_noticed(capsys, change, use):
    model = build()
    CHANGES[change](model.layers)
    refused(capsys, model, USES[use], RuntimeError,
            f"Model.{use}: the layers have changed since finalize, call finalize again")


@pytest.mark.parametrize("use", USES)
def test_another_loss_since_finalize_is_noticed(capsys, use):
    """Else the slope would be that of the softmax with the loss from before."""
    model = build()
    model.set(loss=fastnn.Loss_MeanSquaredError())
    refused(capsys, model, USES[use], RuntimeError,
            f"Model.{use}: the loss has changed since finalize, call finalize again")


@pytest.mark.parametrize("change", ["added", "inserted", "removed", "replaced"])
def test_finalize_can_be_called_again(capsys, change):
    """And then the model is the reference's that was finalized once."""
    left, printed = [], []
    for nn in (fastnn, reference):
        model = build(nn=nn)
        CHANGES[change](model.layers)
        if nn is reference:
            model.layers = [getattr(nn, type(one).__name__)(0.1) if "Dropout" in type(one).__name__
                            else one if type(one).__module__ == nn.__name__
                            else getattr(nn, type(one).__name__)() for one in model.layers]
        model.finalize()
        np.random.seed(0)
        model.train(X, LABELS, epochs=3, batch_size=4)
        printed.append(capsys.readouterr().out)
        left.append(arrays_of({"model": model}))
    assert_same(*left)
    assert printed[0] == printed[1]


def test_another_finalize_forgets_the_pair_of_softmax_and_loss():
    model = build()
    assert model.softmax_classifier_output is not None
    model.set(loss=fastnn.Loss_MeanSquaredError(), accuracy=fastnn.Accuracy_Regression())
    model.layers[-1] = fastnn.Activation_Linear()
    model.finalize()
    assert model.softmax_classifier_output is None
    before = model.layers[0].weights.copy()
    model.train(X, X[:, [0, 1, 0]], epochs=2)
    assert not np.array_equal(model.layers[0].weights, before)


def test_an_object_stands_in_the_chain_once(capsys):
    model = build()
    model.layers.insert(3, model.layers[1])
    refused(capsys, model, lambda m: m.finalize(), ValueError,
            "Model.finalize: Activation_ReLU() is layer 1 and layer 3: each needs an object of its "
            "own")


def test_parameters_need_a_finalized_model():
    model = fastnn.Model()
    model.set(loss=fastnn.Loss_MeanSquaredError())
    with pytest.raises(RuntimeError, match="^Model.get_parameters: the layers are not linked, "):
        model.get_parameters()


# ------------------------------------------------------------------------- samples and targets

IMAGES = np.ones((6, 4, 4), "f4")


@pytest.mark.parametrize(("shape", "hint"), [
    ((4, 4), ". X.reshape(-1, 16) has that shape"),
    ((6, 4, 4), ". X.reshape(-1, 16) has that shape"),
    ((6, 4, 4, 1), ". X.reshape(-1, 16) has that shape"),
    ((6, 15), ". Check n_inputs of the first layer."),
    ((15,), ". Check n_inputs of the first layer."),
    ((6, 2, 8, 2), ". Check n_inputs of the first layer."),
])
def test_images_are_to_be_reshaped(capsys, shape, hint):
    model = build(I=16)
    refused(capsys, model, lambda m: m.predict(np.ones(shape, "f4")), ValueError,
            f"Model.predict: X must be (N, 16), got {shape}{hint}")


@pytest.mark.parametrize("method", ["train", "evaluate"])
def test_images_are_to_be_reshaped_with_labels_too(capsys, method):
    refused(capsys, build(I=16), lambda m: getattr(m, method)(IMAGES, LABELS), ValueError,
            f"Model.{method}: X must be (N, 16), got (6, 4, 4). X.reshape(-1, 16) has that shape")


@pytest.mark.parametrize("kind", ["sigmoid", "values"])
@pytest.mark.parametrize("dtype", ["i8", "f4", "f8"])
@pytest.mark.parametrize("lines", ["steps", "epochs"])
@pytest.mark.parametrize("samples", [6, 600], ids=["objects", "compiled"])
def test_targets_are_to_be_a_column(capsys, kind, dtype, lines, samples):
    data = np.resize(X, (samples, 2)), (np.arange(samples) % 2).astype(dtype)
    text = (f": y must be ({samples}, 1) like the network's outputs, got ({samples},). "
            "y.reshape(-1, 1) has that shape")
    for method in ("train", "evaluate"):
        refused(capsys, build(kind, lines=lines), lambda m, method=method: getattr(m, method)(
            *data, batch_size=10), ValueError, f"Model.{method}{text}")
    good = data[0], data[1].reshape(-1, 1)
    refused(capsys, build(kind, lines=lines), lambda m: m.train(*good, validation_data=data),
            ValueError, f"Model.train, validation_data{text}")


def test_a_model_without_an_optimizer_says_what_label_is_none(capsys):
    model = build()
    del model.optimizer
    refused(capsys, model, lambda m: m.evaluate(X, LABELS + 1), ValueError,
            "Model.evaluate: class indices must be 0 to 2, got 3 at sample 2")


@pytest.mark.parametrize("loss", ["BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError"])
def test_losses_say_it_too(loss):
    one = getattr(fastnn, f"Loss_{loss}")()
    message = "y_true must be (6, 1) like the predictions, got (6,). y_true.reshape(-1, 1) has "
    for method in (one.calculate, one.backward):
        with pytest.raises(ValueError, match=re.escape(message)):
            method(np.full((6, 1), 0.5), np.ones(6))


def test_labels_for_one_output_point_to_the_other_loss():
    with pytest.raises(ValueError, match="Loss_BinaryCrossentropy is for one output that says"):
        fastnn.Loss_CategoricalCrossentropy().forward(np.ones((6, 1)), np.ones(6, int))


def test_somebody_s_own_loss_takes_what_targets_it_wants(capsys):
    class Loss_Hinge(fastnn.Loss):
        def forward(self, y_pred, y_true):
            return np.sum(np.abs(y_pred), axis=1) + y_true

        def backward(self, dvalues, y_true):
            self.dinputs = np.sign(dvalues) / len(dvalues)

    model = build("values")
    model.set(loss=Loss_Hinge(), accuracy=fastnn.Accuracy_Categorical())
    model.accuracy.compare = lambda predictions, y: predictions[:, 0] == y  # type: ignore
    model.accuracy._check_targets = lambda *_: None  # type: ignore[method-assign]
    model.finalize()
    model.train(X, np.ones(6))
    model.evaluate(X, np.ones(6))
    assert capsys.readouterr().out.count("acc: ") == 3


# ---------------------------------------------------------------------------------- no epochs


@pytest.mark.parametrize("lines", ["steps", "epochs"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [6, 600], ids=["objects", "many"])
@pytest.mark.parametrize("validated", [True, False])
def test_no_epochs_do_what_the_reference_does(capsys, kind, lines, samples, validated):
    """Nothing, but for the precision of a regression, and the validation of lines="epochs"."""
    many = np.resize(X, (samples, 2))
    y = np.resize(LABELS, samples) if kind == "softmax" else (many[:, :1] > 0) * 1.0
    left, printed = [], []
    for nn in (fastnn, reference):
        model = build(kind, nn, lines=lines)
        model.train(many, y, epochs=0, batch_size=10,
                    validation_data=(many, y) if validated else None)
        printed.append(capsys.readouterr().out)
        left.append(arrays_of({"model": model}))
    assert_same(*left)
    assert printed[0] == printed[1]
    assert bool(printed[0]) == (validated and lines == "epochs")
    assert model.optimizer.iterations == 0
