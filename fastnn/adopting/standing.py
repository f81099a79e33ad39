"""What stands in the place of a method: ours, for each class that has it, and theirs behind it.

A method that several classes inherit stands in one place, that of the class which defines it. Ours
is put there, and asks whose object it is called for: so `vars` of a derived class has no more in it
than its source has, and what its base is given later is what it inherits.
"""

from __future__ import annotations

import functools
from abc import ABCMeta
from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from fastnn.adopting.merging import Before, merged
from fastnn.adopting.sources import ORIGINAL, Stood, original, stood

if TYPE_CHECKING:
    from typing import Any


def owner_of(kind: type, name: str) -> type:
    """The class in which ours stands: the one that defines the method, where that is of the same
    module; else the class itself.
    """
    for base in kind.__mro__:
        if name in vars(base):
            same = type(base) in (type, ABCMeta) and base.__module__ == kind.__module__
            return base if same else kind
    return kind


class Place:
    """One method of a class, and what was put before its lines."""

    def __init__(self, owner: type, name: str, theirs: Any) -> None:
        self.owner, self.name, self.theirs = ref(owner), name, theirs
        self.is_own = name in vars(owner)  # else it is inherited from elsewhere
        self.before: dict[type, Before] = {}
        self.ours: Any = theirs

    def put(self, owner: type, kind: type, before: Before) -> None:
        """Let these lines stand before the others, for objects of this class."""
        self.before[kind] = before
        self._renew(owner)

    def drop(self, owner: type, kind: type) -> None:
        """Take a class's lines away; theirs alone stands there behind the last ones."""
        gone = self.before.pop(kind, None)
        if gone is not None:
            self._renew(owner)
            gone.let_go()

    def _renew(self, owner: type) -> None:
        last = self.ours
        if self.before:
            made = merged(original(self.theirs), list(self.before.values()))
            functools.update_wrapper(made, self.theirs)
            made.__defaults__, made.__kwdefaults__ = (self.theirs.__defaults__,
                                                      self.theirs.__kwdefaults__)
            setattr(made, ORIGINAL, Stood(made, made.__code__, self.theirs, self))
            self.ours = made
            setattr(owner, self.name, made)
        elif self.is_own:
            self.ours = self.theirs
            setattr(owner, self.name, self.theirs)
        else:
            self.ours = self.theirs
            delattr(owner, self.name)
        _places.add(self)
        for before in [one for place in list(_places) for one in place.before.values()]:
            before.know(last, self.ours)


_places: WeakSet[Place] = WeakSet()  # each is held by the function that stands there


def place_of(owner: type, name: str, theirs: Any) -> Place:
    """Where a method stands; a new place where none of ours does."""
    return _found(owner, name) or Place(owner, name, theirs)


def drop(owner: type, name: str, kind: type) -> None:
    """Take what stands before a method for a class away again."""
    found = _found(owner, name)
    if found is not None:
        found.drop(owner, kind)


def is_inherited(function: Any) -> bool:
    """Whether it is ours, in a class that inherits what it stands for from another: what that has
    in its place is then what counts.
    """
    place = getattr(stood(function), "place", None)
    return place is not None and not place.is_own


def _found(owner: type, name: str) -> Place | None:
    """The place of what stands there, where that is of this class."""
    function = vars(owner).get(name)
    place = getattr(stood(function), "place", None)
    return place if place is not None and place.owner() is owner and place.name == name else None
