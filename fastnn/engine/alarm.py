"""One warning a run where the loss is no number any more."""

import sys
import warnings

import numpy as np


def warn_of_loss(who, epochs, losses):
    """A RuntimeWarning that names the first of these epochs whose loss is NaN or infinite."""
    wrong = np.flatnonzero(~np.isfinite(losses))
    if wrong.size:
        warnings.warn(f"{who}: the loss is {losses[wrong[0]]} at epoch {epochs[wrong[0]]}. A "
                      "smaller learning rate often helps", RuntimeWarning, stacklevel=_outside())


def _outside():
    """The stacklevel, for `warn_of_loss`, of the first caller that is not in this package."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "fastnn":
        level, frame = level + 1, frame.f_back
    return level
