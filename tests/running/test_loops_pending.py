"""Loops whose kernels are still being compiled, and what the report says of loops."""

from both_ways import run, same_both_ways
from loop_programs import HEAD, SPIRAL

from fastnn.engine.program import Pending
from fastnn.running import loops
from fastnn.running.loops import turns
from fastnn.running.loops.sites import SITES


class _Late(Pending):
    """Is over when it was asked fifty times."""

    def __init__(self):
        super().__init__([])
        self.asked = 0

    def is_over(self):
        self.asked += 1
        return self.asked > 50


def test_turns_run_as_they_are_until_the_kernels_are_there(monkeypatch):
    waited: list[_Late] = []

    class Plan(turns.Plan):
        def __init__(self, *arguments):
            if not waited:
                waited.append(_Late())
                raise waited[0]
            super().__init__(*arguments)
    monkeypatch.setattr(turns, "Plan", Plan)
    trained, report = same_both_ways(SPIRAL)
    assert waited[0].asked == 51
    assert 200 < trained < 250, report


def test_the_report_says_what_became_of_each_loop():
    short = SPIRAL.replace("range(301)", "range(5)")
    never = "if False:\n" + "".join(
        f"    {line}\n" for line in SPIRAL[len(HEAD):].splitlines() if line)
    for source, words in (
            (SPIRAL, "line 12: the loop over epoch: 288 of 301 turns were trained at once, as fit"),
            (short, "the loop over epoch ran as it is: it is short"), (never, "was not run"),
            (SPIRAL + "    print(loss)\n", "ran as it is: it calls print in each turn, which")):
        run(source, True)
        (line,) = loops.report()
        assert words in line


def test_a_loop_that_nobody_knows_any_more_runs_as_it_is():
    values = range(100)
    SITES.clear()
    assert loops.epochs(values, "program.py:1:0") is values


def test_other_loops_are_not_touched():
    import ast
    source = "for n in range(3):\n    print(n)\nfor a in b:\n    a.f()\n    a.g()\n"
    assert ast.dump(loops.rewrite(ast.parse(source), "p.py")) == ast.dump(ast.parse(source))
