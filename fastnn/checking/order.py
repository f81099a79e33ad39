"""Predictions and targets: which comes first."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastnn.checking import probing

if TYPE_CHECKING:
    from typing import Any

PAIRS = (("y_pred", "y_true"), ("y_true", "y_pred"))


def order_of(function: Any) -> tuple[str, str] | None:
    """Which of a function's first two arguments are predictions and targets, as their names say."""
    words = (list(inspect.signature(function).parameters) if inspect.isfunction(function)
             and "." not in function.__qualname__ else probing.arguments_of(function))[:2]
    if len(words) != 2:
        return None
    one, two = (max(probing.alike(word, known) for known in ("y_true", "targets"))
                - max(probing.alike(word, known) for known in ("y_pred", "predictions",
                                                               "outputs", "dvalues"))
                for word in words)
    return PAIRS[one > two] if abs(one - two) > 0.3 else None
