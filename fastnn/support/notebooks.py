"""The code cells of a notebook as Python.

What is IPython's own is taken out and line numbers stay: a line of it in a block becomes `pass`,
so that a block which held nothing else is still one. `%time` and `%prun` before a statement leave
the statement, `%%time`, `%%capture` and `%%prun` the cell: what these do has to be done. `%timeit`
and `%%timeit` are dropped with all that they time: it is repeated as often as the clock likes, and
leaves no name behind. Other cell magics are other languages, or files. A cell that is Python as it
stands is never touched: `%` may begin a line within brackets.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import NamedTuple

_RUN_CELLS = {"time", "capture", "prun"}
_RUN_LINES = {"time", "prun"}
_CELL_MAGIC = re.compile(r"\s*%%(\w*).*")
_LINE_MAGIC = re.compile(r"(\s*)(?:%(\w+)(.*)|!.*|\?{1,2}[\w.%]+|[\w.%*]+\?{1,2})\s*$")


class NotANotebook(ValueError):
    """The text is no notebook."""


class Cell(NamedTuple):
    """A code cell."""

    number: int  # of the code cells, from 1 on
    text: str
    dropped: list[str]  # what was taken out, as it stood


def code_cells(text: str) -> list[Cell]:
    """The code cells of a notebook's JSON, those of the old format 3 too; NotANotebook."""
    try:
        read = json.loads(text)
        cells = read["cells"] if "cells" in read else [
            cell for sheet in read["worksheets"] for cell in sheet["cells"]]
        codes = ["".join(cell["source"] if "source" in cell else cell["input"])
                 for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise NotANotebook("no notebook") from None
    return [Cell(number, *without_magics(code)) for number, code in enumerate(codes, 1)]


def without_magics(code: str) -> tuple[str, list[str]]:
    """A cell without what is IPython's own, and that."""
    lines = code.split("\n")
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first])
    dropped = []
    if magic:
        dropped.append(lines[first].strip())
        if magic[1] not in _RUN_CELLS:
            return "", [f"{dropped[0]} and its cell"]
        lines[first] = ""
    if is_python("\n".join(lines)):
        return "\n".join(lines), dropped
    going_on = False  # the line before was dropped, and ended with a backslash
    for at, line in enumerate(lines):
        found = None if going_on else _LINE_MAGIC.match(line)
        if found and not _begins_a_statement(lines[:at]):
            found = None
        if going_on:
            lines[at] = ""
        elif found and found[2] in _RUN_LINES and found[3].strip():
            lines[at] = found[1] + found[3].strip()
            continue
        elif found:
            dropped.append(line.strip())
            lines[at] = found[1] and f"{found[1]}pass"
        going_on = (going_on or bool(found)) and line.rstrip().endswith("\\")
    return "\n".join(lines), dropped


def is_python(code: str) -> bool:
    """Whether it can be read as it stands."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return False
    return True


def _begins_a_statement(before: list[str]) -> bool:
    """Whether behind these lines no bracket, no text and no backslash is open."""
    if before and before[-1].endswith("\\"):
        return False
    try:
        for _ in tokenize.generate_tokens(io.StringIO("\n".join(before) + "\n").readline):
            pass
    except tokenize.TokenError:
        return False
    except SyntaxError:
        return True  # of indentation: the cell's own error
    return True
