"""Each class of the corpus that is adopted, beside itself as it was written, bit for bit."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from driven import differences_of, left_to_theirs
from kinds_of_input import numbers
from programs_of_classes import load
from twins import twins_of

from fastnn import reference
from fastnn.dialects import backprop

sys.path.append(str(Path(__file__).parents[1] / "checking"))
from corpus_files import files  # noqa: E402

FILES = {one.name: one for one in files()}
LISTED = dict(line.split(" = ") for line in (
    Path(__file__).parent / "adopted_classes.txt").read_text().splitlines())
# What a checker calls a mistake, and ours computes, too, to the digit: held against ours below.
HARMLESS = {
    "dbiases_without_keepdims.Layer_Dense":
        "its biases' gradients have one axis, and the book's digits: all that adds them to biases "
        "of two makes the same of them",
    "counted_per_layer.Optimizer_SGD":
        "each call is a step, as a dialect of ours has it (`dialects/backprop.py`), and so a "
        "declared option"}


@cache
def adopted_of(name):
    """The twins of a file, by name."""
    return {one.name: one for one in twins_of(FILES[name].code, name)[0]}


def differences(name, stride, first=0):
    """How many of a class's cases differ, by call and attribute, and the first of each."""
    file, _, kind = name.partition(".")
    return differences_of(adopted_of(file)[kind], stride, first)


def test_the_adopted_ones_are_those_of_the_list():
    now = {f"{file}.{name}": twins.proof.form.ours.__name__ for file in FILES
           for name, twins in adopted_of(file).items()}
    assert now == LISTED


def test_nothing_with_a_mistake_is_adopted():
    assert {f"{file.name}.{name}" for file in FILES.values() for name in adopted_of(file.name)
            if name in file.mistakes} == HARMLESS.keys()


def as_written(name):
    """A class of the corpus, not adopted."""
    file, _, kind = name.partition(".")
    return getattr(load(FILES[file].code, f"{file}_as_written"), kind)


@pytest.mark.parametrize("optimizer", [
    lambda: reference.Optimizer_SGD(decay=0.1), lambda: reference.Optimizer_SGD(momentum=0.9),
    lambda: reference.Optimizer_RMSprop(decay=0.1), reference.Optimizer_Adam])
def test_gradients_of_biases_without_their_axis_train_as_the_books_do(optimizer):
    layers, steps = [], []
    for kind in (as_written("dbiases_without_keepdims.Layer_Dense"), reference.Layer_Dense):
        np.random.seed(3)
        layers.append(kind(4, 3))
        steps.append(optimizer())
    theirs, book = layers
    for turn in range(5):
        x, dvalues = numbers((7, 4), np.float64, turn), numbers((7, 3), np.float64, turn + 9)
        for layer, step in zip(layers, steps):
            layer.forward(x)
            layer.backward(dvalues)
            step.pre_update_params()
            step.update_params(layer)
            step.post_update_params()
        assert np.array_equal(theirs.dbiases, book.dbiases[0])
        for name in ("weights", "biases", "output", "dweights", "dinputs"):
            assert np.array_equal(getattr(theirs, name), getattr(book, name)), (turn, name)


def test_steps_counted_by_the_call_are_those_of_a_dialect_of_ours():
    theirs = as_written("counted_per_layer.Optimizer_SGD")(0.5, 0.1, 0.9)
    ours = backprop.Optimizer_SGD(0.5, 0.1, 0.9)
    sides = [[reference.Layer_Dense(2, 3), reference.Layer_Dense(3, 2)] for _ in range(2)]
    for one, other in zip(*sides):
        other.weights = one.weights.copy()
    for turn in range(5):
        for number, pair in enumerate(zip(*sides)):
            for step, layer in zip((theirs, ours), pair):
                layer.dweights = numbers(layer.weights.shape, np.float64, turn + number)
                layer.dbiases = numbers(layer.biases.shape, np.float64, turn + 20 + number)
                step.update_param(layer)
            assert np.array_equal(pair[0].weights, pair[1].weights)
            assert np.array_equal(pair[0].biases, pair[1].biases)


def test_the_references_own_classes_are_adopted():
    """All that compute; bases are looked at in what is derived from them."""
    pairs, report = twins_of(Path(reference.__file__).read_text(), "reference_copied")
    left = {name for name, why in report.left.items() if not why.startswith("others are derived")}
    assert left == {"Layer_Input", "UpdateOptimizer", "Model"}
    assert len(pairs) >= 20 and {one.name for one in pairs} >= {
        f"Optimizer_{name}" for name in ("SGD", "Adagrad", "RMSprop", "Adam")}
    for one in pairs:
        said = differences_of(one, 23)
        assert not said, (one.name, said)


@pytest.mark.parametrize("name", LISTED)
def test_a_class_beside_itself(name):
    first = sum(map(ord, name))  # other cases of each class: all together, most of them
    said = differences(name, 23, first % 23)
    assert not said, said


@pytest.mark.parametrize("name", LISTED)
def test_a_class_beside_itself_with_nnfs(name, book_numpy):
    first = sum(map(ord, name))
    said = differences(name, 41, first % 41)
    assert not said, said


# Of these NumPy is as quick (a copy), or the settings that they begin with are no form's,
# or what the tests call it with is no output.
THEIRS = {"book_activations.Activation_Linear": "backward", "identity.Identity": "backward",
          "counted_per_layer.Optimizer_SGD": "update_param",
          "accuracy_of_outputs.Score": "of", "sigmoid_and_loss_of_one_output.Head": "score",
          "tanh_numpy.Hyperbolic": "evaluate", "layer_with_an_activation.Tanh": "forward"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", LISTED)
def test_it_is_ours_that_runs(name):
    """Else all would be equal, and nothing said."""
    file, _, kind = name.partition(".")
    twins = adopted_of(file)[kind]
    slow = left_to_theirs(twins)
    assert slow == ([THEIRS[name]] if name in THEIRS else [])


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTED)
def test_a_class_beside_itself_in_all_cases(name):
    said = differences(name, 1)
    assert not said, said
