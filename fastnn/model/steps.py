"""A Model's training where the objects do the work, step by step."""

import math
from threading import get_ident

from fastnn.engine.program import Pending
from fastnn.engine.untouched import Untouched, refusal
from fastnn.model.scores import Rows, right_of, with_scores
from fastnn.support.handlers import dropped


class Stopped(BaseException):
    """Between two steps somebody wanted to stop, or the rest goes on compiled."""


class Steps:
    """A training through the objects' methods.

    It stops between two steps, puts all back where the first one fails, and remembers the first
    loss that is no number.

    pending: why it is not compiled yet, or None; make(first=...) gives a compiled training that
    goes on after so many epochs: `compiled`, where it did.
    """

    def __init__(self, model, interrupted, per_epoch, pending=None, make=None):
        combined = model.softmax_classifier_output
        self._things = [*model.layers, model.loss, model.optimizer, model.accuracy]
        inner = (getattr(combined, name, None) for name in ("activation", "loss"))
        self._before: Untouched | None = Untouched(
            [model, model.input_layer, combined, *inner, *self._things])
        self._interrupted, self._per_epoch, self._done = interrupted, per_epoch, 0
        self.thread = get_ident()
        self.epochs, self.losses = [], []  # of that loss
        self._pending, self._make, self.compiled = pending, make, None
        # where a compiled one leaves the sums of the last epoch, so does this
        self._model, self._rows, self._scores = model, Rows(per_epoch), {}
        self._sums = (model.loss, model.accuracy) if pending and model.lines == "epochs" else ()

    def wanted(self):
        """Whether it is to stop. Another thread that predicts is not."""
        return self._interrupted() and get_ident() == self.thread

    def ask(self):
        """Stopped, if that is wanted."""
        if self.wanted():
            raise Stopped

    def step(self, step, *batch):
        """What this step gives back."""
        if self._pending is not None and self._done % self._per_epoch == 0:
            self._go_on_compiled()
        if self._done % self._per_epoch == 0:
            for thing in self._sums:
                thing.new_pass()
        model, right = self._model, right_of(self._model)
        rate = getattr(model.optimizer, "current_learning_rate", None)
        done = step(*batch)
        self._before = None
        if not self.losses:
            with dropped(TypeError, ValueError, IndexError):
                loss = float(sum(done[0]))
                if not math.isfinite(loss):
                    self.losses.append(loss)
                    self.epochs.append(1 + self._done // self._per_epoch)
        with dropped(TypeError, ValueError):  # what a method of somebody's own gives
            self._rows.step(model, self._done, done, right_of(model) - right, rate, len(batch[1]))
        self._done += 1
        return done

    def validated(self, scores):
        """Take what the validation behind an epoch gave."""
        if get_ident() == self.thread and self._done:
            self._scores[(self._done - 1) // self._per_epoch] = scores

    def tell(self, history, every, epochs):
        """Add the rows of the epochs so far to a History."""
        history._extend(with_scores(self._rows.table(every, epochs - 1), self._scores))

    def _go_on_compiled(self):
        if self._done and self._pending.is_over():
            found = self._make(first=self._done // self._per_epoch)
            self._pending = found if isinstance(found, Pending) else None
            if found is not None and self._pending is None:
                self.compiled = found
                raise Stopped

    def run(self, train, *arguments, **options):
        """Train; where the first step fails all is as before."""
        try:
            train(*arguments, **options)
        except BaseException as error:
            if self._before is not None:
                self._before.put_back()
                refused = refusal(error, self._things, "Model.train")
                if refused is not error:
                    raise refused from error
            if not isinstance(error, Stopped):
                raise
