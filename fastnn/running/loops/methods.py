"""Methods of the program's own classes that a body calls, and its functions: read where they are
called.

    output = self.forward(X, training=True)
    accuracy = accuracy_of(predictions, y)

A Model that somebody has written is an object of nobody's role. What its methods do in a turn is
what their statements do, with the arguments as names of their own.
"""

import ast
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from fastnn.running.loops import adopted
from fastnn.running.loops.calls import Calls
from fastnn.running.loops.lookups import Scope, is_own, shown
from fastnn.running.loops.names import is_array, is_plain
from fastnn.running.loops.symbols import Known, OfClass, Own, Several, Unread
from fastnn.running.loops.texts import Function, Text, defaults_of, own, source_of

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
        """What the method gives back, with all that it does done: by their source, too, where ours
        stands in its place, as of a class of which a part was proved.
        """
        kind, function = type(method.receiver.value), own(method.function)
        tree = source_or_why(function)
        if isinstance(tree, str):
            raise Unread(f"nothing is known of '{shown(node.func)}': {tree}")
        try:
            return self.called_within(node, function, tree, [method.receiver],
                                      f"{kind.__name__}.{method.name}",
                                      lambda: Text.of(kind, method.name))
        except OfClass:
            raise
        except Unread:
            if not adopted.is_known(kind) and _is_part(method.receiver.value):
                raise OfClass(f"{kind.__name__} is not adopted, so that fit does not do what its "
                              f"{method.name} does") from None
            if adopted.is_known(kind):
                raise OfClass(of_no_run(method.receiver.value)) from None
            raise

    def own_function(self, node: ast.Call, function: FunctionType) -> Any:
        """The same of a function; the program's names are watched that lead to it."""
        tree = source_or_why(function)
        if isinstance(tree, str) and not _is_installed(function):
            raise Unread(f"it calls {shown(node.func)} in each turn, which may do more than to "
                         f"compute: {tree}")
        if isinstance(tree, str) or _is_installed(function) or (
                tree.name != function.__code__.co_name):
            raise Unread(f"it calls {shown(node.func)} in each turn, which may do more than to "
                         "compute")
        return self.called_within(node, function, tree, [], tree.name,
                                  lambda: Function.of(function))

    def called_within(self, node: ast.Call, function: FunctionType, tree: ast.FunctionDef,
                      receiver: list[Any], where: str, text: Callable[[], Any],
                      more: dict[str, Any] | None = None) -> Any:
        """What a function gives back, with all that it does done. more: further names in it."""
        if self.is_trying or self.depth == _DEEPEST:
            raise Unread(f"{where} is called where it is not read")
        env = self._bound(node, function, tree, receiver) | (more or {})
        self.texts.append(text())
        self.depth += 1
        try:
            self.with_names(function, env, lambda: self.run(tree.body))
        except Returned as made:
            return made.value
        except OfClass:
            raise
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
        code = function.__code__
        self.scope = Scope(function.__globals__, code.co_varnames + code.co_cellvars)
        try:
            return read()
        finally:
            self.env, self.scope = outside

    def _bound(self, node: ast.Call, function: FunctionType, tree: ast.FunctionDef,
               receiver: list[Any]) -> dict[str, Any]:
        """The arguments by their names."""
        args, code = tree.args, function.__code__
        names = [one.arg for one in args.args]
        allowed = [*names, *(one.arg for one in args.kwonlyargs)]
        if args.vararg or args.kwarg or args.posonlyargs or code.co_freevars or (
                code.co_cellvars and _defines(code)):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        given = [*receiver, *(one for part in node.args for one in self._handed(part))]
        if len(given) > len(names):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        found = dict(zip(names, given))
        for word in node.keywords:
            if word.arg not in allowed or word.arg in found:
                raise Unread(f"'{shown(node)}' is called in a way that is not known")
            found[word.arg] = self.value(word.value)
        for name, value in defaults_of(function).items():
            if name not in found and is_plain(value):
                found[name] = Known(value)
        if set(found) != set(allowed):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        return found

    def _handed(self, node: ast.expr) -> list[Any]:
        """An argument; or several, as of `*validation_data`."""
        if not isinstance(node, ast.Starred):
            return [self.value(node)]
        found = self.value(node.value)
        return list(found.items) if isinstance(found, Several) else self.items_of(
            getattr(found, "value", None), node.value)

    def items_of(self, value: Any, node: ast.expr) -> list[Any]:
        """The members of a list."""
        raise NotImplementedError

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements."""
        raise NotImplementedError


def of_no_run(thing: Any) -> str:
    """A sentence: no run does what an object of an adopted class does."""
    why = adopted.what_no_run_does(thing)
    return f"{type(thing).__name__} is adopted, but in a way that fit does not have" + (
        f": {why}" if why else "")


def source_or_why(function: FunctionType, wrapped: Any = None) -> ast.FunctionDef | str:
    """Its tree, or why it is not read. wrapped: the one that may be written before it, as `@`."""
    tree = source_of(function)
    names = [] if isinstance(tree, str) else [ast.unparse(one) for one in tree.decorator_list]
    return "it is decorated" if names and names != [getattr(wrapped, "__name__", "")] else tree


def _defines(code: CodeType) -> bool:
    """Whether a function makes others that see its names; comprehensions are done where they are.
    """
    return any(isinstance(one, CodeType) and not one.co_name.endswith(("comp>", "genexpr>"))
               for one in code.co_consts)


def _is_installed(function: FunctionType) -> bool:
    """Whether it is of a library, whose insides say nothing to whoever wrote the loop."""
    parts = function.__code__.co_filename.replace("\\", "/").split("/")
    return not {"site-packages", "dist-packages"}.isdisjoint(parts) or (
        function.__module__ or "").partition(".")[0] == __name__.partition(".")[0]


def _is_part(thing: Any) -> bool:
    """Whether an object is a part of a network: of others, which hold such parts and no arrays
    themselves, nobody thinks that they are ours.
    """
    names = {name for base in type(thing).__mro__ for name in vars(base)}
    held = [one for value in vars(thing).values()
            for one in (value if type(value) in (list, tuple) else [value])]
    return bool(names & {"forward", "backward", "calculate", "update_params", "update", "step",
                         "__call__"}) and not names & {"train", "fit"} and (
        any(map(is_array, held)) or not any(map(is_own, held)))
