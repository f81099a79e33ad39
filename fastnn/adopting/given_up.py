"""What a method computes and nobody reads: it may raise all the same, and ours does not compute it.

    self.dinputs = -y_true / dvalues            # class numbers beside rows: NumPy raises here
    if y_true.ndim == 1: y_true = np.eye(n)[y_true]
    self.dinputs = -y_true / dvalues
"""

from __future__ import annotations

import ast
from functools import lru_cache

from fastnn.adopting.syntax import walk

_MOST = 2000  # statements that are looked at; a method with more ways is not read
_PLAIN = frozenset((  # of one array beside numbers: elements by themselves
    "exp", "log", "sqrt", "abs", "absolute", "sign", "tanh", "square", "negative", "array",
    "asarray", "zeros_like", "ones_like", "empty_like", "copy", "clip", "maximum", "minimum",
    "power"))


@lru_cache(2048)  # as long as its source is kept: it is read in several ways
def raises_for_nothing(function: ast.FunctionDef) -> int | None:
    """The line of what may raise and is read by nobody, in one case at least; None without one."""
    looked = _Looked(function)
    return looked.line


class _Looked:
    """Goes all the ways from each assignment to where its value is read, or is not there any more.
    """

    def __init__(self, function: ast.FunctionDef) -> None:
        arguments = function.args.args
        self._first = arguments[0].arg if arguments else ""
        # What may be False or None has no `copy`.
        self._flags = {one.arg for one in arguments[len(arguments)
                                                    - len(function.args.defaults):]}
        self._left = _MOST
        self.line: int | None = None
        self._block(function.body, [])

    def _block(self, block: list[ast.stmt], behind: list[ast.stmt]) -> None:
        for number, statement in enumerate(block):
            rest = [*block[number + 1:], *behind]
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                targets = (statement.targets if isinstance(statement, ast.Assign)
                           else [statement.target])
                if (_may_raise(statement.value) or self._asks_a_flag(statement.value)) and all(
                        self._is_lost(target, rest) for target in targets):
                    self.line = self.line or statement.lineno
            elif isinstance(statement, ast.Expr) and isinstance(
                    statement.value, (ast.BinOp, ast.Compare, ast.Subscript, ast.UnaryOp)):
                if _may_raise(statement.value):
                    self.line = self.line or statement.lineno
            elif isinstance(statement, ast.If):
                self._block(statement.body, rest)
                self._block(statement.orelse, rest)
            elif isinstance(statement, (ast.For, ast.While)):
                # Behind the last line of a round comes the first of the next.
                self._block(statement.body, [*statement.body, *rest])

    def _asks_a_flag(self, node: ast.expr) -> bool:
        return any(isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
                   and one.value.id in self._flags for one in walk(node))

    def _is_lost(self, target: ast.expr, rest: list[ast.stmt]) -> bool:
        """Whether in one case at least nobody reads this before it is another, or gone."""
        if isinstance(target, ast.Name):
            return self._loses(target.id, rest, True)
        if isinstance(target, ast.Attribute) and self._is_me(target.value):
            return self._loses(target.attr, rest, False)
        return False

    def _loses(self, name: str, rest: list[ast.stmt], is_local: bool) -> bool:
        for number, statement in enumerate(rest):
            self._left -= 1
            if self._left < 0:
                return True
            if isinstance(statement, ast.If):
                if self._reads(statement.test, name, is_local):
                    return False
                behind = rest[number + 1:]
                return any(self._loses(name, [*way, *behind], is_local)
                           for way in (statement.body, statement.orelse))
            if self._reads(statement, name, is_local):
                return False
            if _sets(statement, name, is_local):
                return True
            if isinstance(statement, ast.Return):
                break
            if isinstance(statement, ast.Raise):
                return False
        return is_local

    def _reads(self, node: ast.AST, name: str, is_local: bool) -> bool:
        for one in walk(node):
            if is_local:
                if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Load):
                    return True
                if isinstance(one, ast.AugAssign) and isinstance(
                        one.target, ast.Name) and one.target.id == name:
                    return True
            elif isinstance(one, ast.Attribute) and one.attr == name and isinstance(
                    one.ctx, ast.Load):
                return True
            elif isinstance(one, ast.AugAssign) and isinstance(
                    one.target, ast.Attribute) and one.target.attr == name:
                return True
            elif isinstance(one, ast.Call) and (
                    isinstance(one.func, ast.Attribute) and self._is_own(one.func.value)
                    or any(map(self._is_me, one.args))):
                return True  # a method of its own may
        return False

    def _is_me(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self._first

    def _is_own(self, node: ast.expr) -> bool:
        return self._is_me(node) or isinstance(node, ast.Call) and isinstance(
            node.func, ast.Name) and node.func.id == "super"


def _sets(statement: ast.stmt, name: str, is_local: bool) -> bool:
    return any(
        is_local and isinstance(one, ast.Name) and one.id == name
        or not is_local and isinstance(one, ast.Attribute) and one.attr == name
        for one in walk(statement)
        if isinstance(one, (ast.Name, ast.Attribute)) and isinstance(one.ctx, ast.Store))


def _may_raise(node: ast.expr) -> bool:
    """Whether NumPy may, for arrays of other shapes. (What the names are is not known here.)"""
    if isinstance(node, (ast.Constant, ast.Name)):
        return False
    if isinstance(node, ast.Attribute):
        return _may_raise(node.value)
    if isinstance(node, ast.UnaryOp):
        return _may_raise(node.operand)
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(map(_may_raise, node.elts))
    if isinstance(node, ast.BinOp):
        pairs = (node.left, node.right), (node.right, node.left)
        return not any(_is_number(one) and not _may_raise(other) for one, other in pairs)
    if isinstance(node, ast.Subscript):
        return not _is_number(node.slice) and not isinstance(
            node.slice, ast.Slice) or _may_raise(node.value)
    if isinstance(node, ast.Call) and not node.keywords:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(
            node.func, "id", "")
        if name == "copy" and isinstance(node.func, ast.Attribute) and not node.args:
            return _may_raise(node.func.value)
        arrays = [one for one in node.args if not _is_number(one)]
        return name not in ("len", *_PLAIN) or len(arrays) > 1 or any(map(_may_raise, arrays))
    return not isinstance(node, (ast.JoinedStr, ast.FormattedValue))


def _is_number(node: ast.expr) -> bool:
    """Whether it is certain to be a number of Python's, which no array is too long for."""
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") == "len"
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and (
        node.value.attr == "shape")
