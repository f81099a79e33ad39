"""The lists of a program that get a value in each turn: those of the turns that were skipped."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import numpy as np

from fastnn.accuracy import Accuracy_Categorical
from fastnn.engine.lent import Lent
from fastnn.engine.parts import Parts
from fastnn.running.loops.aside import adds_up, is_result
from fastnn.running.loops.batches import Batches
from fastnn.running.loops.counting import Counting
from fastnn.running.loops.events import Append
from fastnn.running.loops.looprun import LoopRun
from fastnn.running.loops.steps import Step, same
from fastnn.running.loops.symbols import Counted, Known, Rows, Unread
from fastnn.running.loops.validating import Validation
from fastnn.running.loops.values import (
    Float,
    HowMany,
    Loss,
    Rate,
    Right,
    Together,
    Validated,
    layers_of,
    singly,
)


class Keeping:
    """What a loop keeps of each turn, or asks for, and the parts of a run that records it."""

    def __init__(self, appends: list[Append], asked: list[Any], step: Step, batches: Batches,
                 counting: Counting, each: int = 1, validation: Validation | None = None) -> None:
        self._validation = validation
        self._appends, self._asked = appends, asked
        wanted = [*(append.value for append in appends), *asked]
        values = [one for value in wanted for one in singly(value)]
        recorded = [value for value in values if not isinstance(value, Counted | Known | Validated)]
        self.by_steps = bool(recorded) and batches.size is not None
        if self.by_steps and not step.forgets and any(
                adds_up(event.thing) for event in step.losses):
            raise Unread("values of each batch are kept or asked for, of which fit records none "
                         "beside sums of the loss")
        if each > 1 and any(isinstance(value, Rate) for value in values):
            raise Unread("a learning rate of each turn is kept, of which fit records those of the "
                         "batches")
        self._penalized = layers_of(wanted)
        self._of_accuracy = [value.right if isinstance(value, HowMany) else value
                             for value in values if isinstance(value, Right | HowMany)]
        for value in self._of_accuracy:
            _check_accuracy(value, step, batches)
        for value in values:
            if isinstance(value, Loss) and not any(
                    value.event is one for one in step.losses) or isinstance(value, Rate) and (
                    value.optimizer is not step.optimizer.thing):
                raise Unread("a value is kept of another object, or of other samples, which fit "
                             "does not record")
        self._counted: dict[int, Callable[[int], Any]] = {
            id(value): counting.function(value.text) for value in values
            if isinstance(value, Counted)}

    def __bool__(self) -> bool:
        return bool(self._appends or self._asked)

    def parts(self, parts: Parts, lent: Lent, accuracy: Any) -> Parts:
        """These parts, with what is to be recorded. accuracy: that of the program, or None."""
        halves = {value.by_halves for value in self._of_accuracy}
        if True in halves and (accuracy is not None or len(halves) > 1):
            raise Unread("accuracies of two kinds are kept, of which fit records one")
        if accuracy is None and self._of_accuracy:
            accuracy = Accuracy_Categorical(binary=True in halves)
        return parts._replace(penalized=[lent.ours(layer) for layer in self._penalized],
                              accuracy=accuracy)

    def append(self, run: LoopRun, turns: range, rate: Any) -> None:
        """Append the values of these turns, which the run has just done.

        rate: the learning rate before them, the very object.
        """
        if not self._appends:
            return
        columns = [self.column(append.value, run, turns, rate) for append in self._appends]
        for row in zip(*columns, strict=True):
            for append, value in zip(self._appends, row):
                append.target.append(value)

    def batches(self, value: Any, run: LoopRun, turns: range, first: int) -> Iterator[Any]:
        """Such a value of each batch of these turns, turn by turn; of turns without batches that
        of the turn.
        """
        if run.each == 1 or all(isinstance(one, Validated) for one in singly(value)):
            return self.column(value, run, turns, first=first)
        found = iter(self.column(value, run, range(len(turns) * run.each), first=first * run.each))
        return zip(*[found] * run.each, strict=True)

    def column(self, value: Any, run: LoopRun, turns: range, rate: Any = None,
               first: int = 0) -> Iterator[Any]:
        """Such a value of each of these turns, which the run has done from its `first` on."""
        if isinstance(value, Float):
            return map(value.kind, self.column(value.of, run, turns, rate, first))
        if isinstance(value, Together):
            rows = zip(*(self.column(one, run, turns, rate, first) for one in value.items))
            keys = value.keys
            return rows if keys is None else (dict(zip(keys, row)) for row in rows)
        if isinstance(value, Known):
            return repeat(value.value, len(turns))
        if isinstance(value, Counted):
            return map(self._counted[id(value)], turns)
        if isinstance(value, Validated):
            assert self._validation is not None
            return iter(self._validation.column(value, range(
                run.first + first, run.first + first + len(turns))))
        rows = run.rows(first)[:len(turns)]
        if isinstance(value, HowMany):
            return iter(run.rights(first)[:len(turns)])
        if isinstance(value, Rate):
            return iter(_rates(value, run, rows[:, 5], rate))
        if isinstance(value, Right):
            return iter(rows[:, 4])
        losses = rows[:, 1] if value.layers is not None else rows[:, 2]
        return iter(losses.astype(run.type_of_loss(value.layers is not None)))


def _rates(value: Rate, run: LoopRun, before: np.ndarray, rate: Any) -> list[Any]:
    """The learning rate before each turn's update, or behind it: that before the next one's."""
    optimizer = run.parts.optimizer
    if not optimizer.decay:
        return [rate] * len(before)
    updated = run.quotients(len(before)) or [
        *before.tolist()[1:], optimizer.current_learning_rate]
    return updated if value.is_updated else [rate, *updated[:-1]]


def _check_accuracy(value: Right, step: Step, batches: Batches) -> None:
    are_these = same(value.targets, step.y) if isinstance(value.targets, Rows) else (
        value.targets is batches.y and batches.order is None)
    if not is_result(value.of, step.last, "output") or not are_these or batches.y.ndim != (
            2 if value.by_halves else 1):
        raise Unread("the accuracy that is kept is not that of the last outputs and the targets")
