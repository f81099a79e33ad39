"""Loops that are no plain trainings, each by one thing: they run as they are, and it says why."""

import pytest
from both_ways import same_both_ways
from other_loops import OTHERS


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_plain_training_runs_as_it_is(name):
    source, words = OTHERS[name]
    trained, report = same_both_ways(source)
    assert trained == 0, report
    assert words is None or words in report
    assert "as it is" in report
