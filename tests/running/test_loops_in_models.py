"""Loops in the methods of a Model of one's own: the methods that a turn calls are read."""

import pytest
from adopted_ways import run_file
from model_programs import TRAINED
from other_models import OTHERS, PROGRAMS_MIDWAY
from programs import assert_same

from fastnn.running import loops
from fastnn.running.loops.sites import SITES


def same_both_ways(source: str, tmp_path) -> int:
    """Fails unless plain and adopted print and leave the same; turns that were trained."""
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert_same(adopted.left, plain.left)
    return sum(site.trained for site in SITES.values())


@pytest.mark.parametrize("name", TRAINED)
def test_a_model_is_trained_at_once_and_leaves_the_same(name, tmp_path):
    assert same_both_ways(TRAINED[name], tmp_path) > 50, loops.report()


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_that_does_more_runs_as_it_is(name, tmp_path):
    source, words = OTHERS[name]
    assert same_both_ways(source, tmp_path) == 0, loops.report()
    assert words in "\n".join(loops.report())


@pytest.mark.parametrize("name", PROGRAMS_MIDWAY)
def test_what_is_changed_midway_is_noticed(name, tmp_path):
    assert same_both_ways(PROGRAMS_MIDWAY[name], tmp_path) >= 74, loops.report()
