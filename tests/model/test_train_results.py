"""What Model.train, Model.fit and evaluate give back."""

import numpy as np
import pytest
from nnfs_context import nnfs_in_force

import fastnn
from fastnn.callbacks import Checkpoint, EarlyStopping
from fastnn.engine.program import Unfit
from fastnn.model import model as model_module


def made(kind="classes", lines="steps", layer=fastnn.Layer_Dense, dropout=True):
    """A small model, the same each time, and its data."""
    rng = np.random.default_rng(3)
    np.random.seed(5)
    X = rng.normal(size=(50, 4)).astype(np.float32)
    model = fastnn.Model(lines=lines)
    model.add(layer(4, 16, weight_regularizer_l2=1e-3))
    model.add(fastnn.Activation_ReLU())
    if dropout:
        model.add(fastnn.Layer_Dropout(0.1))
    model.add(layer(16, 3))
    if kind == "classes":
        y = rng.integers(0, 3, 50)
        model.add(fastnn.Activation_Softmax())
        model.set(loss=fastnn.Loss_CategoricalCrossentropy(),
                  accuracy=fastnn.Accuracy_Categorical())
    elif kind == "binary":
        y = rng.integers(0, 2, (50, 3))
        model.add(fastnn.Activation_Sigmoid())
        model.set(loss=fastnn.Loss_BinaryCrossentropy(),
                  accuracy=fastnn.Accuracy_Categorical(binary=True))
    else:
        y = rng.normal(size=(50, 3)).astype(np.float32)
        model.add(fastnn.Activation_Linear())
        model.set(loss=fastnn.Loss_MeanSquaredError(), accuracy=fastnn.Accuracy_Regression())
    model.set(optimizer=fastnn.Optimizer_Adam(0.02, decay=1e-3))
    model.finalize()
    return model, X, y


def unfit(*arguments, **options):
    raise Unfit("not now")


def trained(monkeypatch, compiled, kind, lines, **options):
    model, X, y = made(kind, lines)
    with monkeypatch.context() as patch:
        if not compiled:
            patch.setattr(model_module.Training, "__init__", unfit)
        history = model.train(X, y, epochs=20, validation_data=(X[:20], y[:20]), **options)
    return model, history


@pytest.mark.parametrize("book", [True, False])
@pytest.mark.parametrize("kind", ["classes", "binary", "values"])
@pytest.mark.parametrize(("lines", "batch", "every"), [
    ("steps", None, 1), ("steps", 16, 2), ("epochs", None, 1), ("epochs", None, 7)])
def test_history_is_the_same_compiled_and_step_by_step(monkeypatch, capsys, book, kind, lines,
                                                       batch, every):
    options = {"batch_size": batch, "print_every": every}
    with nnfs_in_force(book):
        ours, found = trained(monkeypatch, True, kind, lines, **options)
        printed = capsys.readouterr().out
        theirs, expected = trained(monkeypatch, False, kind, lines, **options)
    assert capsys.readouterr().out == printed
    assert np.array_equal(found.table(), expected.table(), equal_nan=True)
    epochs = [6, 13, 19] if every == 7 else list(range(20))
    assert found.epoch.tolist() == epochs and not found.interrupted
    validated = ~np.isnan(found.validation_loss)
    assert validated.tolist() == [lines == "steps" or epoch == 19 for epoch in epochs]
    assert np.array_equal(ours.layers[0].weights, theirs.layers[0].weights)


@pytest.mark.parametrize("kind", ["classes", "binary", "values"])
@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("book", [True, False])
def test_fit_is_train(monkeypatch, capsys, kind, batch, compiled, book):
    from fastnn.engine import halting
    if not compiled:
        monkeypatch.setattr(halting, "Run", unfit)
    with nnfs_in_force(book):
        theirs, expected = trained(monkeypatch, True, kind, "steps", batch_size=batch)
        capsys.readouterr()
        model, X, y = made(kind)
        history = model.fit(X, y, epochs=20, batch_size=batch, validation_data=(X[:20], y[:20]))
    assert capsys.readouterr().out == ""
    assert np.array_equal(history.table(), expected.table(), equal_nan=True)
    for one, other in zip(model.layers, theirs.layers):
        for name in "weights", "biases", "dweights", "dinputs":
            assert (hasattr(one, name) == hasattr(other, name)
                    and np.array_equal(getattr(one, name, 0), getattr(other, name, 0))), name


def test_fit_takes_what_fit_takes(tmp_path):
    model, X, y = made()
    history = model.fit(X, y, epochs=50, batch_size=16, shuffle=1, log_every=2, verbose=False,
                        validation_data=(X, y),
                        callback=[EarlyStopping("loss", patience=3),
                                  Checkpoint(tmp_path / "a.npz")])
    assert len(history) > 3 and set(history.epoch % 2) <= {0, 1}
    again, X, y = made()
    more = again.fit(X, y, epochs=60, batch_size=16, shuffle=1, log_every=2,
                     resume=tmp_path / "a.npz")
    assert len(more) > len(history)
    assert again.input_layer.output is again.layers[0].inputs


class OwnForward(fastnn.Model):
    def forward(self, X, training=True):
        return super().forward(X, training)


def test_what_fit_would_not_call_is_refused():
    model, X, y = made()
    model.__class__ = OwnForward
    with pytest.raises(TypeError, match="Model.fit: .*forward.*, which fit would not call"):
        model.fit(X, y)


def test_links_that_are_not_finalizes_are_refused():
    model, X, y = made()
    model.layers[0].prev = model.layers[1]
    with pytest.raises(RuntimeError, match="Model.fit: .*, call finalize again"):
        model.fit(X, y)


@pytest.mark.parametrize(("name", "value", "message"), [
    ("epochs", -1, "Model.fit: epochs must be at least 0, got -1"),
    ("shuffle", "x", "Model.fit: shuffle must be True"),
    ("verbose", 3, "Model.fit: verbose must be True, False or None"),
    ("validation_data", 3, "Model.fit: validation_data must be a pair")])
def test_words_name_the_method(name, value, message):
    model, X, y = made()
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(X, y, **{name: value})


@pytest.mark.parametrize("batch", [None, 1, 16])
def test_evaluate_gives_what_it_prints(capsys, batch):
    model, X, y = made()
    model.train(X, y, epochs=3)
    capsys.readouterr()
    found = model.evaluate(X, y, batch_size=batch)
    assert capsys.readouterr().out == (
        f"validation, acc: {found.accuracy:.3f}, loss: {found.loss:.3f}\n")
    assert found == (found.loss, found.accuracy) and type(found.loss) is float


class OwnLoss(fastnn.Loss_CategoricalCrossentropy):
    def calculate_accumulated(self, *, include_regularization=False):
        return super().calculate_accumulated(include_regularization=include_regularization)


def test_of_classes_of_ones_own(capsys):
    model, X, y = made()
    model.set(loss=OwnLoss())
    model.finalize()
    history = model.train(X, y, epochs=2, batch_size=20)
    found = model.evaluate(X, y)
    assert len(history) == 2 and np.isfinite(history.loss).all()
    assert f"loss: {found.loss:.3f}" in capsys.readouterr().out


def test_live_line_beside_the_books(capsys):
    model, X, y = made()
    model.train(X, y, epochs=40, batch_size=16, verbose=True)
    out, err = capsys.readouterr()
    assert out.startswith("epoch: 1\nstep: 0, ") and "Model.train" not in out
    assert "Model.train: 100%" in err and "40/40" in err
    model.train(X, y, epochs=1)
    assert capsys.readouterr().err == ""


def test_fit_in_parts_is_fit_to_rounding():
    weights = []
    for parts in None, 2:
        model, X, y = made(dropout=False)
        model.fit(X[:48], y[:48], epochs=5, parts=parts)
        weights.append(model.layers[0].weights)
    assert np.allclose(*weights, atol=1e-6) and not np.array_equal(*weights)
