"""`%load_ext fastnn`: what a notebook's cells define is adopted from then on, and their training
loops are handed over, as `run` does it with a program.

Each cell's tree is given the places at which its classes are adopted, and its loops ask for their
turns; what the notebook has defined before is adopted at once. `%fastnn` prints what became of each
class and of each loop. `%unload_ext fastnn` gives all classes their own methods back, and loops of
functions that cells have defined run as they are from then on.

A cell's loop leaves what it would leave: the objects, the names and what else the notebook has of
their arrays (`loops/`). What looks on meanwhile is a thread or none: those of the kernel hand on
messages and output, and whoever starts another has loops run as they are.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from fastnn.running import loops
from fastnn.running.adoptions import Adoptions
from fastnn.running.placing import CALLED, Places

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGIC = "fastnn"
_CELLS = "cells"  # whose loops these are


class Extension(ast.NodeTransformer):
    """What is loaded into one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._places = Places()
        self._adoptions = Adoptions()

    def visit(self, tree: ast.AST) -> ast.AST:
        """A cell with its places and loops; a statement that is timed may be no module."""
        if not isinstance(tree, ast.Module):
            return tree
        tree = loops.rewrite(tree, f"In [{self._shell.execution_count}]", _CELLS)
        return self._places.placed(tree)

    def load(self) -> None:
        """Adopt what is there, and what comes."""
        setattr(builtins, CALLED, self._adoptions.here)
        self._shell.ast_transformers.append(self)
        self._shell.magics_manager.register_function(self._report, "line", _MAGIC)
        self._adopt_all()
        self._shell.events.register("post_execute", self._after_this_cell)

    def _adopt_all(self) -> None:
        self._adoptions.all_of(self._shell.user_ns)

    def _after_this_cell(self) -> None:
        """Behind the cell that loads this, of which no tree was seen: what it has defined, too."""
        self._shell.events.unregister("post_execute", self._after_this_cell)
        if self in self._shell.ast_transformers:
            self._adopt_all()

    def unload(self) -> None:
        """As if it had never been there."""
        self._shell.ast_transformers.remove(self)
        delattr(builtins, CALLED)
        self._shell.magics_manager.magics["line"].pop(_MAGIC, None)
        loops.forget(_CELLS)
        self._adoptions.undo()

    def _report(self, line: str) -> None:
        """Print which classes are adopted, and of the others why not; and what became of loops.

        %fastnn stands alone: what follows it is refused.
        """
        if line.strip():
            raise TypeError(f"%{_MAGIC} takes no arguments, got {line.strip()!r}")
        self._adopt_all()  # those too that no statement has used yet
        builtins.print("\n".join([str(self._adoptions), *loops.report(_CELLS)]))


_loaded: dict[int, Extension] = {}


def load_ipython_extension(shell: Any) -> None:
    """Load it, unless it is there."""
    if id(shell) not in _loaded:
        _loaded[id(shell)] = Extension(shell)
        _loaded[id(shell)].load()


def unload_ipython_extension(shell: Any) -> None:
    """Unload it, if it is there."""
    if id(shell) in _loaded:
        _loaded.pop(id(shell)).unload()
