"""Conditions under which a method raises: what is asked before ours does anything.

`if inputs.ndim != 2: raise ...` is read as what follows it, and a wrapper asks first whether the
condition holds: then their own lines run, and raise. Only what is asked without a chance of an
error of our own is written here; all else is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.guards import NUMBERS
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.things import SELF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KINDS: dict[str, type] = {"ndarray": np.ndarray, "list": list, "tuple": tuple, "int": int,
                          "float": float}
_OF_ARRAYS = {"ndim": "{}.ndim", "shape": "{}.shape", "size": "{}.size", "dtype": "{}.dtype",
              "len": "len({})", "width": "{}.shape[1]"}
_AXES = {"len": 1, "width": 2}
_COMPARED = {"eq": "==", "lt": "<", "le": "<="}


class Unwritable(Exception):
    """It cannot be asked without a chance of an error."""


class Asking:
    """Writes conditions. `needs`: what has to hold before they may be asked at all.

    argument, attribute: what stands for the number of an argument, and for an attribute's name.
    value: what stands for a thing.
    """

    def __init__(self, argument: Callable[[int], str], attribute: Callable[[str], str],
                 value: Callable[[object], str]) -> None:
        self._argument, self._attribute, self._value = argument, attribute, value
        self.needs: list[str] = []

    def of(self, node: Node) -> str:
        """The expression of a condition."""
        kind, *parts = node
        if kind == "bool":
            return str(parts[0])
        if kind == "if":
            yes, no = self.of(parts[1]), self.of(parts[2])
            return f"({yes} if {self.of(parts[0])} else {no})"
        if kind != "op":
            raise Unwritable
        word, *args = parts
        if word == "not":
            return f"(not {self.of(args[0])})"
        if word == "is" and NONE in args:
            a, b = (self._thing(one) for one in args)
            return f"({a} is {b})"
        if word == "isinstance":
            kinds = ", ".join(self._value(KINDS[name]) for name in args[1][1].split())
            return f"{self._value(isinstance)}({self._thing(args[0])}, ({kinds},))"
        if word == "has" and args[0][1] == SELF:
            return f"({args[0][2]!r} in @own)"
        if word in _COMPARED:
            self._ask_which_axes(args)
            return f"({self._number(args[0])} {_COMPARED[word]} {self._number(args[1])})"
        raise Unwritable

    def _ask_which_axes(self, args: Iterable[Node]) -> None:
        """Of two or one axes alone `nodes.py` says that what has not one has two."""
        for one in args:
            if one[:2] == ("op", "ndim"):
                self._need(f"{self._number(one)} in (1, 2)")

    def _need(self, text: str) -> None:
        if text not in self.needs:
            self.needs.append(text)

    def _thing(self, node: Node) -> str:
        """An argument or an attribute itself."""
        if node == NONE:
            return "None"
        if node[0] == "arg" and node != SELF:
            return self._argument(node[1])
        if node[:2] == ("op", "get") and node[3] == NONE:  # who is asked has it, or theirs runs
            node = node[2]
        if node[0] == "attr" and node[1] == SELF:
            return self._attribute(node[2])
        raise Unwritable

    def _number(self, node: Node) -> str:
        """What can be compared: a number, or a shape."""
        if node[0] == "const":
            return repr(node[1])
        if node[0] == "tuple":
            return f"({''.join(f'{self._number(one)}, ' for one in node[1:])})"
        if node[0] == "op" and node[1] in _OF_ARRAYS:
            array = self._thing(node[2])
            self._need(f"type({array}) is {self._value(np.ndarray)}")
            if node[1] in _AXES:
                self._need(f"{array}.ndim >= {_AXES[node[1]]}")
            return _OF_ARRAYS[node[1]].format(array)
        text = self._thing(node)
        self._need(f"type({text}) in {self._value(NUMBERS)}")
        return text


def attributes_of(node: Node) -> frozenset[str]:
    """The object's attributes that a condition asks, which have to be there for it."""
    found: set[str] = set()
    if node[0] == "attr" and node[1] == SELF:
        found.add(node[2])
    if node[:2] != ("op", "has"):
        for one in node:
            if isinstance(one, tuple):
                found |= attributes_of(one)
    return frozenset(found)


def can_be_asked(node: Node) -> bool:
    """Whether a condition can be asked without a chance of an error."""
    try:
        Asking(str, str, str).of(node)
    except Unwritable:
        return False
    return True


def holds_in_runs(node: Node) -> bool:
    """Whether a condition holds of whatever a run gives to a method: arrays of two axes that fit
    each other.
    """
    if node[:2] == ("op", "not"):
        inner = node[2]
        return inner[:2] == ("op", "is") and NONE in inner or (
            inner[:2] == ("op", "eq") and inner[2][:2] == ("op", "ndim"))
    if node[0] != "op":
        return False
    if node[1] == "isinstance":
        return "ndarray" in node[3][1].split()
    lengths = [one[1] for one in node[2:] if one[0] == "op"]
    if node[1] != "eq" or len(lengths) != 2:
        return False
    a, b = node[2:]
    if "attr" in (a[2][0], b[2][0]) and set(lengths) == {"width", "len"}:  # inputs and weights
        return a[2][0] != b[2][0]
    return lengths in (["len", "len"], ["shape", "shape"])
