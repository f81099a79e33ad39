"""Loops changed by chance: whatever is made of them, both ways leave the same."""

import pytest
from both_ways import same_both_ways
from mutants import mutant
from recognised import RECOGNISED

NAMES = sorted(RECOGNISED)


@pytest.mark.parametrize("first", range(0, 160, 16))
def test_a_changed_loop_leaves_what_it_would(first):
    for seed in range(first, first + 16):
        source = mutant(RECOGNISED[NAMES[seed % len(NAMES)]], seed)
        same_both_ways(source.replace("range(301)", "range(121)"))
