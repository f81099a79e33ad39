"""Objects with `__slots__`: their attributes as a dict has them."""

from __future__ import annotations

import inspect
import types
from typing import Any

from fastnn.adopting.things import MISSING


def has_slots_alone(kind: type) -> bool:
    """Whether objects of a class have no `__dict__`."""
    return "__dict__" not in dir(kind)


def is_slot(kind: type, name: str) -> bool:
    """Whether objects of a class have a place of this name, which may be empty."""
    return type(inspect.getattr_static(kind, name, None)) is types.MemberDescriptorType


def of_class(kind: type, name: str) -> Any:
    """What all objects of a class find under a name; MISSING where there is nothing, or a place for
    what each has of its own.
    """
    return MISSING if is_slot(kind, name) else inspect.getattr_static(kind, name, MISSING)


class Slots:
    """The places of one object, as far as there is something in them."""

    __slots__ = ("_thing",)

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __getitem__(self, name: str) -> Any:
        try:
            place = inspect.getattr_static(type(self._thing), name)
            if type(place) is types.MemberDescriptorType:
                return place.__get__(self._thing)
        except AttributeError:
            pass
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._thing, name, value)

    def __contains__(self, name: str) -> bool:
        return self.get(name, MISSING) is not MISSING

    def get(self, name: str, default: Any = None) -> Any:
        """What is there, or something else."""
        try:
            return self[name]
        except KeyError:
            return default
