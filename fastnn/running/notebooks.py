"""A notebook, run as Jupyter's "Run All": cell by cell, until one raises.

A cell's last expression is shown, unless a semicolon ends it; here by `sys.displayhook`, as Python
shows what is typed: its repr. `display` prints reprs, too. The folder of the notebook is the
current one. Pictures are windows nowhere: matplotlib draws with Agg, unless MPLBACKEND says what
else, and `plt.show()` goes on at once. IPython's own lines are dropped (support/notebooks.py).
"""

from __future__ import annotations
import __future__

import ast
import builtins
import linecache
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from types import CodeType

from fastnn.running.programs import NoProgramError, Program, Rewriting
from fastnn.support import notebooks

_FUTURE = reduce(int.__or__, (getattr(__future__, name).compiler_flag
                              for name in __future__.all_feature_names))


def notebook(path: str) -> tuple[Program, list[str]]:
    """The notebook as a program, and a sentence for each cell that lost something.

    Raises NoProgramError where it cannot be read.
    """
    try:
        cells = notebooks.code_cells(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise NoProgramError(f"{path} cannot be read: {error.strerror}") from None
    except (notebooks.NotANotebook, UnicodeDecodeError):
        raise NoProgramError(f"{path} is no notebook") from None
    said = [f"cell {cell.number}: {', '.join(cell.dropped)} is IPython's own, and was left out"
            for cell in cells if cell.dropped]
    program = Program(lambda rewrite: _codes(cells, Path(path).name, rewrite), {},
                      str(Path(path).resolve().parent), path, in_cells=True)
    return program, said


def _codes(cells: list[notebooks.Cell], name: str, rewrite: Rewriting | None) -> Iterator[CodeType]:
    """Each cell compiled when those before it have run."""
    flags = 0
    for cell in cells:
        filename = f"{name}, cell {cell.number}"
        lines = [f"{line}\n" for line in cell.text.split("\n")]
        # Without a time: such an entry is taken for a file's that is nowhere to look at.
        linecache.cache[filename] = (len(cell.text), None, lines, filename)
        tree = compile(cell.text, filename, "exec", ast.PyCF_ONLY_AST | flags, dont_inherit=True)
        shown = _shown(tree, cell.text)
        if rewrite is not None:
            tree = rewrite(tree, filename)
        last = [tree.body.pop()] if shown else []
        code = compile(tree, filename, "exec", flags, dont_inherit=True)
        flags |= code.co_flags & _FUTURE  # said in one cell, it holds in the next
        yield code
        if shown:
            yield compile(ast.Interactive(last), filename, "single", flags, dont_inherit=True)


def _shown(tree: ast.Module, text: str) -> bool:
    """Whether the cell ends with an expression, and with no semicolon behind it."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return False
    end = tree.body[-1].end_lineno or 1
    rest = text.split("\n")[end - 1:]
    rest[0] = rest[0].encode()[tree.body[-1].end_col_offset or 0:].decode()
    return not "\n".join(rest).lstrip().startswith(";")


@contextmanager
def as_in_jupyter(place: str) -> Iterator[None]:
    """The current folder, `display` and matplotlib as a notebook finds them."""
    before, backend = os.getcwd(), os.environ.get("MPLBACKEND")
    os.chdir(place)
    os.environ.setdefault("MPLBACKEND", "Agg")
    builtins.display = _display  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        try:
            yield
        finally:
            del builtins.display  # type: ignore[attr-defined]
            if backend is None:
                os.environ.pop("MPLBACKEND", None)
            os.chdir(before)


def _display(*things: object, **options: object) -> None:
    for thing in things:
        sys.stdout.write(f"{thing!r}\n")
