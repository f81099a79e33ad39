"""Learning rates that follow a plan."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING

from fastnn.callbacks.callback import Callback
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastnn.callbacks.callback import Training
    from fastnn.engine.history import Row

    Rate = Callable[[int], float]


class LearningRateSchedule(Callback):
    """Give the optimizer a learning rate for each epoch.

        optimizer.learning_rate = rate(epoch)

    Parameters
    ----------
    rate : function of an epoch's number, counted from 0
        Or one of `cosine`, `step`, `exponential`, and `warm_up` around another.

    It is set before the first epoch and after each recorded one, for the next. So with
    `log_every=n` it changes every n epochs. An optimizer's own decay goes on beside it.

    Source: this library, after Keras.  Differs: not in the book.
    """

    @hinting
    def __init__(self, rate: Rate) -> None:
        self.rate = _function(rate, "LearningRateSchedule")
        self._optimizer = None

    def check(self, training: Training) -> None:
        """Refuse an optimizer without a rate."""
        if not hasattr(training.optimizer, "learning_rate"):
            raise TypeError(f"LearningRateSchedule: {type(training.optimizer).__name__} has no "
                            "learning_rate")

    def begin(self, training: Training) -> None:
        """Set the rate of the first epoch, or of the one that a resumed training goes on with."""
        self._optimizer = training.optimizer
        history = training.history
        self._set(history[-1].epoch + 1 if len(history) else 0)

    def __call__(self, row: Row) -> None:
        """Set the rate of the next epoch."""
        self._set(row.epoch + 1)

    def _set(self, epoch: int) -> None:
        found = self.rate(epoch)
        checks.number(found, "LearningRateSchedule", f"the rate of epoch {epoch}", 0)
        optimizer: object = self._optimizer
        optimizer.learning_rate = float(found)  # type: ignore[attr-defined]
        if not getattr(optimizer, "decay", 0):  # else pre_update_params sets it, of the other
            optimizer.current_learning_rate = float(found)  # type: ignore[attr-defined]


def _function(rate: Rate, who: str) -> Rate:
    """Refuse what cannot be called with an epoch alone, as far as it says (builtins may not)."""
    wanted = f"{who}: rate must be a function of the epoch, as cosine(0.1, 1000) makes one, got"
    if not callable(rate):
        raise TypeError(f"{wanted} {checks.shown(rate)}")
    try:
        signature = inspect.signature(rate)
    except ValueError:
        return rate
    needed = [one.name for one in signature.parameters.values() if one.default is one.empty
              and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    try:
        signature.bind(0)
    except TypeError:
        name = getattr(rate, "__name__", type(rate).__name__)
        raise TypeError(f"{wanted} {name} of {', '.join(needed) or 'nothing'}") from None
    return rate


def cosine(initial: float, epochs: int, final: float = 0.0) -> Rate:
    """From `initial` down to `final` along half a cosine wave, in so many epochs.

        final + (initial - final) * (1 + cos(pi * min(1, epoch / epochs))) / 2

    Source: Loshchilov and Hutter, SGDR, 2017.
    """
    checks.number(initial, "cosine", "initial", 0)
    checks.whole(epochs, "cosine", "epochs")
    checks.number(final, "cosine", "final", 0)
    return lambda epoch: final + (initial - final) * (
        1 + math.cos(math.pi * min(1.0, epoch / epochs))) / 2


def step(initial: float, every: int, factor: float = 0.1) -> Rate:
    """initial * factor ** (epoch // every)"""
    checks.number(initial, "step", "initial", 0)
    checks.whole(every, "step", "every")
    checks.number(factor, "step", "factor", 0)
    return lambda epoch: float(initial * factor ** (epoch // every))


def exponential(initial: float, factor: float) -> Rate:
    """initial * factor ** epoch"""
    checks.number(initial, "exponential", "initial", 0)
    checks.number(factor, "exponential", "factor", 0)
    return lambda epoch: float(initial * factor ** epoch)


def warm_up(rate: Rate, epochs: int) -> Rate:
    """The first epochs at 1 / epochs, 2 / epochs ... of what `rate` gives after them.

        rate(epoch - epochs), and before: rate(0) * (epoch + 1) / epochs
    """
    _function(rate, "warm_up")
    checks.whole(epochs, "warm_up", "epochs")
    return lambda epoch: (rate(0) * (epoch + 1) / epochs if epoch < epochs
                          else rate(epoch - epochs))
