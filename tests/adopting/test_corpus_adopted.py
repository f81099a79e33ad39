"""Each class of the corpus that is adopted, beside itself as it was written, bit for bit."""

import inspect
import itertools
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cases import cases_of
from twins import Case, compared, play, twins_of

from fastnn.adopting.sources import original

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
    twins = adopted_of(file)[kind]
    found, counts = {}, Counter()
    for case in cases_of(twins.proof.form.role)[first::stride]:
        difference = compared(twins, case, order=False)
        # Of too few rounds np.empty_like leaves what was in memory, of both classes.
        is_chance = {"no samples", "fewer samples"} & {case.inputs, case.dvalues} and (
            "Softmax" in twins.proof.form.ours.__name__)
        if difference and not is_chance:
            key = difference[0], difference[1].partition("[")[0]
            counts[key] += 1
            said = {name: value for name, value in case._asdict().items()
                    if value != case._field_defaults[name]}
            found.setdefault(key, (said, *difference))
    return "\n".join(f"{counts[key]} times: {one}" for key, one in found.items())


def test_the_adopted_ones_are_those_of_the_list():
    now = {f"{file}.{name}": twins.proof.form.ours.__name__ for file in FILES
           for name, twins in adopted_of(file).items()}
    assert now == LISTED


def test_nothing_with_a_mistake_is_adopted():
    assert {f"{file.name}.{name}": file.mistakes[name] for file in FILES.values()
            for name in adopted_of(file.name) if name in file.mistakes
            and file.mistakes[name] not in HARMLESS} == {}


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


# Of these NumPy is as quick (a copy), or the settings that they begin with are no form's.
THEIRS = {"book_activations.Activation_Linear": "backward", "identity.Identity": "backward",
          "counted_per_layer.Optimizer_SGD": "update_param"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python does not say where in a line it is")
@pytest.mark.parametrize("name", LISTED)
def test_it_is_ours_that_runs(name):
    """Else all would be equal, and nothing said."""
    file, _, kind = name.partition(".")
    twins = adopted_of(file)[kind]
    stands = {one.name: inspect.getattr_static(twins.adopted, one.name)
              for one in twins.proof.methods}
    stands = {name: ours for name, ours in stands.items() if original(ours) is not ours}
    called, theirs = Counter(), Counter()

    def count(frame, event, _):
        if event == "return":
            called[frame.f_code] += 1
            _, _, *columns = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            theirs[frame.f_code] += columns != [0, 0]  # at which our lines are
    for dtype, target in itertools.product((np.float64, np.float32), ("labels", "one-hot")):
        sys.setprofile(count)
        try:
            play(twins.adopted, twins.proof, Case(dtype=dtype, target=target))
        finally:
            sys.setprofile(None)
    slow = [name for name, ours in stands.items() if called[ours.__code__]
            and theirs[ours.__code__] == called[ours.__code__]]
    assert slow == ([THEIRS[name]] if name in THEIRS else [])


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTED)
def test_a_class_beside_itself_in_all_cases(name):
    said = differences(name, 1)
    assert not said, said
