"""Loops over epochs that draw an order of the samples: the same bits, and the same random numbers.
"""

import signal
from textwrap import indent

import pytest
from adopted_ways import left_the_same, of_epochs, run_file, same_adopted, trained_the_same
from both_ways import changed
from programs import assert_same
from shuffled_programs import LEFT, TRAINED

from fastnn.engine.program import Unfit
from fastnn.running import loops
from fastnn.running.loops import looprun


@pytest.mark.parametrize("name", TRAINED)
def test_shuffled_epochs_are_trained_at_once_and_leave_the_same(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 4)


@pytest.mark.parametrize("name", LEFT)
def test_epochs_that_draw_otherwise_run_as_they_are(name, tmp_path):
    source, words = LEFT[name]
    left_the_same(source, tmp_path, words)


WAYS = ["a permutation", "in place", "a generator in place", "a random state",
        "left in that order", "left in that order, by numbers in place",
        "without the rest, in place"]


@pytest.mark.parametrize("step", [3, 8, 29])
@pytest.mark.parametrize("name", WAYS)
def test_ctrl_c_within_a_shuffled_epoch_leaves_whole_epochs(name, step, tmp_path, monkeypatch):
    advance, came, source = looprun.LoopRun.advance, [], TRAINED[name]

    def interrupted(self, until, stopped, *given):
        def asked():
            if self.each > 1 and self.done - begun >= step and not came:
                came.append(self.done)
                signal.raise_signal(signal.SIGINT)
            return stopped()
        begun, self._pace = self.done, 1
        return advance(self, until, asked, *given)

    monkeypatch.setattr(looprun.LoopRun, "advance", interrupted)
    loop = source.index("for epoch")
    end = source.index("print(repr(", loop)
    tried = (source[:loop] + "try:\n" + indent(source[loop:end], "    ")
             + "except KeyboardInterrupt:\n    pass\n")
    left = run_file(tried, tmp_path / "program.py", True).left
    assert came
    count, rest = divmod(int(left["sgd.iterations"]), 7 if "rest" in name else 8)
    assert rest == 0 and count < 50
    fewer = changed(source, ("range(60)", f"range({count})"))
    assert_same(left, run_file(
        fewer[:fewer.index("print(repr(", loop)], tmp_path / "program.py", False).left)


@pytest.mark.parametrize("name", WAYS)
def test_a_shuffled_run_that_fails_is_put_back(name, tmp_path, monkeypatch):
    advance, came = looprun.LoopRun.advance, []

    def failing(self, until, *given):
        if self.each > 1 and not came:
            came.append(until)
            advance(self, self.done + 2 * self.each, *given)
            raise Unfit("somebody has changed it")
        return advance(self, until, *given)

    monkeypatch.setattr(looprun.LoopRun, "advance", failing)
    same_adopted(TRAINED[name], tmp_path)
    assert came


def test_samples_that_are_changed_where_they_are_printed_are_noticed(tmp_path):
    source = changed(TRAINED["left in that order"], ("        print(epoch,", (
        "        if epoch == 30:\n            samples = samples * 0.5\n"
        "            labels[:] = labels[::-1]\n        print(epoch,")))
    same_adopted(source, tmp_path)
    assert of_epochs().trained >= 30, loops.report()
