"""Whether two trees are one up to names: ours, of a form, and somebody's.

Names are found, not known: an attribute of ours stands for whichever of theirs makes the trees
equal, and for the same one in all methods of a class. What is the same number in either order
(a + b, a * b) is tried in both. A setting of ours may be a constant of theirs (an epsilon written
into the formula), or not be there at all (no momentum, no penalties).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastnn.adopting.formula_text import of_whole
from fastnn.adopting.keyed import Path
from fastnn.adopting.names import CONSTANTS, Key, Names, key_of
from fastnn.adopting.nodes import TRUE, Node, choose, op, rows_of, truth
from fastnn.adopting.things import SELF

_COMMUTES = frozenset(("add", "mul", "eq"))
_MOST_STEPS = 60_000


class Gave_Up(Exception):
    """Too many ways to try."""


class Trees:
    """Holds a form's settings: which may be constants, and what those are that are not there."""

    def __init__(self, absent: Mapping[Key, tuple[Node, ...]], scalars: frozenset[Key]) -> None:
        self.absent, self.scalars = absent, scalars
        self.steps = 0
        self.parts: frozenset[str] = frozenset()  # attributes of theirs that hold known objects

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
            if their_key is None or not self.is_alike(key, their_key):
                return
            base = theirs[1]
            if their_key[0] and isinstance(their_key[0][-1], Path):
                # Which of the places it keeps for layers it is makes no difference to ours.
                found = names.bound(key, their_key)
                if found:
                    yield found
                return
            if len(their_key[0]) > len(key[0]):  # of a dict or an object that theirs holds
                base = base[1]
            found = self._bases(ours[1], base, names)
            found = found and found.bound(key, their_key)
            if found:
                yield found
        elif theirs[0] == "const" and key in self.scalars:
            found = names.bound(key, theirs)
            if found:
                yield found

    def is_alike(self, ours: Key, theirs: Key) -> bool:
        """Whether an attribute of ours may be this of theirs: of the object, of one that it holds
        and whose class is known, of a layer. What is of the object, or of the layer, in ours theirs
        may have in a dict or an object that is no more than a place for it.
        """
        mine, other = ours[0], theirs[0]
        if bool(mine) == bool(other) and len(mine) == len(other):
            return True
        held = other[len(mine):]
        return other[:len(mine)] == mine and len(held) == 1 and (
            mine == ("layer",) or mine == () and held != ("layer",) and held[0] not in self.parts)

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
        elif name in ("loop", "listed") and theirs[1] == name:
            # Whose length it was makes no difference, where all have one.
            for found in self._all(ours[3:], theirs[3:], names):
                if all(any(next(self.nodes(mine, other, found), None) for mine in ours[2][1:])
                       for other in theirs[2][1:]):
                    yield found
            return
        elif name == "len" == theirs[1]:
            yield from self._all(ours[2:], theirs[2:], names)
            mine, other = rows_of(ours[2]), rows_of(theirs[2])
            if mine and other:  # of a batch outputs and targets are as many
                yield names.flag(("as many", mine, other))
            return
        elif name == "size" == theirs[1]:
            if theirs[2][0] == "arg" and theirs[2][1] in names.arguments.values():
                yield names  # of one of two that have one shape: what computes with them asks
            elif theirs[2][0] == "attr":
                yield from self._all(ours[2:], theirs[2:], names)
            return
        elif name == "item" and theirs[1] == "set":
            yield from self._made_one_hot(ours, theirs, names)
            return
        elif name == "where" and theirs[1] == "set":
            yield from self._set(ours, theirs, names)
            return
        elif name == "eye" and theirs[1] == "identity":  # which nnfs leaves what it is
            yield from self._all(ours[2:], theirs[2:], names.flag("NumPy's eye"))
            return
        elif name == "sqrt" and theirs[1] == "pow" and theirs[3] == ("const", 0.5):
            if self._has_arrays(ours[2]):  # of arrays it is np.sqrt, of numbers it is Python's
                yield from self.nodes(ours[2], theirs[2], names)
            return
        elif name != theirs[1] or len(ours) != len(theirs):
            return
        yield from self._all(ours[2:], theirs[2:], names)
        if name in _COMMUTES and ours[2] != ours[3]:
            yield from self._all((ours[3], ours[2]), theirs[2:], names)

    def _set(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """Of floats with two axes a[c] = 0 is np.where(c, 0, a), and of zeros like x a[c] = x[c] is
        np.where(c, x, 0), but for the order of bytes. Wrappers ask for all that.
        """
        base, index, value = theirs[2:]
        condition = index[2] if index[:2] == ("op", "nonzero") else index
        if value[0] == "const":
            yield from self._all((ours[4], *ours[2:4]), (base, condition, value), names)
        elif (changed := of_whole(base, index, value)) is not None:
            yield from self._all(ours[2:], (condition, changed, base), names)
        elif base[:2] == ("op", "zeros_like") and value == ("op", "item", base[2], index):
            yield from self._all(ours[2:], (condition, base[2], ("const", 0)), names)

    def _has_arrays(self, node: Node) -> bool:
        """Whether an array of a layer is in it, which makes an array of it."""
        if node[0] == "attr":
            key = key_of(node)
            return key is not None and key[0] == ("layer",) and key not in self.scalars
        return any(self._has_arrays(one) for one in node if isinstance(one, tuple))

    def _made_one_hot(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """Rows of np.eye are zeros with a 1 set in each: of as many as there are labels."""
        base, index, value = theirs[2:]
        if ours[2][:2] != ("op", "eye") or value not in (("const", 1), ("const", 1.0)) or (
                base[:2] != ("op", "zeros") or base[2][0] != "tuple" or len(base[2]) != 3) or (
                index[0] != "tuple" or len(index) != 3):
            return
        _, count, width = base[2]
        rows, labels = index[1:]
        if rows != ("op", "range", count) or count[:2] != ("op", "len"):
            return
        for found in self._all((ours[2][2], ours[3]), (width, labels), names):
            mine, other = rows_of(ours[3]), rows_of(count[2])
            if mine and other:
                yield found.flag(("as many", mine, other))

    def _otherwise(self, ours: Node, theirs: Node, names: Names) -> Iterator[Names]:
        """A `getattr` with a default of ours is an attribute of theirs; what begins as a number 0
        is an array of zeros then, among arrays of one type.
        """
        if ours[:2] == ("op", "zeros_like") and theirs in (("const", 0), ("const", 0.0)) and (
                self._has_arrays(ours[2])):
            yield names.flag("one type")
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
        if ours[1][:2] == ("op", "has") and (get := default_of_zero(theirs)) is not None:
            there, default = get[2:]
            for one in self.nodes(ours[2], put_instead(theirs, get, there), names):
                yield from self.nodes(ours[3], put_instead(theirs, get, default), one)
            return
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
        if not names.constants or node[0] in CONSTANTS or node[0] == "arg":
            return node
        settings = _settings_in(node)
        constants = frozenset([one for one in names.constants if one[0] in settings])
        return _filled(node, constants) if constants else node


def default_of_zero(node: Node) -> Node | None:
    """The `getattr(layer, "cache", 0)` in a tree: wrappers ask whether all such are there, or none.
    """
    if node[:2] == ("op", "get"):
        return node if node[3] in (("const", 0), ("const", 0.0)) and node[2][1] != SELF else None
    known = _defaults.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    found = next((found for one in node if isinstance(one, tuple)
                  and (found := default_of_zero(one)) is not None), None)
    if len(_defaults) > _MOST_KNOWN:
        _defaults.clear()
    _defaults[id(node)] = node, found
    return found


def put_instead(node: Node, what: Node, other: Node) -> Node:
    """A tree with another in the place of one."""
    if node == what:
        return other
    if node[0] == "op":
        return op(node[1], *(put_instead(one, what, other) for one in node[2:]))
    if node[0] in ("tuple", "slice", "if"):
        return (node[0], *(put_instead(one, what, other) for one in node[1:]))
    return node


# Of trees that are looked at again and again, by where they lie: (tree, what was found). Of our own
# forms' that is for as long as the process lives.
_settings: dict[int, tuple[Node, frozenset[Any]]] = {}
_defaults: dict[int, tuple[Node, Node | None]] = {}
_with: dict[Any, tuple[Node, Node]] = {}
_MOST_KNOWN = 200_000


def _settings_in(node: Node) -> frozenset[Any]:
    """The keys of `constants` that `put_in` may find in a tree."""
    known = _settings.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    found: set[Any] = set()
    if node[0] == "attr":
        found.add(key_of(node))
    elif node[:2] == ("op", "has"):
        found.add(("has", key_of(node[2])))
    for one in node:
        if isinstance(one, tuple):
            found |= _settings_in(one)
    if len(_settings) > _MOST_KNOWN:
        _settings.clear()
    settings = frozenset(found)
    _settings[id(node)] = node, settings
    return settings


def _filled(node: Node, constants: frozenset[Any]) -> Node:
    """`put_in`, of the same the same object, whose parts are known then."""
    known = _with.get((id(node), constants))
    if known is not None and known[0] is node:
        return known[1]
    if len(_with) > _MOST_KNOWN:
        _with.clear()
    made = put_in(node, dict(constants))
    _with[id(node), constants] = node, made
    return made


def put_in(node: Node, constants: dict[Key, Node]) -> Node:
    """A tree with these constants in the places of attributes."""
    kind = node[0]
    if kind == "attr":
        return constants.get(key_of(node) or (), node)
    if kind == "if":
        condition = put_in(node[1], constants)
        return choose(truth(condition), put_in(node[2], constants), put_in(node[3], constants))
    if kind == "op":
        if node[1] == "get":
            inner = put_in(node[2], constants)
            return inner if inner[0] in CONSTANTS else node
        if node[1] == "has":
            return constants.get(("has", key_of(node[2])), node)
        return op(node[1], *(put_in(one, constants) for one in node[2:]))
    if kind in ("tuple", "slice"):
        return (kind, *(put_in(one, constants) for one in node[1:]))
    return node
