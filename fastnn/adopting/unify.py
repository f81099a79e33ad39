"""Whether two readings are one up to names: ours, of a form, and somebody's.

Names are found, not known: an attribute of ours stands for whichever of theirs makes the trees
equal, and for the same one in all methods of a class. What is the same number in either order
(a + b, a * b) is tried in both. A setting of ours may be a constant of theirs (an epsilon written
into the formula), or not be there at all (no momentum, no penalties).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastnn.adopting.nodes import NONE, TRUE, Node, choose, op, truth
from fastnn.adopting.reader import Reading
from fastnn.adopting.state import Cell, Items
from fastnn.adopting.things import SELF

Key = tuple  # (whose, name): whose is (), ("activation",) of what the object holds, or ("layer",)
_COMMUTES = frozenset(("add", "mul", "eq"))
_MOST_STEPS = 60_000


class Gave_Up(Exception):
    """Too many ways to try."""


@dataclass(frozen=True)
class Names:
    """What is known of their names so far."""

    attributes: dict[Key, Any] = field(default_factory=dict)  # ours: theirs, or a constant Node
    arguments: dict[int, int] = field(default_factory=dict)
    flags: frozenset[Any] = frozenset()
    constants: frozenset[Any] = frozenset()  # those of the attributes

    def bound(self, ours: Key, theirs: Any) -> Names | None:
        """With ours standing for theirs; None where that cannot be."""
        if ours in self.attributes:
            return self if self.attributes[ours] == theirs else None
        if theirs[0] not in CONSTANTS and theirs in self.attributes.values():
            return None
        constants = self.constants
        if theirs[0] in CONSTANTS:
            constants |= {(ours, theirs)}
        return Names({**self.attributes, ours: theirs}, self.arguments, self.flags, constants)

    def argument(self, ours: int, theirs: int) -> Names | None:
        """With an argument of ours standing for theirs."""
        if ours in self.arguments:
            return self if self.arguments[ours] == theirs else None
        if theirs in self.arguments.values() or (ours == 0) != (theirs == 0):
            return None
        return Names(self.attributes, {**self.arguments, ours: theirs}, self.flags,
                     self.constants)

    def flag(self, word: Any) -> Names:
        """With something that has to hold when it runs."""
        return Names(self.attributes, self.arguments, self.flags | {word}, self.constants)


HIDDEN: Node = ("hidden",)  # they do not keep it
RETURNED: Node = ("returned",)  # they give it back and do not keep it
_RETURNABLE = frozenset(("output", "dinputs"))
_HIDEABLE = frozenset(("inputs", "accumulated_sum", "accumulated_count", "current_learning_rate"))
CONSTANTS = ("const", "bool", "none", "text", "hidden")


def key_of(node: Node, names: Names | None = None) -> Key | None:
    """Whose attribute this is, and its name."""
    base, name = node[1], node[2]
    if base == SELF:
        return ((), name)
    if base[0] == "arg":
        return (("layer",), name)
    if base[0] == "attr" and base[1] == SELF:
        return ((base[2],), name)
    if base[:2] == ("op", "item"):
        return (("layer",), name)
    return None


class Unifier:
    """Holds a form's settings: which may be constants, and what those are that are not there."""

    def __init__(self, absent: Mapping[Key, tuple[Node, ...]], scalars: frozenset[Key]) -> None:
        self.absent, self.scalars = absent, scalars
        self.steps = 0
        self._known: dict[Any, tuple[Node, Node]] = {}

    # ------------------------------------------------------------------- trees

    def nodes(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """All ways in which two trees are one."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise Gave_Up
        ours = self.with_constants(ours, names)
        kind = ours[0]
        if kind == "attr":
            yield from self._attribute(ours, theirs, names)
        elif kind == "if":
            yield from self._cases(ours, theirs, names)
        elif kind != theirs[0]:
            yield from self._otherwise(ours, theirs, names)
        elif kind == "arg":
            found = names.argument(ours[1], theirs[1])
            if found:
                yield found
        elif kind == "op":
            yield from self._operation(ours, theirs, names)
        elif kind in ("tuple", "slice"):
            if len(ours) == len(theirs):
                yield from self._all(ours[1:], theirs[1:], names)
        elif ours == theirs:
            yield names

    def _all(self, ours: tuple[Node, ...], theirs: tuple[Node, ...], names: Names
             ) -> Iterator[Names]:
        if not ours:
            yield names
            return
        for found in self.nodes(ours[0], theirs[0], names):
            yield from self._all(ours[1:], theirs[1:], found)

    def _attribute(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        key = key_of(ours)
        if key is None:
            return
        if theirs[0] == "attr":
            their_key = key_of(theirs)
            if their_key is None or bool(key[0]) != bool(their_key[0]):
                return
            found = self._bases(ours[1], theirs[1], names)
            found = found and found.bound(key, their_key)
            if found:
                yield found
        elif theirs[0] == "const" and key in self.scalars:
            found = names.bound(key, theirs)
            if found:
                yield found

    def _bases(self, ours: Node, theirs: Node, names: Names) -> Names | None:
        """The objects whose attributes they are."""
        if ours[0] == "arg" or theirs[0] == "arg":
            if ours[0] != theirs[0]:
                return None
            return names.argument(ours[1], theirs[1])
        if ours[0] == "attr" and theirs[0] == "attr":
            mine, other = key_of(ours), key_of(theirs)
            return names.bound(mine, other) if mine and other else None
        return next(self.nodes(ours, theirs, names), None)

    def _operation(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        name = ours[1]
        if name == "get" and theirs[1] != "get":
            return
        if name == "dot" and theirs[1] == "matmul":
            names = names.flag("plain products")
        elif name == "loop" and theirs[1] == "loop":
            # Whose length it was makes no difference, where all have one.
            for found in self._all(ours[3:], theirs[3:], names):
                if all(any(next(self.nodes(mine, other, found), None) for mine in ours[2][1:])
                       for other in theirs[2][1:]):
                    yield found
            return
        elif name != theirs[1] or len(ours) != len(theirs):
            return
        yield from self._all(ours[2:], theirs[2:], names)
        if name in _COMMUTES and ours[2] != ours[3]:
            yield from self._all((ours[3], ours[2]), theirs[2:], names)

    def _otherwise(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """A `getattr` with a default of ours is an attribute of theirs."""
        if ours[:2] == ("op", "get") and theirs[0] == "attr":
            yield from self.nodes(ours[2], theirs, names)

    def _cases(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        if theirs[0] == "if":
            for found in self.nodes(ours[1], theirs[1], names):
                yield from self._all(ours[2:], theirs[2:], found)
            yield from self._signed(ours, theirs, names)
        if ours[1][:2] == ("op", "eq") and ours[1][2][:2] == ("op", "ndim"):
            for found in self.nodes(ours[2], theirs, names):  # theirs knows of indices alone
                yield found.flag("labels")
        if ours[1][:2] == ("op", "eq") and ours[1][3] == ("const", 0) and ours[1][2][0] == "attr":
            key = key_of(ours[1][2])  # theirs does so whatever the number is
            for found in self.nodes(ours[3], theirs, names):
                place = found.attributes.get(key or ())
                if place is not None and place[0] not in CONSTANTS:
                    yield found.flag(("not zero", place))
        if ours[1][:2] == ("op", "has"):  # of theirs it is made before
            there = names.bound(("has", key_of(ours[1][2])), TRUE)
            if there:
                yield from self.nodes(ours, theirs, there)
            return
        for key in self._settings(ours[1]):
            if key in names.attributes:
                continue
            for value in self.absent.get(key, ()):
                without = names.bound(key, value)
                if without:
                    yield from self.nodes(ours, theirs, without)

    def _signed(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """`if x > 0` and `if x` are one where x is not negative."""
        for first, second, swapped in ((ours[1], theirs[1], False), (theirs[1], ours[1], True)):
            if first[:3] == ("op", "lt", ("const", 0)) and second[:2] == ("op", "eq") and (
                    second[3] == ("const", 0)):
                mine, other = (second[2], first[3]) if swapped else (first[3], second[2])
                for found in self.nodes(mine, other, names):
                    if other[0] == "attr":
                        found = found.flag(("not negative", key_of(other)))
                    yield from self._all(ours[2:], (theirs[3], theirs[2]), found)

    def _settings(self, node: Node) -> list[Key]:
        found = []
        if node[0] == "attr":
            key = key_of(node)
            return [key] if key else []
        for one in node:
            if isinstance(one, tuple):
                found += self._settings(one)
        return found

    def with_constants(self, node: Node, names: Names) -> Node:
        """A tree of ours with those settings put in that are constants of theirs."""
        constants = names.constants
        if not constants or node[0] in CONSTANTS or node[0] == "arg":
            return node
        place = id(node), constants
        found = self._known.get(place)
        if found is None:  # the node is kept, so that no other has its place
            found = self._known[place] = node, _put_in(node, dict(constants))
        return found[1]

    # ---------------------------------------------------------------- readings

    def readings(self, ours: Reading, theirs: Reading, names: Names) -> Iterator[tuple[Names, Any]]:
        """All ways in which two methods do the same, with what theirs does besides."""
        start = Names(names.attributes, {0: 0}, names.flags, names.constants)
        mine, other = effects(ours), effects(theirs)
        for found in self.nodes(ours.draws, theirs.draws, start):
            for done, pairs in self._effects(list(mine), other, found, {},
                                             _node(theirs.result)):
                for last in self._results(ours, theirs, done, pairs):
                    if all(number in last[0].arguments for number in ours.needed) and (
                            _looks_alike(ours, theirs, last[0])):
                        yield last

    def _effects(self, mine: list[Any], other: dict[Any, Cell], names: Names, pairs: dict[Any, Any],
                 result: Node) -> Iterator[tuple[Names, dict[Any, Any]]]:
        if not mine:
            yield names, pairs
            return
        (key, cell), *rest = mine
        node = self.with_constants(cell.node, names)
        if node[0] == "attr" and key_of(node) == key:  # not changed, with these settings
            yield from self._effects(rest, other, names, pairs, result)
            return
        for theirs, their_cell in other.items():
            if theirs in pairs.values() or bool(theirs[0]) != bool(key[0]):
                continue
            for found in self.nodes(node, their_cell.node, names):
                bound = self._bound(key, theirs, found)
                if bound is None or not self._alike(key, cell, their_cell):
                    continue
                kept = _kept(cell.origin), _kept(their_cell.origin)
                if kept == (True, False) and key not in self.scalars:
                    bound = bound.flag(("anew", key))
                elif kept == (False, True) and key not in self.scalars:
                    continue
                yield from self._effects(rest, other, bound, {**pairs, key: theirs}, result)
        if key[-1] in _RETURNABLE and RETURNED not in pairs.values() and (
                key not in names.attributes):
            for found in self.nodes(node, result, names):
                bound = found.bound(key, HIDDEN)
                if bound:
                    yield from self._effects(rest, other, bound, {**pairs, key: RETURNED}, result)
        within = len(key[0]) == 1 and key[0] != ("layer",)  # of an object that theirs may not have
        hidden = names.bound(key, HIDDEN) if within or key[-1] in _HIDEABLE else None
        if hidden:
            yield from self._effects(rest, other, hidden, pairs, result)

    def _bound(self, key: Key, theirs: Key, names: Names) -> Names | None:
        if key[0] and key[0] != ("layer",):  # and the object that holds it is the same
            base = names.bound(((), key[0][0]), ((), theirs[0][0])) if len(theirs[0]) == 1 else None
            return base and base.bound(key, theirs)
        return names.bound(key, theirs)

    def _alike(self, key: Key, ours: Cell, theirs: Cell) -> bool:
        """Whether both are new arrays, or both are what was given."""
        if key in self.scalars:
            return True
        given = ours.origin and ours.origin[0] == "arg", theirs.origin and theirs.origin[0] == "arg"
        return bool(given[0]) == bool(given[1]) and theirs.origin != ("view",)

    def _results(self, ours: Reading, theirs: Reading, names: Names, pairs: dict[Any, Any]
                 ) -> Iterator[tuple[Names, Any]]:
        left = {key: cell for key, cell in effects(theirs).items() if key not in pairs.values()}
        found = self._leftovers(ours, theirs, names, pairs, left)
        if found is None:
            return
        result, made = _node(theirs.result), _node(ours.result)
        returned = next((ours for ours, place in pairs.items() if place == RETURNED), None)
        if returned is not None:
            yield names, (found, ("stored", returned))
            return
        if result == NONE:
            if made == NONE or pairs:  # else nothing would be left of what ours does
                yield names, (found, None)
            return
        if made != NONE:
            for last in self.nodes(made, result, names):
                yield last, (found, "result")
        stored = self._stored(theirs.result, theirs, pairs)
        if stored is not None:
            yield names, (found, stored)

    def _leftovers(self, ours: Reading, theirs: Reading, names: Names, pairs: dict[Any, Any],
                   left: dict[Any, Cell]) -> dict[Any, Any] | None:
        """Where each further attribute of theirs comes from: one of ours, or an argument."""
        found = {}
        for key, cell in left.items():
            place = self._stored(cell, theirs, pairs)
            if place is None and cell.origin and cell.origin[0] == "arg":
                place = ("argument", cell.origin[1])
            if place is None and cell.node[0] in CONSTANTS:
                place = ("constant", cell.node)
            if place is None or key[0] == ("layer",):
                return None
            found[key] = place
        return found

    def _stored(self, value: Any, theirs: Reading, pairs: dict[Any, Any]) -> Any:
        """The attribute of ours whose very array this is; a tuple of them."""
        if isinstance(value, Items):
            parts = [self._stored(one, theirs, pairs) for one in value.values]
            return None if None in parts else ("several", *parts)
        mine = effects(theirs)
        for ours, key in pairs.items():
            if key in mine and mine[key].number == value.number:
                return ("stored", ours)
        if isinstance(value, Cell) and value.origin == value.node and value.node[0] == "attr":
            return ("kept", value.node)
        return None


def _looks_alike(ours: Reading, theirs: Reading, names: Names) -> bool:
    """Whether theirs reads no attribute that ours does without: it may not be there."""
    mine = leaves(ours) | {key_of(("attr", *one)) for one in ours.looked}
    known = {value for key, value in names.attributes.items() if key in mine}
    return all(key_of(("attr", *one)) in known or one[0] == SELF and one[1] in theirs.parts
               for one in theirs.looked)


def leaves(reading: Reading) -> set[Any]:
    """The attributes whose values, as they were before, a method computes with."""
    found: set[Any] = set()

    def look(node: Any) -> None:
        if node[0] == "attr":
            key = key_of(node)
            if key:
                found.add(key)
        for one in node:
            if isinstance(one, tuple):
                look(one)
    for key, cell in reading.attributes.items():
        if cell.node != ("attr", *key):
            look(cell.node)
    look(reading.draws)
    look(getattr(reading.result, "node", NONE))
    return found


def _kept(origin: Any) -> bool:
    return bool(origin) and origin[0] in ("attr", "mixed")


def effects(reading: Reading) -> Any:
    """The attributes that a method sets or changes."""
    made = {}
    for (base, name), cell in reading.attributes.items():
        key = key_of(("attr", base, name))
        if cell.node != ("attr", base, name) or (
                cell.origin is not None and cell.origin != ("attr", base, name)):
            made[key] = cell
    return _Pairs(made)


class _Pairs(dict):
    """A dictionary whose iteration gives pairs."""

    def __iter__(self) -> Any:
        return iter(list(self.items()))


def _node(value: Any) -> Node:
    if isinstance(value, Items):
        return ("tuple", *(_node(one) for one in value.values))
    return value.node


def _put_in(node: Node, constants: dict[Key, Node]) -> Node:
    kind = node[0]
    if kind == "attr":
        return constants.get(key_of(node) or (), node)
    if kind == "if":
        condition = _put_in(node[1], constants)
        return choose(truth(condition), _put_in(node[2], constants), _put_in(node[3], constants))
    if kind == "op":
        if node[1] == "get":
            inner = _put_in(node[2], constants)
            return inner if inner[0] in CONSTANTS else node
        if node[1] == "has":
            return constants.get(("has", key_of(node[2])), node)
        return op(node[1], *(_put_in(one, constants) for one in node[2:]))
    if kind in ("tuple", "slice"):
        return (kind, *(_put_in(one, constants) for one in node[1:]))
    return node
