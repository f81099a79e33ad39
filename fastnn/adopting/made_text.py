"""Text that we write, as names: of patterns and formulas that are made of what a class computes.

Its lines are kept, for a pattern is read by its source, as anybody's class.
"""

from __future__ import annotations

import itertools
import linecache
from typing import Any

import numpy as np

_numbers = itertools.count()  # of files: a source that was read once is that of its name


def names_of(text: str, what: str, **others: Any) -> dict[str, Any]:
    """The names that this text defines, with NumPy's and `others` around it. what: it is, for
    tracebacks.
    """
    file = f"<fastnn: {what}, {next(_numbers)}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    space: dict[str, Any] = {"np": np, "__name__": "fastnn_adopted", **others}
    exec(compile(text, file, "exec"), space)
    return space
