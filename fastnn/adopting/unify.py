"""Whether two readings are one up to names: what a method of ours does, and somebody's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastnn.adopting.effects import effects, leaves, operations, tree_of
from fastnn.adopting.keyed import Path, on_the_way
from fastnn.adopting.names import CONSTANTS, HIDDEN, RETURNED, Key, Names, key_of
from fastnn.adopting.nodes import GONE, NONE, Node
from fastnn.adopting.reader import Reading
from fastnn.adopting.state import Cell, Items
from fastnn.adopting.things import SELF
from fastnn.adopting.trees import Trees

_RETURNABLE = frozenset(("output", "dinputs"))
_BESIDE = frozenset((((), "dweights"), ((), "dbiases")))  # what may be given back with these
STATES = frozenset(("weight_momentums", "bias_momentums", "weight_cache", "bias_cache",
                    "weight_further", "bias_further"))  # of more than the book has: own_updates.py
_HIDEABLE = frozenset(("inputs", "accumulated_sum", "accumulated_count", "current_learning_rate",
                       "predictions", "confidences"))


class Unifier(Trees):
    """Finds the names under which a method of theirs does what one of ours does.

    hideable: attributes that ours sets, and theirs need not keep. hands_on: whether what is given
    may be what is given back.
    """

    def __init__(self, absent: Mapping[Key, tuple[Node, ...]], scalars: frozenset[Key],
                 hideable: frozenset[str] = frozenset(), *, hands_on: bool = False) -> None:
        super().__init__(absent, scalars)
        self._hands_on = hands_on
        self._hideable = _HIDEABLE | hideable

    def readings(self, ours: Reading, theirs: Reading, names: Names) -> Iterator[tuple[Names, Any]]:
        """All ways in which two methods do the same, with what theirs does besides."""
        if not operations(theirs) <= operations(ours):
            return
        start = Names(names.attributes, {0: 0}, frozenset(), names.constants)
        mine, other = effects(ours), effects(theirs)
        self.parts = theirs.parts
        for found in self.nodes(ours.draws, theirs.draws, start):
            for done, pairs in self._effects(list(mine.items()), other, found, {},
                                             tree_of(theirs.result)):
                given = {place: mine[key] for key, place in pairs.items()}
                if any(place in given and (_is_given(value) or _is_given(given[place]))
                       and not (_is_given_at_times(value) and _is_given_at_times(given[place]))
                       and not (self._hands_on and _is_given(value) and _is_given(given[place]))
                       for place, value in _parts(theirs.result)):
                    continue  # what hands on the given array does nothing, and a copy is another
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
            if theirs in pairs.values() or not self.is_alike(key, theirs):
                continue
            if their_cell.array and (key in self.scalars or key[0] != ("layer",)):
                continue  # of which it is asked whether it is an array
            for found in self.nodes(node, their_cell.node, names):
                bound = self._bound(key, theirs, found)
                if bound is None or not self._alike(key, cell, their_cell):
                    continue
                kept = _kept(cell), _kept(their_cell)
                if kept == (True, False) and key not in self.scalars:
                    bound = bound.flag(("anew", key))
                elif kept[1] and key not in self.scalars:
                    if not their_cell.is_same():
                        continue  # a new array in some cases
                    if not kept[0] and not (key[0] == ("layer",) and key[1] in STATES):
                        continue
                    bound = bound if kept[0] else bound.flag(("within", key))
                yield from self._effects(rest, other, bound, {**pairs, key: theirs}, result)
        for place, part in _returned(key, result):
            if place in pairs.values() or key in names.attributes:
                continue
            for found in self.nodes(node, part, names):
                bound = found.bound(key, HIDDEN)
                if bound:
                    yield from self._effects(rest, other, bound, {**pairs, key: place}, result)
        within = len(key[0]) == 1 and key[0] != ("layer",)  # of an object that theirs may not have
        hidden = names.bound(key, HIDDEN) if within or key[-1] in self._hideable else None
        if hidden:
            yield from self._effects(rest, other, hidden, pairs, result)

    def _bound(self, key: Key, theirs: Key, names: Names) -> Names | None:
        if key[0] and key[0][0] != "layer":  # and the object that holds it is the same
            base = names.bound(((), key[0][0]), ((), theirs[0][0])) if len(theirs[0]) == 1 else None
            return base and base.bound(key, theirs)
        return names.bound(key, theirs)

    def _alike(self, key: Key, ours: Cell, theirs: Cell) -> bool:
        """Whether both are new arrays, or both are what was given, or look at others."""
        if key in self.scalars:
            return True
        given = ours.origin and ours.origin[0] == "arg", theirs.origin and theirs.origin[0] == "arg"
        views = ours.origin == ("view",), theirs.origin == ("view",)
        if theirs.given and not ours.given:
            return False  # what was given, in one of their cases
        return bool(given[0]) == bool(given[1]) and views[0] == views[1]

    def _results(self, ours: Reading, theirs: Reading, names: Names, pairs: dict[Any, Any]
                 ) -> Iterator[tuple[Names, Any]]:
        left = {key: cell for key, cell in effects(theirs).items() if key not in pairs.values()}
        kept = [key for key, cell in left.items() if _is_returned(key, cell, theirs.result)
                and self._stored(cell, theirs, pairs) is None]
        for key in kept:
            del left[key]
        found = self._leftovers(ours, theirs, names, pairs, left)
        if found is None or not all(
                key_of(("attr", node, f"[{place}]")) in pairs.values()
                for node in theirs.keyed.rebuilt for place in range(theirs.keyed.lengths[node])):
            return  # a tuple is made of all its items
        result, made = tree_of(theirs.result), tree_of(ours.result)
        given = {place: ours for ours, place in pairs.items()}
        places = [("stored", given[place]) if place in given else self._stored(value, theirs, pairs)
                  for place, value in _parts(theirs.result)]
        if any(place in given for place, _ in _parts(theirs.result)):
            if kept:
                return  # it is an array of ours, and not what ours gives back
            if None not in places:
                place = places[0] if RETURNED in given else _beside(theirs.result, places)
                if place is not None:
                    yield names, (found, place)
            return
        if result == NONE:
            if made == NONE or pairs:  # else nothing would be left of what ours does
                yield names, (found, None)
            return
        if made != NONE and _are_of_a_kind(ours.result, theirs.result):
            found |= {key: "result" for key in kept}
            for last in self.nodes(made, result, names):
                yield last, (found, "result")
        if kept:
            return  # of what is not given back nothing is known
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
            if place is None and cell.node == GONE:
                place = GONE
            if place is None and cell.node[0] in CONSTANTS:
                place = ("constant", cell.node)
            if place is None or key[0] == ("layer",) or (
                    place[0] == "stored" and ("within", place[1]) in names.flags):
                return None
            found[key] = place
        return found

    def _stored(self, value: Any, theirs: Reading, pairs: dict[Any, Any]) -> Any:
        """The attribute of ours whose very array this is; a tuple or list of them."""
        if isinstance(value, Items):
            parts = [self._stored(one, theirs, pairs) for one in value.values]
            return None if None in parts else _beside(value, parts)
        mine = effects(theirs)
        for ours, key in pairs.items():
            if key in mine and mine[key].number == value.number:
                return ("stored", ours)
        if isinstance(value, Cell) and value.origin == value.node and value.node[0] == "attr" and (
                value.node[1] == SELF):
            return ("kept", value.node)
        return None


def _looks_alike(ours: Reading, theirs: Reading, names: Names) -> bool:
    """Whether theirs reads no attribute that ours does without: it may not be there."""
    mine = leaves(ours) | {key_of(("attr", *one)) for one in ours.looked}
    known = {value for key, value in names.attributes.items() if key in mine}
    known |= {(value[0][:-1], value[0][-1]) for value in names.attributes.values()
              if value[0] not in CONSTANTS and value[0] not in ((), ("layer",))}  # what holds them
    known |= {key for value in known if value[0] and isinstance(value[0][-1], Path)
              for key in on_the_way(value[0][-1])}
    return all(key_of(("attr", *one)) in known or one[0] == SELF and one[1] in theirs.parts
               for one in theirs.looked)


def _parts(result: Any) -> list[tuple[Node, Any]]:
    """What is given back, and each of several that are."""
    return [((*RETURNED, place), one) for place, one in enumerate(result.values)] if isinstance(
        result, Items) else [(RETURNED, result)]


def _beside(items: Items, places: list[Any]) -> Any:
    """Where they come from, in a tuple or a list as it stands in the source; None for neither."""
    return (items.kind, *places) if items.kind in ("tuple", "list") else None


def _are_of_a_kind(ours: Any, theirs: Any) -> bool:
    """Whether both are a tuple, or both a list, and so are all within them."""
    if not (isinstance(ours, Items) and isinstance(theirs, Items)):
        return True
    return ours.kind == theirs.kind and all(map(_are_of_a_kind, ours.values, theirs.values))


def _returned(key: Key, result: Node) -> list[tuple[Node, Node]]:
    """What may be an attribute of ours that theirs gives back: alone, or beside others."""
    if result[0] != "tuple":
        return [(RETURNED, result)] if key[-1] in _RETURNABLE else []
    return [((*RETURNED, place), part) for place, part in enumerate(result[1:])
            if key[-1] in _RETURNABLE or key in _BESIDE]


def _is_given(value: Any) -> bool:
    return isinstance(value, Cell) and value.given


def _is_given_at_times(value: Any) -> bool:
    """Whether it is an argument in one case and made in another, as without dropout."""
    return _is_given(value) and value.origin == ("mixed",)


def _is_returned(key: Key, cell: Cell, result: Any) -> bool:
    """Whether an attribute of the object is what the method has computed and gives back."""
    return (key[0] == () and isinstance(result, Cell) and cell.number == result.number
            and cell.origin is None and cell.node[0] in ("op", "if"))


def _kept(cell: Cell) -> bool:
    """Whether it is the array of before, changed in place. (What is made in an `if` alone, or only
    where there is none yet, is "mixed", too.)
    """
    return cell.changed and cell.origin is not None and cell.origin[0] in ("attr", "mixed")
