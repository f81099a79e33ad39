"""Loops whose optimizer is one by an update of its own: trained at once, with its digits."""

import re
import sys
from pathlib import Path

import pytest
from adopted_ways import run_file, same_adopted, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL

from fastnn.running import loops

sys.path.append(str(Path(__file__).parents[1] / "adopting"))
from updates_of_their_own import MISTAKEN, UPDATES, class_of  # noqa: E402

MADE = "optimizer = Optimizer_Adam(learning_rate=0.05, decay=5e-5)"
NAMES = {"class Optimizer": "class Own", "before(": "pre_update_params(",
         "update(": "update_params(", "after(": "post_update_params(",
         "self.now": "self.current_learning_rate", "import numpy as np": ""}


def program_with(update, settings=""):
    """A program whose own optimizer does this."""
    own = re.sub("|".join(map(re.escape, NAMES)), lambda found: NAMES[found[0]], class_of(update))
    made = f"optimizer = Own(0.0005, 5e-4{settings})"
    source = with_own_classes(changed(SPIRAL, (MADE, made)))
    return changed(source, ("# ADOPT", f"{own}# ADOPT"))


SOME = ("momentum that the rate multiplies", "Nesterov looks ahead", "Adam in other brackets",
        "AdaDelta", "Lion")
IN_PLACE = "momentum in place"  # objects have it, and runs do not


@pytest.mark.parametrize("name", [one if one in SOME else pytest.param(
    one, marks=pytest.mark.slow) for one in UPDATES if one != IN_PLACE])
def test_they_leave_the_same(name, tmp_path):
    assert same_adopted(program_with(UPDATES[name]), tmp_path) > 30, loops.report()


@pytest.mark.parametrize("settings", [", m=0.5, n=0.9", ", n=1.5"])
def test_with_other_numbers(settings, tmp_path):
    program = program_with(UPDATES["Adam in other brackets"], settings)
    assert same_adopted(program, tmp_path) > 30, loops.report()


@pytest.mark.parametrize("words", [
    "running mean", "without bias correction", "within the root", "uphill"])
def test_mistaken_ones_run_as_they_are(words, tmp_path):
    assert same_adopted(program_with(MISTAKEN[words]), tmp_path) == 0


def test_what_runs_do_not_have(tmp_path):
    assert same_adopted(program_with(UPDATES[IN_PLACE]), tmp_path) == 0


@pytest.mark.parametrize("adopted", [False, True])
def test_powers_overflow_as_pythons_do(adopted, tmp_path):
    """At the 237th step; a run would go on with infinity."""
    with pytest.raises(OverflowError):
        run_file(program_with(UPDATES["Adam in other brackets"], ", n=20.0"),
                 tmp_path / "program.py", adopted)
