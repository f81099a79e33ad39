"""Each class of the corpus that is adopted, beside itself as it was written, bit for bit."""

import sys
from functools import cache
from pathlib import Path

import pytest
from driven import differences_of, left_to_theirs
from twins import twins_of

from fastnn import reference

sys.path.append(str(Path(__file__).parents[1] / "checking"))
from corpus_files import files  # noqa: E402

FILES = {one.name: one for one in files()}
LISTED = dict(line.split(" = ") for line in (
    Path(__file__).parent / "adopted_classes.txt").read_text().splitlines())
# Mistakes that take nothing from the bits: the class computes what one of ours does.
HARMLESS = {"iterations counted per layer", "missing keepdims"}


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
    assert {f"{file.name}.{name}": file.mistakes[name] for file in FILES.values()
            for name in adopted_of(file.name) if name in file.mistakes
            and file.mistakes[name] not in HARMLESS} == {}


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
