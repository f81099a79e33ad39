"""Every hint names what there is: an argument of that callable, or a class, method, attribute."""

import copy
import inspect
import re

import numpy as np
import pytest

import fastnn
from fastnn import callbacks
from fastnn.support import words
from fastnn.support.hints import targets, words_for

MODEL = ("__init__", "set", "train", "fit", "evaluate")
CLASSES = [one for one in map(vars(fastnn).get, fastnn.__all__)
           if isinstance(one, type) and one.__name__.partition("_")[0] in (
               "Layer", "Activation", "Loss", "Optimizer") and "_" in one.__name__]
CALLABLES = {one.__name__: one.__init__ for one in CLASSES
             if one.__init__ is not object.__init__} | {
    f"Model.{name}": getattr(fastnn.Model, name) for name in MODEL} | {
    name: getattr(callbacks, name).__init__ for name in callbacks.__all__
    if name not in ("Callback", "Training")} | {"fit": fastnn.fit, "sweep": fastnn.sweep}


def arguments(function):
    return [name for name in inspect.signature(function).parameters if name != "self"]


@pytest.mark.parametrize("word", words.OTHERS)
def test_what_an_argument_is_hinted_at_is_one(word):
    hints = words.OTHERS[word]
    there = [[hint for hint in hints if set(targets(hint)) <= set(arguments(one))]
             for one in CALLABLES.values()]
    assert {hint for found in there for hint in found} == set(hints), "nobody has some of these"


@pytest.mark.parametrize("name", CALLABLES)
def test_no_callable_is_hinted_at_what_it_does_not_have(name):
    known = arguments(CALLABLES[name])
    for word in [*words.OTHERS, "weight_L2", "beta1", "beta2", "bias_L1", "l2_reg", "neurons"]:
        said = words_for(word, known)
        if said.startswith("there is "):
            hints = said.removeprefix("there is ").split(" or ")
            assert {one for hint in hints for one in targets(hint)} <= set(known), (word, said)
        else:
            assert said in ("", words.ELSEWHERE.get(word))


def named(sentence):
    """What a sentence names: (class, "", ""), (class, argument or attribute, "=" or ".")."""
    for found in re.finditer(r"\b([A-Z]\w*)(?:\((\w+)=|\.(\w+)(?:\((\w+)=)?)?", sentence):
        kind, argument, attribute, of_method = found.groups()
        yield kind, argument or "", attribute or "", of_method or ""


@pytest.mark.parametrize("sentence", sorted({*words.ELSEWHERE.values(), *words.OF_MODEL.values()}))
def test_what_a_sentence_names_is_there(sentence):
    for kind, argument, attribute, of_method in named(sentence):
        if kind not in fastnn.__all__:
            assert kind in ("NumPy", "Nesterov"), kind
            continue
        one = getattr(fastnn, kind)
        if argument:
            assert argument in arguments(one.__init__)
        if attribute:
            assert hasattr(one, attribute) or hasattr(made(one), attribute), (kind, attribute)
        if of_method:
            assert of_method in arguments(getattr(one, attribute))
    for name in re.findall(r"there is (\w+)$", sentence):
        assert hasattr(made(fastnn.Model), name)


def made(kind):
    """An object after a pass, that has all its attributes."""
    if kind is fastnn.Model:
        model = fastnn.Model()
        model.set(loss=fastnn.Loss_MeanSquaredError(), accuracy=fastnn.Accuracy_Regression())
        return model
    layer = fastnn.Layer_Dense(2, 3)
    layer.forward(np.ones((4, 2)))
    layer.backward(np.ones((4, 3)))
    return {fastnn.Layer_Dense: layer}[kind]


FOREIGN = [
    (lambda: fastnn.Optimizer_Adam(lr=0.1), "'lr': there is learning_rate"),
    (lambda: fastnn.Optimizer_Adam(beta2=0.1), "'beta2': there is beta_2"),
    (lambda: fastnn.Optimizer_AdamW(betas=(0.9, 0.99)), "'betas': there is beta_1 and beta_2"),
    (lambda: fastnn.Optimizer_RMSprop(alpha=0.9), "'alpha': there is learning_rate or rho"),
    (lambda: fastnn.Optimizer_SGD(momentum_ratio=0.9), "'momentum_ratio': there is momentum"),
    (lambda: fastnn.Optimizer_Adagrad(eps=1e-8), "'eps': there is epsilon"),
    (lambda: fastnn.Optimizer_SGD(weight_decay=1), "Optimizer_AdamW(weight_decay=) has it, and "
                                                   "Layer_Dense(weight_regularizer_l2=)"),
    (lambda: fastnn.Optimizer_Adam(clipnorm=1), "nothing clips gradients here"),
    (lambda: fastnn.Layer_Dense(2, 3, activation="relu"), "as Activation_ReLU()"),
    (lambda: fastnn.Layer_Dense(2, 3, bias=False), "Layer_Dense.biases are always there"),
    (lambda: fastnn.Layer_Dense(2, neurons=3), "'neurons': there is n_neurons"),
    (lambda: fastnn.Layer_Dense(in_features=2, out_features=3), ": there is n_"),
    (lambda: fastnn.Layer_Dropout(keep_prob=0.9), "there is rate = 1 - keep_prob"),
    (lambda: fastnn.Layer_Dropout(p=0.9), "'p': there is rate"),
    (lambda: fastnn.Layer_BatchNorm(num_features=2), "there is n_inputs"),
    (lambda: fastnn.Activation_ReLU(alpha=0.1), "Activation_LeakyReLU(alpha=)"),
    (lambda: fastnn.Activation_LeakyReLU(negative_slope=0.1), "there is alpha"),
    (lambda: fastnn.Loss_BinaryCrossentropy(from_logits=True), "logits go into"),
    (lambda: fastnn.Loss_MeanSquaredError(reduction="mean"), "Loss.calculate gives the mean"),
    (lambda: fastnn.Loss_MeanAbsoluteError(label_smoothing=1), "(label_smoothing=) have it"),
    (lambda: fastnn.Loss_CategoricalCrossentropy(smoothing=0.1), "there is label_smoothing"),
    (lambda: fastnn.Loss_Huber(beta=1.0), "there is delta"),
    (lambda: fastnn.Model(layers=[]), "Model.add appends a layer"),
    (lambda: fastnn.Model().set(metrics=["acc"]), "there is accuracy"),
    (lambda: fastnn.Model().train(X, X, test_data=(X, X)), "there is validation_data=(X, y)"),
    (lambda: fastnn.Model().train(X, X, shuffle=True), "Model.fit(shuffle=) has it"),
    (lambda: callbacks.Checkpoint(filepath="a"), "there is path"),
    (lambda: callbacks.EarlyStopping(tol=0.1), "there is min_delta"),
    (lambda: callbacks.LearningRateSchedule(schedule=min), "there is rate"),
    (lambda: fastnn.sweep(None, {}, X, X, n_jobs=2), "there is threads"),
    (lambda: fastnn.fit([], None, None, X, X, lr=1), "Optimizer_SGD(learning_rate=)"),
]
X = np.zeros((4, 2))


@pytest.mark.parametrize(("call", "said"), FOREIGN, ids=[said for _, said in FOREIGN])
def test_another_librarys_word(call, said):
    with pytest.raises(TypeError, match=f"unexpected keyword argument.*{re.escape(said)}"):
        call()


@pytest.mark.parametrize(("call", "said"), [
    (lambda: fastnn.Model().train(X, X, 10), "given by its name, as epochs="),
    (lambda: fastnn.Model().fit(X, X, 10, 32), "given by its name, as epochs="),
    (lambda: fastnn.Model().set("adam"), "given by its name, as loss="),
    (lambda: fastnn.Layer_BatchNorm(2, 0.9), "given by its name, as momentum="),
    (lambda: fastnn.Model([]), ".add(layer) appends a layer, one after the other"),
    (lambda: fastnn.fit(fastnn.Model(), X, X), "a Model has its own, call its .fit"),
    (lambda: fastnn.fit([], X, X), "it is called as fit(layers, loss, optimizer, X, y)"),
    (lambda: fastnn.fit(X), "it is called as fit(layers, loss, optimizer, X, y)")])
def test_arguments_without_a_name(call, said):
    with pytest.raises(TypeError, match=f"positional arguments?.*: .*{re.escape(said)}$"):
        call()


@pytest.mark.parametrize("call", [lambda: fastnn.Optimizer_SGD(1, 2, 3, 4),
                                  lambda: fastnn.Model().fit(X)])
def test_where_there_is_nothing_to_say(call):
    with pytest.raises(TypeError, match="(were given|'y')$"):
        call()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_argument_that_nobody_has_is_refused(kind):
    with pytest.raises(TypeError, match="colour|no arguments") as caught:
        kind(colour=3)
    assert "there is" not in str(caught.value)


def test_positional_arguments_of_what_takes_none_are_refused():
    for kind in fastnn.Activation_ReLU, fastnn.Loss_MeanSquaredError:
        with pytest.raises(TypeError, match=f"^{kind.__name__}\\(\\) takes no arguments$"):
            kind(1)


# ---------------------------------------------------------------------- what a Model does not have


@pytest.mark.parametrize("name", words.OF_HISTORY)
def test_a_historys_missing_column_says_what_there_is(name):
    history = fastnn.fit([fastnn.Layer_Dense(2, 1)], fastnn.Loss_MeanSquaredError(),
                         fastnn.Optimizer_SGD(), np.zeros((3, 2)), np.zeros((3, 1)), epochs=1)
    with pytest.raises(AttributeError, match=f"has no attribute {name!r}: ") as caught:
        getattr(history, name)
    said = str(caught.value)
    for column in re.findall(r"(?:there is |History\.)(\w+)", said):
        assert len(getattr(history, column)) == 1
    assert said.endswith(words.OF_HISTORY[name]) and not hasattr(history, name)
    assert copy.copy(history).loss == history.loss


@pytest.mark.parametrize("name", words.OF_MODEL)
def test_a_models_missing_method_says_what_there_is(name):
    model = fastnn.Model()
    with pytest.raises(AttributeError) as caught:
        getattr(model, name)
    assert str(caught.value) == (f"'Model' object has no attribute {name!r}: "
                                 f"{words.OF_MODEL[name]}")
    assert caught.value.name == name and caught.value.obj is model
    assert not hasattr(model, name) and name not in dir(model)


def test_what_nobody_has_is_as_python_says_it():
    with pytest.raises(AttributeError, match="^'Model' object has no attribute 'colour'$"):
        fastnn.Model().colour  # noqa: B018


def test_a_property_that_fails_says_so_itself():
    class Mine(fastnn.Model):
        @property
        def compile(self):
            return self.nothing

    with pytest.raises(AttributeError, match="^'Mine' object has no attribute 'nothing'$"):
        Mine().compile  # noqa: B018


def test_nothing_that_there_is_is_asked_for_so(monkeypatch, capsys):
    """A training, an evaluation and predictions do without `__getattr__`."""
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 3), fastnn.Activation_ReLU(), fastnn.Layer_Dense(3, 2),
                  fastnn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    asked = []
    looked = fastnn.Model.__getattr__
    monkeypatch.setattr(fastnn.Model, "__getattr__",
                        lambda self, name: asked.append(name) or looked(self, name))
    y = np.zeros(4, int)
    model.train(X, y, epochs=3)
    model.evaluate(X, y)
    for _ in range(3):
        model.predict(X)
        model.predict(X[0])
    assert asked == []
    model.forward(X)
    assert capsys.readouterr().out
