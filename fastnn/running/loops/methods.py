"""Methods of the program's own classes that a body calls: read where they are called.

    output = self.forward(X, training=True)

A Model that somebody has written is an object of nobody's role. What its methods do in a turn is
what their statements do, with the arguments as names of their own.
"""

import ast
from collections.abc import Callable
from typing import Any

from fastnn.running.loops.calls import Calls
from fastnn.running.loops.lookups import Scope, shown
from fastnn.running.loops.names import is_plain
from fastnn.running.loops.symbols import Known, Own, Unread
from fastnn.running.loops.texts import Text, defaults_of, source_of

_DEEPEST = 8  # methods that call each other


class Returned(Exception):
    """A method gives this back."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Methods(Calls):
    """Reads calls of such methods, too."""

    depth = 0
    is_trying = False  # what only some turns compute

    def own_method(self, node: ast.Call, method: Own) -> Any:
        """What the method gives back, with all that it does done."""
        where = f"{type(method.receiver.value).__name__}.{method.name}"
        if self.is_trying or self.depth == _DEEPEST:
            raise Unread(f"{where} is called where it is not read")
        tree = _source(method, shown(node.func))
        env = self._bound(node, method, tree)
        self.texts.append(Text.of(type(method.receiver.value), method.name))
        self.depth += 1
        try:
            self.with_names(method.function, env, lambda: self.run(tree.body))
        except Returned as made:
            return made.value
        except Unread as reason:
            raise Unread(str(reason) if " (in " in str(reason) else f"{reason} (in {where})"
                         ) from None
        finally:
            self.depth -= 1
        return Known(None)

    def with_names(self, function: Any, names: dict[str, Any], read: Callable[[], Any]) -> Any:
        """Read something as it stands in a function, whose own names stand for these symbols."""
        outside = self.env, self.scope
        self.env = names
        self.scope = Scope(function.__globals__, function.__code__.co_varnames)
        try:
            return read()
        finally:
            self.env, self.scope = outside

    def _bound(self, node: ast.Call, method: Own, tree: ast.FunctionDef) -> dict[str, Any]:
        """The arguments by their names."""
        args, code = tree.args, method.function.__code__
        names = [one.arg for one in args.args]
        allowed = [*names, *(one.arg for one in args.kwonlyargs)]
        if args.vararg or args.kwarg or args.posonlyargs or any(
                isinstance(one, ast.Starred) for one in node.args) or len(node.args) >= len(
                names) + 1 or not names or code.co_cellvars or code.co_freevars:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        found = dict(zip(names, [method.receiver, *map(self.value, node.args)]))
        for word in node.keywords:
            if word.arg not in allowed or word.arg in found:
                raise Unread(f"'{shown(node)}' is called in a way that is not known")
            found[word.arg] = self.value(word.value)
        for name, value in defaults_of(method.function).items():
            if name not in found and is_plain(value):
                found[name] = Known(value)
        if set(found) != set(allowed):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        return found

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements."""
        raise NotImplementedError


def _source(method: Own, called: str) -> ast.FunctionDef:
    tree = source_of(method.function)
    if isinstance(tree, str):
        raise Unread(f"nothing is known of '{called}': {tree}")
    if tree.decorator_list:
        raise Unread(f"nothing is known of '{called}': it is decorated")
    return tree
