"""One warning a run where the loss is no number any more."""

import math
import sys
import warnings


def warn_of_loss(who, epochs, losses):
    """A RuntimeWarning that names the first of these epochs whose loss is NaN or infinite."""
    for epoch, loss in zip(epochs, losses):
        if not math.isfinite(loss):
            warnings.warn(f"{who}: the loss is {loss} at epoch {epoch}. A smaller learning rate "
                          "often helps", RuntimeWarning, stacklevel=_outside())
            return


def _outside():
    """The stacklevel, for `warn_of_loss`, of the first caller that is not in this package."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "fastnn":
        level, frame = level + 1, frame.f_back
    return level
