"""How turns are trained: the proof of a loop as the program stands, and the run for it."""

from collections.abc import Callable
from typing import Any

from fastnn.engine.fitting import parts_of
from fastnn.engine.lent import Lent
from fastnn.engine.parts import Parts
from fastnn.engine.program import Unfit
from fastnn.running.loops import adopted
from fastnn.running.loops.anew import Anew
from fastnn.running.loops.batches import Batches, batches_of, whole_of
from fastnn.running.loops.counting import RAISED
from fastnn.running.loops.keeping import Keeping
from fastnn.running.loops.looprun import LoopRun
from fastnn.running.loops.methods import of_no_run
from fastnn.running.loops.moving import Moving
from fastnn.running.loops.names import Names, can_be_set
from fastnn.running.loops.orders import LoopOrder, shares_memory
from fastnn.running.loops.reading import Reading, read
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.sites import Site
from fastnn.running.loops.steps import Step, of_epochs, step_of
from fastnn.running.loops.symbols import Unread
from fastnn.running.loops.updating import leaves
from fastnn.running.loops.waiting import Saved, Waiting

MOST = 10_000  # turns looked ahead


class Plan:
    """A loop that is known to be a training. Raises Unread or Unfit, or what `fit` would.

    reason: why the last training did not come to its end; None where it did.
    overflowed: whether in the last one numbers became NaN or infinite, of which NumPy would warn.
    """

    reason: Unfit | None = None
    vain = 0  # turns that the last training did in vain, as a block waited for one of them
    stopped = 0  # the turn that it stopped before, as it has to run as it is
    overflowed = False

    def __init__(self, names: Names, site: Site, values: range, at: int) -> None:
        try:
            self._make(names, read(names, site), values, at)
        except Unread as reason:
            if not 0 < site.ends < len(site.body):
                raise
            try:
                self._make(names, read(names, site, site.ends), values, at)
            except Unread:
                raise reason from None

    def _make(self, names: Names, reading: Reading, values: range, at: int) -> None:
        step, over = step_of(reading.of_step), reading.over
        if reading.has_batches:
            step = of_epochs(step, *reading.beside)
        counting, self._validation = reading.counting, reading.validation
        self._values = values
        self._runs = counting.function(
            " or ".join(["False", *reading.guards]))
        self._others = [counting.function(text) for text in reading.numbers]
        self._methods = reading.methods
        self._texts, self._set = reading.texts, reading.set_on
        self._step, self._left = step, _left(step)
        roles = [*step.layers, step.loss, *([step.combined] if step.combined else []),
                 *([step.accuracy] if step.accuracy else [])]
        self._inner = [inner for role in roles for inner in role.inner()]
        self._kinds = [(one, type(one)) for one in [
            *(role.thing for role in roles), step.optimizer.thing,
            *(held for _, _, held in self._inner)]]
        self._bound = [role.thing for role in (*roles, step.optimizer)
                       if adopted.is_bound(role.proof)]
        self._batches: Batches = batches_of(step, counting, values[at]) if over is None else (
            whole_of(step, counting, over))
        order = self._batches.order
        if reading.draws and (order is None or shares_memory(
                order, self._batches.X, self._batches.y)):
            raise Unread("each turn draws random numbers, for something else than the order of "
                         "its samples")
        self._moving = Moving(reading.moved, self._batches, names) if reading.moved else None
        reading.check_filled([*(one for one, _ in self._kinds), self._batches.X, self._batches.y])
        self._is_whole = over is not None or self._batches.size is None
        if self._validation is not None and not self._is_whole:
            raise Unread("each batch is followed by more than a training")
        lent = Lent([*(role.thing for role in roles if not role.keeps_all), step.optimizer.thing],
                    step.optimizer.thing, predicts=False)
        for role in (*step.layers, step.loss, step.optimizer):
            if adopted.is_of_loops(role.proof, role.thing):
                lent.lend(role.thing, adopted.mirrored)
        for role in [*step.layers, step.optimizer]:
            if role.proof is not None and lent.ours(role.thing) is role.thing:
                raise Unread(of_no_run(role.thing))
        self._anew = Anew(step, lent)
        parts = _parts(step, lent)
        if step.combined is not None:
            parts = parts._replace(combined=lent.ours(step.combined.thing))
        accuracy = step.accuracy and lent.ours(step.accuracy.thing)
        self._lent = lent
        self._waiting = Waiting(reading) if reading.lines else None
        self._names = names
        self._keeping = Keeping(reading.appends, reading.asked.values if reading.lines else [],
                                step, self._batches, counting, len(over or "1"),
                                self._validation)
        parts = self._keeping.parts(parts, lent, accuracy)
        data = self._moving or self._batches
        self._run = LoopRun(parts, data.X, data.y, len(values),
                            self._batches.size, counts=bool(step.losses) and not step.forgets and (
                                not self._keeping.by_steps),
                            ticks=step.ticks, records=bool(self._keeping),
                            divides=adopted.has_quotient(step.optimizer.proof),
                            scores=accuracy is not None, each=len(over or "1"),
                            by_steps=self._keeping.by_steps,
                            order=None if order is None else LoopOrder(
                                order, self._moving is not None), taken=self._batches.taken)
        if self._validation is not None:
            self._run.between = _between(self._validation, self._anew, values)

    def still_holds(self) -> bool:
        """Whether the objects are those that it was made for."""
        if any(vars(thing).get(name) is not held for thing, name, held in self._inner) or any(
                type(thing) is not kind for thing, kind in self._kinds) or any(
                role_of(thing) is None for thing in self._bound):
            return False
        if self._waiting is not None and not self._waiting.takes(self._names.frame):
            return False
        self._lent.agree()
        return _left(self._step) == self._left and self._run.is_as_planned() and all(
            role.method(name) is not None for role, name in self._methods) and all(
            read.still_stands() for read in self._texts) and all(
            can_be_set(thing, name) for thing, name in self._set)

    def adds_exactly(self) -> bool:
        """Whether the sums of the loss will be what the loop would add up."""
        return self._run.adds_exactly()

    @property
    def waits_for(self) -> str:
        """The condition of a block that waits for a value."""
        return self._waiting.says if self._waiting else ""

    def until(self, at: int) -> int:
        """The next turn that has to run as it is, from `at` on; no more than MOST from there.

        That is one in which a block runs, or the last, or the turn before one of these: what the
        block sees, or who is there when it raises, is then what it would be in any case.
        """
        last = len(self._values) - 1
        end = min(last, at + MOST)
        found = self._next(at, end + 1)
        return max(at, found - 1 if found <= end else end - (end == last))

    def _next(self, at: int, end: int) -> int:
        runs, others, whole = self._runs, self._others, self._is_whole
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

    def train(self, at: int, until: int, interrupted: Callable[[], bool]) -> int:
        """Train these turns, until it is interrupted; how many were."""
        self._anew.take()
        run, was_finite = self._run, self._run.is_finite()
        first = at if self._is_whole else self._place(at) or 0
        rate = run.parts.optimizer.current_learning_rate
        self.vain = self.stopped = 0
        before = Saved(run) if self._waiting or run.each > 1 or run.drawn else None
        if self._moving is not None:
            self._moving.take(self._names.frame)
        run.take_over(first)
        if self._validation is not None:
            self._validation.begin(self._names.frame)
        try:
            if self._waiting is None:
                run.go_on(first + until - at, interrupted)
            else:
                self._waiting.train(run, self._keeping, self._values[at:until + 1], first,
                                    interrupted, self._waiting.carried_in(self._names.frame))
                self.vain, self.stopped = self._waiting.vain, at + self._waiting.stopped
        except Unfit as reason:  # what it takes for granted was changed by another thread
            self.reason = Unfit(str(reason))  # not what was caught: that holds frames
        finally:
            if before is not None and (run.turn == first or run.is_within or (
                    self.reason and run.drawn)):
                before.put_back()
                run.back_to(first)
            else:
                run.leave()
                if run.turn > first:
                    self._anew.leave()
            self._lent.agree()
            turns = self._values[at:at + run.turn - first]
            if turns:
                self._keeping.append(run, turns, rate)
            if self._validation is not None:
                self._validation.end()
            if turns:
                if self._waiting is not None:
                    self._waiting.leave(self._names.frame)
                if self._moving is not None and run.drawn is not None:
                    self._moving.leave(self._names.frame, run.drawn)
            self.overflowed = was_finite and not run.is_finite()
        return run.turn - first


def _between(validation: Any, anew: Anew, values: range) -> Callable[[int], None]:
    """What is done behind a turn that was trained. It refers to no plan: none would be let go."""
    def validate(turn: int) -> None:
        with anew.shown():
            validation(turn, values[turn])
    return validate


def _left(step: Step) -> list[bool]:
    """Which layers the optimizer leaves as they are."""
    return [leaves(step.optimizer, role) for role in step.layers]


def _parts(step: Step, lent: Lent) -> Parts:
    """What is trained: objects of ours in the place of theirs.

    Of a loss that keeps all it computes nothing is needed: the next turn that runs as it is comes
    before anybody sees that, and sets all anew.
    """
    loss = step.loss.ours() if step.loss.keeps_all else lent.ours(step.loss.thing)
    optimizer: Any = lent.ours(step.optimizer.thing)
    if step.stepwise and "current_learning_rate" not in step.optimizer.names:
        optimizer.current_learning_rate = optimizer.learning_rate  # where nothing decays
    parts = parts_of([lent.ours(role.thing) for role in step.layers], loss, optimizer, None)
    return parts._replace(stepwise=tuple(lent.ours(role.thing) for role in step.stepwise))


def _tried(others: list[Callable[[int], Any]], value: int) -> bool:
    """Compute what a turn would: it may raise."""
    for other in others:
        other(value)
    return False
