"""What a turn of a loop does to objects, in order."""

from typing import Any, NamedTuple


class Event(NamedTuple):
    """One call of a method, under our name, with what it is given.

    time: how many of these calls there were of this object in the turn, with this one.
    """

    name: str
    thing: Any
    arguments: tuple[Any, ...] = ()
    time: int = 1


class Append(NamedTuple):
    """A list that gets a value in each turn."""

    target: list[Any]
    value: Any
