"""Whether a RuntimeWarning would be raised: compiled code, which warns of nothing, may not stand
in the place of what would then end with an exception.
"""

from __future__ import annotations

import warnings
from typing import Any

_quiet: tuple[Any, int, Any] = (None, 0, None)  # filters that were found to raise none


def state() -> tuple[Any, int, Any]:
    """What tells whether the filters are what they were: whoever adds one changes this."""
    filters = warnings.filters
    return filters, len(filters), filters[0] if filters else None


def is_raised() -> bool:
    """Whether one would be, by the filters as they are now."""
    global _quiet
    filters, count, first = now = state()
    if filters is _quiet[0] and count == _quiet[1] and first is _quiet[2]:
        return False
    for action, message, category, module, line in filters:
        if not issubclass(RuntimeWarning, category):
            continue
        if action == "error":
            return True
        if message is None and module is None and line == 0:  # it is for all of them
            break
    _quiet = now
    return False
