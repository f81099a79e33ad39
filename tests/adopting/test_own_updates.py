"""Optimizers by formulas of their own: adopted as they are, bit for bit, and by no other's rule."""

import copy
import itertools
import pickle
from functools import partial

import numpy as np
import pytest
from beside import DENSE, Layer, assert_same_beside
from programs_of_classes import load
from updates_of_their_own import BEGUN, MISTAKEN, RATES, UPDATES, class_of

from fastnn.adopting import adopt
from fastnn.adopting.found import proof_of


def program(module, *, steps=4, decay=0.02, **settings):
    """Some steps for each type of parameters and of gradients, and all arrays that there were."""
    found = []
    for own, slope in itertools.product("fd", "fd"):
        layer, optimizer = Layer(dtype=np.dtype(own)), module.Optimizer(decay=decay, **settings)
        seen = []
        for step in range(steps):
            random = np.random.RandomState(step)
            layer.dweights = random.randn(3, 4).astype(slope)
            layer.dbiases = random.randn(1, 4).astype(slope)
            optimizer.before()
            optimizer.update(layer)
            optimizer.after()
            seen += vars(layer).values()
        found.append([layer, optimizer, seen])
    return found


def is_own(report):
    return report.adopted.get("Optimizer", "").startswith("an optimizer by its own formula")


@pytest.mark.parametrize("name", UPDATES)
def test_it_is_adopted_and_computes_what_it_did(name):
    for rate in RATES:
        assert is_own(assert_same_beside(class_of(UPDATES[name], rate), program))


@pytest.mark.parametrize("name", UPDATES)
def test_each_compiled_form_really_runs(name, monkeypatch):
    """Else all would be equal, and nothing said: their own lines ask NumPy for zeros, and no more.
    """
    module = load(class_of(UPDATES[name]))
    assert is_own(adopt(module))
    layer, optimizer = Layer(), module.Optimizer()
    optimizer.update(layer)
    ours = proof_of(module.Optimizer).form.ours
    updated = []
    refused = ours._refused

    def counting(self, *arguments):
        found = refused(self, *arguments)
        updated.append(found)
        return found
    monkeypatch.setattr(ours, "_refused", counting)
    for _ in range(3):
        optimizer.update(layer)
    assert updated == [False] * 3


LEFT = {
    "another power": "KEPT = self.m * KEPT + SLOPE ** 3\nP -= RATE * KEPT",
    "a power of arrays": "KEPT = KEPT + SLOPE ** 2\nP -= RATE * SLOPE / KEPT ** self.m",
    "a sum of all": "KEPT = self.m * KEPT + SLOPE\nP -= RATE * KEPT / np.sum(KEPT)",
    "a norm": "P -= RATE * SLOPE / np.sqrt(np.sum(SLOPE ** 2))",
    "numbers that chance draws": "P -= RATE * (SLOPE + np.random.randn(*SLOPE.shape))",
    "a quotient of numbers": "P -= RATE / (1 - self.m) * SLOPE",
    "a constant that divides by 0": "P -= RATE * SLOPE * (self.m / 0)",
    "a root of numbers": "P -= RATE * np.sqrt(self.m) * SLOPE",
    "rounded in between": "P -= RATE * SLOPE\nP -= self.m * SLOPE",
    "the count itself": "P -= RATE * SLOPE * self.count",
    "a branch": "KEPT = self.m * KEPT + SLOPE\nif self.m: P -= RATE * KEPT\nelse: P -= SLOPE",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_no_such_formula_is_left(name):
    assert not is_own(assert_same_beside(class_of(LEFT[name]), program))


@pytest.mark.parametrize("words", MISTAKEN)
def test_what_has_a_mistake_is_left_and_it_is_named(words):
    """It goes downhill, some of it, and has a formula: but one of the book's, with a mistake."""
    report = assert_same_beside(class_of(MISTAKEN[words]), program)
    assert words in report.left["Optimizer"]


def test_sides_that_differ_are_left():
    code = class_of(UPDATES["momentum that the rate multiplies"])
    for old, new in (("self.m * layer.kept_biases", "self.decay * layer.kept_biases"),
                     ("layer.biases -=", "layer.biases +="),
                     ("+ layer.dbiases", "+ layer.dweights"),
                     ("layer.kept_biases = np.zeros_like", "layer.kept_biases = np.ones_like"),
                     ("layer.biases -= self.now", "layer.biases -= self.rate"),
                     ("self.m * layer.kept_biases", "0.9 * layer.kept_biases")):
        assert old in code
        assert not is_own(assert_same_beside(code.replace(old, new), program))


BEGINNINGS = {
    "each by itself": BEGUN.replace(
        "    layer.kept_b", "if not hasattr(layer, 'kept_biases'):\n    layer.kept_b").replace(
        "    layer.more_w", "if not hasattr(layer, 'more_weights'):\n    layer.more_w").replace(
        "    layer.more_b", "if not hasattr(layer, 'more_biases'):\n    layer.more_b"),
    "by the last": BEGUN.replace("'kept_weights'", "'more_biases'"),
    "ones": BEGUN.replace("zeros", "ones"),
    "of float64": BEGUN.replace("zeros_like(layer.weights)", "zeros(layer.weights.shape)").replace(
        "zeros_like(layer.biases)", "zeros(layer.biases.shape)"),
    "one of them never": BEGUN.replace(
        "    layer.more_biases = np.zeros_like(layer.biases)", "    pass"),
    "numbers": BEGUN.replace("np.zeros_like(layer.weights)", "0").replace(
        "np.zeros_like(layer.biases)", "0.0"),
}


@pytest.mark.parametrize("begun", BEGINNINGS)
def test_states_begin_as_theirs_do(begun):
    for name in "Adam in other brackets", "AdaDelta", "AMSGrad":
        report = assert_same_beside(class_of(UPDATES[name], begun=BEGINNINGS[begun]), program)
        left = begun in ("ones", "of float64", "one of them never") or (
            name == "AdaDelta" and begun == "numbers")  # np.sqrt of a number is no weak number
        assert is_own(report) != left


@pytest.mark.parametrize("name", ["parameters anew", "momentum in place", "Adam in other brackets"])
def test_others_see_what_they_saw(name):
    """Who has a state, or the parameters, in his hands; states that are there, of other types."""
    def beside(module):
        found = []
        for kind, held in itertools.product("fd", (False, True)):
            layer, optimizer = Layer(), module.Optimizer()
            for word in "kept", "more":
                for side in "weights", "biases":
                    setattr(layer, f"{word}_{side}", abs(getattr(layer, side)).astype(kind))
            mine = [*vars(layer).values()] if held else []
            for _ in range(3):
                optimizer.update(layer)
                mine += [layer.kept_weights, layer.weights] if held else []
            layer.kept_weights = layer.weights  # which changes beneath it
            optimizer.update(layer)
            found.append((layer, mine))
        return found
    assert is_own(assert_same_beside(class_of(UPDATES[name]), beside))


def test_numbers_beyond_shares_overflow_as_theirs_do():
    """Python's powers raise where ours would go on with infinity."""
    def beside(module):
        found = []
        for m in (1.5, 1.0, 0, 1, -0.5, True, np.float32(0.5), 10**400):
            layer, optimizer = Layer(), module.Optimizer(m=m)
            for count in (0, 5000):
                optimizer.count = count
                try:
                    optimizer.update(layer)
                except ArithmeticError as error:
                    found.append(error)
            found.append((layer, optimizer))
        return found
    assert is_own(assert_same_beside(class_of(UPDATES["Adam in other brackets"]), beside))


def test_copies_and_pickles_go_on():
    def beside(module):
        layer, optimizer = Layer(), module.Optimizer(decay=0.1)
        optimizer.update(layer)
        there = [copy.deepcopy((layer, optimizer)), pickle.loads(pickle.dumps((layer, optimizer)))]
        for one, other in there:
            other.before()
            other.update(one)
        return layer, optimizer, there, type(optimizer).__name__, list(vars(layer))
    assert is_own(assert_same_beside(class_of(UPDATES["Adam in other brackets"]), beside))


STRANGERS = DENSE
for word, other in (("self.weights", "self.w"), ("self.biases", "self.b"),
                    ("self.dweights", "self.dw"), ("self.dbiases", "self.db")):
    STRANGERS = STRANGERS.replace(word, other)


@pytest.mark.parametrize("begun", BEGINNINGS)
def test_layers_of_other_files_say_nothing(begun):
    """Adopted before, with other names: an optimizer is what it is without them."""
    code = class_of(UPDATES["Adam in other brackets"], begun=BEGINNINGS[begun])
    alone = adopt(load(code))
    strangers = adopt(load(STRANGERS))
    try:
        assert strangers.adopted
        report = assert_same_beside(code, program)
        assert (report.adopted, report.left) == (alone.adopted, alone.left)
    finally:
        strangers.undo()


def _train(dense, loss, optimizer, X, y):
    dense.forward(X)
    loss.backward(dense.output, y)
    dense.backward(loss.dinputs)
    optimizer.before()
    optimizer.update(dense)
    optimizer.after()


@pytest.mark.parametrize("strangers", ["", STRANGERS], ids=["alone", "with others before"])
@pytest.mark.parametrize("features", [1, 3])
def test_biases_that_go_first_are_biases_in_runs(features, strangers):
    """Adopted before its layers an optimizer was proved with biases for weights, and a run took
    the states of one for the other's where both had one shape.
    """
    import fastnn

    made, reports = [], [adopt(load(strangers))]
    for adopts in False, True:
        code = class_of(UPDATES["Adam in other brackets"], sides=("biases", "weights"),
                        begun=BEGUN.replace("'kept_weights'", "'kept_biases'"))
        module, layers = load(code), load(DENSE)
        if adopts:
            reports += [adopt(module), adopt(layers)]
            assert is_own(reports[1]) and reports[2].adopted
        np.random.seed(1)
        dense, optimizer = layers.Dense(features, 2), module.Optimizer(decay=0.1)
        X, y = np.random.randn(6, features), np.random.randn(6, 2)
        loss = fastnn.Loss_MeanSquaredError()
        train = partial(_train, dense, loss, optimizer, X, y)
        for step in range(3):
            train()
            dense.kept_weights = dense.kept_weights + step
        if adopts:
            fastnn.fit([dense], loss, optimizer, X, y, epochs=4)
        else:
            for _ in range(4):
                train()
        made.append({name: value for name, value in vars(dense).items()
                     if "weights" in name or "biases" in name} | vars(optimizer))
    for one in reports:
        one.undo()
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if not np.array_equal(made[0][name], made[1][name])] == []
