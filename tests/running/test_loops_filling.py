"""Arrays and lists that turns fill, and tuples of the best: what they hold in the end."""

import pytest
from both_ways import same_both_ways
from filled_programs import FILLED, UNFILLED, also


@pytest.mark.parametrize("name", FILLED)
def test_what_turns_fill_holds_what_the_loop_would_leave(name):
    trained, report = same_both_ways(FILLED[name])
    assert trained > 200, report


@pytest.mark.parametrize("name", UNFILLED)
def test_what_looks_like_it_runs_as_it_is(name):
    source, words = UNFILLED[name]
    trained, report = same_both_ways(source)
    assert trained < 25, report
    assert words is None or words in report


@pytest.mark.parametrize("change", [
    "a.flags.writeable = False", "a.resize(100, refcheck=False)", "a = np.zeros(301)",
    "a = a[:200]", "a = list(a)", "a = X", "dense1.kept = a; a = a[:]"])
def test_an_array_that_is_changed_midway_is_looked_at_again(change):
    source = also("a[epoch] = loss", "if epoch == 150:", f"    {change}",
                  before="a = np.zeros(301)\n")
    trained, report = same_both_ways(source)
    assert trained > 90, report


@pytest.mark.parametrize("change", ["del a[100:]", "a += [1]", "best = 4", "best = [1, 2]",
                                    "best = ()", "best = (loss, X)"])
def test_lists_and_tuples_that_are_changed_midway_are_looked_at_again(change):
    source = also("a[epoch] = loss", "if loss < best[0]:", "    best = (loss, epoch)",
                  "if epoch == 150:", f"    {change}", before="a, best = [0] * 301, (9.0, 0)\n")
    trained, report = same_both_ways(source)
    assert trained > 90, report


def test_an_element_that_is_not_there_raises_in_its_turn():
    source = also("a[epoch] = loss", before="a = np.zeros(120)\n")
    trained, report = same_both_ways(source)
    assert trained > 60, report
