"""Percent format -> cells -> a notebook.

    # %% [markdown]      begins a cell of text, whose lines are comments or one docstring
    # %%                 begins a cell of code

Jupytext, VS Code, PyCharm and Spyder know the same format.
"""

from __future__ import annotations

import ast
import json
from typing import NamedTuple

_MARK = "# %%"
_TEXT = "[markdown]"


class Cell(NamedTuple):
    """A cell of a notebook. kind: "markdown" or "code"."""

    kind: str
    source: str


def cells_of(script: str) -> list[Cell]:
    """The cells of a script. ValueError where something stands before the first."""
    found: list[tuple[str, list[str]]] = []
    for number, line in enumerate(script.splitlines(), 1):
        if line.startswith(_MARK):
            found.append((line.removeprefix(_MARK).strip(), []))
        elif found:
            found[-1][1].append(line)
        elif line.strip():
            raise ValueError(f"cells_of: expected {_MARK!r} before all else, found {line!r} in "
                             f"line {number}")
    return [Cell("markdown", _text(lines)) if kind == _TEXT
            else Cell("code", "\n".join(lines).strip("\n")) for kind, lines in found]


def _text(lines: list[str]) -> str:
    """Markdown, out of its docstring or its comments."""
    whole = "\n".join(lines).strip()
    if whole.startswith('"""'):
        return str(ast.literal_eval(whole)).strip()
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in whole.splitlines())


def notebook_of(name: str, cells: list[Cell]) -> str:
    """The text of an .ipynb file (nbformat 4.5). Equal cells give equal text."""
    made = []
    for number, cell in enumerate(cells):
        one: dict[str, object] = {
            "cell_type": cell.kind, "id": f"{name}-{number}", "metadata": {},
            "source": cell.source.splitlines(keepends=True)}
        if cell.kind == "code":
            one |= {"execution_count": None, "outputs": []}
        made.append(one)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": made, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
             "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
