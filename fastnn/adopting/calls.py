"""The calls in a method's source: NumPy's, Python's, and functions that are followed."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.adopting import numpy_words
from fastnn.adopting.expressions import Expressions, said
from fastnn.adopting.held import Beginning, is_of_dicts
from fastnn.adopting.nodes import NONE, Unread, const, op
from fastnn.adopting.numpy_words import whole_shape
from fastnn.adopting.of_another import OfAnother
from fastnn.adopting.python_words import BUILTINS
from fastnn.adopting.sources import defaults_of, plain_arguments, source_of
from fastnn.adopting.state import Cell, Items, State, node_of
from fastnn.adopting.things import MISSING, SELF, Bound, Numpy, Super, Thing
from fastnn.support.own_numpy import with_all_within

if TYPE_CHECKING:
    from collections.abc import Callable


class Calls(Expressions, OfAnother):
    """What a call gives, and does."""

    of_numpy: set[str]
    run: Callable[..., State]
    set_attribute: Callable[..., None]
    summed: Callable[..., Cell]
    _change: Callable[..., None]

    def _see_call(self, node: ast.Call, state: State) -> Any:
        if (found := self.of_another(node, state)) is not None:
            return found
        function = self.any(node.func, state) if not _is_super(node) else None
        if function is None:
            self.rely(self.functions[-1].__globals__, "super", MISSING)
            return Super(_after(self.functions[-1], self.kind))
        if isinstance(function, Thing) and function.value is sum and len(node.args) == 1 and (
                isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp)) and not node.keywords):
            return self.summed(node.args[0], state)
        if isinstance(function, Cell) and function.node == SELF:
            function = self.of_class(SELF, "__call__", self.kind)
        if isinstance(function, Cell) and self.kind_of(function.node) is None:
            raise Unread(f"line {node.lineno} of it: it calls {said(node.func)}, of which nothing "
                         "is known")
        args: list[Any] = []
        see = self.operand if _is_product(function) else self.any
        for one in node.args:
            value = self.any(one.value, state) if isinstance(one, ast.Starred) else (
                see(one, state))
            if isinstance(one, ast.Starred):
                if _is_rand(function) and len(node.args) == 1 and isinstance(value, Cell):
                    value = Items((Cell(whole_shape(value.node)),))  # rand(*x.shape)
                if not isinstance(value, Items):
                    raise Unread(f"line {one.lineno} of it: how many there are in {said(one)} is "
                                 "not known")
                args += value.values
            else:
                args.append(value)
        named = {}
        for word in node.keywords:
            if word.arg is None:
                raise Unread("two stars in a call")
            named[word.arg] = self.any(word.value, state)
        return self._call(function, args, named, state)

    def _call(self, function: Any, args: list[Any], named: dict[str, Any], state: State) -> Any:
        if isinstance(function, Bound):
            if function.function is None and is_of_dicts(function.name, function.cell):
                return self.get(function, args, named, state)
            if function.function is None and function.name == "append":
                return self._append(function, args, named, state)
            if function.function is None:
                return self._array_method(function, args, named)
            first = [] if function.owner is None else [Cell(function.owner, function.owner)]
            return self.follow(function.function, [*first, *args], named, state)
        if isinstance(function, Cell) and (kind := self.kind_of(function.node)) is not None:
            return self._call(self.of_class(function.node, "__call__", kind), args, named, state)
        if not isinstance(function, Thing):
            raise Unread("a call of something that is not known")
        thing = function.value
        if isinstance(thing, Numpy):
            return self._numpy(thing.name, args, named, state)
        if isinstance(thing, np.ufunc):
            return self._numpy(thing.__name__, args, named, state)
        if isinstance(thing, types.FunctionType):
            if thing.__module__ and thing.__module__.partition(".")[0] in ("numpy", "nnfs"):
                raise Unread(f"{thing.__name__} by a name of its own")
            return self.follow(thing, args, named, state)
        if thing is dict and named and not args:
            return Beginning(tuple(named.values()), tuple(named))
        known = BUILTINS.get(thing) if _hashable(thing) else None
        if known is None or named:
            raise Unread(f"it calls {getattr(thing, '__name__', 'something')}")
        return known(self, args, state)

    def _append(self, function: Bound, args: list[Any], named: dict[str, Any], state: State
                ) -> Cell:
        """A list that an attribute holds, and that grows."""
        if len(args) != 1 or named or function.owner[0] != "attr" or (
                function.cell.origin != function.owner):
            raise Unread("append of something that is not known")
        self._change(function.cell, op("appended", function.owner, node_of(args[0])), state)
        return Cell(NONE)

    def _array_method(self, function: Bound, args: list[Any], named: dict[str, Any]) -> Cell:
        self.taken_for_array(function.owner)
        if function.name == "astype":
            if len(args) != 1 or named:
                raise Unread("astype with these arguments")
            return Cell(numpy_words.as_type(function.owner, self._type(args[0])))
        made = numpy_words.method(function.name, function.owner, [node_of(one) for one in args],
                                  {name: node_of(one) for name, one in named.items()})
        view = function.name in ("reshape", "transpose")
        if view:
            function.cell.viewed = True
        return Cell(made, ("view",) if view else None)

    def _type(self, given: Any) -> Any:
        """A type that is given to NumPy: Python's float, NumPy's, or the tree of an array's."""
        if not isinstance(given, Thing):
            return node_of(given)
        if isinstance(given.value, Numpy):
            self.of_numpy |= with_all_within(given.value.name)
            return getattr(np, given.value.name, None)
        return given.value

    def _numpy(self, name: str, args: list[Any], named: dict[str, Any], state: State) -> Cell:
        self.of_numpy |= with_all_within(name)
        nodes = [node_of(one) for one in args]
        for one in nodes:
            self.taken_for_array(one)
        words = {word: ("text", "float") if word == "dtype" and _is_float(one) else node_of(one)
                 for word, one in named.items()}
        if name == "random.binomial" or name in numpy_words.UNIFORM:
            made = op("binomial", *nodes, *(words[word] for word in sorted(words))) if (
                name == "random.binomial") else numpy_words.uniform(name, nodes, words)
            if made[0] == "if" or state.draws != NONE:
                raise Unread("random numbers are drawn more than once")
            state.draws = made
            return Cell(made)
        made = numpy_words.function(name, nodes, words)
        if name in ("transpose", "reshape") and isinstance(args[0], Cell):
            args[0].viewed = True
            return Cell(made, ("view",))
        return Cell(made)

    def follow(self, function: Any, args: list[Any], named: dict[str, Any], state: State) -> Any:
        """What a function gives, and does."""
        node = source_of(function)
        names = plain_arguments(node)
        defaults = defaults_of(function)
        inner: dict[Any, Any] = dict(zip(names, args))
        if len(args) > len(names) or named.keys() & inner.keys() or not named.keys() <= set(names):
            raise Unread(f"{node.name} with these arguments")
        inner |= named
        for name in names:
            if name not in inner:
                if name not in defaults:
                    raise Unread(f"{node.name} without {name}")
                inner[name] = Cell(const(defaults[name]))
        depth, outer = len(self.functions), state.names
        for name, value in outer.items():  # they go along, for what is done in place is theirs too
            inner[depth, name] = value
        state.names = inner
        made = self.run(function, node, state)
        state.attributes, state.draws = made.attributes, made.draws
        state.names = {name: made.names[depth, name] for name in outer}
        result, state.result, state.left = made.result, None, False
        return result


def _is_rand(function: Any) -> bool:
    """Whether it is np.random.rand."""
    return isinstance(function, Thing) and isinstance(function.value, Numpy) and (
        function.value.name == "random.rand")


def _is_product(function: Any) -> bool:
    """Whether it is a product of NumPy's: np.dot, np.matmul, a.dot of an array."""
    if isinstance(function, Bound):
        return function.name == "dot" and function.function is None
    return isinstance(function, Thing) and isinstance(function.value, Numpy) and (
        function.value.name in ("dot", "matmul"))


def _is_float(given: Any) -> bool:
    """Whether this is Python's float, or NumPy's, which is the same type of arrays."""
    return isinstance(given, Thing) and given.value is float


def _is_super(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args


def _after(function: Any, kind: type) -> type:
    """The class of which super() in this function is the next."""
    line = kind.__mro__
    for number, one in enumerate(line):
        if function in vars(one).values() and number + 1 < len(line):
            made = type("_Rest", (), {})
            rest = {name: value for base in reversed(line[number + 1:-1])
                    for name, value in vars(base).items() if isinstance(
                        value, (types.FunctionType, staticmethod))}
            for name, value in rest.items():
                setattr(made, name, value)
            return made
    raise Unread("super() that is not understood")


def _hashable(thing: Any) -> bool:
    return isinstance(thing, (type, types.BuiltinFunctionType))
