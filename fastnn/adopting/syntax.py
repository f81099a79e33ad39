"""Trees of source, walked, copied and moved: as Python's `ast` does it, in a third of the time.

A file of twenty classes has a hundred methods, of ours and theirs, whose trees are each gone over
half a dozen times; half of that was the library's deques and checks.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, TypeVar

    T = TypeVar("T", bound=ast.AST)

_LINES = frozenset(("lineno", "end_lineno"))


def walk(node: ast.AST) -> list[Any]:
    """All nodes of a tree, in the order of `ast.walk`."""
    found: list[Any] = [node]
    for one in found:  # which grows meanwhile
        for name in one._fields:
            value = getattr(one, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found += [part for part in value if isinstance(part, ast.AST)]
    return found


def moved(node: T, lines: int) -> T:
    """A tree whose lines are so many further down, itself."""
    if lines:
        for one in walk(node):
            there = vars(one)
            if there.get("lineno") is not None:
                there["lineno"] += lines
                if there.get("end_lineno") is not None:
                    there["end_lineno"] += lines
    return node


def copied(node: T, lines: int = 0) -> T:
    """A copy of a tree, so many lines further down. Of what others have put into nodes it has
    nothing: of the words that all trees share (Load(), Lt()) debuggers set `parent`, the last tree
    that they have read.
    """
    kind = type(node)
    if not kind._fields:  # a word
        return node
    made = kind.__new__(kind)
    there, theirs = vars(made), vars(node)
    for name in kind._fields:
        if name in theirs:
            value = theirs[name]
            if isinstance(value, ast.AST):
                value = copied(value, lines)
            elif type(value) is list:
                value = [copied(one, lines) if isinstance(one, ast.AST) else one for one in value]
            there[name] = value
    for name in kind._attributes:
        if name in theirs:
            value = theirs[name]
            there[name] = value + lines if name in _LINES and value is not None else value
    return made


def placed(node: T, line: int) -> T:
    """A tree that no source has, all of it at this line; itself."""
    for one in walk(node):
        if "lineno" in one._attributes:
            one.lineno = one.end_lineno = line
            one.col_offset = one.end_col_offset = 0
    return node
