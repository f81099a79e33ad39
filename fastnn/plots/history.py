"""Loss and accuracy by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.plots.drawing import axes_for

if TYPE_CHECKING:
    from typing import Any


def curves(history: Any, *, axes: Any = None) -> list[Any]:
    """Draw the loss by epoch, and the accuracy where one was taken; those of the validation too.

    history : a History
    axes : matplotlib's axes to draw into, one for each of the two; None makes a figure

    Returns the axes. Raises ImportError without matplotlib, ValueError for an empty History.

    Source: this library.  Differs: not in the book.
    """
    if not hasattr(history, "validation_loss"):
        raise TypeError("plots.curves: expected a History, as fit gives one, got "
                        f"{type(history).__name__}")
    if not len(history):
        raise ValueError("plots.curves: no epoch was recorded")
    wanted = [name for name in ("loss", "accuracy") if not np.isnan(getattr(history, name)).all()]
    found = axes_for(axes, len(wanted) or 1, "plots.curves")
    for one, name in zip(found, wanted or ["loss"], strict=True):
        for label, values in ((name, getattr(history, name)),
                              (f"validation {name}", getattr(history, f"validation_{name}"))):
            if not np.isnan(values).all():
                one.plot(history.epoch, values, label=label, linewidth=1.5,
                         marker="o" if len(values) == 1 else None)
        one.set_xlabel("epoch")
        one.set_ylabel(name)
        one.grid(alpha=0.3)
        if len(one.get_lines()) > 1:
            one.legend()
    return found
