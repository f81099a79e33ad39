"""What an expression of a loop's body stands for. Unread for what is not known to compute only."""

import ast
from typing import Any, NamedTuple

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
    method_of,
)
from fastnn.running.loops.questions import question
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Known,
    Method,
    Own,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)
from fastnn.running.loops.texts import Text

_NUMBERS = ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.MatMult
_BITS = ast.BitAnd, ast.BitOr, ast.BitXor
_COMPARED = ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE


class Scope(NamedTuple):
    """Of a method: the names of its module, and its own."""

    globals: dict[str, Any]
    locals: tuple[str, ...]


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
        self.scope: Scope | None = None  # of the method that is being read; None: the loop's own
        self.set: dict[tuple[int, str], Any] = {}  # attributes that the turn has set, of objects
        self.set_on: list[tuple[Any, str]] = []  # which were these
        self.texts: list[Text] = []  # of the program's methods that were read
        self._looked_at: set[tuple[int, str]] = set()  # attributes, before the turn had set them
        self.methods: list[tuple[Any, str]] = []  # what is called of whom
        self.lists: list[list[Any]] = []  # the program's, one for each time that one is read
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
        self._unmangled(node.id, node)
        if node.id in self.env:
            return self.env[node.id]
        path: tuple[Any, ...] = (node.id,)
        if self.scope is not None:
            if node.id in self.scope.locals:
                raise Unread(f"{shown(node)} is not set before it is read")
            path = (self.names.root(self.scope.globals), node.id)
        return self._at(path, node)

    @staticmethod
    def _unmangled(name: str, node: ast.expr) -> None:
        """In a class __name is another name."""
        if name.startswith("__") and not name.endswith("__"):
            raise Unread(f"'{shown(node)}' is another name in each class")

    def _at(self, path: tuple[Any, ...], node: ast.expr) -> Any:
        """What stands at a path."""
        return self._classified(self.names[path], node, path)

    def _classified(self, value: Any, node: ast.expr, path: tuple[Any, ...] | None = None) -> Any:
        if type(value) is list:
            self.lists.append(value)
        if value is MISSING:
            raise Unread(f"{shown(node)} is not set before the loop's body reads it")
        role = role_of(value)
        return Known(value, path) if role is None else Thing(role)

    def _attribute(self, node: ast.Attribute) -> Any:
        return self._attribute_of(self.value(node.value), node)

    def _attribute_of(self, base: Any, node: ast.Attribute) -> Any:
        self._unmangled(node.attr, node)
        if isinstance(base, Thing):
            return self._of_a_thing(base.role, node)
        if isinstance(base, Known):
            return self._of_a_value(base, node)
        if isinstance(base, Read | Computed | Rows) and node.attr in pure.ATTRIBUTES:
            return Computed()
        raise Unread(f"'{shown(node)}' is not known to be a plain attribute")

    def _of_a_thing(self, role: Any, node: ast.Attribute) -> Any:
        handed = self.set.get((id(role.thing), node.attr))
        if handed is not None:
            return handed
        method = role.method(node.attr)
        if method is not None:
            self.methods.append((role, node.attr))
            return Method(role, node.attr, method)
        held = vars(role.thing).get(node.attr, MISSING)
        if is_own(held) and role.holds(node.attr, held):  # the layer behind it, or the loss that
            path = (self.names.root(role.thing), node.attr)  # is in the combined class
            if held is self.names[path]:
                return self._classified(held, node, path)
        asked = question(type(role.thing), node.attr) if held is MISSING and role.proof else None
        if asked is not None:
            self.texts.append(Text.of(asked.kind, asked.name))
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

    def _of_a_value(self, base: Known, node: ast.Attribute) -> Any:
        value, name = base.value, node.attr
        if (id(value), name) in self.set:
            return self.set[id(value), name]
        if type(value) is np.ndarray and name in pure.ATTRIBUTES:
            return Known(getattr(value, name)) if name != "T" else Computed()
        path = None if base.path is None else (*base.path, name)
        if path is None or self.names[path] is MISSING:
            function = None if path is None or _is_ours(type(value)) else method_of(value, name)
            if function is not None:
                return Own(base, name, function)
            raise Unread(f"nothing is known of '{shown(node)}'")
        self._looked_at.add((id(value), name))
        return self._at(path, node)

    def _inner(self, value: Any, node: ast.expr) -> Any:
        """What a member of a list or a tuple stands for, which nobody watches by itself."""
        if not is_plain(value) and role_of(value) is None:
            raise Unread(f"'{shown(node)}' holds more than numbers and layers")
        return self._classified(value, node)

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
        if isinstance(base, Known) and type(base.value) is dict and base.path is not None and (
                isinstance(node.slice, ast.Constant) and type(node.slice.value) is str):
            return self._at((*base.path, f"[{node.slice.value}"), node)
        index = self.value(node.slice)
        if isinstance(base, Known) and self.counting.takes(index) and type(base.value) in (
                tuple, list, dict):
            return self._item(node, base.value, index)
        if isinstance(index, Computed | Read | Counted):
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        return self._computed(node, base)

    def _item(self, node: ast.Subscript, base: Any, index: Any) -> Any:
        if not isinstance(index, Known) or not isinstance(base, tuple | list) or len(base) >= MOST:
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
        if isinstance(base, Known) and type(base.value) in (tuple, list) and (
                len(base.value) < MOST and all(
                    one is None or isinstance(one, Known) for one in bounds)):
            return self._part(node, base.value, [one and one.value for one in bounds])
        self.numbers += [one.text for one in bounds if isinstance(one, Counted)]
        if isinstance(base, Known) and is_array(base.value):
            low, high = ("None" if one is None else self.counting.text(one) for one in bounds)
            return Rows(base.value, low, high)
        return self._computed(node, base)

    def _part(self, node: ast.Subscript, items: Any, bounds: list[Any]) -> Several:
        """Some of the objects of a list."""
        if not all(one is None or type(one) is int for one in bounds):
            raise Unread(f"'{shown(node)}' is not there")
        return Several(tuple(self._inner(one, node) for one in items[slice(*bounds)]))

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


def is_own(value: Any) -> bool:
    """Whether it may be an object of a class of the program's own, or has a role."""
    kind = type(value)
    if type(kind) is not type or kind.__module__ == "builtins" or not has_plain_attributes(value):
        return False
    return not _is_ours(kind) or role_of(value) is not None


def _is_ours(kind: type) -> bool:
    return (kind.__module__ or "").partition(".")[0] == __name__.partition(".")[0]


def _computes(value: Any) -> bool:
    if type(value) in (tuple, list):
        return len(value) < MOST and all(map(_computes, value))
    return is_plain(value) or is_array(value) or type(value) in (range, slice, np.dtype) or (
        isinstance(value, type) and (value in (int, float, bool) or issubclass(value, np.generic)))


def shown(node: ast.AST) -> str:
    """A piece of the program, for a sentence."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 50 else f"{text[:47]}..."
