"""Loops changed by chance: whatever is made of them, both ways leave the same."""

import pytest
from bookkeeping import BOOKS
from both_ways import same_both_ways
from mutants import mutant
from recognised import RECOGNISED

NAMES = sorted(RECOGNISED)
# Who is let go of in one program may print in the next.
KEEPING = sorted(BOOKS.keys() - {"who is let go of tells"})


@pytest.mark.parametrize("first", range(0, 160, 16))
def test_a_changed_loop_leaves_what_it_would(first):
    for seed in range(first, first + 16):
        source = mutant(RECOGNISED[NAMES[seed % len(NAMES)]], seed)
        same_both_ways(source.replace("range(301)", "range(121)"))


@pytest.mark.parametrize("first", range(0, 96, 16))
def test_changed_books_are_those_that_the_loop_would_keep(first):
    for seed in range(first, first + 16):
        source = mutant(BOOKS[KEEPING[seed % len(KEEPING)]], seed)
        same_both_ways(source.replace("range(301)", "range(121)"))
