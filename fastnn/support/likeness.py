"""How alike two names are, and which of two arguments are predictions by what they are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

PAIRS = (("y_pred", "y_true"), ("y_true", "y_pred"))
_TARGETS = "y_true", "targets"
_PREDICTIONS = "y_pred", "predictions", "outputs", "dvalues", "probabilities"
# Short names. y is the targets beside what a network gives; beside t or y_true it is that itself.
_LEANS = {"t": 0.6, "y": 0.25, **dict.fromkeys("pahozx", -0.25)}
_ESTIMATE = r"([a-z]_hat|yhat)(_\w+)?"  # a letter with a hat, as in statistics


def alike(first: str, second: str) -> float:
    """How alike two names are, from 0 to 1: pairs of letters that they share."""
    one, two = ({name[i:i + 2] for i in range(len(name) - 1)}
                for name in (first.lower().replace("_", ""), second.lower().replace("_", "")))
    return 2 * len(one & two) / max(len(one) + len(two), 1)


def order_by_names(words: Sequence[str]) -> tuple[str, str] | None:
    """Which of two arguments are predictions and targets, as their names say; None: they do not."""
    if len(words) != 2:
        return None
    one, two = (_LEANS.get(word.lower(), 0.0)
                + max(alike(word, known) for known in _TARGETS)
                - max(bool(re.fullmatch(_ESTIMATE, word.lower())),
                      *(alike(word, known) for known in _PREDICTIONS)) for word in words)
    return PAIRS[one > two] if abs(one - two) > 0.3 else None
