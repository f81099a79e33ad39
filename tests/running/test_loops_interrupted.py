"""Ctrl-C when objects are turns ahead of the program's names: it is held back for one more turn."""

import ast
import contextlib
import io
import signal
import warnings
from textwrap import indent

import numpy as np
import pytest
from both_ways import changed, left_in
from loop_programs import SPIRAL
from programs import assert_same

from fastnn.engine.program import Unfit
from fastnn.running import loops
from fastnn.running.loops import plan, waiting

LONG = changed(SPIRAL, ("range(301)", "range(30000)"), ("if not epoch % 50:", "if epoch < 0:"))


def left_by(source: str, rewritten: bool) -> dict[str, np.ndarray]:
    """What a program leaves, at its end or when Ctrl-C ends it."""
    loops.forget()
    tree = ast.parse(source)
    np.random.seed(0)
    space: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.resetwarnings()
        tree = loops.rewrite(tree, "p.py") if rewritten else tree
        exec(compile(tree, "p.py", "exec"), space)
    return left_in(space)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("where", ["until", "still_holds", "train"])
def test_ctrl_c_at_any_time_leaves_whole_turns(where, times, monkeypatch):
    """Between two pieces of a long training, which follow each other; once, or impatiently."""
    step = getattr(plan.Plan, where)

    def interrupted(self, *given):
        made = step(self, *given)
        if self._run.done > 10_000 and not came:
            came.append(self._run.done)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return made

    came: list[int] = []
    monkeypatch.setattr(plan.Plan, where, interrupted)
    with_end = f"try:\n{indent(LONG, '    ')}except KeyboardInterrupt:\n    stopped = epoch\n"
    left = left_by(with_end, True)
    stopped = int(left.pop("stopped"))
    assert 10_000 < stopped < 29_999 and left["optimizer.iterations"] == stopped + 1
    plain = left_by(LONG.replace("range(30000)", f"range({stopped + 1})"), False)
    assert_same(left, plain)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


WAITS = "    if loss < 0:\n        break\n"
BOOKS = ("    if loss < best:\n        best, last = loss, epoch\n"
         "        kept = dense1.weights.copy(), epoch\n    else:\n        waited += 1\n"
         "    smooth = 0.9 * smooth + 0.1 * loss\n    if epoch % 7 == 2:\n"
         "        found.append((epoch, best))\n")
BEFORE = "best, last, waited, smooth, kept, found = 9.0, -1, 0, 1.0, None, []\n"


@pytest.mark.parametrize("turn", [9, 300])
@pytest.mark.parametrize("step", ["on", "train"])
@pytest.mark.parametrize("more", [WAITS, BOOKS], ids=["waits", "books"])
def test_ctrl_c_while_a_block_waits_for_a_value(more, step, turn, monkeypatch):
    """Turns that were done, and not yet asked whether the block runs, are put back."""
    whose = waiting.Waiting if step == "train" else waiting._Walk
    asked = getattr(whose, step)

    def interrupted(self, *given):
        if step == "train":
            run, advance = given[0], given[0].advance

            def advanced(until, stopped):
                return advance(until, lambda: run.done > turn and strike() or stopped())
            run.advance = advanced
        elif len(self.carried) + len(given[0]) > turn:
            strike()
        return asked(self, *given)

    def strike():
        if not came:
            came.append(True)
            signal.raise_signal(signal.SIGINT)

    came: list[bool] = []
    monkeypatch.setattr(whose, step, interrupted)
    source = changed(LONG, ("for epoch", BEFORE + "for epoch")) + more
    with_end = f"try:\n{indent(source, '    ')}except KeyboardInterrupt:\n    stopped = epoch\n"
    left = left_by(with_end, True)
    stopped = int(left.pop("stopped"))
    assert came and turn <= stopped < 29_999 and left["optimizer.iterations"] == stopped + 1
    assert_same(left, left_by(source.replace("range(30000)", f"range({stopped + 1})"), False))


@pytest.mark.parametrize("turn", [30, 200])
def test_a_run_that_fails_midway_leaves_the_books_of_whole_turns(turn, monkeypatch):
    """Another thread changes what a run takes for granted: the loop goes on as it is."""
    advance, came = plan.LoopRun.advance, []

    def failing(self, until, *given):
        made = advance(self, until, *given)
        if not came and self.done > turn:
            came.append(self.done)
            raise Unfit("somebody has changed it")
        return made
    monkeypatch.setattr(plan.LoopRun, "advance", failing)
    source = changed(LONG, ("range(30000)", "range(500)"), ("for epoch", BEFORE + "for epoch"))
    left = left_by(source + BOOKS, True)
    assert came
    assert_same(left, left_by(source + BOOKS, False))
