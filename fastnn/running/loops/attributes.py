"""What a program keeps account of on an object of its own: self.best, self.waited.

    if loss < self.best:
        self.best = loss

They are read as if they were names, `self.best` in one piece, where no object with a role has them:
then all that is known of names that are carried from turn to turn is known of them (`books.py`).
"""

import ast
import copy
from types import FrameType
from typing import Any

from fastnn.running.loops.lookups import is_own
from fastnn.running.loops.names import Names, can_be_set, look_up
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.trying import is_nobodys


def as_names(body: list[ast.stmt], names: Names) -> tuple[list[ast.stmt], list[tuple[Any, str]]]:
    """The body with such attributes as names, and which they are of which objects; itself, where
    there are none.
    """
    frame = names.frame
    wanted = {one for part in body for one in _changed(part, False)}
    wanted |= _of(body, ast.Store) & _of(body, ast.Load)
    found = {one for one in wanted if _is_of_an_object(frame, *one)}
    places = [(names[base,], name) for base, name in found]
    if not found or len({(id(thing), name) for thing, name in places}) < len(places):
        return body, []
    return [_Naming(found).visit(copy.deepcopy(one)) for one in body], places


def _changed(node: ast.AST, under_condition: bool) -> set[tuple[str, str]]:
    """The attributes of names that are set under a condition, or changed in place."""
    found = set()
    if isinstance(node, ast.AugAssign) or under_condition and isinstance(node, ast.Assign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = {(one.value.id, one.attr) for part in targets for one in ast.walk(part)
                 if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)}
    inside = under_condition or isinstance(node, ast.If)
    return found.union(*(_changed(one, inside) for one in ast.iter_child_nodes(node)))


def _of(body: list[ast.stmt], context: type[ast.expr_context]) -> set[tuple[str, str]]:
    """The attributes of names that are set, or read."""
    return {(one.value.id, one.attr) for part in body for one in ast.walk(part)
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, context)
            and isinstance(one.value, ast.Name)}


def _is_of_an_object(frame: FrameType, base: str, name: str) -> bool:
    """Whether an attribute is of an object of the program's own that has no role, and a number, or
    arrays that nobody is told the end of.
    """
    thing = look_up(frame, base)
    return is_own(thing) and role_of(thing) is None and can_be_set(thing, name) and is_nobodys(
        vars(thing).get(name))


class _Naming(ast.NodeTransformer):
    def __init__(self, found: set[tuple[str, str]]) -> None:
        self._found = found

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        if isinstance(node.value, ast.Name) and (node.value.id, node.attr) in self._found:
            name = ast.Name(f"{node.value.id}.{node.attr}", node.ctx)
            return ast.copy_location(name, node)
        return self.generic_visit(node)
