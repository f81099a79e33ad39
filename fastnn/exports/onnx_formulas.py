"""A formula in plain NumPy as nodes of ONNX: fastnn's own activations and anybody's.

`kernels/trace.py` has the formula in lines for one element, of which kernels are made:

    v1 = -inputs_i
    v2 = exp(v1)

An expression of ONNX is of whole arrays, and each of these operations has a node that does it to
every element. So each line is read as Python's own parser does, and written as nodes. What only
numbers go into is computed here, in the type that it would have there.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from fastnn.exports.onnx_graph import Tensor
from fastnn.kernels.trace import traced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fastnn.exports.onnx_graph import Graph

_ARITHMETIC: dict[type, tuple[str, Any]] = {
    ast.Add: ("Add", lambda a, b: a + b), ast.Sub: ("Sub", lambda a, b: a - b),
    ast.Mult: ("Mul", lambda a, b: a * b), ast.Div: ("Div", lambda a, b: a / b),
    ast.BitAnd: ("And", lambda a, b: a and b), ast.BitOr: ("Or", lambda a, b: a or b)}
_COMPARED: dict[type, tuple[str, Any]] = {
    ast.Lt: ("Less", lambda a, b: a < b), ast.LtE: ("LessOrEqual", lambda a, b: a <= b),
    ast.Gt: ("Greater", lambda a, b: a > b), ast.GtE: ("GreaterOrEqual", lambda a, b: a >= b),
    ast.Eq: ("Equal", lambda a, b: a == b)}
_LOGICAL = {ast.And: ast.BitAnd, ast.Or: ast.BitOr}
_FUNCTIONS = {"abs": ("Abs", np.abs), "sqrt": ("Sqrt", np.sqrt), "exp": ("Exp", np.exp),
              "log": ("Log", np.log), "tanh": ("Tanh", np.tanh)}
_NAMES = {"inf": float("inf"), "nan": float("nan")}


def write_formula(graph: Graph, formula: Callable[..., Any], inputs: Tensor,
                  options: Mapping[str, float]) -> Tensor:
    """Write formula(inputs, **options); what comes out. Untraceable where it cannot be compiled."""
    named = {f"own_{name}": value for name, value in options.items()}
    code = traced(formula, ["inputs"], named)
    lines = _Lines(graph, {"inputs": inputs, **named})
    with np.errstate(all="ignore"):
        for line in (*code.once, *code.each):
            lines.read(line)
        result = lines.value(ast.parse(code.results[0], mode="eval").body)
    if not isinstance(result, Tensor):  # the same number, for each element
        same = graph.node("Equal", inputs, inputs, is_truth=True)
        number = graph.number(result)
        return graph.node("Where", same, number, number)
    return result


class _Lines:
    """Reads lines of code; known: the values of the names, Tensors and plain numbers."""

    def __init__(self, graph: Graph, known: dict[str, Any]) -> None:
        self._graph, self._known = graph, known

    def read(self, line: str) -> None:
        """name = expression"""
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        self._known[statement.targets[0].id] = self.value(statement.value)

    def value(self, node: ast.expr) -> Any:
        """The value of an expression, after the nodes that compute it."""
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name):
                return self._known[name] if name in self._known else _NAMES[name]
            case ast.BinOp():
                is_truth = isinstance(node.op, ast.BitAnd | ast.BitOr)
                return self._both(_ARITHMETIC[type(node.op)], self.value(node.left),
                                  self.value(node.right), is_truth)
            case ast.UnaryOp():
                return self._one(node.op, self.value(node.operand))
            case ast.Compare(ops=[ast.NotEq()]):
                return self._one(ast.Not(), self._compared(node, ast.Eq))
            case ast.Compare():
                return self._compared(node, type(node.ops[0]))
            case ast.BoolOp():
                first, *others = map(self.value, node.values)
                for other in others:
                    first = self._both(_ARITHMETIC[_LOGICAL[type(node.op)]], first, other, True)
                return first
            case ast.IfExp():
                return self._chosen(self.value(node.test), node.body, node.orelse)
            case ast.Call(func=ast.Call()):  # type(x)(value)
                return self._typed(self.value(node.args[0]))
            case ast.Call(func=ast.Name(id="pow")):
                return self.value(node.args[0]) ** self.value(node.args[1])
            case ast.Call(func=ast.Name(id=name)):
                operator, plainly = _FUNCTIONS[name]
                x = self.value(node.args[0])
                return self._graph.node(operator, x) if isinstance(x, Tensor) else plainly(x)
        raise AssertionError(f"the tracer writes no {ast.unparse(node)}")

    def _compared(self, node: ast.Compare, kind: type) -> Any:
        return self._both(_COMPARED[kind], self.value(node.left), self.value(node.comparators[0]),
                          True)

    def _both(self, operation: tuple[str, Any], a: Any, b: Any, is_truth: bool) -> Any:
        operator, plainly = operation
        if not isinstance(a, Tensor) and not isinstance(b, Tensor):
            return plainly(a, b)
        return self._graph.node(operator, self._tensor(a), self._tensor(b), is_truth=is_truth)

    def _one(self, operator: ast.unaryop, x: Any) -> Any:
        if isinstance(operator, ast.UAdd):
            return x
        if isinstance(operator, ast.Not):
            return self._graph.node("Not", x, is_truth=True) if isinstance(x, Tensor) else not x
        return self._graph.node("Neg", x) if isinstance(x, Tensor) else -x

    def _chosen(self, test: Any, one: ast.expr, other: ast.expr) -> Any:
        if not isinstance(test, Tensor):
            return self.value(one if test else other)
        a, b = self._tensor(self.value(one)), self._tensor(self.value(other))
        return self._graph.node("Where", test, a, b)

    def _typed(self, x: Any) -> Any:
        if not isinstance(x, Tensor):
            return self._graph.dtype.type(x)
        return self._graph.cast(x) if x.is_truth else x

    def _tensor(self, x: Any) -> Tensor:
        return x if isinstance(x, Tensor) else self._graph.number(x)
