"""`%load_ext fastnn`: what a notebook's cells define is adopted from then on.

Each cell's tree is given the places at which its classes are adopted, as a program's is; what the
notebook has defined before is adopted at once. `%fastnn` prints what became of each class, and
`%unload_ext fastnn` gives all of them their own methods back.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from fastnn.running.adoptions import Adoptions
from fastnn.running.placing import CALLED, Places

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGIC = "fastnn"


class Extension(ast.NodeTransformer):
    """What is loaded into one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._places = Places()
        self._adoptions = Adoptions()

    def visit(self, tree: ast.AST) -> ast.AST:
        """A cell with its places; a statement that is timed may be no module."""
        return self._places.placed(tree) if isinstance(tree, ast.Module) else tree

    def load(self) -> None:
        """Adopt what is there, and what comes."""
        setattr(builtins, CALLED, self._adoptions.here)
        self._shell.ast_transformers.append(self)
        self._shell.magics_manager.register_function(self._report, "line", _MAGIC)
        self._adoptions.all_of(self._shell.user_ns)

    def unload(self) -> None:
        """As if it had never been there."""
        self._shell.ast_transformers.remove(self)
        delattr(builtins, CALLED)
        self._shell.magics_manager.magics["line"].pop(_MAGIC, None)
        self._adoptions.undo()

    def _report(self, line: str) -> None:
        """Print which classes are adopted, and of the others why not."""
        self._adoptions.all_of(self._shell.user_ns)  # those too that no statement has used yet
        builtins.print(self._adoptions)


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
