"""To write a training down, so that it can go on after a crash."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from fastnn.callbacks.callback import Callback, Monitor
from fastnn.files import checkpoint
from fastnn.files.replacing import folder_of
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from fastnn.engine.called import Training
    from fastnn.engine.history import History, Row
    from fastnn.support.annotations import FilePath


class Checkpoint(Callback):
    """Write the training to a file, from which `fit(..., resume=path)` goes on, bit for bit.

    Parameters
    ----------
    path : where to
        Each save takes the place of the one before. "{epoch}" in it stands for the epoch:
        "run-{epoch:05d}.fastnn" keeps them all.
    every : int
        Save after so many recorded epochs: with `log_every=100` and `every=2` each 200 epochs.
    monitor : a column of the History ("validation_loss", ...), or None
        Save only where this value is better than at each save before.
    mode, min_delta : as of EarlyStopping

    In the file are layers, loss, optimizer and accuracy with all their state, the History and the
    state of NumPy's random numbers. It appears whole or not at all, whenever the process is killed.
    Layers and losses of your own may be among them where they hold no arrays; what else is yours
    is refused, because its state is not known.

    Source: this library, after Keras.  Differs: not in the book.
    """

    @hinting
    def __init__(self, path: FilePath, *, every: int = 1, monitor: str | None = None,
                 mode: str = "auto", min_delta: float = 0.0) -> None:
        self.path = checks.path(path, "Checkpoint")
        try:
            self.path.format(epoch=0)
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError('Checkpoint: path may have "{epoch}" in it and no other braces, got '
                             f"{self.path!r} ({error})") from None
        self.every = checks.whole(every, "Checkpoint", "every")
        self._monitor = None if monitor is None else Monitor("Checkpoint", monitor, mode, min_delta)
        self._training: Training | None = None

    def check(self, training: Training) -> None:
        """Refuse a training that does not take the value, or that could not go on as it was."""
        if self._monitor is not None:
            self._monitor.check(training)
        checkpoint.check(training.layers, _roles(training))
        folder_of(self.path.format(epoch=0))

    def begin(self, training: Training) -> None:
        """Forget the training before; of one that is resumed look at the rows so far."""
        self._training, self._best = training, np.nan
        for row in training.history[self.every - 1::self.every]:
            self._is_better(row)

    def __call__(self, row: Row) -> None:
        """Save, if it is time to."""
        if self._training is None:
            raise RuntimeError("Checkpoint: fit has not called begin; pass the object as callback")
        if len(self._training.history) % self.every:
            return
        if not self._is_better(row):
            return
        training = self._training
        checkpoint.save(self.path.format(epoch=row.epoch), training.layers, _roles(training),
                        training.history.table(), training.batches)

    def _is_better(self, row: Row) -> bool:
        """Whether it is to be saved: it is better than all before, or that does not matter."""
        if self._monitor is None:
            return True
        value = self._monitor.of(row)
        if not self._monitor.is_better(value, self._best):
            return False
        self._best = value
        return True

    def end(self, history: History) -> None:
        """Let go of the training; say so where there was never a turn to save it."""
        asked, self._training = self._training is not None, None
        if asked and self._monitor is None and 0 < len(history) < self.every:
            warnings.warn(f"Checkpoint: nothing was saved: every={self.every} counts recorded "
                          f"epochs, and {len(history)} were recorded; log_every of fit says how "
                          "often one is", RuntimeWarning, stacklevel=2)


def _roles(training: Training) -> dict[str, object]:
    """Loss, optimizer and accuracy by these names."""
    return {"loss": training.loss, "optimizer": training.optimizer, "accuracy": training.accuracy}
