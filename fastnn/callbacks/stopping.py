"""To stop when it gets no better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.callbacks.callback import Callback, Monitor
from fastnn.callbacks.parameters import copied, known, put_back
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from fastnn.callbacks.callback import Training
    from fastnn.engine.history import History, Row
    from fastnn.support.annotations import Array


class EarlyStopping(Callback):
    """Stop the training once a value has got no better for some recorded epochs.

    Parameters
    ----------
    monitor : "validation_loss", "validation_accuracy", "loss", "data_loss", "accuracy", ...
        A column of the History.
    patience : int
        So many recorded epochs in a row without a better value end it. 0: the first one does.
    min_delta : float
        Only what is better by more than that counts.
    mode : "auto", "min" or "max"
        Which value is better; "auto": the greater accuracy, the smaller loss.
    restore_best_weights : bool
        At the end, however it comes, give the layers the parameters of the best epoch.

    Attributes: best, best_epoch (-1: none yet), stopped_epoch (-1: it did not stop). Losses and
    accuracies of the training are those before an epoch's update, so with monitor="loss" the
    weights of the best epoch are one update further than its loss. A resumed training goes on
    counting; best weights from before the break are gone, and then nothing is given back.

    Source: this library, after Keras.  Differs: not in the book; Keras counts every epoch, and
    gives back the best weights only where it stopped.
    """

    @hinting
    def __init__(self, monitor: str = "validation_loss", *, patience: int = 0,
                 min_delta: float = 0.0, mode: str = "auto",
                 restore_best_weights: bool = False) -> None:
        self._monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self.monitor = monitor
        self.patience = checks.whole(patience, "EarlyStopping", "patience", 0)
        self.restore_best_weights = bool(restore_best_weights)
        self._begin()

    def _begin(self) -> None:
        self.best, self.best_epoch, self.stopped_epoch = np.nan, -1, -1
        self._wait, self.reason = 0, ""
        self._weights: list[dict[str, Array]] | None = None
        self._training: Training | None = None

    def check(self, training: Training) -> None:
        """Refuse a training that does not take the value, or whose weights cannot be kept."""
        self._monitor.check(training)
        if self.restore_best_weights:
            known(training.layers, "EarlyStopping")

    def begin(self, training: Training) -> None:
        """Forget the training before; of one that is resumed look at the rows so far."""
        self._begin()
        for row in training.history:
            self._count(row)
        self._training = training

    def __call__(self, row: Row) -> bool:
        """Whether to stop now."""
        if self._count(row):
            if self.restore_best_weights and self._training is not None:
                self._weights = copied(self._training.layers)
            return False
        if self._wait >= self.patience:
            self.stopped_epoch = row.epoch
            self.reason = f"{self.monitor} got no better in {self._wait} recorded epochs" + (
                f", best {self.best:.4g} at epoch {self.best_epoch}" if self.best_epoch >= 0
                else "")
            return True
        return False

    def _count(self, row: Row) -> bool:
        """Whether this row is the best so far."""
        value = self._monitor.of(row)
        if self._monitor.is_better(value, self.best):
            self.best, self.best_epoch, self._wait = value, row.epoch, 0
            return True
        self._wait += 1
        return False

    def end(self, history: History) -> None:
        """Give the layers their best parameters."""
        if self._weights is not None and self._training is not None:
            put_back(self._training.layers, self._weights)
        self._weights = self._training = None
