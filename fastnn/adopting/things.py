"""What is no number and no array in a method's source: modules, functions, objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastnn.adopting.nodes import Node

SELF: Node = ("arg", 0)
MISSING = object()  # nothing of this name in the module: it is Python's own


@dataclass(frozen=True)
class Thing:
    """Something that is no number: a module, a function, a class, as it is in the namespace."""

    value: Any


@dataclass(frozen=True)
class Bound:
    """A method of an object whose class is known, or of an array."""

    name: str
    owner: Any  # a node
    function: Any = None
    kind: Any = None
    cell: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Super:
    """super() in a method of this class."""

    after: type


class Numpy:
    """np.NAME, whatever it is just now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = f"np.{name}"
