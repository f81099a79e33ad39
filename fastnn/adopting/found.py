"""What a proof has found: a class of theirs, its methods, and what they are of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from fastnn.adopting.form import Form
from fastnn.adopting.keyed import Path
from fastnn.adopting.names import CONSTANTS, Key, Names
from fastnn.adopting.reader import Reading
from fastnn.adopting.rounds import is_outside

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
    stands: Any = None  # `Unchanged` since ours stood in it
    otherwise: dict[object, bool] = field(default_factory=dict)  # what `besides.py` has found
    places: list[tuple[ref[type], str]] = field(default_factory=list)  # where ours stand

    def held(self) -> frozenset[str]:
        """The attributes that its methods read or set on its objects, by their names."""
        theirs = [value for key, value in self.names.attributes.items()
                  if key[0] == () and value[0] not in CONSTANTS]
        kept = [value[0][-1].steps[0] for value in self.names.attributes.values()
                if value[0] and isinstance(value[0][-1], Path)]
        return frozenset(kept).union(whose[0] if whose else name for whose, name in [
            *theirs, *(key for one in self.methods for key in one.leftovers)]
            if not is_outside(name))

    def held_within(self, name: str) -> frozenset[str]:
        """The same of an object that it holds as this."""
        theirs = [value for value in self.names.attributes.values() if value[0] not in CONSTANTS]
        return frozenset(one for whose, one in [
            *theirs, *(key for method in self.methods for key in method.leftovers)]
            if whose and whose[0] == name)


adopted: WeakKeyDictionary[type, Proof] = WeakKeyDictionary()  # those that have our methods


def proof_of(kind: type) -> Proof | None:
    """The proof of an adopted class; None of others."""
    return adopted.get(kind)
