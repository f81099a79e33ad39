"""A run that begins step by step, and goes on compiled from the epoch on at which its kernels are
there (`compile/background.py`). Both have the same digits.
"""

from typing import Any

import numpy as np

from fastnn.compile.undivided import Uninterrupted
from fastnn.engine.program import Pending, Unfit
from fastnn.engine.runs import Run
from fastnn.engine.stepwise import StepwiseRun
from fastnn.support import watching


class ChangingRun(StepwiseRun):
    """A StepwiseRun that becomes a Run between two epochs. pending: what it waits for."""

    def __init__(self, pending, parts, X, y, *, done=0, **options):
        super().__init__(parts, X, y, done=done, **options)
        self._pending: Any = pending.alone()
        self._run: Any = None
        self._first = 0  # steps before those of the run

    @property
    def recorded(self):
        """Records that were written."""
        return len(self._rows) + (self._run.recorded if self._run else 0)

    def rows(self, begin):
        """As `Run.rows`."""
        before, found = len(self._rows), super().rows(begin)
        if self._run is None:
            return found
        return np.concatenate([found, self._run.rows(max(0, begin - before))])

    def advance(self, until, interrupted, keep=False):
        """Train until `until` steps are done; False where `interrupted()` stopped that."""
        while self._run is None and self.done < until:
            if self.done % self.per_epoch == 0 and self._pending is not None \
                    and self._pending.is_over():
                self._change()
            elif not self._advance_by_one(interrupted):
                return False
        if self._run is None or self.done == until:
            return True
        try:
            return self._run.advance(until, interrupted, keep)
        finally:
            self.done = self._run.done

    def _advance_by_one(self, interrupted):
        with Uninterrupted():  # a compiled step is not cut in two either
            return super().advance(self.done + 1, interrupted)

    def _change(self):
        self._pending, self._first = None, self.done
        try:
            self._run = Run(self.parts, self.X, self.y, epochs=self.epochs,
                            batch_size=self.batch_size, log_every=self.log_every,
                            first=self.done // self.per_epoch, order=self.order)
        except Pending as reason:
            self._pending = reason.alone()
            return
        except Unfit as reason:  # not as it was: another precision, a layer changed
            watching.stepwise(str(reason), self.parts.things)
            return
        self._run.start()

    def references(self):
        """How often the optimizer's state is referred to."""
        return self._run.references() if self._run else super().references()

    def refresh(self, references=None):
        """Take notice of what was done to objects and data. Unfit where it forbids."""
        if self._run:
            self._run.refresh(references)
        else:
            super().refresh(references)

    def rewind(self):
        """Begin anew."""
        super().rewind()
        if self._run:
            self._run.rewind()

    def leave(self):
        """Give the objects what the loop would have left them."""
        if self._run and self._run.done > self._first:
            self._run.leave()
