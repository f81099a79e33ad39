"""Expressions of which it is enough that they change nothing: only some turns compute them."""

import ast
from collections.abc import Callable
from typing import Any
from weakref import getweakrefcount

from fastnn.running.loops.names import MISSING, is_array, is_plain
from fastnn.running.loops.objects import Objects
from fastnn.running.loops.symbols import Carry, Counted, Unread

_DEEPEST = 3  # lists in lists


class Trying(Objects):
    """Reads them, and forgets what it has read where it is more than that."""

    def only_computes(self, node: ast.expr) -> bool:
        """Whether an expression changes nothing: lists and dictionaries of what is known."""
        if isinstance(node, ast.Tuple | ast.List):
            return all(map(self.only_computes, node.elts))
        if isinstance(node, ast.Dict):
            return all(isinstance(key, ast.Constant) for key in node.keys) and all(
                map(self.only_computes, node.values))
        if isinstance(node, ast.ListComp):
            return self._goes_over(node)
        found = self.tried(lambda: self._alone(node))
        return found is not None and not isinstance(found, Counted) or (
            isinstance(node, ast.Name) and node.id == self.variable)

    def _alone(self, node: ast.expr) -> Any:
        """What an expression stands for in which nothing happens to an object."""
        events = len(self.events)
        found = self.value(node)
        return found if len(self.events) == events else None

    def _goes_over(self, node: ast.ListComp) -> bool:
        """[layer.weights.copy() for layer in layers]"""
        (over, *others) = node.generators
        if others or over.ifs or over.is_async or not isinstance(over.target, ast.Name):
            return False
        name, env = over.target.id, dict(self.env)
        items = self.tried(lambda: self.items(over.iter))
        try:
            for item in items or ():
                self.env = {**env, name: item}
                if not self.only_computes(node.elt):
                    return False
        finally:
            self.env = env
        return items is not None

    def tried(self, read: Callable[[], Any]) -> Any:
        """What is read by this that only some turns compute; None for what is unread."""
        events, called, seen = len(self.events), dict(self.called), self.names.seen
        lists = len(self.lists)
        trying, self.is_trying = self.is_trying, True
        found = None
        try:
            found = read()
            return found
        except Carry:
            raise
        except Unread:
            return None
        finally:
            self.is_trying = trying
            del self.events[events:]
            self.called = called
            if found is None:
                self.names.go_back(seen)
                del self.lists[lists:]

    def items(self, node: ast.expr) -> list[Any]:
        """The objects of a list."""
        raise NotImplementedError


def is_nobodys(held: Any, deep: int = 0) -> bool:
    """Whether it is numbers and arrays, in lists and dictionaries: nobody is told of their end."""
    if type(held) in (list, tuple, dict):
        inner = held.values() if type(held) is dict else held
        return deep < _DEEPEST and all(is_nobodys(one, deep + 1) for one in inner)
    return held is MISSING or is_plain(held) or is_array(held) and not getweakrefcount(held)
