"""Loops in the methods of a Model of one's own: the methods that a turn calls are read."""

import signal

import pytest
from adopted_ways import run_file, same_adopted
from both_ways import changed
from model_programs import TRAINED, by_epochs
from other_models import OTHERS, PROGRAMS_BETWEEN, PROGRAMS_MIDWAY
from programs import assert_same

from fastnn.running import loops
from fastnn.running.loops import plan, turns


@pytest.mark.parametrize("name", TRAINED)
def test_a_model_is_trained_at_once_and_leaves_the_same(name, tmp_path):
    assert same_adopted(TRAINED[name], tmp_path) > 50, loops.report()


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_that_does_more_runs_as_it_is(name, tmp_path):
    source, words = OTHERS[name]
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert words in "\n".join(loops.report())


@pytest.mark.parametrize("name", PROGRAMS_MIDWAY)
def test_what_is_changed_midway_is_noticed(name, tmp_path):
    assert same_adopted(PROGRAMS_MIDWAY[name], tmp_path) >= 74, loops.report()


@pytest.mark.parametrize("name", PROGRAMS_BETWEEN)
def test_what_is_changed_between_epochs_of_batches_is_noticed(name, tmp_path):
    assert same_adopted(PROGRAMS_BETWEEN[name], tmp_path) >= 8 * 25, loops.report()


def test_a_plan_is_kept_from_one_epoch_to_the_next(tmp_path, monkeypatch):
    made = []

    class Plan(turns.Plan):
        def __init__(self, *given):
            made.append(given)
            super().__init__(*given)

    monkeypatch.setattr(turns, "Plan", Plan)
    same_adopted(PROGRAMS_BETWEEN["the sums anew"], tmp_path)
    over_steps = [names for names, site, *_ in made if site.variable == "step"]
    assert 1 <= len(over_steps) <= 3, len(over_steps)
    assert not turns._RUNNING


def test_ctrl_c_leaves_a_model_as_after_whole_turns(tmp_path, monkeypatch):
    until, came = plan.Plan.until, []

    def interrupted(self, at):
        if at > 3000 and not came:
            came.append(at)
            signal.raise_signal(signal.SIGINT)
        return until(self, at)

    def trained(epochs):
        return changed(by_epochs(), ("validation_data=(X_test, y_test), ", ""),
                       ("epochs=120, print_every=40", f"epochs={epochs}, print_every=10**9"))

    monkeypatch.setattr(plan, "MOST", 3000)
    monkeypatch.setattr(turns, "MOST", 3000)
    monkeypatch.setattr(plan.Plan, "until", interrupted)
    line = "model.train(X, y, epochs=20000, print_every=10**9)\n"
    stopped = run_file(changed(trained(20000), (line, f"try:\n    {line}except KeyboardInterrupt:\n"
                                                      "    pass\n")), tmp_path / "p.py", True)
    assert came
    count = int(stopped.left["model.optimizer.iterations"])
    assert 3000 < count < 7000
    assert_same(stopped.left, run_file(trained(count), tmp_path / "p.py", False).left)
