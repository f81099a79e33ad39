"""What an optimizer does to a layer, as the text of a formula for `optimizers/formula.py`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from fastnn.adopting.effects import effects
from fastnn.adopting.form import SELF
from fastnn.adopting.formula_text import NoFormula, Text
from fastnn.adopting.names import CONSTANTS, Key, key_of
from fastnn.adopting.nodes import Node, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from fastnn.adopting.reader import Reading

STATES = ("momentums", "cache", "further")  # what a class of ours calls them
_ONE: Node = ("const", 1)
_SIGNS = {"add": "+", "sub": "-"}


class Side(NamedTuple):
    """What is done to an array of parameters and to what is kept beside it.

    trees: what becomes of each. first: the attribute that may be the rate, where none is set.
    """

    trees: Mapping[Key, Node]
    gradient: Key
    parameters: Key
    states: tuple[Key, ...]


class Numbers(NamedTuple):
    """Numbers of the object that its methods set: how many steps there were, and rates.

    computed: those that are not only what a method is given.
    """

    counts: frozenset[Key]
    rates: frozenset[Key]
    computed: frozenset[Key]

    @classmethod
    def of(cls, theirs: Mapping[str, list[Reading]]) -> Numbers:
        """Those of a class with these methods."""
        counts: set[Key] = set()
        rates: set[Key] = set()
        computed: set[Key] = set()
        for reading, *_ in theirs.values():
            for (base, name), cell in reading.attributes.items():
                before = ("attr", base, name)
                if base != ("arg", 0) or cell.node == before:
                    continue
                counted = cell.node == ("op", "add", before, ("const", 1))
                (counts if counted else rates).add((SELF, name))
                if not counted and cell.node[0] not in ("arg", *CONSTANTS):
                    computed.add((SELF, name))
        return cls(frozenset(counts), frozenset(rates), frozenset(computed))


class Formula(NamedTuple):
    """The texts: of each state by its name, in the order in which they are computed; of what is
    added to the parameters, with its sign, one after the other; and the options' names.

    powers: the numbers of which there are powers. within: whether the rate is computed in it; rate:
    what it is, where it is not.
    """

    states: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    options: tuple[str, ...]
    powers: tuple[str, ...]
    within: bool
    rate: Key | None


def sides_of(reading: Reading) -> Iterator[tuple[Side, Side]]:
    """Weights and biases, or the other way round, with what may be their parameters; of the second
    which they are is open.
    """
    try:
        changed = {key: steady(cell.node) for key, cell in effects(reading).items()
                   if key and key[0][:1] == ("layer",)}
    except NoFormula:
        return
    asked = {key: list(dict.fromkeys(of_layers(tree))) for key, tree in changed.items()}
    slopes = list(dict.fromkeys(one for keys in asked.values() for one in keys
                                if one not in changed))
    if len(slopes) != 2:
        return
    first, second = ({key: tree for key, tree in changed.items() if slope in asked[key]}
                     for slope in slopes)
    if len(first) != len(second) or first.keys() & second.keys() or (
            not 1 <= len(first) <= 1 + len(STATES)):
        return
    for key, tree in first.items():
        if _steps(tree, key):
            states = tuple(one for one in first if one != key)
            yield (Side(first, slopes[0], key, states),
                   Side(second, slopes[1], next(iter(second)), ()))


def steady(node: Node) -> Node:
    """What is computed once the states are there, of a layer that is trained."""
    while node[0] == "if":
        condition, yes, no = node[1:]
        if condition[:2] == ("op", "has") or no[0] == "attr":
            node = yes
        elif yes[0] == "attr" or _is_zero(condition):  # `if self.decay`
            node = no
        else:
            raise NoFormula
    return node


def _is_zero(condition: Node) -> bool:
    return condition[:2] == ("op", "eq") and condition[2][0] == "attr" and (
        condition[3] == ("const", 0))


def of_layers(node: Node) -> Iterator[Key]:
    """The attributes of layers within a tree."""
    if node[0] == "attr":
        key = key_of(node)
        if key is None:
            raise NoFormula
        if key[0][:1] == ("layer",):
            yield key
        return
    for one in node[1:]:
        if isinstance(one, tuple):
            yield from of_layers(one)


def _steps(tree: Node, key: Key) -> list[tuple[str, Node]]:
    """What is added to an array, or subtracted from it, one after the other; nothing where the
    tree is no such sum.
    """
    found: list[tuple[str, Node]] = []
    while tree[0] == "op" and tree[1] in _SIGNS:
        sign, base, step = _SIGNS[tree[1]], *tree[2:]
        if sign == "+" and _is(step, key):
            base, step = step, base
        found.insert(0, (sign, step))
        if _is(base, key):
            return found
        tree = base
    return []


def _is(node: Node, key: Key) -> bool:
    return node[0] == "attr" and key_of(node) == key


def formula_of(side: Side, rates: frozenset[Key], counts: frozenset[Key]) -> Formula:
    """The formula of one side. NoFormula."""
    steps = _steps(side.trees[side.parameters], side.parameters)
    if not steps:
        raise NoFormula
    names = {side.parameters: "parameters", side.gradient: "gradient",
             **dict(zip(side.states, STATES))}
    trees = {key: side.trees[key] for key in sorted(
        side.states, key=lambda key: size(side.trees[key]))}
    rate = _rate(steps, list(trees.values()), rates, counts)
    if rate is not None:
        names[rate] = "lr"
    text = _Update(names, (rates | counts) - {rate}, counts)
    states = []
    for key, tree in trees.items():
        states.append((names[key], text.of(tree)))
        text.known[tree] = f"new_{names[key]}"
    made = tuple((sign, text.of(step)) for sign, step in steps)
    if any(re.search(r"\b(gradient|new_|momentums|cache|further)", one) for _, one in made[:-1]):
        raise NoFormula  # rounded to the type of the parameters in between, where types differ
    return Formula(tuple(states), made, tuple(sorted(text.options.values())),
                   tuple(sorted(text.powers)), text.within, rate)


def _rate(steps: list[tuple[str, Node]], states: list[Node], rates: frozenset[Key],
          counts: frozenset[Key]) -> Key | None:
    """The number that is the rate: the one that a method sets; else the first of the step, unless
    it is computed there.
    """
    found = [key for tree in (*(step for _, step in steps), *states) for key in _numbers(tree)]
    own = [key for _, step in steps for key in _factors(step, states)]
    if counts.intersection(own):
        return None
    return next((key for key in found if key in rates), next(iter(own), None))


def _factors(node: Node, without: list[Node]) -> Iterator[Key]:
    """The object's numbers that multiply a step, or a term of it."""
    if node[0] == "attr":
        key = key_of(node)
        if key is not None and key[0] == SELF:
            yield key
    elif node[0] == "op" and node[1] in ("add", "sub", "mul", "div", "neg") and (
            node not in without):
        counted = node[1] == "div" and node[2] == _ONE
        for one in node[2:3] if node[1] == "div" and not counted else node[2:]:
            yield from _factors(one, without)


def _numbers(node: Node) -> Iterator[Key]:
    """The object's numbers within a tree."""
    if node[0] == "attr":
        key = key_of(node)
        if key is not None and key[0] == SELF:
            yield key
        return
    for one in node[1:]:
        if isinstance(one, tuple):
            yield from _numbers(one)


class _Update(Text):
    """Writes the trees of one side.

    names: what attributes are called. others: the object's numbers that methods set, and that are
    not the rate. counts: those that count the steps. known: trees that were written before.
    """

    def __init__(self, names: dict[Any, str], others: frozenset[Key], counts: frozenset[Key]
                 ) -> None:
        super().__init__("", names, {})
        self.others, self.counts = others, counts
        self.known: dict[Node, str] = {}
        self.powers: set[str] = set()
        self.within = False

    def _text(self, node: Node) -> str:
        if node in self.known:
            return self.known[node]
        if node[0] == "op" and self._is_count(node):
            return "t"
        if node[0] == "op" and self._is_rate(node):
            self.within = True
            return "lr"
        if node[:2] == ("op", "get"):  # getattr(layer, "cache", 0), where there is one
            return self._text(node[2])
        if node[:2] == ("op", "pow"):
            return self._power(*node[2:])
        return super()._text(node)

    def _is_count(self, node: Node) -> bool:
        return node[1] == "add" and node[3] == _ONE and node[2][0] == "attr" and key_of(
            node[2]) in self.counts

    def _is_rate(self, node: Node) -> bool:
        """Whether it is the rate, computed for each layer: rate * (1 / (1 + decay * steps))."""
        if node[1] != "mul" or "lr" in self.names.values():
            return False
        for whole, part in (node[2:], node[:1:-1]):
            if whole[0] == "attr" and part[:3] == ("op", "div", _ONE) and (
                    part[3][:2] == ("op", "add") and _ONE in part[3][2:]):
                return not (set(_numbers(part[3])).isdisjoint(self.counts) or list(
                    of_layers(node)))
        return False

    def _power(self, base: Node, exponent: Node) -> str:
        """Of an array the root; of a number those that are steps'."""
        if exponent == ("const", 0.5):
            return f"np.sqrt({self._text(base)})"
        steps = self._text(exponent)
        if steps != "t" or base[0] not in ("attr", "const"):
            raise NoFormula
        text = self._text(base)
        if base[0] == "attr" and text in self.options.values():
            self.powers.add(text)
        elif base[0] != "const" or not 0 <= base[1] <= 1:
            raise NoFormula
        return f"({text} ** t)"

    def _attribute(self, node: Node) -> str:
        key = key_of(node)
        if key in self.others or key is None or not (
                key in self.names or key[0] == SELF and key[1].isidentifier()):
            raise NoFormula
        return super()._attribute(node)
