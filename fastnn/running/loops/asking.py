"""Conditions and numbers of what `fit` records and of what the program carries from turn to turn,
as Python's text: `loss < best - 1e-4`, `np.isnan(loss)`, `min(best, loss)`.
"""

import ast
from collections.abc import Callable
from typing import Any

from fastnn.running.loops import pure
from fastnn.running.loops.counting import Counting
from fastnn.running.loops.symbols import Carried, Carry, Known, Listed

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%",
           ast.FloorDiv: "//"}
_UNARY = {ast.Not: "not ", ast.USub: "-", ast.UAdd: "+"}
_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
             ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not"}
_PLAIN = ast.Name, ast.Attribute, ast.Constant, ast.Subscript


def variable(name: str) -> str:
    """What a name that is carried is called in our texts."""
    return f"_s_{name.replace('.', '__')}"


class Asked:
    """Reads them. is_recorded: whether `fit` records what a symbol stands for; functions: how many
    numbers a function takes that they are made with, by its symbol; 0 for any other.
    """

    def __init__(self, counting: Counting, is_recorded: Callable[[Any], bool],
                 functions: Callable[[Any], int]) -> None:
        self._counting, self._is_recorded, self._functions = counting, is_recorded, functions
        self._of: Callable[[ast.expr], Any] = id
        self.values: list[Any] = []

    def read(self, node: ast.expr, of: Callable[[ast.expr], Any]) -> str | None:
        """Its text; of: what a piece of it stands for. Who says so holds us and the loop's frame,
        and is not held longer than this takes.
        """
        self._of, before, found = of, len(self.values), None
        try:
            found = self.text(node)
            return found
        finally:
            self._of = id
            if found is None:
                del self.values[before:]

    def text(self, node: ast.expr) -> str | None:
        """Python's text of it, with `_v0` and so on for recorded values; None for any other."""
        if isinstance(node, ast.BoolOp):
            return self._joined(" and " if isinstance(node.op, ast.And) else " or ", *node.values)
        if isinstance(node, ast.UnaryOp):
            word = _UNARY.get(type(node.op))
            return word and self._around(f"({word}", node.operand)
        if isinstance(node, ast.BinOp):
            word = _BINARY.get(type(node.op))
            return word and self._joined(f" {word} ", node.left, node.right)
        if isinstance(node, ast.IfExp):
            test, body, other = map(self.text, (node.test, node.body, node.orelse))
            return test and body and other and f"({body} if {test} else {other})"
        if isinstance(node, ast.Tuple):
            found = [self.text(one) for one in node.elts]
            return None if None in found else f"({''.join(f'{one}, ' for one in found)})"
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return self._item(node, node.value)
        return self._value(node) if isinstance(node, _PLAIN) else None

    def symbol(self, found: Any) -> str | None:
        """The text of what an expression stands for; None where it has none."""
        if isinstance(found, Carried):
            return variable(found.name)
        if self._counting.takes(found):
            return self._counting.text(found)
        if not self._is_recorded(found):
            return None
        self.values.append(found)
        return f"_v{len(self.values) - 1}"

    def _compared(self, node: ast.Compare) -> str | None:
        (op,), (right,) = node.ops, node.comparators
        if isinstance(op, ast.Is | ast.IsNot) and not (
                isinstance(right, ast.Constant) and right.value is None):
            return None
        word = _COMPARED.get(type(op))
        return word and self._joined(f" {word} ", node.left, right)

    def _joined(self, word: str, *nodes: ast.expr) -> str | None:
        found = list(map(self.text, nodes))
        return None if None in found else f"({word.join(map(str, found))})"

    def _around(self, begin: str, node: ast.expr) -> str | None:
        found = self.text(node)
        return None if found is None else f"{begin}{found})"

    def _call(self, node: ast.Call) -> str | None:
        if not node.args and isinstance(node.func, ast.Attribute) and node.func.attr == "item" and (
                not node.keywords and isinstance(node.func.value, _PLAIN)):
            return None if _calls(node.func) else self.symbol(self._of(node))
        if not node.args or node.keywords or any(
                isinstance(one, ast.Starred) for one in node.args) or _calls(node.func):
            return None
        function = self._of(node.func)
        if len(node.args) == 1 and isinstance(node.args[0], ast.Name):
            found = self._of(node.args[0])
            if isinstance(found, Listed):
                return self._of_a_list(function, found)
        if getattr(function, "value", None) is len and not any(map(_calls, node.args)):
            return self.symbol(self._of(node))
        if self._functions(function) != len(node.args):
            return None
        found = self._joined(", ", *node.args)
        return found and f"{self._counting.text(Known(function.value))}{found}"

    def _of_a_list(self, function: Any, given: Listed) -> str | None:
        """np.mean(losses), sum(losses)"""
        if not pure.asks_a_list(function):
            return None
        if not given.text:
            raise Carry({given.name}, f"what is in {given.name} is asked for")
        return f"{self._counting.text(Known(function.value))}({given.text})"

    def _item(self, node: ast.Subscript, of: ast.Name) -> str | None:
        """best[0], of a tuple that is carried."""
        found, place = self._of(of), node.slice
        if not isinstance(found, Carried):
            return self._value(node)
        if not isinstance(place, ast.Constant) or type(place.value) is not int:
            return None
        return f"{variable(found.name)}[{place.value}]"

    def _value(self, node: ast.expr) -> str | None:
        if _calls(node):
            return None
        return self.symbol(self._of(node))


def _calls(node: ast.AST) -> bool:
    """Whether anything is called in it."""
    return any(isinstance(one, ast.Call) for one in ast.walk(node))
