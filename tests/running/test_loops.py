"""Loops that are trainings: trained between the turns that print, with the same bits in the end."""

import pytest
from both_ways import same_both_ways
from recognised import A_CLOCK, RECOGNISED


@pytest.mark.parametrize("name", RECOGNISED)
def test_a_training_is_trained_at_once_and_leaves_the_same(name):
    trained, report = same_both_ways(RECOGNISED[name])
    assert trained > 30, report


def test_a_clock_that_each_turn_reads_is_nobodys():
    trained, report = same_both_ways(A_CLOCK)
    assert trained > 30, report
