"""What a proof has found: a class of theirs, its methods, and what they are of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastnn.adopting.forms import Form
from fastnn.adopting.names import Key, Names
from fastnn.adopting.reader import Reading

if TYPE_CHECKING:
    from typing import Any


@dataclass
class Proved:
    """A method of theirs that does what ours does."""

    name: str  # theirs
    pattern: str  # the form's method
    ours: Reading
    theirs: Reading
    arguments: dict[int, int]  # ours: theirs
    leftovers: dict[Key, Any]
    result: Any
    flags: frozenset[Any]  # what has to hold when it runs; those of all methods are in the names


@dataclass
class Proof:
    """A class of theirs that is a class of ours."""

    kind: type
    form: Form
    names: Names
    methods: list[Proved]
    inner: dict[str, type]
    line: tuple[Any, ...] = ()  # what its class was when ours stood in it, see `line_of`
