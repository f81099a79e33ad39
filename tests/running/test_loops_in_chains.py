"""Layers in lists, and objects of the program's own that have them: gone through in each turn."""

import pytest
from adopted_ways import same_adopted
from chain_programs import CHAINS
from other_chains import MIDWAY, OTHERS

from fastnn.running import loops


@pytest.mark.parametrize("name", CHAINS)
def test_layers_in_a_list_are_trained_at_once(name, tmp_path):
    assert same_adopted(CHAINS[name], tmp_path) > 110, loops.report()


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_looks_like_such_a_list_runs_as_it_is(name, tmp_path):
    source, words = OTHERS[name]
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert words in "\n".join(loops.report())


@pytest.mark.parametrize("name", MIDWAY)
def test_what_is_changed_midway_is_noticed(name, tmp_path):
    source, turns = MIDWAY[name]
    assert same_adopted(source, tmp_path) >= turns, loops.report()
