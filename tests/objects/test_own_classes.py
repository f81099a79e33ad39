"""Classes that a user brings along, or mixes with the reference's, or derives from ours."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from programs import arrays_of, assert_same
from rosters import PLAIN
from whole_loop import ENDS, FOREIGN, Loop, Scale, Sign, Transposed, every_optimizer, left, model

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")


@pytest.mark.parametrize("own", FOREIGN.values(), ids=FOREIGN)
@every_optimizer
def test_loop_takes_classes_of_the_user(own, optimizer):
    trained = []
    for nn in (fastnn, reference):
        loop = Loop(nn, optimizer)
        if "optimizer" in own:
            loop.optimizer = Sign()
        if "activation" in own:
            loop.chain.insert(2, Transposed())
        if "layer" in own:
            loop.chain.insert(2, Scale(loop.dense[0].weights.shape[1]))
            loop.dense.append(loop.chain[2])
        loop.steps(6)
        slots = [] if "layer" not in own else [
            getattr(loop.dense[-1], name) for name in ("weights", "biases", "dinputs")]
        trained.append(left(loop) | arrays_of({"scale": slots}))
    assert_same(*trained)


def mixture(seed: int) -> SimpleNamespace:
    """The book's names, each from fastnn or from the reference."""
    pick = np.random.Generator(np.random.PCG64(seed)).integers(0, 2, 100).tolist()
    return SimpleNamespace(**{
        name: getattr((fastnn, PLAIN)[side], name)
        for name, side in zip(sorted(vars(PLAIN)), pick)
        if "_" in name and name[0] != "_" and isinstance(getattr(PLAIN, name), type)})


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("seed", range(6))
def test_loop_takes_classes_of_both(seed, end):
    got = left(Loop(mixture(seed), "Adam", end).steps(6))
    assert_same(got, left(Loop(reference, "Adam", end).steps(6)))


@pytest.mark.parametrize("model_of", [fastnn, reference], ids=["our Model", "reference.Model"])
@pytest.mark.parametrize("seed", range(4))
def test_model_takes_classes_of_both(capsys, seed, model_of):
    got = arrays_of({"model": model(mixture(seed), model_of)})
    printed = capsys.readouterr().out
    assert_same(got, arrays_of({"model": model(reference, reference)}))
    assert printed == capsys.readouterr().out


@pytest.mark.parametrize("own", FOREIGN.values(), ids=FOREIGN)
def test_model_takes_classes_of_the_user(capsys, own):
    got = arrays_of({"model": model(fastnn, fastnn, own)})
    printed = capsys.readouterr().out
    assert_same(got, arrays_of({"model": model(reference, reference, own)}))
    assert printed == capsys.readouterr().out


class Doubled:
    """Mixed in before a class: what goes into `forward` is doubled first."""

    calls = 0

    def forward(self, inputs, training=True):
        self.calls += 1
        super().forward(inputs * 2, training)


class Logged:
    """Mixed in before an optimizer or a layer: counts what it is asked for."""

    calls = 0

    def update_params(self, layer):
        self.calls += 1
        super().update_params(layer)

    def backward(self, dvalues):
        self.calls += 1
        super().backward(dvalues)


@pytest.mark.parametrize("extra", [Doubled, Logged])
def test_subclasses_override(extra):
    trained = []
    for nn in (fastnn, reference):
        space = SimpleNamespace(**{
            name: type(name, (extra, value), {})
            for name, value in vars(nn).items()
            if name.startswith(("Layer_", "Activation_", "Optimizer_"))
            and not name.startswith("Activation_Softmax_Loss")})
        space.Loss_CategoricalCrossentropy = nn.Loss_CategoricalCrossentropy
        loop = Loop(space, "RMSprop", "crossentropy").steps(5)
        assert all(one.calls == 5 for one in loop.chain)
        trained.append(left(loop))
    assert_same(*trained)


def test_loss_of_the_user_has_the_rest_from_ours():
    made = []
    for nn in (fastnn, reference):
        class Squares(nn.Loss):
            def forward(self, y_pred, y_true):
                return np.sum((y_pred - y_true) ** 2, axis=1)

        loss = Squares()
        loss.remember_trainable_layers([nn.Layer_Dense(2, 3, weight_regularizer_l1=0.1)])
        loss.trainable_layers[0].weights = np.ones((2, 3), "f4")
        rng = np.random.default_rng(2)
        values = [loss.calculate(rng.normal(size=(7, 3)).astype(kind), rng.normal(size=(7, 3)),
                                 include_regularization=True) for kind in ("f4", "f8")]
        made.append(arrays_of({"loss": loss, "values": values,
                               "pass": loss.calculate_accumulated(include_regularization=True)}))
    assert_same(*made)


def halved(old):
    """A method whose array is half of what the old one gives, or takes."""
    def method(self, *arguments, **options):
        found = old(self, *arguments, **options)
        if found is None:
            self.output = self.output * np.float32(0.5)
            return None
        return found * np.float32(0.5)
    return method


PARTS = [("Loss_CategoricalCrossentropy", "calculate"), ("Loss_CategoricalCrossentropy", "forward"),
         ("Loss_CategoricalCrossentropy", "shares"), ("Activation_Softmax", "forward")]


@pytest.mark.parametrize("profiled", [False, True])
@pytest.mark.parametrize("smoothing", [0, 0.1])
@pytest.mark.parametrize("where", ["class", "object"])
@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_methods_put_on_the_parts_of_the_combined_class(monkeypatch, kind, name, where, smoothing,
                                                        profiled):
    X, y, made = np.random.default_rng(1).normal(size=(7, 3)).astype("f4"), np.arange(7) % 3, []
    for nn in fastnn, reference:
        both = nn.Activation_Softmax_Loss_CategoricalCrossentropy(label_smoothing=smoothing)
        cls, part = getattr(nn, kind), both.loss if kind.startswith("Loss") else both.activation
        own = halved(getattr(cls, name))
        if where == "class":
            monkeypatch.setattr(cls, name, own)
        else:
            setattr(part, name, own.__get__(part))
        with fastnn.profile() if profiled else nullcontext():
            mean = both.forward(X, y)
            both.backward(both.output, y)
        made.append(arrays_of({"mean": mean, "output": both.output, "dinputs": both.dinputs}))
    assert_same(*made)


def test_smoothing_of_the_class_is_that_of_the_combined_class(monkeypatch):
    X, y, made = np.random.default_rng(1).normal(size=(7, 3)).astype("f4"), np.arange(7) % 3, []
    for nn in fastnn, reference:
        monkeypatch.setattr(nn.Loss_CategoricalCrossentropy, "label_smoothing", 0.1, raising=False)
        both = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        mean = both.forward(X, y)
        both.backward(both.output, y)
        made.append(arrays_of({"mean": mean, "output": both.output, "dinputs": both.dinputs}))
    assert_same(*made)
