"""Loops that look at samples kept apart in each turn: the same numbers, kept and asked for."""

import pytest
from adopted_ways import left_the_same, trained_the_same
from validation_programs import LEFT, TRAINED


@pytest.mark.parametrize("name", TRAINED)
def test_what_a_validation_finds_is_what_the_loop_would_find(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 4)


@pytest.mark.parametrize("name", LEFT)
def test_what_does_more_than_a_validation_runs_as_it_is(name, tmp_path):
    source, words = LEFT[name]
    left_the_same(source, tmp_path, words)
