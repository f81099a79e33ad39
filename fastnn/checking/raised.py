"""An exception of the user's code, in the place of a value: what, where, and what was meant."""

from __future__ import annotations

import difflib
import linecache
import os
import sysconfig
import types
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_NEAR = 0.75  # from here on a name is another misspelt
_NOT_THEIRS = ("<frozen", "<__array_function__", str(Path(__file__).parents[1]) + os.sep,
               *(sysconfig.get_path(one) + os.sep for one in ("stdlib", "platlib", "purelib")))


class Raised:
    """In the place of a value: the exception that came, and where in the user's code."""

    def __init__(self, error: BaseException) -> None:
        self.kind = type(error).__name__
        self.words = str(error)[:300]
        self.name = getattr(error, "name", None)  # of what is not there
        self.attribute = self.name if isinstance(error, AttributeError) else None
        thing = getattr(error, "obj", None)
        self.of = type(thing)
        self._place, frame = _place(error)
        self._there: tuple[Any, ...] = ()  # names, and what has names
        if isinstance(error, NameError) and frame is not None:
            self._there = (*frame.f_locals, *frame.f_globals)
        elif isinstance(error, AttributeError) and self.name:
            whose = thing if isinstance(thing, (type, types.ModuleType)) else type(thing)
            self._there = (*getattr(thing, "__dict__", ()), whose)

    @property
    def at(self) -> str:
        """The line of the user's that raised, as "line 7: a = b"; "" where none of theirs did."""
        if self._place is None:
            return ""
        text = linecache.getline(*self._place).strip()
        return f"line {self._place[1]}" + (f": {text}" if text else "")

    @property
    def near(self) -> str:
        """The name that was there, where what was not there is that one misspelt."""
        there = {name for one in self._there for name in (
            [one] if isinstance(one, str) else dir(one)) if not name.startswith("__")}
        found = difflib.get_close_matches(self.name or "", sorted(there - {self.name}), 5, _NEAR)
        found.sort(key=lambda one: sorted(one) != sorted(self.name or ""))  # in another order
        return found[0] if found else ""

    def row(self) -> dict[str, Any]:
        """What a report says of it."""
        near = self.near
        return {"raised": str(self), **({"at": self.at} if self.at else {}), **({
            "mistake": "misspelt name", "sentence": f"there is no {self.name}; {near} is there"}
            if near else {})}

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}" if self.words else self.kind


def _place(error: BaseException) -> tuple[tuple[str, int] | None, types.FrameType | None]:
    """File and line of the innermost code that is neither a library's nor ours, and its frame."""
    found, frame, trace = None, None, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(_NOT_THEIRS) and not file.endswith((".pyx", ".pxd")):
            found, frame = (file, trace.tb_lineno), trace.tb_frame
        trace = trace.tb_next
    return found, frame
