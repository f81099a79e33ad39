"""Whether a guarded block may see what only the turn before leaves, if that is not skipped.

The block runs in a turn that runs as it is. What that turn has set before it is there; names that
it sets later, and results of objects, are those of the turn before. Where the block is not known to
ask for such, that turn may be skipped, too; else it runs as it is as well.
"""

import ast
from types import FrameType
from typing import Any

import numpy as np

from fastnn.running.loops import pure
from fastnn.running.loops.expressions import LASTING
from fastnn.running.loops.names import is_plain, look_up
from fastnn.running.loops.roles import role_of

_TELLING = ("print", "len", "round", "str", "float", "int", "format", "min", "max", "abs", "range",
            "sum", "list", "repr")
_PLAIN = (ast.If, ast.Expr, ast.Assign, ast.Pass, ast.Name, ast.Constant, ast.JoinedStr,
          ast.FormattedValue, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Tuple,
          ast.List, ast.Attribute, ast.Call, ast.keyword, ast.Subscript, ast.Slice, ast.operator,
          ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context, ast.Break, ast.Continue)


def looks_back(block: ast.stmt, before: frozenset[str], assigned: set[str], frame: FrameType,
               is_fresh: bool) -> bool:
    """Whether it may see results of the turn before.

    before: names that are set when it begins; assigned: those that each turn sets; is_fresh:
    whether the forward pass is done by then.
    """
    bases, functions = set(), set()
    for node in ast.walk(block):
        if not isinstance(node, _PLAIN):
            return True
        if isinstance(node, ast.Attribute):
            bases.add(node.value)
        if isinstance(node, ast.Call):
            functions.add(node.func)
    look = _Look(before, assigned, frame, is_fresh)
    for node in ast.walk(block):
        if isinstance(node, ast.Call) and not look.tells(node.func):
            return True
        if isinstance(node, ast.Attribute) and node not in functions and not look.lasts(node):
            return True
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and (
                node not in functions) and not look.is_there(node.id, node in bases):
            return True
    return False


class _Look:
    def __init__(self, before: frozenset[str], assigned: set[str], frame: FrameType,
                 is_fresh: bool) -> None:
        self.before, self.assigned, self.frame = before, assigned, frame
        self.results = LASTING | ({"output"} if is_fresh else set())

    def _known(self, node: ast.expr) -> Any:
        """What a name of the program's stands for, if no turn sets it; else None."""
        if not isinstance(node, ast.Name) or node.id in self.before or node.id in self.assigned:
            return None
        return look_up(self.frame, node.id)

    def tells(self, function: ast.expr) -> bool:
        """Whether this only prints, computes or appends."""
        if isinstance(function, ast.Name):
            found = self._known(function)
            name = getattr(found, "__name__", None)
            return pure.numpys(found) is not None or (
                name in _TELLING and found is pure.OF_BUILTINS[name])
        if not isinstance(function, ast.Attribute):
            return False
        base = self._known(function.value)
        if function.attr == "append":
            return type(base) is list
        if function.attr == "format":
            return isinstance(function.value, ast.Constant)
        return base is np and pure.numpys(getattr(np, function.attr, None)) is not None

    def lasts(self, node: ast.Attribute) -> bool:
        """Whether an attribute is what it would be whatever was skipped."""
        base = self._known(node.value)
        if type(base) is np.ndarray:
            return node.attr in pure.ATTRIBUTES
        role = role_of(base)
        return role is not None and role.attribute(node.attr) in self.results

    def is_there(self, name: str, is_base: bool) -> bool:
        """Whether a name is set by then, and nothing that looks for more when it is printed."""
        if name in self.before:
            return True
        if name in self.assigned:
            return False
        found = look_up(self.frame, name)
        return (is_base or is_plain(found) or type(found) is np.ndarray
                or type(found) is list and all(map(is_plain, (*found[:1], *found[-1:]))))
