"""The turns of a loop that run as they are; those between them are trained at once."""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from fastnn.engine.fitting import parts_of
from fastnn.engine.interrupts import Interrupts
from fastnn.engine.lent import Lent
from fastnn.engine.program import Pending, Unfit
from fastnn.running.loops.batches import Batches, batches_of
from fastnn.running.loops.counting import RAISED
from fastnn.running.loops.keeping import Keeping
from fastnn.running.loops.looprun import LoopRun
from fastnn.running.loops.names import Names
from fastnn.running.loops.quiet import why_seen
from fastnn.running.loops.reading import Reading
from fastnn.running.loops.sites import SITES, Site
from fastnn.running.loops.steps import step_of
from fastnn.running.loops.symbols import Unread

_FEWEST = 16  # turns of a loop that is worth reading
_FEW = 4  # turns in a row that are worth training at once
_MOST = 10_000  # turns looked ahead


def epochs(values: Iterable[Any], key: str) -> Iterable[Any]:
    """What `for` is to iterate over instead of `values`: those whose turns run as they are.

    The same in the end: whatever else the loop's turns do has been done by then.
    """
    site = SITES.get(key)
    if site is None:
        return values
    if type(values) is not range:
        site.why = f"it goes over {type(values).__name__}, not over range(...)"
        return values
    if len(values) < _FEWEST:
        site.run += len(values)
        return values
    return Turns(values, site, sys._getframe(1)).needed()


class Turns:
    """One run of a loop, in the frame of the program."""

    def __init__(self, values: range, site: Site, frame: FrameType) -> None:
        self._values, self._site, self._frame = values, site, frame
        self._names = Names(frame)
        self._plan: Plan | None = None
        self._pending: Pending | None = None
        self._again = 1  # the turn from which on it is worth to look again, after a refusal

    def needed(self) -> Iterator[int]:
        """The values of the loop's variable whose turns run as they are."""
        values, site, at, interrupted = self._values, self._site, 0, False
        while at < len(values):
            if at and not interrupted:
                done, interrupted = self._train(at)
                at += done
            site.run += 1
            yield values[at]
            at += 1
            if interrupted:  # where Ctrl-C finds any loop: between two turns
                raise KeyboardInterrupt

    def _train(self, at: int) -> tuple[int, bool]:
        """Train the turns from there on that nobody sees; how many, and whether Ctrl-C came."""
        done = 0
        while at + done >= self._again:
            try:
                plan = self._planned(at + done)
            except (Unread, Unfit, TypeError, ValueError) as reason:
                self._refused(at + done, reason)
                break
            until = plan.until(at + done) if plan else 0
            if plan is None or until - at - done < _FEW:
                break
            trained, interrupted = plan.train(at + done, until)
            done += trained
            self._site.trained += trained
            if interrupted:
                return done, True
            if plan.reason is not None:
                self._refused(at + done, plan.reason)
        return done, False

    def _refused(self, at: int, reason: Exception) -> None:
        self._plan = None
        if isinstance(reason, Pending):
            self._pending = reason
            return
        self._site.why = str(reason)
        self._again = 2 * at

    def _planned(self, at: int) -> "Plan | None":
        """How turns are trained, as the program stands; None while kernels are being compiled."""
        if self._pending is not None and not self._pending.is_over():
            return None
        self._pending = None
        seen = why_seen()
        if seen is not None:
            raise Unread(seen)
        if self._plan is None or not self._names.are_the_same() or not self._plan.still_holds():
            self._plan = None
            self._names = Names(self._frame)
            self._plan = Plan(self._names, self._site, self._values, at)
        if not self._plan.adds_exactly():
            raise Unread("the sums of the loss are of another type than its losses")
        return self._plan


class Plan:
    """A loop that is known to be a training. Raises Unread or Unfit, or what `fit` would.

    reason: why the last training did not come to its end; None where it did.
    """

    reason: Unfit | None = None

    def __init__(self, names: Names, site: Site, values: range, at: int) -> None:
        reading = Reading(names, site.variable, site.body)
        step = step_of(reading.events)
        counting = reading.counting
        self._values = values
        self._runs = counting.function(
            " or ".join(["False", *reading.guards]))
        self._others = [counting.function(text) for text in reading.numbers]
        self._methods, self._questions = reading.methods, reading.questions
        self._batches: Batches = batches_of(step, counting, values[at])
        lent = Lent([role.thing for role in (*step.layers, step.loss, step.optimizer)],
                    step.optimizer.thing)
        parts = parts_of([lent.ours(role.thing) for role in step.layers],
                         lent.ours(step.loss.thing), lent.ours(step.optimizer.thing), None)
        self._lent = lent
        self._keeping = Keeping(reading.appends, step, self._batches, counting)
        self._run = LoopRun(self._keeping.parts(parts, lent), self._batches.X, self._batches.y,
                            len(values), self._batches.size,
                            counts=step.counts and not step.forgets, ticks=step.ticks,
                            records=bool(self._keeping))

    def still_holds(self) -> bool:
        """Whether the objects are those that it was made for."""
        self._lent.agree()
        return self._run.is_as_planned() and all(
            role.method(name) is not None for role, name in self._methods) and all(
            asked.still_stands() for asked in self._questions)

    def adds_exactly(self) -> bool:
        """Whether the sums of the loss will be what the loop would add up."""
        return self._run.adds_exactly()

    def until(self, at: int) -> int:
        """The next turn that has to run as it is, from `at` on; no more than _MOST from there.

        That is one in which a block runs, or the last, or the turn before one of these: what the
        block sees, or who is there when it raises, is then what it would be in any case.
        """
        last = len(self._values) - 1
        end = min(last, at + _MOST)
        found = self._next(at, end)
        return max(at, found - 1) if found < end or end == last else found

    def _next(self, at: int, end: int) -> int:
        runs, others, whole = self._runs, self._others, self._batches.size is None
        place = self._place(at)
        for n in range(at, end):
            value = self._values[n]
            try:
                if runs(value) or others and _tried(others, value):
                    return n
            except RAISED:
                return n
            if not whole and (place is None or self._batches.place(value) != place + n - at):
                return n
        return end

    def _place(self, at: int) -> int | None:
        """Which batch this turn has; None for the first, where sums would begin anew."""
        return self._batches.place(self._values[at]) or None

    def train(self, at: int, until: int) -> tuple[int, bool]:
        """Train these turns; how many were, and whether Ctrl-C came meanwhile."""
        run = self._run
        first = at if self._batches.size is None else self._place(at) or 0
        rate = run.parts.optimizer.current_learning_rate
        interrupted = Interrupts()
        with interrupted:
            run.take_over(first)
            try:
                run.advance(first + until - at, interrupted)
            except Unfit as reason:  # what it takes for granted was changed by another thread
                self.reason = reason
            finally:
                run.leave()
                self._lent.agree()
                turns = self._values[at:at + run.done - first]
                self._keeping.append(run, turns, rate)
        return run.done - first, interrupted()


def _tried(others: list[Callable[[int], Any]], value: int) -> bool:
    """Compute what a turn would: it may raise."""
    for other in others:
        other(value)
    return False
