"""Lists of a program's objects that a turn goes through, one object after the other.

    for layer in reversed(network):             for i in range(len(layers)):
        grad = layer.backward(grad)                 out = layers[i].forward(out)
    trained = [layer for layer in layers if layer.trainable]
    for n, layer in enumerate(trained): ...

Such a loop is what its body is for each object. Which objects there are is asked of the very list,
which `names` looks at again before turns are trained: whether it is that list still, and has the
same objects in it, in this order.

An iterator can be gone through once. So those of `reversed`, `enumerate`, `zip` and of generators
are read where they are gone through, and have no name.
"""

import ast
from typing import Any

from fastnn.running.loops.generators import Generators
from fastnn.running.loops.lookups import is_own, shown
from fastnn.running.loops.names import KEYS, MISSING, MOST, is_plain
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.symbols import Batched, Known, Several, Thing, Unread

_ITERATORS = (reversed, enumerate, zip)


class Jump(Exception):
    """A `continue` or `break` that is come to. statement: which."""

    def __init__(self, statement: ast.stmt) -> None:
        super().__init__()
        self.statement = statement


class Chains(Generators):
    """Reads such loops and lists, too."""

    _jumps: frozenset[int] = frozenset()  # statements that a loop around them, which is read, takes

    def _run_for(self, statement: ast.For) -> None:
        if self._is_by_place(statement):
            self.each(statement)
        else:
            super()._run_for(statement)

    def each(self, statement: ast.For) -> None:
        """A loop over objects."""
        items = self.items(statement.iter)
        if statement.orelse:
            raise Unread(f"'{shown(statement)}' is more than a plain training")
        outside, self._jumps = self._jumps, self._jumps | _jumps_of(statement.body)
        had = len(self.set_on)
        try:
            for item in items:
                self.binds(statement.target, item)
                if not self._goes_on(statement):
                    break
        finally:
            self._jumps = outside
        lazy = [one for one in ast.walk(statement.iter) if isinstance(one, ast.GeneratorExp)]
        stored = _stored(statement.target, *statement.body)
        if lazy and (had < len(self.set_on) or any(
                (_names(one) - _stored(one)) & stored for one in lazy)):
            raise Unread(f"'{shown(statement.iter)}' may ask for what the loop over it changes")

    def _goes_on(self, statement: ast.For) -> bool:
        """Read the body once more; whether the loop goes on behind it."""
        try:
            self.run(statement.body)
        except Jump as jump:
            if id(jump.statement) not in _jumps_of(statement.body):
                raise
            return isinstance(jump.statement, ast.Continue)
        return True

    def _run_continue(self, statement: ast.stmt) -> None:
        if id(statement) not in self._jumps:
            raise Unread(f"'{shown(statement)}' in each turn is more than a plain training")
        raise Jump(statement)

    _run_break = _run_continue

    def _is_by_place(self, statement: ast.For) -> bool:
        """Whether a loop over range(...) takes objects of a list by their places."""
        if not isinstance(statement.target, ast.Name) or not isinstance(statement.iter, ast.Call):
            return False
        name = statement.target.id
        return any(
            isinstance(one, ast.Subscript) and not isinstance(one.slice, ast.Slice)
            and name in _names(one.slice) and self._holds_objects(one.value)
            for part in statement.body for one in ast.walk(part))

    def _holds_objects(self, node: ast.expr) -> bool:
        """Whether an expression, a name or an attribute, is a list of objects."""
        if any(not isinstance(one, ast.Name | ast.Attribute | ast.expr_context)
               for one in ast.walk(node)):
            return False
        found = self.tried(lambda: self.value(node))
        if isinstance(found, Several):
            return True
        held: Any = getattr(found, "value", None)
        return type(held) in (list, tuple) and 0 < len(held) < MOST and not all(
            map(is_plain, held)) and all(map(_is_member, held))

    # ------------------------------------------------------------------------ what lists hold

    def items(self, node: ast.expr) -> list[Any]:
        """What a loop goes over."""
        if isinstance(node, ast.GeneratorExp):
            return self._on_the_way(node)
        view = self._view(node)
        if view is not None:
            return view
        function = self._iterator(node)
        if function is not None:
            assert isinstance(node, ast.Call)
            return self._of_an_iterator(node, function)
        found = self.value(node) if self._read is None or self._read[0] is not node else (
            self._read[1])
        self._read = None
        if isinstance(found, Several):
            return list(found.items)
        return self.items_of(getattr(found, "value", None), node)

    def _iterator(self, node: ast.expr) -> Any:
        """The function that makes an iterator, of a call of it; or `range`; else None."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return None
        found = getattr(self.value(node.func), "value", None)
        return next((one for one in (*_ITERATORS, range) if found is one), None)

    def _of_an_iterator(self, node: ast.Call, function: Any) -> list[Any]:
        if function is range:
            over = self._range(node)
            if over is None or len(over) >= MOST:
                raise Unread(f"'{shown(node)}' is no list of layers")
            return list(map(Known, over))
        start: Any = 0
        words = {word.arg: word.value for word in node.keywords}
        given = list(node.args)
        if function is enumerate and (len(given) == 2 or "start" in words):
            start = self.value(given.pop() if len(given) == 2 else words.pop("start"))
            start = start.value if isinstance(start, Known) else None
        if words or type(start) is not int or any(isinstance(one, ast.Starred) for one in given):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        if function is not zip and len(given) != 1:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        columns = list(map(self.items, given))
        if function is reversed:
            if not self._can_be_reversed(given[0]):
                raise Unread(f"'{shown(node)}' is not known to be a list in reverse")
            return columns[0][::-1]
        if function is enumerate:
            columns.insert(0, [Known(n) for n in range(start, start + len(columns[0]))])
        return [Several(row) for row in zip(*columns)]

    def _can_be_reversed(self, node: ast.expr) -> bool:
        """Whether it is a list, of which `reversed` takes the end first: no iterator is."""
        return not isinstance(node, ast.GeneratorExp) and self._iterator(node) in (None, range)

    def _chosen(self, node: ast.GeneratorExp | ast.ListComp) -> list[Any]:
        """[layer for layer in layers if hasattr(layer, "weights")]"""
        (over, *others) = node.generators
        if others or over.is_async:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        env, found = self.env, []
        for item in self.items(over.iter):
            self.env = {**env, **self._named(over.target, item)}
            try:
                if all(map(self._is_so, over.ifs)):
                    found.append(self.value(node.elt))
            finally:
                self.env = env
        return found

    def _on_the_way(self, node: ast.GeneratorExp) -> list[Any]:
        """What a generator chooses, one by one between the turns of the loop over it."""
        events = len(self.events)
        found = self._chosen(node)
        if len(self.events) > events or not all(isinstance(one, Known | Thing) for one in found):
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return found

    def _view(self, node: ast.expr) -> list[Any] | None:
        """layers.values(), of a dictionary whose keys are texts, and the like; else None."""
        if not isinstance(node, ast.Call) or node.args or node.keywords or not isinstance(
                node.func, ast.Attribute) or node.func.attr not in ("keys", "values", "items"):
            return None
        whole = self.value(node.func.value)
        if not isinstance(whole, Known) or whole.path is None or type(whole.value) is not dict or (
                self.names[(*whole.path, KEYS)] is MISSING):
            raise Unread(f"'{shown(node)}' is not known to be the same in each turn")
        keys = list(map(Known, whole.value))
        if node.func.attr == "keys":
            return keys
        held = [self._at((*whole.path, f"[{key.value}"), node) for key in keys]
        return held if node.func.attr == "values" else list(map(Several, zip(keys, held)))

    def _named(self, target: ast.expr, item: Any) -> dict[str, Any]:
        """The names of a comprehension, as they stand for an item: they are its own."""
        if isinstance(target, ast.Name):
            return {target.id: item}
        if not isinstance(target, ast.Tuple) or not isinstance(item, Several) or len(
                target.elts) != len(item.items):
            raise Unread(f"'{shown(target)}' in each turn is more than a plain training")
        pairs = zip(target.elts, item.items)
        return {name: one for pair in pairs for name, one in self._named(*pair).items()}

    def _is_so(self, test: ast.expr) -> bool:
        found = self.value(test)
        if not isinstance(found, Known) or not is_plain(found.value):
            raise Unread(f"'{shown(test)}' asks for a value that each turn computes")
        return bool(found.value)

    def _listcomp(self, node: ast.ListComp) -> Batched | Several:
        return self.batches_of(node) or Several(tuple(self._chosen(node)))

    def _call(self, node: ast.Call) -> Any:
        """list(reversed(layers)) and the like, too."""
        if not isinstance(node.func, ast.Name) or len(node.args) != 1 or node.keywords:
            return super()._call(node)
        (given,), function = node.args, getattr(self.value(node.func), "value", None)
        if function is sum and isinstance(given, ast.GeneratorExp):
            return self._builtin(node, "sum", [Several(tuple(self._chosen(given)))])
        if function is list or function is tuple:
            if isinstance(given, ast.GeneratorExp):
                return Several(tuple(self._chosen(given)))
            if self._iterator(given) is not None or self._view(given) is not None:
                return Several(tuple(self.items(given)))
        return super()._call(node)

    def _builtin(self, node: ast.Call, name: str, arguments: list[Any]) -> Any:
        if len(arguments) == 1 and not node.keywords:
            (given,) = arguments
            if name == "len" and isinstance(given, Several):
                return Known(len(given.items))
            if name == "len" and isinstance(given, Batched):
                return Known(len(given.over))
            if name in ("list", "tuple") and self._has_objects(given):
                return Several(tuple(given.items if isinstance(given, Several) else
                                     self.items_of(given.value, node)))
        return super()._builtin(node, name, arguments)

    @staticmethod
    def _has_objects(symbol: Any) -> bool:
        held: Any = getattr(symbol, "value", None)
        return isinstance(symbol, Several) or type(held) in (list, tuple) and 0 < len(
            held) < MOST and any(map(_is_object, held))

    def binds(self, target: ast.expr, value: Any) -> None:
        """Have a target stand for this."""
        raise NotImplementedError


def _is_object(value: Any) -> bool:
    return not is_plain(value) and _is_member(value)


def _is_member(value: Any) -> bool:
    return is_plain(value) or role_of(value) is not None or is_own(value)


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _stored(*nodes: ast.AST) -> set[str]:
    return {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)
            and isinstance(one.ctx, ast.Store)}


def _jumps_of(body: list[ast.stmt]) -> frozenset[int]:
    """The statements `continue` and `break` that are those of the loop with this body."""
    found: set[int] = set()
    for one in body:
        if isinstance(one, ast.Continue | ast.Break):
            found.add(id(one))
        elif not isinstance(one, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                found |= _jumps_of(getattr(one, name, []))
    return frozenset(found)
