"""Loops over epochs whose turns go over batches: as fit does them, and the same bits in the end."""

import signal
from textwrap import indent

import pytest
from adopted_ways import left_the_same, of_epochs, run_file, same_adopted, trained_the_same
from both_ways import changed
from epoch_programs import ASKED, IN_ONE, LEFT, NETWORK, TRAINED, behind
from programs import assert_same

from fastnn.engine.program import Unfit
from fastnn.running import loops
from fastnn.running.loops import looprun, plan
from fastnn.running.loops.sites import SITES


@pytest.mark.parametrize("name", TRAINED)
def test_epochs_are_trained_at_once_and_leave_the_same(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 15)
    *_, said = loops.report()
    assert "turns were trained at once" in said and "over epoch" in said


@pytest.mark.parametrize("name", ASKED)
def test_sums_that_are_kept_or_asked_for_are_the_program_s_own(name, tmp_path):
    trained_the_same(ASKED[name], tmp_path, 4)


def test_batches_are_trained_at_once_where_each_epoch_prints_their_sums(tmp_path):
    source = behind("    print(repr(total), type(total), right, type(right), repr(loss))\n")
    same_adopted(source, tmp_path)
    inner = next(site for site in SITES.values() if site.variable == "start")
    assert inner.trained >= 250, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_epochs_that_do_more_run_as_they_are(name, tmp_path):
    source, words = LEFT[name]
    left_the_same(source, tmp_path, words)


def test_it_says_why_the_loop_over_epochs_ran_and_not_that_the_other_is_short(tmp_path):
    same_adopted(LEFT["says each epoch"][0], tmp_path)
    report = "\n".join(loops.report())
    assert "the loop over epoch ran as it is: it calls print" in report
    assert "short" not in report


@pytest.mark.parametrize("step", [3, 8, 29])
@pytest.mark.parametrize("source", [IN_ONE, NETWORK, ASKED["keeps the sums"],
                                    ASKED["waits for the best"]])
def test_ctrl_c_within_an_epoch_leaves_whole_epochs(source, step, tmp_path, monkeypatch):
    advance, came = looprun.LoopRun.advance, []

    def interrupted(self, until, stopped, *given):
        def asked():
            if self.each > 1 and self.done - begun >= step and not came:
                came.append(self.done)
                signal.raise_signal(signal.SIGINT)
            return stopped()
        begun, self._pace = self.done, 1
        return advance(self, until, asked, *given)

    monkeypatch.setattr(looprun.LoopRun, "advance", interrupted)
    loop = source.index("network.train(") if source is NETWORK else source.index("for epoch")
    end = source.index("print(repr(", loop)
    tried = (source[:loop] + "try:\n" + indent(source[loop:end], "    ")
             + "except KeyboardInterrupt:\n    pass\n")
    counted = "network.optimizer.iterations" if source is NETWORK else "sgd.iterations"
    left = run_file(tried, tmp_path / "program.py", True).left
    assert came
    count, rest = divmod(int(left[counted]), 8)
    assert rest == 0 and count < 50
    fewer = changed(source, ("epochs=50", f"epochs={count}")) if source is NETWORK else changed(
        source, ("range(60)", f"range({count})"))
    fewer = fewer[:fewer.index("print(repr(", loop)]
    assert_same(left, run_file(fewer, tmp_path / "program.py", False).left)


def test_a_run_that_fails_within_an_epoch_is_put_back(tmp_path, monkeypatch):
    advance, came = looprun.LoopRun.advance, []

    def failing(self, until, *given):
        if self.each > 1 and not came:
            came.append(until)
            advance(self, self.done + 11, *given)
            raise Unfit("somebody has changed it")
        return advance(self, until, *given)

    monkeypatch.setattr(looprun.LoopRun, "advance", failing)
    same_adopted(IN_ONE, tmp_path)
    assert came


def test_what_is_changed_between_epochs_is_noticed(tmp_path):
    source = changed(IN_ONE, ("        print(epoch,", "        if epoch == 30:\n"
                              "            sgd.momentum, SIZE = 0.5, 9\n"
                              "            samples[3] = 0.5\n            labels[:] = labels[::-1]\n"
                              "        print(epoch,"))
    same_adopted(source, tmp_path)
    assert of_epochs().trained >= 30, loops.report()


def test_a_loop_that_is_looked_at_in_vain_is_looked_at_the_more_seldom(tmp_path, monkeypatch):
    made = []

    class Plan(plan.Plan):
        def __init__(self, *given):
            made.append(given)
            super().__init__(*given)

    monkeypatch.setattr("fastnn.running.loops.turns.Plan", Plan)
    same_adopted(LEFT["says each epoch"][0].replace("SIZE = 10", "SIZE = 4"), tmp_path)
    assert len([one for one in made if one[1].variable == "start"]) < 16
