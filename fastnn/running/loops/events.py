"""What a turn of a loop does to objects, in order."""

from typing import Any, NamedTuple


class Event(NamedTuple):
    """One call of a method, under our name, with what it is given."""

    name: str
    thing: Any
    arguments: tuple[Any, ...] = ()


class Guard(NamedTuple):
    """A block that some turns run: in which, as a text of the loop's variable."""

    text: str


class Append(NamedTuple):
    """A list that gets a value in each turn."""

    target: Any
    value: Any
    place: int  # how many events came before
