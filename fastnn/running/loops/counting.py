"""Numbers that depend on the loop's variable alone, as Python's text of them.

Conditions like `not epoch % 100` and the bounds of batches: they are computed for turns that will
not run, with the operations the program has, on numbers and texts whose operations have no effects.
"""

import ast
from collections.abc import Callable
from typing import Any

from fastnn.running.loops.names import is_plain
from fastnn.running.loops.symbols import Counted, Known, Unread

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
           ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}
_UNARY = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
            ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
_CALLS = {"len": len, "float": float, "abs": abs, "sum": sum, "max": max, "min": min,
          "round": round, "bool": bool, "int": int, "any": any, "zip": zip}
RAISED = ArithmeticError, TypeError, ValueError, LookupError


class Counting:
    """The texts of one loop's numbers, and the values that stand in them."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def takes(self, *symbols: Any) -> bool:
        """Whether all are known values without a will of their own, or count."""
        return all(isinstance(one, Counted) or isinstance(one, Known) and _is_number(one.value)
                   for one in symbols)

    def text(self, symbol: Any) -> str:
        """Its text."""
        if isinstance(symbol, Counted):
            return symbol.text
        value = symbol.value  # the same number by the same name: so texts of the same are the same
        known = next((name for name, one in self._values.items() if type(one) is type(value) is int
                      and one == value or one is value), None)
        name = known or f"_c{len(self._values)}"
        self._values[name] = value
        return name

    def unary(self, node: ast.UnaryOp, operand: Any) -> Any:
        """Of a sign, or `not`."""
        return self._made(f"({_UNARY[type(node.op)]} {self.text(operand)})", operand)

    def binary(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        """Of an operation between two."""
        word = _BINARY.get(type(node.op))
        if word is None:
            raise Unread(f"'{ast.unparse(node)}' is not a plain computation")
        return self._made(f"({self.text(left)} {word} {self.text(right)})", left, right)

    def compare(self, node: ast.Compare, operands: list[Any]) -> Any:
        """Of a comparison."""
        words = [_COMPARE[type(op)] for op in node.ops]
        text = self.text(operands[0]) + "".join(
            f" {word} {self.text(one)}" for word, one in zip(words, operands[1:], strict=True))
        return self._made(f"({text})", *operands)

    def boolean(self, node: ast.BoolOp, operands: list[Any]) -> Any:
        """Of `and` and `or`."""
        word = " and " if isinstance(node.op, ast.And) else " or "
        return self._made(f"({word.join(map(self.text, operands))})", *operands)

    def call(self, name: str, operands: list[Any]) -> Any:
        """Of a built-in function."""
        return self._made(f"{name}({', '.join(map(self.text, operands))})", *operands)

    def function(self, text: str, *more: str) -> Callable[..., Any]:
        """The number as a function of the loop's variable, and of more; it may raise one of RAISED.
        """
        made: Callable[..., Any] = eval(  # of our own text, on plain values
            compile(f"lambda {', '.join(('_n', *more))}: {text}", "<loop>", "eval"),
            {"__builtins__": _CALLS, **self._values})
        return made

    def program(self, lines: list[str], given: list[str], carried: list[str]
                ) -> Callable[..., Any]:
        """A function of the loop's variable, of values given and of those carried, that does what
        these lines do; it gives back `_keeps` and `_told`, and what is carried then.
        """
        head = f"def turn({', '.join(('_n', *given, *carried))}):"
        after = f"({''.join(f'{one}, ' for one in carried)})"
        body = ["_keeps, _told = 0, ()", *lines, f"return _keeps, _told, {after}"]
        space: dict[str, Any] = {"__builtins__": _CALLS, **self._values}
        exec("\n".join((head, *(f"    {line}" for line in body))), space)  # our own text, as above
        made: Callable[..., Any] = space["turn"]
        return made

    def _made(self, text: str, *operands: Any) -> Any:
        if any(isinstance(one, Counted) for one in operands):
            return Counted(text)
        try:  # of known values: known, too
            return Known(self.function(text)(0))
        except RAISED as error:
            raise Unread(f"its body would raise {type(error).__name__}") from None


def _is_number(value: Any) -> bool:
    return is_plain(value) or type(value) is tuple and all(map(is_plain, value))
