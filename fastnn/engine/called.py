"""The callbacks of a training, several of them as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.support import checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.engine.history import History, Row


class Training(NamedTuple):
    """What a training is made of, as `fit` was given it.

    epochs: of the whole training, those before a resumed one included. has_validation: whether rows
    have values of a validation. history: what was recorded so far, also while it goes on. batches:
    samples, batch_size and the seed of their order, or None.
    """

    layers: list[Any]
    loss: Any
    optimizer: Any
    accuracy: Any
    epochs: int
    has_validation: bool
    history: History
    batches: dict[str, int | None]


class Called:
    """What `fit` was given as callback: a function of a Row, or a list of such.

    Those that have methods `check`, `begin` and `end` are told more, see `callbacks/callback.py`.
    stopped: told which of them stops the training, at which epoch, and why where it says so.
    """

    def __init__(self, given: Any, who: str, stopped: Callable[[str], None]) -> None:
        self._stopped = stopped
        self.theirs: Callable[[Any], Any] | None = None  # of adopted classes, see `lent.py`
        self._all = list(given) if isinstance(given, list | tuple) else [given]
        if given is None:
            self._all = []
        for one in self._all:
            if not callable(one) or isinstance(one, type):
                got = (f"the class {one.__name__}: write {one.__name__}()"
                       if isinstance(one, type) else checks.shown(one))
                raise TypeError(f"{who}: callback must be a function of a Row, or a list of such, "
                                f"got {got}")
        self._begun: list[Any] = []

    def __len__(self) -> int:
        return len(self._all)

    def check(self, training: Training) -> None:
        """Have those that have a method `check` refuse a training, before anything changes."""
        for one in self._all:
            check = getattr(one, "check", None)
            if callable(check):
                check(self._known_to(one, training))

    def begin(self, training: Training) -> None:
        """Tell those that want to know."""
        for one in self._all:
            begin = getattr(one, "begin", None)
            if callable(begin):
                self._begun.append(one)
                begin(self._known_to(one, training))

    def _known_to(self, one: Any, training: Training) -> Training:
        """A training as a callback knows it: ours are written for objects of ours, and so are
        those derived from them; all others have what `fit` was given.
        """
        theirs = self.theirs
        if theirs is None or any(base.__module__.partition(".")[0] == __name__.partition(".")[0]
                                 and base.__name__ != "Callback" for base in type(one).__mro__):
            return training
        return training._replace(
            layers=[theirs(layer) for layer in training.layers], loss=theirs(training.loss),
            optimizer=theirs(training.optimizer), accuracy=theirs(training.accuracy))

    def __call__(self, row: Row) -> bool:
        """Whether one of them said to stop; all are called."""
        said = [one(row) for one in self._all]
        stops = [one for one, stop in zip(self._all, said)
                 if isinstance(stop, bool | np.bool_) and bool(stop)]
        if stops:
            names = [getattr(one, "__name__", type(one).__name__) for one in stops]
            why = "; ".join(filter(None, (str(getattr(one, "reason", "")) for one in stops)))
            self._stopped(f"{' and '.join(names)} stopped at epoch {row.epoch}"
                          + (f": {why}" if why else ""))
        return bool(stops)

    def end(self, history: History) -> None:
        """Tell those that were told of the beginning, whatever one of them raises."""
        try:
            while self._begun:
                one = self._begun.pop(0)
                if callable(getattr(one, "end", None)):
                    one.end(history)
        finally:
            if self._begun:
                self.end(history)
