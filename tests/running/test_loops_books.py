"""Loops that keep account, and `while` loops: with the same names, arrays and lists in the end."""

import ast

import pytest
from bookkeeping import BOOKS, NONE, WHILES
from both_ways import changed, run, same_both_ways
from loop_programs import SPIRAL

from fastnn.running import loops
from fastnn.running.loops import turns, worth
from fastnn.running.loops.sites import SITES

FEWER = {"who is let go of tells": 5, "who is told by a weak reference": 30,
         "prints where the loss grows": 30}


@pytest.mark.parametrize("name", BOOKS)
def test_books_are_those_that_the_loop_would_keep(name):
    trained, report = same_both_ways(BOOKS[name])
    assert trained > FEWER.get(name, 90), report


@pytest.mark.parametrize("name", WHILES)
def test_a_while_loop_ends_where_it_would(name):
    trained, report = same_both_ways(WHILES[name])
    assert trained > 80, report


@pytest.mark.parametrize("name", NONE)
def test_what_does_more_than_to_keep_account_runs_as_it_is(name):
    source, words = NONE[name]
    trained, report = same_both_ways(source)
    assert trained < 25, report
    assert words in report


def test_the_turns_of_a_while_loop_are_counted():
    run(WHILES["counts to the end"], True)
    (site,) = SITES.values()
    assert site.trained + site.run == 301
    assert "the loop over epoch: 28" in loops.report()[0]


def test_a_while_loop_sets_no_name_and_stays_on_its_lines():
    tree = loops.rewrite(ast.parse(WHILES["counts to the end"]), "p.py")
    loop = tree.body[-1]
    assert isinstance(loop, ast.For) and isinstance(loop.target, ast.Tuple)
    assert not loop.target.elts
    assert {loop.lineno, loop.iter.lineno, loop.body[0].lineno} == {13}
    SITES.clear()
    with pytest.raises(StopIteration):  # nobody knows it any more: it runs as it is
        space = {"loops": loops, "left": iter(range(3))}
        exec("for () in loops.whiles('p.py:1:0'): next(left)", space)


@pytest.mark.parametrize(("whole", "least", "most"), [(1.0, 200, 301), (1000.0, 0, 120)])
def test_what_takes_longer_than_the_turns_themselves_is_left(whole, least, most, monkeypatch):
    """By a clock on which each turn takes a second, and each training as long as is said."""
    class Worth(worth.Worth):
        def ran(self, seconds):
            super().ran(1.0)

        def trained(self, turns, seconds):
            super().trained(turns, whole)
    monkeypatch.setattr(turns, "Worth", Worth)
    count, report = same_both_ways(changed(SPIRAL, ("epoch % 50", "epoch % 20")))
    assert least < count < most, report


def test_what_did_not_pay_is_tried_again():
    tried = worth.Worth()
    for _ in range(20):
        tried.ran(0.25)
        tried.trained(40, 11.0)
    assert tried.few > 40
    for _ in range(2000):
        tried.ran(0.25)
    assert tried.few == worth.FEW
    for _ in range(20):
        tried.trained(40, 9.0)
    assert tried.few == worth.FEW
