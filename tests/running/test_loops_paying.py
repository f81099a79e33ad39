"""Short loops that are run again and again: over the batches, in a function that trains an epoch.
What is read of them anew each time takes longer than all of their turns.
"""

from textwrap import indent

import pytest
from adopted_ways import same_adopted
from both_ways import changed, same_both_ways
from epoch_programs import LEFT, behind
from loop_programs import SPIRAL

from fastnn.running.loops import plan, worth
from fastnn.running.loops.sites import SITES

HEAD, _, BODY = SPIRAL.partition("for epoch in range(301):\n")
BODY = BODY.replace("(X)", "(X[low:low + 3])").replace("len(y", "len(t").replace(", y)", ", t)")
BODY = changed(BODY, ("    dense1.forward", "    t = y[low:low + 3]\n    dense1.forward"), (
    "    if len(t.shape) == 2:\n        y = np.argmax(y, axis=1)\n", ""), ("== y", "== t"))
BODY = BODY[:BODY.index("    if not epoch")] + BODY[BODY.index("    loss_activation.backward"):]
CALLED = "    return loss\n\nfor epoch in range(40):\n    print(repr(train()))\n"
FOR = HEAD + "def train():\n    for low in range(0, 60, 3):\n" + indent(BODY, "    ") + CALLED
WHILE = (HEAD + "def train():\n    low = 0\n    while low < 60:\n" + indent(BODY, "    ")
         + "        low += 3\n" + CALLED)


def times(monkeypatch, each: float) -> list[str]:
    """Have a clock on which all that is asked takes a second, and each reading as long as said; the
    variables of loops that are read.
    """
    now, read = [0.0], []

    class Plan(plan.Plan):
        def __init__(self, names, site, *given):
            read.append(site.variable)
            now[0] += each
            super().__init__(names, site, *given)

    def clock():
        now[0] += 1
        return now[0]

    monkeypatch.setattr("fastnn.running.loops.turns.Plan", Plan)
    monkeypatch.setattr(worth, "now", clock)
    return read


@pytest.mark.parametrize("source", [FOR, WHILE])
def test_loops_that_it_takes_longer_to_read_are_read_the_more_seldom(source, monkeypatch):
    read = times(monkeypatch, 1000.0)
    trained, report = same_both_ways(source)
    assert 0 < read.count("low") < 9, report
    assert trained > 0, report
    (site,) = (one for one in SITES.values() if one.variable == "low")
    assert site.trained + site.run == 800, report


@pytest.mark.parametrize("source", [FOR, WHILE])
def test_loops_that_it_pays_to_read_are_read_whenever_they_run(source, monkeypatch):
    read = times(monkeypatch, 0.0)
    trained, report = same_both_ways(source)
    assert read.count("low") >= 40, report
    assert trained > 400, report


@pytest.mark.parametrize("source", [LEFT["says each epoch"][0], behind("    done += 1\n",
                                                                       "done = 0\n")])
def test_no_plan_is_looked_at_for_the_last_turn_which_runs_as_it_is(source, monkeypatch, tmp_path):
    until, asked = plan.Plan.until, []

    def noted(self, at):
        found = until(self, at)
        asked.append((at, found))
        return found

    monkeypatch.setattr(plan.Plan, "until", noted)
    same_adopted(source, tmp_path)
    assert len(asked) > 9
    assert all(at <= found for at, found in asked)


@pytest.mark.parametrize("source", [FOR, WHILE])
def test_a_long_one_is_trained_whatever_its_short_runs_were_worth(source, monkeypatch):
    times(monkeypatch, 1000.0)
    source = source.replace("X[low:low + 3]", "X[low % 60:low % 60 + 3]").replace(
        "y[low:low + 3]", "y[low % 60:low % 60 + 3]").replace("train():", "train(end):").replace(
        "range(0, 60, 3)", "range(0, end, 3)").replace("low < 60", "low < end")
    source = changed(source, ("print(repr(train()))", "print(repr(train(60)))"))
    _, report = same_both_ways(source + "print(repr(train(6000)))\n")
    (site,) = (one for one in SITES.values() if one.variable == "low")
    assert site.trained > 900, report
    assert site.trained + site.run == 2800, report


@pytest.mark.parametrize(("each", "least", "most"), [(5.0, 150, 200), (0.1, 280, 301)])
def test_two_long_trainings_that_took_far_too_long_are_enough(each, least, most, monkeypatch):
    """Turns that take a second as they are."""
    times(monkeypatch, 0.0)
    now, real = [0.0], plan.Plan.train

    def clock():
        now[0] += 1
        return now[0]

    def train(self, at, until, interrupted):
        found = real(self, at, until, interrupted)
        now[0] += each * found
        return found

    monkeypatch.setattr(worth, "now", clock)
    monkeypatch.setattr(plan.Plan, "train", train)
    trained, report = same_both_ways(changed(SPIRAL, ("epoch % 50", "epoch % 100")))
    assert least <= trained <= most, report
