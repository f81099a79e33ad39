"""Loops that keep account on an object of the program's own, and steps that are a method's."""

import pytest
from accounts_on_objects import LEFT, TRAINED
from adopted_ways import left_the_same, trained_the_same


@pytest.mark.parametrize("name", TRAINED)
def test_what_is_kept_on_objects_is_what_the_loop_would_keep(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 15)


@pytest.mark.parametrize("name", LEFT)
def test_what_does_more_runs_as_it_is(name, tmp_path):
    left_the_same(LEFT[name], tmp_path)
