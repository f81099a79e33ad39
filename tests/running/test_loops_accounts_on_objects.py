"""Loops that keep account on an object of the program's own, and steps that are a method's."""

import pytest
from accounts_on_objects import LEFT, TRAINED
from adopted_ways import same_adopted

from fastnn.running import loops
from fastnn.running.loops.sites import SITES


def of_epochs():
    return next(site for site in SITES.values() if site.variable == "epoch")


@pytest.mark.parametrize("name", TRAINED)
def test_what_is_kept_on_objects_is_what_the_loop_would_keep(name, tmp_path):
    same_adopted(TRAINED[name], tmp_path)
    assert of_epochs().trained >= 15, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_what_does_more_runs_as_it_is(name, tmp_path):
    same_adopted(LEFT[name], tmp_path)
    assert of_epochs().trained == 0, loops.report()
