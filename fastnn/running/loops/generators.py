"""What a loop over batches goes over, where that is more than numbers.

    def batches(X, y, size):                        for xb, yb in batches(X, y, 64):
        keys = np.random.permutation(len(X))        for n, (xb, yb) in enumerate(batches(X, y, 64)):
        for i in range(0, len(X), size):            for xb, yb in zip(parts(X), parts(y)):
            yield X[keys[i:i + size]], y[keys[i:i + size]]

A generator does what stands before its loop when the first batch is asked for, and goes on to the
next one then: as if its lines stood in the loop that asks, but for names of its own. So they are
read there. Nothing is behind its `yield`, so that nobody could tell whether it went on to its end.
"""

import ast
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from fastnn.running.loops.lookups import is_own, shown
from fastnn.running.loops.members import Members
from fastnn.running.loops.methods import Returned
from fastnn.running.loops.names import MISSING, MOST, is_array, method_of
from fastnn.running.loops.parts import whole_of
from fastnn.running.loops.symbols import (
    Batched,
    Counted,
    Known,
    Own,
    Rows,
    Several,
    Unread,
)
from fastnn.running.loops.texts import Function, Text, own, source_of


class Generators(Members):
    """Reads these, too."""

    _yielding: tuple[ast.For, ...] = ()  # the loops of the generators that are being read
    _read: tuple[ast.expr, Any] | None = None  # what a call gives that is no list of batches

    def batched(self, node: ast.expr) -> Batched | None:
        """What a loop goes over that has something for each batch; None for any other."""
        if not isinstance(node, ast.Call):
            found = self.env.get(node.id) if isinstance(node, ast.Name) else None
            if isinstance(node, ast.ListComp):
                found = self.batches_of(node)
            return found if isinstance(found, Batched) else self._of_an_object(node)
        if isinstance(node.func, ast.Name):
            function = getattr(self.value(node.func), "value", None)
            if function is enumerate or function is zip:
                return self._together(node, function)
        return super().batched(node) or self._called_generator(node)

    def _of_an_object(self, node: ast.expr) -> Batched | None:
        """An object with a method `__iter__` of its own that is a generator."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        found = self.tried(lambda: self.value(node))
        if not isinstance(found, Known) or found.path is None:
            return None
        if type(found.value) in (list, tuple):
            return self._of_parts(found.value)
        if not is_own(found.value):
            return None
        function = method_of(found.value, "__iter__")
        if function is None or self.names[(*found.path, "__iter__")] is not MISSING:
            return None
        return self._generated(ast.Call(node, [], []), Own(found, "__iter__", function))

    def _of_parts(self, batches: Any) -> Batched | None:
        """A list of tuples of arrays, which are parts of larger ones, one after the other."""
        if not 1 < len(batches) < MOST or any(
                type(one) is not tuple or len(one) != len(batches[0]) or not all(map(is_array, one))
                for one in batches):
            return None
        columns = list(zip(*batches))
        wholes = [whole_of(column) for column in columns]
        size = len(columns[0][0]) if columns and columns[0][0].ndim else 0
        if not size or any(one is None for one in wholes) or any(
                len(part) != len(columns[0][n]) or n < len(column) - 1 and len(part) != size
                for column in columns for n, part in enumerate(column)):
            return None
        for part in (one for column in columns for one in column):
            self.names[self.names.root(part),]  # which may be given another shape
        found = Several(tuple(
            Rows(whole, f"(_m * {size})", f"(_m * {size} + {size})") for whole in wholes))
        return Batched(range(len(batches)), lambda: found)

    def _together(self, node: ast.Call, function: Any) -> Batched | None:
        """enumerate(...) and zip(...) of such; None where one of them is none."""
        columns = [None if isinstance(one, ast.Starred) else self.batched(one)
                   for one in node.args[:1 if function is enumerate else None]]
        found = [one for one in columns if one is not None]
        if not found or len(found) < len(columns):
            return None
        over = found[0].over
        if function is enumerate:
            numbers = self._numbered(node, over)
            return Batched(over, lambda: Several((numbers, found[0].item())))
        if node.keywords or any(len(one.over) != len(over) for one in found):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        return Batched(over, lambda: Several(tuple(
            self.at(one.item(), _place(over, one.over)) for one in found)))

    def _numbered(self, node: ast.Call, over: range) -> Counted:
        """The numbers that enumerate gives."""
        words = {word.arg: word.value for word in node.keywords}
        begin = self.value(node.args[1] if len(node.args) == 2 else words.pop(
            "start", ast.Constant(0)))
        if words or len(node.args) > 2 or type(getattr(begin, "value", None)) is not int:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        return Counted(_place(over, range(begin.value, begin.value + len(over))))

    def _called_generator(self, node: ast.Call) -> Batched | None:
        if isinstance(node.func, ast.Name | ast.Attribute):
            function = self.tried(lambda: self._called(node.func)[0])
            if isinstance(getattr(function, "value", None), FunctionType) or isinstance(
                    function, Own):
                return self._generated(node, function) or self._list_of(node)
        return None

    def _list_of(self, node: ast.Call) -> Batched | None:
        """A list of batches that a function gives."""
        found = self.value(node)
        if isinstance(found, Batched):
            return found
        self._read = node, found
        return None

    def batches_of(self, node: ast.ListComp) -> Batched | None:
        """[(X[i:i + size], y[i:i + size]) for i in range(0, len(X), size)]; None for other lists.

        They are parts of arrays that no batch changes. So it is as if each were taken when it is
        asked for.
        """
        (over, *others) = node.generators
        if others or over.ifs or over.is_async or self.is_within or self.over is not None:
            return None
        if not isinstance(over.target, ast.Name) or not isinstance(over.iter, ast.Call):
            return None
        numbers = len(self.numbers)
        whole = self._range(over.iter)
        if not whole:
            return None
        env, self.env = self.env, {**self.env, over.target.id: Counted("_m")}
        self.is_within = True
        try:
            found = self.tried(lambda: self.value(node.elt))
        finally:
            self.env, self.is_within = env, False
        if found is None or not _is_of_batches(found):
            del self.numbers[numbers:]
            return None
        self.numbers[numbers:] = self._for_all(self.numbers[numbers:], whole, asks=False)
        return Batched(whole, lambda: found)

    def _generated(self, node: ast.Call, called: Any) -> Batched | None:
        """What a generator of the program's own yields."""
        is_method = isinstance(called, Own)
        function = own(called.function if is_method else called.value)
        if not function.__code__.co_flags & inspect.CO_GENERATOR:
            return None
        tree = source_of(function, generators=True)
        if isinstance(tree, str):
            raise Unread(f"nothing is known of '{shown(node.func)}': {tree}")
        loop = _loop_of(tree)
        if loop is None or tree.decorator_list:
            raise Unread(f"{tree.name} yields in another way than at the end of one loop")
        receiver = [called.receiver] if is_method else []
        where = f"{type(called.receiver.value).__name__}.{called.name}" if is_method else tree.name
        text: Callable[[], Any] = (
            lambda: Text.of(type(called.receiver.value), called.name)) if is_method else (
            lambda: Function.of(function))
        outside, self._yielding = self._yielding, (*self._yielding, loop)
        try:
            found: Batched = self.called_within(node, function, tree, receiver, where, text)
        finally:
            self._yielding = outside
        return found

    def _run_for(self, statement: ast.For) -> None:
        if not any(statement is one for one in self._yielding):
            super()._run_for(statement)
            return
        batched = self.batched(statement.iter)
        if batched is None:
            raise Unread(f"'{shown(statement.iter)}' is not known to be the same in each turn")
        env, scope = dict(self.env), self.scope

        def item() -> Any:
            outside = self.env, self.scope
            self.env, self.scope = dict(env), scope
            try:
                return self._yielded(statement, batched)
            finally:
                self.env, self.scope = outside

        raise Returned(Batched(batched.over, item))

    def _yielded(self, loop: ast.For, batched: Batched) -> Any:
        """What such a loop yields in one of its turns."""
        self.binds(loop.target, batched.item())
        *before, last = loop.body
        self.run(before)
        assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield)
        return Known(None) if last.value.value is None else self.value(last.value.value)


def _loop_of(tree: ast.FunctionDef) -> ast.For | None:
    """The loop at the end of a generator that yields once, at its own end; None for any other."""
    yields = [one for one in ast.walk(tree) if isinstance(one, ast.Yield)]
    last = tree.body[-1]
    if len(yields) != 1 or not isinstance(last, ast.For) or last.orelse or any(
            isinstance(one, ast.YieldFrom | ast.Return) for one in ast.walk(tree)) or not all(
            isinstance(one, ast.Assign | ast.Pass) for one in last.body[:-1]):
        return None
    return last if getattr(last.body[-1], "value", None) is yields[0] and isinstance(
        last.body[-1], ast.Expr) else None


def _is_of_batches(symbol: Any) -> bool:
    """Whether it is rows from one place on to another, or a tuple of such."""
    if isinstance(symbol, Several):
        return bool(symbol.items) and all(map(_is_of_batches, symbol.items))
    return isinstance(symbol, Rows) and not symbol.is_whole


def _place(over: range, other: range) -> str:
    """The text of one's value where the other's is `_m`."""
    return f"({other.start} + (_m - {over.start}) // {over.step} * {other.step})"
