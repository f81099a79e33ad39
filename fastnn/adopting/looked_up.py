"""The names that code looks up: what it does without one of them is told before it is read."""

from __future__ import annotations

import opcode
import types
from functools import lru_cache


@lru_cache(2048)
def looked_up(code: types.CodeType) -> frozenset[str]:
    """The names that code looks up, and what is within it, as a comprehension is; with ** 0.5 that
    of the root; and "for" where it has a loop.
    """
    root = {"sqrt"} if 0.5 in code.co_consts else set()
    if opcode.opmap["FOR_ITER"] in code.co_code[::2]:
        root.add("for")
    return frozenset(root.union(code.co_names, *(
        looked_up(one) for one in code.co_consts if isinstance(one, types.CodeType))))
