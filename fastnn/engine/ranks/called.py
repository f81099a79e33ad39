"""Callbacks and Ctrl-C of a training over several ranks: on one of them, for all.

Callbacks are rank 0's. What they change on the objects is made on the others, too, and where they
raise or stop the training, it ends everywhere.
"""

from contextlib import nullcontext

from fastnn.engine.interrupts import Interrupts
from fastnn.engine.ranks.state import Before, apply


class RankedCalled:
    """As `Called`, of which rank 0's is called and the others' are not."""

    def __init__(self, called, ranks, things, interrupts):
        self._called, self._ranks, self._things = called, ranks, things
        self._interrupts = interrupts
        self._many = ranks.exchange(len(called))[0]

    def __len__(self):
        return self._many

    def check(self, training):
        """As `Called.check`."""
        if self._ranks.first:
            self._called.check(training)

    def begin(self, training):
        """As `Called.begin`."""
        self._for_all(self._called.begin, training)

    def __call__(self, row):
        """As `Called`."""
        return self._for_all(self._called, row)

    def _for_all(self, function, argument):
        """What it gives back on rank 0; what it changes there is changed here."""
        if not self._ranks.first:
            stop, changes = self._ranks.exchange()[0]
            apply(changes, self._things)
            return stop
        before = Before(self._things)
        with self._interrupts.alone():
            stop = function(argument)
        return self._ranks.exchange((stop, before.changes()))[0][0]

    def end(self, history):
        """As `Called.end`. What it raises the others hear at the end of all."""
        if self._ranks.first:
            self._called.end(history)


class RankedInterrupts(Interrupts):
    """As `Interrupts`; Ctrl-C on one rank stops all, after a step that all have done."""

    def __init__(self, ranks):
        super().__init__()
        self._ranks = ranks
        ranks.asked = lambda: self._came > 0

    def __call__(self):
        """Whether all stop."""
        return self._ranks.stopped

    def suspended(self):
        """Nothing: on the other ranks Ctrl-C would raise where rank 0 does not know of it."""
        return nullcontext()

    def alone(self):
        """Let Ctrl-C act at once, for a callback of this rank."""
        return super().suspended() if self._before is not None else nullcontext()
