"""Operations on single elements, as the text of a formula for `activations/formula.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.names import key_of
from fastnn.adopting.nodes import Node, is_truth, op

if TYPE_CHECKING:
    from typing import Any

_INPUT: Node = ("arg", 1)
_BINARY = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "eq": "=="}
_CALLED = {"exp", "log", "sqrt", "tanh", "abs", "sign", "square", "maximum", "minimum", "where",
           "clip"}
_ARITHMETIC = ("add", "sub", "mul", "div")


def of_whole(base: Node, index: Node, value: Node) -> Node | None:
    """What a[c] becomes, computed of all of a: a * 0.1 where it is a[c] * 0.1. Arithmetic alone: it
    rounds each element by itself.
    """
    part = ("op", "item", base, index)
    if value[0] != "op" or value[1] not in _ARITHMETIC or len(value) != 4 or (
            value[2:].count(part) != 1):
        return None
    return op(value[1], *(base if one == part else one for one in value[2:]))


class NoFormula(Exception):
    """It is not computed element by element."""


class Text:
    """Writes trees of one method.

    argument: what the method is given is called. names: what attributes are called; all others are
    options, which are added. kept: the trees of what is kept; inlined: that is written out.
    is_float64: whether it makes float64 of all that it is given.
    """

    def __init__(self, argument: str, names: dict[Any, str], options: dict[str, str],
                 kept: dict[Any, Node] | None = None, *, inlined: bool = False) -> None:
        self.argument, self.names, self.options = argument, names, options
        self.kept, self.inlined = kept or {}, inlined
        self.is_float64 = False

    def of(self, node: Node, *, kept: bool = False) -> str:
        """The text of a tree; kept: of one that NumPy computes, and is an array by itself."""
        if kept and self._is_choice(node):
            return self._choice(node)
        return self._text(node)

    def _text(self, node: Node) -> str:
        kind = node[0]
        if kind == "const":
            return repr(node[1])
        if node == _INPUT:
            return self.argument
        if kind == "attr":
            return self._attribute(node)
        if kind != "op":
            raise NoFormula
        word, args = node[1], node[2:]
        if word == "set":
            return self._set(*args)
        if self._is_choice(node):
            raise NoFormula  # of whole numbers, perhaps: -0 is 0 among them
        if word in _ARITHMETIC and len(args) == 2:
            return f"({self._operand(*args)} {_BINARY[word]} {self._operand(*args[::-1])})"
        parts = [self._text(one) for one in args]
        if word in _BINARY:
            return f"({parts[0]} {_BINARY[word]} {parts[1]})"
        if word == "neg":
            return f"(-{parts[0]})"
        if word == "not":
            return f"(~{parts[0]})"
        if word in _CALLED and "None" not in parts:
            return f"np.{word}({', '.join(parts)})"
        raise NoFormula

    def _set(self, base: Node, index: Node, value: Node) -> str:
        """a[c] = 0 on a copy, and a[c] *= number; on zeros a[c] = x[c]."""
        condition = index[2] if index[:2] == ("op", "nonzero") else index
        if not self._is_truth(condition):
            raise NoFormula  # numbers would be places
        if value[0] == "const":
            return f"np.where({self._text(condition)}, {self._text(value)}, {self._text(base)})"
        if (changed := of_whole(base, index, value)) is not None and all(
                one == base or self._is_number(one) for one in changed[2:]):
            return f"np.where({self._text(condition)}, {self._text(changed)}, {self._text(base)})"
        if base[:2] != ("op", "zeros_like") or value != ("op", "item", base[2], index):
            raise NoFormula
        return f"np.where({self._text(condition)}, {self._text(base[2])}, 0)"

    def _attribute(self, node: Node) -> str:
        key = key_of(node)
        if key in self.names:  # in a dict of theirs, too
            return self.names[key]
        if key is None or key[0]:
            raise NoFormula
        return self.options.setdefault(key[1], f"option_{key[1]}")

    def _operand(self, node: Node, other: Node) -> str:
        """Of one of two numbers a float64 array, which arithmetic makes floats of another."""
        if not self._is_choice(node):
            return self._text(node)
        if self._is_choice(other) or self._is_number(other):
            raise NoFormula
        return self._choice(node)

    def _choice(self, node: Node) -> str:
        """np.where(condition, number, number)"""
        self.is_float64 = True
        if node[0] == "attr":
            return self.names[key_of(node)]
        return f"np.where({', '.join(self._text(one) for one in node[2:])})"

    def _is_choice(self, node: Node) -> bool:
        if node[0] == "attr" and self.inlined:
            node = self.kept.get(key_of(node), node)
        return node[:2] == ("op", "where") and all(self._is_number(one) for one in node[3:])

    def _is_truth(self, node: Node) -> bool:
        if node[0] == "attr":
            node = self.kept.get(key_of(node), node)
        return is_truth(node)

    def _is_number(self, node: Node) -> bool:
        return node[0] == "const" or node[0] == "attr" and key_of(node) not in self.names
