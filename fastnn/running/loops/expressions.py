"""What an expression of a loop's body stands for. Unread for what is not known to compute only."""

import ast
import inspect
import types
from typing import Any

import numpy as np

from fastnn.running.loops import pure, values
from fastnn.running.loops.counting import Counting
from fastnn.running.loops.events import Event
from fastnn.running.loops.names import (
    MISSING,
    MOST,
    Names,
    has_plain_attributes,
    is_array,
    is_plain,
)
from fastnn.running.loops.questions import Question, question
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Known,
    Method,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)

_NUMBERS = ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult
_BITS = ast.BitAnd, ast.BitOr, ast.BitXor
_COMPARED = ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE


class Expressions:
    """Reads expressions, but for calls (`calls.py`).

    names: those of the running program; variable: the loop's own.
    """

    def __init__(self, names: Names, variable: str) -> None:
        self.names, self.variable = names, variable
        self.env: dict[str, Any] = {variable: Counted("_n")}
        self.counting = Counting()
        self.called: set[tuple[int, str]] = set()  # the objects' results of this turn
        self.events: list[Event] = []
        self.methods: list[tuple[Any, str]] = []  # what is called of whom
        self.lists: list[list[Any]] = []  # the program's, one for each time that one is read
        self.questions: list[Question] = []
        self.numbers: list[str] = []  # what a skipped turn would compute of the variable, too

    def value(self, node: ast.expr) -> Any:
        """What it stands for."""
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return read(node)

    # ------------------------------------------------------------------------------- names

    def _constant(self, node: ast.Constant) -> Any:
        return Known(node.value)

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.env:
            return self.env[node.id]
        return self._classified(self.names[node.id,], node)

    def _classified(self, value: Any, node: ast.expr) -> Any:
        if type(value) is list:
            self.lists.append(value)
        if value is MISSING:
            raise Unread(f"{shown(node)} is not set before the loop's body reads it")
        role = role_of(value)
        return Known(value) if role is None else Thing(role)

    def _attribute(self, node: ast.Attribute) -> Any:
        base = self.value(node.value)
        if isinstance(base, Thing):
            return self._of_a_thing(base.role, node)
        if isinstance(base, Known):
            return self._of_a_value(base.value, node)
        if isinstance(base, Read | Computed | Rows) and node.attr in pure.ATTRIBUTES:
            return Computed()
        raise Unread(f"'{shown(node)}' is not known to be a plain attribute")

    def _of_a_thing(self, role: Any, node: ast.Attribute) -> Any:
        method = role.method(node.attr)
        if method is not None:
            self.methods.append((role, node.attr))
            return Method(role, node.attr, method)
        held = vars(role.thing).get(node.attr, MISSING)
        inner = role_of(held) if role.holds(node.attr, held) else None
        if inner is not None:  # the loss in the combined class
            return Thing(inner)
        asked = question(type(role.thing), node.attr) if held is MISSING and role.proof else None
        if asked is not None:
            self.questions.append(asked)
            return asked
        name = role.attribute(node.attr)
        if name is None:
            raise Unread(f"'{shown(node)}' is not what it is in fastnn's {role.ours.__name__}")
        if not is_array(held) and not is_plain(held):
            raise Unread(f"'{shown(node)}' is neither an array nor a number")
        if name == "current_learning_rate":
            updated = any(event.name == "pre_update_params" for event in self.events)
            return values.Rate(True, False, role.thing, updated)
        return Read(role.thing, name, (id(role.thing), name) in self.called)

    def _of_a_value(self, value: Any, node: ast.Attribute) -> Any:
        if type(value) is np.ndarray and node.attr in pure.ATTRIBUTES:
            return Known(getattr(value, node.attr)) if node.attr != "T" else Computed()
        path = self._path(node)
        if path is None or self.names[path] is MISSING:
            of_theirs = has_plain_attributes(value) and isinstance(
                inspect.getattr_static(type(value), node.attr, None), types.FunctionType)
            raise Unread(f"nothing is known of '{shown(node)}'" + (
                f": fastnn has not adopted all of {type(value).__name__}" if of_theirs else ""))
        return self._classified(self.names[path], node)

    def _inner(self, value: Any, node: ast.expr) -> Any:
        """What a member of a list or a tuple stands for, which nobody watches by itself."""
        if not is_plain(value) and role_of(value) is None:
            raise Unread(f"'{shown(node)}' holds more than numbers and layers")
        return self._classified(value, node)

    def _path(self, node: ast.expr) -> tuple[str, ...] | None:
        """self.dense1: ("self", "dense1"), where the first is no name of the body's own."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and (
                type(node.slice.value) is str):
            before = self._path(node.value)
            return (*before, f"[{node.slice.value}") if before else None
        if isinstance(node, ast.Name):
            return None if node.id in self.env else (node.id,)
        before = self._path(node.value) if isinstance(node, ast.Attribute) else None
        return (*before, node.attr) if before and isinstance(node, ast.Attribute) else None

    # -------------------------------------------------------------------------- operations

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
                    node.op, (ast.Add, ast.Sub, ast.Mult)):
                raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        found = values.sum_of(left, right) if isinstance(node.op, ast.Add) else None
        return found or self._computed(node, left, right)

    def _compare(self, node: ast.Compare) -> Any:
        operands = [self.value(one) for one in (node.left, *node.comparators)]
        if self.counting.takes(*operands) or self._asks_for_none(node, operands):
            return self.counting.compare(node, operands)
        if len(node.ops) > 1 or not isinstance(node.ops[0], _COMPARED):
            raise Unread(f"'{shown(node)}' asks for a value that each turn computes")
        return values.compared(node, *operands) or self._computed(node, *operands)

    @staticmethod
    def _asks_for_none(node: ast.Compare, operands: list[Any]) -> bool:
        return len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot) and all(
            isinstance(one, Known) for one in operands)

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

    _list = _tuple

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
        base = self.value(node.value)
        if isinstance(node.slice, ast.Slice):
            return self._slice(node, base, node.slice)
        path = self._path(node)
        if path is not None and isinstance(base, Known) and type(base.value) is dict:
            return self._classified(self.names[path], node)
        index = self.value(node.slice)
        if isinstance(base, Known) and self.counting.takes(index) and type(base.value) in (
                tuple, list, dict):
            return self._item(node, base.value, index)
        if isinstance(index, Computed | Read | Counted):
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        return self._computed(node, base)

    def _item(self, node: ast.Subscript, base: Any, index: Any) -> Any:
        if not isinstance(index, Known) or not isinstance(base, tuple):
            raise Unread(f"'{shown(node)}' is not known to be the same in each turn")
        try:
            return self._inner(base[index.value], node)
        except (IndexError, TypeError):
            raise Unread(f"'{shown(node)}' is not there") from None

    def _slice(self, node: ast.Subscript, base: Any, taken: ast.Slice) -> Any:
        bounds = [None if one is None else self.value(one) for one in (taken.lower, taken.upper)]
        if taken.step is not None or not all(
                one is None or self.counting.takes(one) for one in bounds):
            raise Unread(f"'{shown(node)}' is not known to be rows one after another")
        self.numbers += [one.text for one in bounds if isinstance(one, Counted)]
        if isinstance(base, Known) and is_array(base.value):
            low, high = ("None" if one is None else self.counting.text(one) for one in bounds)
            return Rows(base.value, low, high)
        return self._computed(node, base)

    # ----------------------------------------------------------------------------- helpers

    def _computed(self, node: ast.expr, *operands: Any) -> Any:
        self._plain(node, *operands)
        if any(isinstance(one, Counted) for one in operands):
            raise Unread(f"'{shown(node)}' computes with the loop's variable")
        scalar = all(isinstance(one, Computed) and one.is_scalar
                     or isinstance(one, Known) and is_plain(one.value) for one in operands)
        python = scalar and all(isinstance(one, Computed) and one.is_python
                                or isinstance(one, Known) for one in operands)
        return Computed(scalar, python)

    def _plain(self, node: ast.expr, *operands: Any) -> None:
        """Unread where one is neither an array nor a number nor the like."""
        for one in operands:
            if isinstance(one, Counted):
                self.numbers.append(one.text)
                continue
            if isinstance(one, Computed | Read | Rows):
                continue
            if isinstance(one, Several):
                self._plain(node, *one.items)
            elif not isinstance(one, Known) or not _computes(one.value):
                raise Unread(f"'{shown(node)}' computes with something else than numbers")


def _computes(value: Any) -> bool:
    if type(value) in (tuple, list):
        return len(value) < MOST and all(map(_computes, value))
    return is_plain(value) or is_array(value) or type(value) in (range, slice, np.dtype) or (
        isinstance(value, type) and (value in (int, float, bool) or issubclass(value, np.generic)))


def shown(node: ast.AST) -> str:
    """A piece of the program, for a sentence."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 50 else f"{text[:47]}..."
