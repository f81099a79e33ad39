"""Loops that look at samples kept apart in each turn: the same numbers, kept and asked for."""

import signal
from textwrap import indent

import pytest
from adopted_ways import left_the_same, run_file, same_adopted, trained_the_same
from both_ways import changed
from programs import assert_same
from validation_programs import LEFT, TRAINED

from fastnn.engine.program import Unfit
from fastnn.running.loops import looprun


@pytest.mark.parametrize("name", TRAINED)
def test_what_a_validation_finds_is_what_the_loop_would_find(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 4)


@pytest.mark.parametrize("name", LEFT)
def test_what_does_more_than_a_validation_runs_as_it_is(name, tmp_path):
    source, words = LEFT[name]
    left_the_same(source, tmp_path, words)


@pytest.mark.parametrize("step", [3, 29])
@pytest.mark.parametrize("name", ["kept", "kept, of shuffled samples", "waits for the best",
                                  "kept, of shuffled samples, weights made anew"])
def test_ctrl_c_leaves_whole_epochs_and_what_they_found(name, step, tmp_path, monkeypatch):
    advance, came, source = looprun.LoopRun.advance, [], TRAINED[name]
    monkeypatch.setattr(looprun.LoopRun, "advance", interrupted_at(advance, step, came))
    loop = source.index("for epoch")
    end = source.index("print(repr(", loop)
    tried = (source[:loop] + "try:\n" + indent(source[loop:end], "    ")
             + "except KeyboardInterrupt:\n    pass\n")
    left = run_file(tried, tmp_path / "program.py", True).left
    assert came
    count, rest = divmod(int(left["sgd.iterations"]), 8)
    assert rest == 0 and count < 50
    fewer = changed(source, ("range(60)", f"range({count})"))
    assert_same(left, run_file(
        fewer[:fewer.index("print(repr(", loop)], tmp_path / "program.py", False).left)


def interrupted_at(advance, step, came):
    """What advances, and sends Ctrl-C once when so many steps are done."""
    done = []

    def interrupted(self, until, stopped, *given):
        begun, self._pace = self.done, 1

        def asked():
            if self.between is not None and sum(done) + self.done - begun >= step and not came:
                came.append(self.done)
                signal.raise_signal(signal.SIGINT)
            return stopped()

        went = advance(self, until, asked, *given)
        done.append(self.done - begun)
        return went

    return interrupted


@pytest.mark.parametrize("more", ["", ", weights made anew"])
def test_a_run_that_fails_between_is_put_back(more, tmp_path, monkeypatch):
    advance, came = looprun.LoopRun.advance, []

    def failing(self, until, *given):
        if self.between is not None and self.done > 20 and not came:
            came.append(until)
            advance(self, self.done + 3, *given)
            raise Unfit("somebody has changed it")
        return advance(self, until, *given)

    monkeypatch.setattr(looprun.LoopRun, "advance", failing)
    same_adopted(TRAINED[f"kept, of shuffled samples{more}"], tmp_path)
    assert came


def test_samples_that_are_changed_where_they_are_printed_are_noticed(tmp_path):
    source = changed(TRAINED["kept"], ("        print(epoch,", (
        "        if epoch == 30:\n            apart = apart[:20] * 0.5\n"
        "            wanted = wanted[:20]\n        print(epoch,")))
    trained_the_same(source, tmp_path, 30)
