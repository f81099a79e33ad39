"""Whether a RuntimeWarning would be raised: compiled code, which warns of nothing, may not stand
in the place of what would then end with an exception.
"""

from __future__ import annotations

import warnings
from typing import Any

_quiet: tuple[Any, Any] = (None, None)  # filters that were found to raise none


def state() -> tuple[Any, list[Any]]:
    """The filters, and what is in them: whoever adds one, or exchanges one, changes this. (To
    compare them takes 50 ns: each is the same object as a rule.)
    """
    filters: Any = warnings.filters
    return filters, list(filters)


def is_raised() -> bool:
    """Whether one would be, by the filters as they are now."""
    global _quiet
    filters: Any = warnings.filters
    if filters is _quiet[0] and filters == _quiet[1]:
        return False
    now = state()
    for action, message, category, module, line in filters:
        if not issubclass(RuntimeWarning, category):
            continue
        if action == "error":
            return True
        if message is None and module is None and line == 0:  # it is for all of them
            break
    _quiet = now
    return False
