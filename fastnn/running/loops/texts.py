"""The source of the program's functions: read once for each code that a function has had."""

import ast
from inspect import getattr_static
from types import FunctionType
from typing import Any, NamedTuple

from fastnn.support.bodies import found_once, is_made_of, made_of


@found_once
def _read(function: FunctionType, generators: bool) -> ast.FunctionDef | str:
    from fastnn.adopting.nodes import Unread
    from fastnn.adopting.sources import source_of

    try:
        return source_of(function, generators=generators)
    except Unread as reason:
        return str(reason)


def source_of(function: FunctionType, *, generators: bool = False) -> ast.FunctionDef | str:
    """The tree of a function, where what runs is what stands there; else why not. generators:
    whether it may be one.
    """
    found: ast.FunctionDef | str = _read(function, generators)
    return found


def defaults_of(function: FunctionType) -> dict[str, Any]:
    """The arguments that a function has defaults for."""
    from fastnn.adopting.sources import defaults_of as found_of

    found: dict[str, Any] = found_of(function)
    return found


def own(function: Any) -> Any:
    """Their function, where one of ours stands in its place."""
    from fastnn.adopting.sources import original

    return original(function)


class Text(NamedTuple):
    """A method of a class that was read, and what it was then."""

    kind: type
    name: str
    found: Any  # in the class
    made_of: tuple[Any, ...]

    @classmethod
    def of(cls, kind: type, name: str) -> "Text":
        """As it is now."""
        found = getattr_static(kind, name)
        return cls(kind, name, found, made_of(found))

    def still_stands(self) -> bool:
        """Whether it is what was read."""
        if getattr_static(self.kind, self.name, None) is not self.found:
            return False
        return is_made_of(self.found, self.made_of)


class Function(NamedTuple):
    """A function that was read, and what it was then. Which one a name stands for is not asked."""

    function: Any
    made_of: tuple[Any, ...]

    @classmethod
    def of(cls, function: FunctionType) -> "Function":
        """As it is now."""
        return cls(function, made_of(function))

    def still_stands(self) -> bool:
        """Whether it is what was read."""
        return is_made_of(self.function, self.made_of)
