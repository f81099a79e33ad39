"""A second name for an attribute or a method: what dialects are made of, and adopted classes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any


class Alias(property):
    """Another name for the attribute or method `of`: reading, writing and deleting go there.

    What is stored has one name. It reads at the price of a built-in property (the read is
    attrgetter's, in C), and a method so named is the one that the object has, overridden or not.
    Nothing else happens, so the engine may take a class that has it for ours. (No __slots__: a
    property's subclass keeps its __doc__ in a dict. There is one a class, not one an object.)
    """

    def __init__(self, of: str) -> None:
        def write(thing: Any, value: Any) -> None:
            setattr(thing, of, value)

        def delete(thing: Any) -> None:
            delattr(thing, of)

        super().__init__(attrgetter(of), write, delete)
        self.__doc__ = f"The same as `{of}`."
        self.of = of


def aliases(kind: type) -> dict[str, str]:
    """The other names in a class and in what it is derived from: each with what it stands for."""
    return {name: value.of for base in reversed(kind.__mro__)
            for name, value in vars(base).items() if isinstance(value, Alias)}
