"""Methods of an adopted class that only compute, whatever they compute: the book's penalties.

    def regularization_loss(self, layer):
        loss = 0
        if layer.weight_regularizer_l2 > 0:
            loss += layer.weight_regularizer_l2 * np.sum(layer.weights * layer.weights)
        return loss

Nobody needs its value in a turn that is skipped. So it is enough that it reads attributes of its
arguments and computes with NumPy, and sets nothing but names of its own.
"""

import ast
import inspect
import types
from typing import Any, NamedTuple

import numpy as np

from fastnn.running.loops import pure
from fastnn.running.loops.texts import source_of

_STATEMENTS = ast.If, ast.For, ast.Return, ast.Assign, ast.AugAssign, ast.Pass
_EXPRESSIONS = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.Compare,
                ast.BoolOp, ast.Call, ast.keyword, ast.Tuple, ast.operator, ast.unaryop, ast.cmpop,
                ast.boolop, ast.expr_context)


class Question(NamedTuple):
    """Such a method: of which class, and which attributes it reads of which argument; or of each
    member of a list that the argument holds, then with the list's name first.
    """

    kind: type
    name: str
    reads: frozenset[tuple[int, tuple[str, ...]]]


def question(kind: type, name: str) -> Question | None:
    """The method of a class as a question; None where it may do more."""
    function = inspect.getattr_static(kind, name, None)
    if not isinstance(function, types.FunctionType) or function.__code__.co_freevars:
        return None
    tree = source_of(function)
    if isinstance(tree, str) or tree.decorator_list or tree.name != function.__code__.co_name:
        return None
    given = [one.arg for one in tree.args.args]
    if len(given) != function.__code__.co_argcount or tree.args.vararg or tree.args.kwarg or (
            tree.args.kwonlyargs or tree.args.posonlyargs):
        return None
    reader = _Reader(given, function.__globals__)
    return Question(kind, name, frozenset(reader.reads)) if reader.takes(tree) else None


class _Reader:
    """Reads the body of a function. given: its arguments; names: of its module."""

    def __init__(self, given: list[str], names: dict[str, Any]) -> None:
        self._given, self._names = given, names
        self._own: set[str] = set()  # names that began as a number of the source
        self._members: dict[str, tuple[int, str]] = {}  # names for each member of such a list
        self.reads: set[tuple[int, tuple[str, ...]]] = set()

    def takes(self, tree: ast.FunctionDef) -> bool:
        """Whether it only computes."""
        body = tree.body
        if ast.get_docstring(tree) is not None:
            body = body[1:]
        return self._take(body)

    def _take(self, statements: list[ast.stmt]) -> bool:
        return all(map(self._statement, statements))

    def _statement(self, one: ast.stmt) -> bool:
        if not isinstance(one, _STATEMENTS):
            return False
        if isinstance(one, ast.If):
            return self._computes(one.test) and self._take(one.body) and self._take(one.orelse)
        if isinstance(one, ast.For):
            return self._goes_over(one)
        if isinstance(one, ast.Assign):
            (target, *others) = one.targets
            if others or not isinstance(target, ast.Name) or (
                    target.id in {*self._given, *self._members}):
                return False
            if isinstance(one.value, ast.Constant) and type(one.value.value) in (int, float):
                self._own.add(target.id)
                return True
            return False
        if isinstance(one, ast.AugAssign):
            return (isinstance(one.target, ast.Name) and one.target.id in self._own
                    and self._computes(one.value))
        return not isinstance(one, ast.Return) or one.value is None or self._computes(one.value)

    def _goes_over(self, one: ast.For) -> bool:
        """for layer in self.trainable_layers: ..."""
        target, node = one.target, one.iter
        if one.orelse or not isinstance(target, ast.Name) or not isinstance(node, ast.Attribute):
            return False
        if not isinstance(node.value, ast.Name) or node.value.id not in self._given or (
                target.id in {*self._given, *self._own, *self._members}):
            return False
        at = self._given.index(node.value.id)
        self._members[target.id] = at, node.attr
        self.reads.add((at, (node.attr, "")))
        return self._take(one.body)

    def _computes(self, node: ast.AST) -> bool:
        if not isinstance(node, _EXPRESSIONS):
            return False
        if isinstance(node, ast.Name):
            return node.id in self._own
        if isinstance(node, ast.Attribute):
            return self._reads(node)
        if isinstance(node, ast.Call):
            return (self._is_numpys(node.func, len(node.args))
                    and all(map(self._computes, node.args))
                    and all(word.arg in pure.KEYWORDS and self._computes(word.value)
                            for word in node.keywords))
        return all(map(self._computes, ast.iter_child_nodes(node)))

    def _reads(self, node: ast.Attribute) -> bool:
        """An attribute of an argument."""
        if not isinstance(node.value, ast.Name):
            return False
        if node.value.id in self._members:
            at, name = self._members[node.value.id]
            self.reads.add((at, (name, node.attr)))
            return True
        if node.value.id not in self._given:
            return False
        self.reads.add((self._given.index(node.value.id), (node.attr,)))
        return True

    def _is_numpys(self, node: ast.expr, arguments: int) -> bool:
        return (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                and node.value.id not in self._own and self._names.get(node.value.id) is np
                and pure.numpys(getattr(np, node.attr, None)) is not None
                and arguments <= pure.before_out(node.attr))
