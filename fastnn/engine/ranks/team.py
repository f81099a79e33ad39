"""What `fit` does otherwise where several ranks train together."""

from typing import Any

import numpy as np

from fastnn.accuracy import Accuracy_Regression
from fastnn.engine.program import Unfit
from fastnn.engine.ranks import state
from fastnn.engine.ranks.called import RankedCalled, RankedInterrupts
from fastnn.engine.ranks.geometry import Geometry
from fastnn.engine.ranks.run import RankedRun, refused
from fastnn.engine.ranks.validation import RankedValidation, bounds_of
from fastnn.layers import Layer_Dropout
from fastnn.support import checks, numerics, watching


class Team:
    """The ranks of one training. ValueError, on all of them, where they do not fit together."""

    def __init__(self, ranks, parts, parted, X, y, validation_data, options):
        self.ranks, self._parts = ranks, parts
        self._parted = None if parted is None else checks.whole(parted, "fit", "parts")
        self.interrupts = RankedInterrupts(ranks)
        data = {"X": (X, y)} if validation_data is None else {
            "X": (X, y), "validation_data": validation_data}
        if options["shuffle"] and parted is not None:
            raise ValueError("fit: with parts samples are not shuffled, because each rank shuffles "
                             "its own: digits would depend on the number of ranks")
        self._check_precision(validation_data)
        words: dict[str, Any] = options | {
            "parts": self._parted, "whether there is validation_data": validation_data is not None,
            "precision": (numerics.is_fast(), numerics.follows_book()),
            **{f"{name}'s columns and types": _shape(*pair) for name, pair in data.items()}}
        ranks.alike(state.differing(state.described(parts)) | words)
        self._check_draws()
        samples = list(zip(*ranks.exchange([len(one) for one, _ in data.values()])))
        self._geometry = Geometry(ranks.rank, ranks.size, samples[0], options["batch_size"],
                                  self._parted)
        if self._geometry.fault:
            raise ValueError(f"fit: {self._geometry.fault}")
        self._bounds = bounds_of(ranks, samples[-1], self._parted) if len(samples) > 1 else None

    def _check_precision(self, validation_data):
        accuracy = self._parts.accuracy
        if self._parted and isinstance(accuracy, Accuracy_Regression) and (
                accuracy.precision is None):
            raise ValueError("fit: with parts Accuracy_Regression must have its precision before, "
                             "call accuracy.init(y) with the targets of all ranks")

    def _check_draws(self):
        """Masks of dropout would be the same on all ranks."""
        if not any(isinstance(layer, Layer_Dropout) for layer in self._parts.layers):
            return
        states = self.ranks.exchange(state.digest_of_stream())
        if len(set(states)) < len(states):
            raise ValueError("fit: Layer_Dropout draws from np.random, which is in the same state "
                             "on several ranks: np.random.seed(seed + rank) before fit")

    def called(self, called):
        """The callbacks, which are rank 0's."""
        return RankedCalled(called, self.ranks, self._parts.inner_things, self.interrupts)

    def share(self, history):
        """Give all ranks the objects and the rows of rank 0."""
        rows = self.ranks.exchange(history.table() if self.ranks.first else None)[0]
        state.give(self.ranks, self._parts)
        if not self.ranks.first:
            history._extend(rows)

    def precise(self, accuracy, y):
        """Give the accuracy the precision of all ranks' targets."""
        y = np.asarray(y, np.float64)
        found = self.ranks.exchange((y.size, float(y.sum())))
        count, mean = sum(n for n, _ in found), sum(s for _, s in found) / sum(n for n, _ in found)
        spread = sum(self.ranks.exchange(float(((y - mean) ** 2).sum())))
        accuracy.precision = type(accuracy.precision)(np.sqrt(spread / count) / 250)

    def run(self, parts, X, y, *, batch_size=None, epochs, log_every, first, order):
        """A run of this rank; ValueError where it cannot be compiled.

        Rank 0 is the first to make one: what it has to compile the others find on disk.
        """
        if not self.ranks.first:
            self.ranks.exchange()
        run = _made(RankedRun, self.ranks, self._geometry, parts, X, y, parted=self._parted,
                    epochs=epochs, log_every=log_every, first=first, order=order)
        if self.ranks.first:
            self.ranks.exchange()
        return run

    def validation(self, parts, X, y, batch_size):
        """The same of a validation."""
        return _made(RankedValidation, self.ranks, parts, X, y, self._bounds, batch_size)

    def finish(self):
        """All steps are done: make sure that all ranks have the same."""
        state.equalize(self.ranks, self._parts)
        self.ranks.stopped = any(self.ranks.exchange(self.ranks.asked() or self.ranks.stopped))


def _made(kind, ranks, *arguments, **options):
    try:
        return kind(ranks, *arguments, **options)
    except Unfit as reason:
        watching.stepwise(str(reason), [])
        raise refused(reason) from None


def _shape(X, y):
    return X.shape[1:], str(X.dtype), y.shape[1:], str(y.dtype)
