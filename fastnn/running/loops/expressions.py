"""What an expression of a loop's body stands for. Unread for what is not known to compute only."""

import ast
from typing import Any

import numpy as np

from fastnn.running.loops import values
from fastnn.running.loops.lookups import Lookups, said_of, shown
from fastnn.running.loops.names import MOST, is_array, is_plain
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Drawn,
    Known,
    Length,
    Listed,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)

_NUMBERS = ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult
_SYMBOLS = Computed, Counted, Drawn, Known, Listed, Read, Rows, Several, Thing
_RECORDED = {ast.Add: values.sum_of, ast.Div: values.share_of, ast.Mult: values.times}
_BITS = ast.BitAnd, ast.BitOr, ast.BitXor
_COMPARED = ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE


class Expressions(Lookups):
    """Reads expressions, but for calls (`calls.py`)."""

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        operand = self.value(node.operand)
        if self.counting.takes(operand):
            return self.counting.unary(node, operand)
        if isinstance(node.op, ast.Not):
            raise Unread(f"'{shown(node)}' asks for a value that each turn computes")
        return self._computed(node, operand)

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if self.counting.takes(left, right):
            return self.counting.binary(node, left, right)
        power = isinstance(node.op, ast.Pow) and isinstance(right, Known)
        if not power and not isinstance(node.op, _NUMBERS + _BITS):
            raise Unread(f"'{shown(node)}' is not a plain computation")
        for one in left, right:
            if isinstance(one, Known) and type(one.value) in (str, bytes):
                raise Unread(f"'{shown(node)}' makes a text of what each turn computes")
            if isinstance(one, Computed) and one.is_python and not isinstance(
                    node.op, (ast.Add, ast.Sub, ast.Mult)) and not (
                    isinstance(node.op, ast.Div) and _is_no_zero(right)):
                raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        of = _RECORDED.get(type(node.op))
        found = of and of(left, right)
        return found or self._computed(node, left, right)

    def _compare(self, node: ast.Compare) -> Any:
        operands = [self.value(one) for one in (node.left, *node.comparators)]
        if all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops):
            operands = list(map(self._itself, operands))
        if self.counting.takes(*operands) or self._asks_for_none(node, operands):
            return self.counting.compare(node, operands)
        if len(node.ops) > 1 or not isinstance(node.ops[0], _COMPARED):
            raise Unread(f"'{shown(node)}' asks for a value that each turn computes")
        return values.compared(node, *operands) or self._computed(node, *operands)

    @staticmethod
    def _asks_for_none(node: ast.Compare, operands: list[Any]) -> bool:
        return len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot) and all(
            isinstance(one, Known) for one in operands)

    @staticmethod
    def _itself(symbol: Any) -> Any:
        return Known(symbol.role.thing) if isinstance(symbol, Thing) else symbol

    def _boolop(self, node: ast.BoolOp) -> Any:
        operands = [self.value(one) for one in node.values]
        if not self.counting.takes(*operands):
            raise Unread(f"'{shown(node)}' asks for a value that each turn computes")
        return self.counting.boolean(node, operands)

    def _ifexp(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        if not isinstance(test, Known) or not is_plain(test.value):
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return self.value(node.body if test.value else node.orelse)

    def _tuple(self, node: ast.Tuple | ast.List) -> Any:
        items = tuple(self.value(one) for one in node.elts)
        if all(isinstance(one, Known) and is_plain(one.value) for one in items):
            return Known(tuple(one.value for one in items))
        return Several(items)

    def _list(self, node: ast.List) -> Any:
        return self._tuple(node) if node.elts else Listed()

    def _joinedstr(self, node: ast.JoinedStr) -> Any:
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                if one.format_spec is not None and not (
                        isinstance(one.format_spec, ast.JoinedStr) and all(
                            isinstance(part, ast.Constant) for part in one.format_spec.values)):
                    raise Unread(f"'{shown(node)}' is not a plain computation")
                self._plain(one.value, self.value(one.value))
        return Computed(is_scalar=True)

    def _subscript(self, node: ast.Subscript) -> Any:
        base, taken = self.value(node.value), node.slice
        if isinstance(taken, ast.Tuple) and len(taken.elts) == 2 and isinstance(
                taken.elts[1], ast.Slice) and not any(vars(taken.elts[1]).get(one) for one in (
                    "lower", "upper", "step")) and getattr(_array(base), "ndim", 0) == 2:
            taken = taken.elts[0]  # X[rows, :]
        if isinstance(taken, ast.Slice):
            return self._rows(node, base, taken)
        if isinstance(base, Known) and type(base.value) is dict and base.path is not None and (
                isinstance(node.slice, ast.Constant) and type(node.slice.value) is str):
            return self._at((*base.path, f"[{node.slice.value}"), node)
        index = self.value(taken)
        if isinstance(index, Drawn) or isinstance(index, Rows) and isinstance(index.array, Drawn):
            return self._in_order(node, base, index)
        if taken is not node.slice:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        if isinstance(base, Known) and type(base.value) is dict and base.path is not None and (
                type(getattr(index, "value", None)) is str):
            return self._at((*base.path, f"[{index.value}"), node)
        if isinstance(base, Known) and self.counting.takes(index) and type(base.value) in (
                tuple, list, dict):
            return self._item(node, base.value, index)
        if isinstance(base, Several) and self.counting.takes(index):
            return self._item(node, base.items, index)
        if isinstance(base, Listed) and isinstance(index, Known) and type(index.value) is int:
            return Computed(True, True)
        if isinstance(index, Computed | Read | Counted):
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        return self._computed(node, base)

    def _item(self, node: ast.Subscript, base: Any, index: Any) -> Any:
        if not isinstance(index, Known) or not isinstance(base, tuple | list) or len(base) >= MOST:
            raise Unread(f"'{shown(node)}' is not known to be the same in each turn")
        try:
            return self._member(base[index.value], node)
        except (IndexError, TypeError):
            raise Unread(f"'{shown(node)}' is not there") from None

    def _rows(self, node: ast.Subscript, base: Any, taken: ast.Slice) -> Any:
        bounds = [None if one is None else self.value(one)
                  for one in (taken.lower, taken.upper, taken.step)]
        items = _items(base)
        if items is not None and len(items) < MOST and all(
                one is None or isinstance(one, Known) for one in bounds):
            return self._part(node, items, [one and one.value for one in bounds])
        if bounds.pop() is not None or not all(
                one is None or self.counting.takes(one) for one in bounds):
            raise Unread(f"'{shown(node)}' is not known to be rows one after another")
        self.numbers += [one.text for one in bounds if isinstance(one, Counted)]
        low, high = ("None" if one is None else self.counting.text(one) for one in bounds)
        if isinstance(base, Rows) and base.is_whole:
            return base.between(low, high)
        if isinstance(base, Drawn):
            return Rows(base, low, high)
        if isinstance(base, Known) and is_array(base.value):
            return Rows(base.value, low, high)
        return self._computed(node, base)

    def _in_order(self, node: ast.Subscript, base: Any, index: Drawn | Rows) -> Any:
        """X[keys], X[keys[start:end]]"""
        order: Drawn = index.array if isinstance(index, Rows) else index
        array: Any = base.value if isinstance(base, Known) else None
        if not is_array(array) or len(array) != order.count or not array.flags.c_contiguous:
            raise Unread(f"'{shown(node)}' takes something else than all samples in an order")
        return Rows(array, *((index.low, index.high) if isinstance(index, Rows) else (
            "None", "None")), order)

    def _part(self, node: ast.Subscript, items: Any, bounds: list[Any]) -> Several:
        """Some of the objects of a list."""
        if not all(one is None or type(one) is int for one in bounds) or bounds[2] == 0:
            raise Unread(f"'{shown(node)}' is not there")
        return Several(tuple(self._member(one, node) for one in items[slice(*bounds)]))

    def _member(self, one: Any, node: ast.expr) -> Any:
        """What a member of a list stands for, or of a list that the turn makes."""
        return one if isinstance(one, _SYMBOLS) else self._inner(one, node)

    # ----------------------------------------------------------------------------- helpers

    def _computed(self, node: ast.expr, *operands: Any) -> Any:
        self._plain(node, *operands)
        counted = [one for one in operands if isinstance(one, Counted)]
        if counted and not (isinstance(node, ast.BinOp) and isinstance(
                node.op, ast.Add | ast.Sub | ast.Mult)):
            raise Unread(f"'{shown(node)}' computes with the loop's variable")
        # What NumPy's numbers may not take, a text or a number as large as that, runs as it is.
        self.numbers += [f"[0][abs({one.text}) > {2**62}]" for one in counted]
        scalar = all(isinstance(one, Counted) or isinstance(one, Computed) and one.is_scalar
                     or isinstance(one, Known) and is_plain(one.value) for one in operands)
        python = scalar and all(isinstance(one, Computed) and one.is_python
                                or isinstance(one, Known | Counted) for one in operands)
        return Computed(scalar, python)

    def _plain(self, node: ast.expr, *operands: Any) -> None:
        """Unread where one is neither an array nor a number nor the like."""
        for one in operands:
            if isinstance(one, Counted):
                self.numbers.append(one.text)
                continue
            if isinstance(one, Computed | Read | Listed):
                continue
            if isinstance(one, Rows) and not isinstance(one.array, Drawn):
                continue
            if isinstance(one, Several):
                self._plain(node, *one.items)
            elif not isinstance(one, Known) or not _computes(one.value):
                raise Unread(f"'{shown(node)}' computes with {said_of(one)}, not with numbers and "
                             "arrays alone")


def _items(symbol: Any) -> Any:
    """The members of a list; None where it is none."""
    if isinstance(symbol, Several):
        return symbol.items
    found = getattr(symbol, "value", None)
    return found if isinstance(symbol, Known) and type(found) in (tuple, list) else None


def _is_no_zero(symbol: Any) -> bool:
    """Whether a divisor is the same in each turn: then the first would have raised."""
    return isinstance(symbol, Length) or isinstance(symbol, Known) and (
        type(symbol.value) in (int, float) and symbol.value != 0)


def _array(symbol: Any) -> Any:
    return symbol.value if isinstance(symbol, Known) else getattr(symbol, "array", None)


def _computes(value: Any) -> bool:
    if type(value) in (tuple, list):
        return len(value) < MOST and all(map(_computes, value))
    return is_plain(value) or is_array(value) or type(value) in (range, slice, np.dtype) or (
        isinstance(value, type) and (value in (int, float, bool) or issubclass(value, np.generic)))
