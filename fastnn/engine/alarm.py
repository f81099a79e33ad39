"""One warning a run where the loss is no number any more."""

import sys
import warnings
from types import FrameType

import numpy as np


def warn_of_loss(who, epochs, losses, every, X, y, begin, per_epoch):
    """A RuntimeWarning that names the first of these epochs whose loss is NaN or infinite.

    every: how far they lie apart. begin: the number of the run's first epoch; where that is one
    step its loss was taken before any update.
    """
    wrong = np.flatnonzero(~np.isfinite(losses))
    if wrong.size:
        first = wrong[0]
        at_begin = epochs[first] == begin
        found = "at" if at_begin or every == 1 else "by"
        reason = (_bad(X, "X") or _bad(y, "y")
                  or (at_begin and per_epoch == 1 and
                      "It was so before the first update: look at the weights and the size of X")
                  or "A smaller learning rate often helps")
        warnings.warn(f"{who}: the loss is {losses[first]} {found} epoch {epochs[first]}. {reason}",
                      RuntimeWarning, stacklevel=outside())


def _bad(data, name):
    """Where the data is no number, as a sentence; None where it is."""
    data = np.asarray(data)
    for n, row in enumerate(data if data.dtype.kind == "f" else ()):  # a memory map may be large
        if not np.isfinite(row).all():
            at = n, *np.argwhere(~np.isfinite(row))[0].tolist()
            return f"{name} holds {data[at]} at {list(at)}"
    return None


def outside():
    """The stacklevel, for `warn_of_loss`, of the first caller that is not in this package."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "fastnn":
        level, frame = level + 1, frame.f_back
    return level
