"""What a name or an expression of a loop's body stands for, as far as that is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

from fastnn.running.loops.roles import Role


class Unread(Exception):
    """The loop is not known to be a plain training; the text says why, in one sentence.

    line: of the program, that of the statement in the loop's body that it is about, where there is
    one; 0 where the text has it already.
    """

    line: int | None = None

    @property
    def said(self) -> str:
        """The sentence, with the line."""
        text = str(self)
        if not self.line:
            return text
        if text.endswith(")") and " (in " in text:  # of a method that is called in this line
            return f"{text[:-1]}, called in line {self.line})"
        return f"{text} (line {self.line})"


class Carry(Unread):
    """The same, unless these names are numbers that are carried from turn to turn; or, if fixed,
    unless what blocks do with them is left to turns that run as they are.
    """

    def __init__(self, names: set[str], why: str, *, fixed: bool = False) -> None:
        super().__init__(why)
        self.names, self.fixed = names, fixed


class OfClass(Unread):
    """The same, because of what a class is: that is the cause of whatever is unread in it."""


@dataclass(frozen=True, eq=False)
class Known:
    """A value that is there already and stays the same through the loop.

    path: where it was found, as `Names` has it; None where it is no attribute's or name's.
    """

    value: Any
    path: tuple[Any, ...] | None = None


@dataclass(frozen=True, eq=False)
class Thing:
    """A layer, a loss, an optimizer."""

    role: Role


@dataclass(frozen=True, eq=False)
class Method:
    """One of their methods; ours: what our class calls it."""

    role: Role
    name: str
    ours: str


@dataclass(frozen=True, eq=False)
class InRound(Method):
    """The same of one layer, in a method that goes over several."""


@dataclass(frozen=True, eq=False)
class Own:
    """A method of an object of the program's own, or one more of a layer: what it does is read
    where it is called.
    """

    receiver: Any  # Known or Thing
    name: str
    function: FunctionType


@dataclass(frozen=True, eq=False)
class Read:
    """What an object has under one of our names.

    time: from which of its calls in this turn; 0 where it was there before.
    """

    thing: Any
    name: str
    time: int

    @property
    def is_fresh(self) -> bool:
        """Whether it was made in this turn."""
        return self.time > 0


@dataclass(frozen=True, eq=False)
class Counted:
    """A number that depends on the loop's variable and on known values alone: Python's text of it.

    The variable stands in it as `_n`, values as `_c0`, `_c1` and so on.
    """

    text: str


@dataclass(frozen=True, eq=False)
class Carried:
    """A number that one turn leaves to the next under a name: the best loss so far, a counter."""

    name: str


@dataclass(frozen=True, eq=False)
class Computed:
    """What NumPy computes anew in each turn; nothing of the training depends on it.

    is_scalar: no array, so that += makes another object. is_python: a float of Python's, which
    raises where NumPy's would be infinite.
    """

    is_scalar: bool = False
    is_python: bool = False


@dataclass(frozen=True, eq=False)
class Length(Computed):
    """How many there are in a list that each turn makes: the same number in each."""


@dataclass(eq=False)
class Listed:
    """A list that each turn makes anew, empty at first. name: of the program's.

    text: what it is called in our lines; "" where nobody asks for what is in it.
    """

    name: str = ""
    text: str = ""


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers from 0 on, so many."""

    count: int


@dataclass(frozen=True, eq=False)
class Drawn:
    """The same in an order that each turn draws anew: what draws it, from which stream.

    numbers: the program's array that they are of, which may be shuffled in place; else None.
    """

    count: int
    draw: Callable[[], Any]
    stream: Any
    numbers: Any = None


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of an array, or of such an order, from one number to another.

    order: in which its rows lie before they are counted, as drawn in this turn; None: as they are.
    """

    array: Any
    low: str
    high: str
    order: Drawn | None = None

    @property
    def is_whole(self) -> bool:
        """Whether they are all of them."""
        return (self.low, self.high) == ("None", "None")

    def between(self, low: str, high: str) -> "Rows":
        """Others of the same, in the same order."""
        return replace(self, low=low, high=high)


@dataclass(frozen=True, eq=False)
class Batched:
    """What a loop goes over that has something for each of these values of `_m`.

    item: what that is, read when a turn of the loop begins: of a generator, which goes on then.
    """

    over: range
    item: Callable[[], Any]


@dataclass(frozen=True, eq=False)
class Several:
    """A tuple or list of such."""

    items: tuple[Any, ...]
