"""Who adopts a program's classes, called from the places in it, and what became of each."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from types import ModuleType
from typing import Any
from weakref import WeakSet

from fastnn.running.placing import CALLED
from fastnn.support import watching
from fastnn.support.handlers import of_a_handler


class Adoptions:
    """The classes that came so far. `str` is as that of `fastnn.adopt`.

    told: is given the new classes when they are adopted, or left (profiles want to know).
    """

    def __init__(self, told: Callable[[Iterable[type]], None] | None = None) -> None:
        self.adopted: dict[str, str] = {}
        self.left: dict[str, str] = {}
        self.seconds = 0.0  # that it took
        self._undo: list[Any] = []
        self._met: WeakSet[type] = WeakSet()
        self._told = told

    def here(self, *names: str) -> None:
        """Adopt the classes of these names in the namespace that this is called from."""
        space = sys._getframe(1).f_globals
        self.adopt(space[name] for name in names if name in space)

    def all_of(self, module: ModuleType | dict[str, Any]) -> None:
        """Adopt all classes that this namespace has defined."""
        space = module if isinstance(module, dict) else vars(module)
        self.adopt(value for value in list(space.values()) if isinstance(value, type)
                   and value.__module__ == space.get("__name__"))

    def adopt(self, things: Iterable[object]) -> None:
        """Adopt those of these that are classes and new."""
        kinds = [kind for kind in dict.fromkeys(things)
                 if isinstance(kind, type) and kind not in self._met]
        if not kinds:
            return
        self._met.update(kinds)
        begin = perf_counter()
        self._adopt(kinds)
        self.seconds += perf_counter() - begin
        if (watcher := watching.watcher()) is not None:
            watcher.span("adopting the classes", "adopting", begin, perf_counter())
        if self._told is not None:
            self._told(kinds)

    def _adopt(self, kinds: list[type]) -> None:
        """Together, as they may use each other. A fault of ours in it is told and ends no program:
        then one by one, without the class that it is about.
        """
        from fastnn.adopting import adopt

        try:
            made = adopt(*kinds)
        except Exception as error:
            if of_a_handler(error):
                raise
            for kind in kinds if len(kinds) > 1 else ():
                self._adopt([kind])
            if len(kinds) == 1:
                self.left[kinds[0].__name__] = (
                    f"a fault of fastnn's, please report it: {type(error).__name__}: {error}")
            return
        self._undo.append(made.undo)
        for name, words in made.adopted.items():
            self.left.pop(name, None)  # a class of this name that was there before
            self.adopted[name] = words
        for name, why in made.left.items():
            self.adopted.pop(name, None)
            self.left[name] = why

    def undo(self) -> None:
        """Give all classes their own methods back."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._met.clear()

    def __str__(self) -> str:
        from fastnn.adopting.report import told

        return told(self.adopted, self.left)


@contextmanager
def called(adoptions: Adoptions) -> Iterator[None]:
    """The name that the places in a program call is there."""
    setattr(builtins, CALLED, adoptions.here)
    try:
        yield
    finally:
        delattr(builtins, CALLED)
