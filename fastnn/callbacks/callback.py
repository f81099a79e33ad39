"""What a callback is, and what a value of a Row is asked for by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.engine.called import Training
from fastnn.engine.history import Row
from fastnn.support import checks
from fastnn.support.reprs import short

if TYPE_CHECKING:
    from typing import Any

    from fastnn.engine.history import History

VALUES = Row._fields[1:]


class Callback:
    """A callback that is told when the training begins and ends. To be derived from.

    `fit` calls `check`, which may refuse, while nothing is changed yet; `begin` before the first
    epoch; the object itself with the Row of each recorded epoch; and `end` after the last, also
    where an error or Ctrl-C ends it. The layers and the optimizer are then as the book's loop would
    have left them; what is changed on them counts. The training stops where a call returns True.

    Source: this library.  Differs: not in the book.
    """

    reason = ""  # why it stopped the training, for the live line
    _given: tuple[tuple[Any, ...], dict[str, Any]] = (), {}

    def __new__(cls, *arguments: Any, **options: Any) -> Any:
        """Remember what it was made with, for its repr."""
        made = super().__new__(cls)
        made._given = arguments, options
        return made

    def __repr__(self) -> str:
        arguments, options = self._given
        words = [short(one) for one in arguments]
        words += [f"{name}={short(one)}" for name, one in options.items()]
        return f"{type(self).__name__}({', '.join(words)})"

    def check(self, training: Training) -> None:
        """Raise where this training is none for it; nothing is to be changed here."""

    def begin(self, training: Training) -> None:
        """Before the first epoch."""

    def __call__(self, row: Row) -> bool | None:
        """After a recorded epoch; True stops the training."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, row)")

    def end(self, history: History) -> None:
        """After the last epoch."""


class Monitor:
    """A value of the rows, and which of two is the better one.

    mode: "min", "max", or "auto": "max" for accuracies, else "min".
    """

    def __init__(self, who: str, name: str, mode: str, min_delta: float = 0.0) -> None:
        if name not in VALUES:
            raise ValueError(f"{who}: monitor must be one of {', '.join(VALUES)}, got "
                             f"{checks.shown(name)}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'{who}: mode must be "auto", "min" or "max", got '
                             f"{checks.shown(mode)}")
        checks.number(min_delta, who, "min_delta", 0)
        self._who, self._name, self._delta = who, name, min_delta
        self._grows = mode == "max" or mode == "auto" and "accuracy" in name

    def check(self, training: Training) -> None:
        """Refuse a training that never takes this value."""
        if self._name.startswith("validation") and not training.has_validation:
            raise ValueError(f"{self._who}: {self._name} is taken where fit is given "
                             "validation_data; pass that, or monitor='loss'")
        if self._name.endswith("accuracy") and training.accuracy is None:
            raise ValueError(f"{self._who}: no {self._name} is taken; pass accuracy= to fit, or "
                             "monitor='loss'")

    def of(self, row: Row) -> float:
        """The value in this row."""
        return float(getattr(row, self._name))

    def is_better(self, value: float, best: float) -> bool:
        """Whether a value is better than another by more than min_delta; NaN never is."""
        if np.isnan(value):
            return False
        if np.isnan(best):
            return True
        return value - self._delta > best if self._grows else value + self._delta < best
