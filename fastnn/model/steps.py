"""A Model's training where the objects do the work, step by step."""

import math
from threading import get_ident

from fastnn.engine.untouched import Untouched, refusal
from fastnn.support.handlers import dropped


class Stopped(BaseException):
    """Between two steps somebody wanted to stop."""


class Steps:
    """A training through the objects' methods.

    It stops between two steps, puts all back where the first one fails, and remembers the first
    loss that is no number.
    """

    def __init__(self, model, interrupted, per_epoch):
        combined = model.softmax_classifier_output
        self._things = [*model.layers, model.loss, model.optimizer, model.accuracy]
        inner = (getattr(combined, name, None) for name in ("activation", "loss"))
        self._before: Untouched | None = Untouched(
            [model, model.input_layer, combined, *inner, *self._things])
        self._interrupted, self._per_epoch, self._done = interrupted, per_epoch, 0
        self.thread = get_ident()
        self.epochs, self.losses = [], []  # of that loss

    def wanted(self):
        """Whether it is to stop. Another thread that predicts is not."""
        return self._interrupted() and get_ident() == self.thread

    def ask(self):
        """Stopped, if that is wanted."""
        if self.wanted():
            raise Stopped

    def step(self, step, *batch):
        """What this step gives back."""
        done = step(*batch)
        self._before = None
        if not self.losses:
            with dropped(TypeError, ValueError, IndexError):
                loss = float(sum(done[0]))
                if not math.isfinite(loss):
                    self.losses.append(loss)
                    self.epochs.append(1 + self._done // self._per_epoch)
        self._done += 1
        return done

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
