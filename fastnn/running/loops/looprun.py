"""A compiled run that a loop goes on with between turns that run as they are.

`Run.refresh` plans anew whenever the optimizer has counted on, which each turn does: it takes as
long as fifty epochs. Here counts and state are taken over into the memory of the plan instead.
"""

from collections.abc import Callable
from sys import getrefcount
from typing import Any

import numpy as np

from fastnn.engine.parts import Parts, check, loss_of
from fastnn.engine.premises import fingerprint, layout
from fastnn.engine.program import Unfit
from fastnn.engine.runs import Run
from fastnn.engine.sound import check as check_sound
from fastnn.engine.sound import check_data
from fastnn.kernels import training as t
from fastnn.kernels.instructions_updates import CURRENT, DECAY, ITERATIONS
from fastnn.running.loops.orders import LoopOrder
from fastnn.support import numerics

_MOVING = ("iterations", "current_learning_rate")


class LoopRun(Run):
    """A run that is moved on from turn to turn.

    ticks: whether the optimizer counts. counts: whether the loss's sums grow with each turn, and
    scores: those of the accuracy. They do from what they are on, where `fit` has those of its last
    epoch. (Where each turn forgets them, the next that runs as it is does.)
    each: steps of a turn; those of several are an epoch of `fit`.
    by_steps: whether each step is recorded by itself, where `fit` records whole epochs.
    order: in which each epoch takes the samples; taken: how many of them, where not all.
    divides: whether the rate is a quotient, which the kernels do not have: they are then given the
    rate of each step.
    """

    def __init__(self, parts: Parts, X: Any, y: Any, turns: int, batch_size: int | None, *,
                 counts: bool, ticks: bool, records: bool, scores: bool, divides: bool,
                 each: int = 1, by_steps: bool = False, order: LoopOrder | None = None,
                 taken: int = 0) -> None:
        self.drawn, self._whole = order, (X, y)
        if taken:  # of the program's samples a turn takes some, which are copied then
            X, y, order = X[:taken].copy(), y[:taken].copy(), None
        check_sound(parts, "fit", turns)
        check_data(parts, X, y, "fit")
        self._counts, self._ticks, self._scores = counts, ticks, scores
        self.each, self._by_steps = each, by_steps
        optimizer: Any = parts.optimizer
        self._divides = divides and bool(optimizer.decay)
        if self._divides and not all(
                type(number) in (int, float) and 0 <= number < np.inf
                for number in (optimizer.learning_rate, optimizer.decay)):
            raise Unfit("learning rate and decay are no plain numbers, of which to make a quotient")
        self.between: Callable[[int], None] | None = None  # what is done behind each turn
        self._right: tuple[Any, Any] = 0, 0  # sum and count of the accuracy, in the beginning
        self._references: list[int] | None = None  # to each of the plan's states, once in use
        super().__init__(parts, X, y, epochs=turns, batch_size=batch_size,
                         log_every=1 if counts or records or scores else 2**60, order=order)
        self._premises = self._fixed()

    def type_of_loss(self, with_penalty: bool) -> type:
        """NumPy's type of the losses, as the loop computes them."""
        penalty = self._step.penalty_dtype if with_penalty else None
        found = np.dtype(self._loss_type())
        return (found if penalty is None else np.result_type(found, penalty)).type

    def is_as_planned(self) -> bool:
        """Whether objects and data are those that were planned with, but for counts and state."""
        if self._lie != [layout(data) for data in (self.X, self.y)]:
            return False
        check(self.parts)
        return self._fixed() == self._premises and self._can_take_over()

    def _fixed(self) -> list[Any]:
        states = {f"{side}_{name}" for name in self.memory.states.update.states
                  for side in ("weight", "bias")}
        return [numerics.product_types(numerics.FLOAT64), *(
            one for one in fingerprint(self.parts)
            if one[0] not in _MOVING and one[0] not in states)]

    def _can_take_over(self) -> bool:
        """Whether the state on the layers can be copied to the plan's, which nobody else has."""
        counts = [None] * len(self._states()) if self._references is None else [
            now - before for now, before in zip(self._counted(), self._references)]
        for others, (layer, name, state) in zip(counts, self._states()):
            if vars(layer).get(name) is state:  # no turn has updated it meanwhile
                if others and not self.memory.states.update.in_place:
                    return False
            elif others is not None and others > -1:  # its layer has another: somebody else has it
                return False
            elif not _is_like(vars(layer).get(name), state, others is None):
                return False
        return True

    def _counted(self) -> list[int]:
        """How often each state of the plan is referred to."""
        return [getrefcount(state) for _, _, state in self._states()]

    def _states(self) -> list[tuple[Any, str, Any]]:
        found: list[tuple[Any, str, Any]] = list(self.memory.states._found.values())
        return found

    @property
    def turn(self) -> int:
        """Whole turns that were done."""
        return self.done // self.each

    @property
    def is_within(self) -> bool:
        """Whether it was stopped between two steps of a turn."""
        return self.done % self.each > 0

    def back_to(self, turn: int) -> None:
        """Stand before this turn."""
        self._counters[t.STEP] = turn * self.each

    def take_over(self, turn: int) -> None:
        """Go on at this turn from what those before left."""
        for renew in self._targets.converted:
            renew()
        self.samples.forget()
        if self.drawn is not None:
            self.drawn.begin()
        self._copy_states()
        self.start()
        self.memory._read_rates(self.parts.optimizer)
        if self._divides:
            self.memory.rates[DECAY] = 0  # then the kernels leave the rate as it is
        if self._references is None:
            self._references = self._counted()
        self._counters[[t.STEP, t.RECORDED]] = turn * self.each, 0
        self.first = turn
        loss = loss_of(self.parts)
        self._begun = loss.accumulated_sum, loss.accumulated_count
        self._count = self.parts.optimizer.iterations
        if self._scores:
            accuracy = self.parts.accuracy
            self._right = accuracy.accumulated_sum, accuracy.accumulated_count
        if self.per_epoch > 1:
            self.memory.results[[t.LOSS_SUM, t.LOSS_COUNT]] = self._begun
            self.memory.results[[t.RIGHT_SUM, t.RIGHT_COUNT]] = self._right

    def adds_exactly(self) -> bool:
        """Whether the sums so far are of the type of the sums to come, or not begun."""
        total = loss_of(self.parts).accumulated_sum
        if self._scores and type(self.parts.accuracy.accumulated_sum) not in (int, np.int64):
            return False
        return not self._counts or type(total) is self._loss_type() or (
            type(total) in (int, float) and total == 0)

    def is_finite(self) -> bool:
        """Whether all parameters are numbers, and what the optimizer keeps of them."""
        arrays = [getattr(layer, name, None) for layer in self.parts.layers
                  for name in ("weights", "biases")]
        arrays += [vars(layer).get(name) for layer, name, _ in self._states()]
        return all(bool(np.isfinite(one).all()) for one in arrays if one is not None)

    def _copy_states(self) -> None:
        for layer, name, state in self._states():
            there = vars(layer).get(name)
            if there is not None and there is not state:
                np.copyto(state, there)

    def advance(self, until: int, interrupted: Any, keep: bool = False) -> bool:
        """As `Run.advance`, with the rate of each step."""
        if not self._divides and not self._by_steps:
            return bool(super().advance(until, interrupted, keep))
        optimizer, rates, pace = self.parts.optimizer, self.memory.rates, self._pace
        while self.done < until:
            if self._divides:
                rates[CURRENT] = optimizer.learning_rate / (
                    1.0 + optimizer.decay * int(rates[ITERATIONS]))
            place = self.recorded
            if self._by_steps:
                self.memory.results[:] = 0
            went = super().advance(self.done + 1, interrupted, keep)
            if self._by_steps:  # the last of an epoch is recorded there by the loop, too
                self.records[place, 1:] = self.memory.results
                self._counters[t.RECORDED] = place + 1
            if not went:
                return False
            self._pace = pace  # one step says nothing of it
        return True

    def _call(self, program: Any, code: Any, sections: Any, steps: int) -> None:
        """As `Run._call`; where a turn leaves out the rest, with those that it takes."""
        if self.drawn is not None and self.order is None:
            epoch, done = divmod(self.done, self.per_epoch)
            steps = min(steps, self.per_epoch - done)
            if self.drawn.is_new(epoch):
                rows = self.drawn.of(epoch)[:len(self.X)]
                for there, whole in zip((self.X, self.y), self._whole):
                    np.take(whole, rows, axis=0, out=there)
                for renew in self._targets.converted:
                    renew()
                self.samples.forget()
        super()._call(program, code, sections, steps)

    def rights(self, begin: int) -> np.ndarray:
        """How many predictions were right, of records from there on."""
        found: np.ndarray = self.records[begin:self.recorded, 1 + t.RIGHT_SUM].astype(np.int64)
        return found

    def go_on(self, until: int, interrupted: Any) -> None:
        """Train until so many turns are done, or `interrupted()`: whole turns in any case."""
        if self.between is not None:
            while self.turn < until and self._go_on_by_one(interrupted, self.between):
                pass
            return
        if not self.advance(until * self.each, interrupted):
            self._kept = None  # the next turn runs as it is, and sets all of that
            self.advance(-(-self.done // self.each) * self.each, _never)

    def _go_on_by_one(self, interrupted: Any, between: Callable[[int], None]) -> bool:
        """One turn, and what is done behind it; whether it was not interrupted."""
        turn = self.turn
        went = self.advance((turn + 1) * self.each, interrupted)
        if not went:
            self._kept = None
            self.advance(-(-self.done // self.each) * self.each, _never)
        if self.turn > turn:
            between(turn)
        return went

    def quotients(self, turns: int) -> list[Any] | None:
        """The rates of the first turns since it has taken over; None where the kernels have them.
        """
        optimizer = self.parts.optimizer
        return [optimizer.learning_rate / (1.0 + optimizer.decay * (self._count + n))
                for n in range(turns)] if self._divides else None

    def leave(self) -> None:
        """As `Run.leave`; what does not count has not."""
        super().leave()
        if not self._ticks:
            self.parts.optimizer.iterations = self._count

    def _leave_sums(self, loss: Any, accuracy: Any) -> None:
        if self._scores:  # those of an accuracy of ours are nobody's
            self._leave_scores(accuracy)
        if not self._counts:
            return
        T, results = self._loss_type(), self.memory.results
        if self.per_epoch > 1:  # it went on from the sums so far
            loss.accumulated_sum = T(results[t.LOSS_SUM])
            loss.accumulated_count = int(results[t.LOSS_COUNT])
            return
        total, count = self._begun
        records = self.records[:self.recorded]
        with np.errstate(all="ignore"):
            for one in records[:, 1 + t.LOSS_SUM].astype(T):
                total = total + one
        loss.accumulated_sum = total
        loss.accumulated_count = count + int(np.sum(records[:, 1 + t.LOSS_COUNT]))


    def _leave_scores(self, accuracy: Any) -> None:
        results, columns = self.memory.results, [t.RIGHT_SUM, t.RIGHT_COUNT]
        found = results[columns] if self.per_epoch > 1 else np.array(self._right) + np.sum(
            self.records[:self.recorded, 1:][:, columns], axis=0)
        accuracy.accumulated_sum, accuracy.accumulated_count = np.int64(found[0]), int(found[1])


def _never() -> bool:
    return False


def _is_like(there: Any, state: np.ndarray, may_be_missing: bool) -> bool:
    """Whether this can be copied to the state; at first there may be none."""
    if there is None:
        return may_be_missing
    return type(there) is np.ndarray and (there.dtype, there.shape) == (state.dtype, state.shape)
