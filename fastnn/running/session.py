"""One program, run with its classes adopted: what `run` and `profile` share."""

from __future__ import annotations

import ast
import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from fastnn.running import ending, programs
from fastnn.running.adoptions import Adoptions, called
from fastnn.running.modules import Finder, found
from fastnn.running.notebooks import as_in_jupyter, notebook
from fastnn.running.placing import Places


class Session:
    """A program that can be run once. NoProgramError where there is none.

    plain: nothing is adopted and nothing rewritten, it runs as Python would run it. told: is given
    its classes when they are adopted, or left.
    """

    def __init__(self, name: str, is_module: bool, arguments: list[str], *, loops: bool = True,
                 plain: bool = False, told: Callable[[Iterable[type]], None] | None = None) -> None:
        self.notes: list[str] = []
        self.is_notebook = not is_module and name.endswith(".ipynb")
        if self.is_notebook:
            self.program, self.notes = notebook(name)
        else:
            self.program = (programs.module if is_module else programs.script)(name)
        self.adoptions = Adoptions(told)
        self._plain = plain
        self._arguments = arguments
        self._places = Places()
        self._loops = _found_loops() if loops and not plain else None
        self._is_alone = _is_our_process()
        self._is_to_settle = not plain and self._is_alone
        self._is_interrupted = False

    @contextmanager
    def opened(self) -> Iterator[ModuleType]:
        """The `__main__` that the program will find, and all that it may ask for."""
        with ExitStack() as stack:
            self._open(stack)
            yield stack.enter_context(programs.as_main(self.program, self._arguments))

    def _open(self, stack: ExitStack) -> None:
        if self.is_notebook:
            stack.enter_context(as_in_jupyter(self.program.place))
        if not self._plain:
            stack.enter_context(called(self.adoptions))
            stack.enter_context(found(Finder(self.program.place, self._of_a_module)))

    def opened_for_good(self) -> ModuleType:
        """The same until Python ends: the program's threads and what it has left to `atexit` still
        find all of it. Python clears its `__main__`; what of ours would hold then what is in it
        would leave its files unfinished.
        """
        stack = ExitStack()
        stack.callback(self._let_go)
        self._open(stack)
        atexit.register(stack.close)  # the first to register is the last to be called
        return programs.becomes_main(self.program, self._arguments)

    def run(self, main: ModuleType,
            told: Callable[[BaseException], None] | None = None) -> int:
        """Run it in that `__main__`; its exit status."""
        def note(error: BaseException) -> None:
            self._is_interrupted = self._is_alone and isinstance(error, KeyboardInterrupt)
            if told is not None:
                told(error)

        rewrite = None if self._plain else self._of_main
        return ending.status(self.program, vars(main), rewrite, note)

    def ends(self, status: int) -> int:
        """The status for this process to end with, when all is said."""
        if not self._is_interrupted or status != ending.INTERRUPTED:
            return status
        ending.by_ctrl_c()
        return 0

    def _let_go(self) -> None:
        """Forget its classes and its loops. (What compiled code needs is never freed, and leads to
        all of our modules.)
        """
        self.adoptions.undo()
        if self._loops:
            self._loops.forget()

    def report(self) -> str:
        """What was adopted, what was left and why, and what a notebook lost."""
        lines = [*self.notes, str(self.adoptions)]
        if self._places.waiting:
            lines.append(f"used by no statement that ran: {', '.join(self._places.waiting)}")
        return "\n".join([*lines, *(self._loops.report() if self._loops else [])])

    def _of_main(self, tree: ast.Module, file: str) -> ast.Module:
        has_classes = any(isinstance(node, ast.ClassDef) for node in tree.body)
        made = self._places.placed(self._with_loops(tree, file))
        if self._is_to_settle:
            self._is_to_settle = False
            _settle(has_classes)
        return made

    def _of_a_module(self, tree: ast.Module, file: str) -> ast.Module:
        return Places().ended(self._with_loops(tree, file))

    def _with_loops(self, tree: ast.Module, file: str) -> ast.Module:
        return self._loops.rewrite(tree, os.path.basename(file)) if self._loops else tree


def _found_loops() -> Any:
    """The part that hands training loops over, before the program has a thread."""
    from fastnn.running import loops

    loops.begins()
    return loops


def _is_our_process() -> bool:
    """Whether nobody's objects are here yet: `python -m fastnn` is all that runs."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return getattr(spec, "name", None) == "fastnn.__main__"


def _settle(adopts: bool) -> None:
    """Have the collector leave alone what is there before the program begins, which is ours: it
    would go over all of it again while the program imports.

    Not at its end: Python closes the program's files by collecting what refers to itself, and what
    is referred to from what is frozen it would never find.
    """
    if adopts:
        import fastnn.adopting  # noqa: F401  (as its first class would)
    gc.freeze()
    atexit.register(_thaw)


def _thaw() -> None:
    """Collect what is the program's, as Python would do next, and with all of ours: that is done
    once then, when it clears the modules, and not twice.
    """
    if gc.isenabled():
        gc.collect()
        gc.disable()
    gc.unfreeze()
