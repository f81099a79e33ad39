"""What a call in a loop's body stands for: functions that only compute, methods of objects."""

import ast
import inspect
from types import FunctionType
from typing import Any

import numpy as np

from fastnn.running.loops import pure, values
from fastnn.running.loops.drawing import Drawing, draws, method_of_a_stream
from fastnn.running.loops.lookups import is_own, said_of, shown
from fastnn.running.loops.names import MISSING, is_array, is_plain, method_of
from fastnn.running.loops.questions import Question
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Drawn,
    Known,
    Length,
    Listed,
    Method,
    Own,
    Read,
    Rows,
    Thing,
    Unread,
)


class Calls(Drawing):
    """Reads calls, too."""

    def _call(self, node: ast.Call) -> Any:
        function, receiver = self._called(node.func)
        function = self._as_method(function)
        if isinstance(function, Method):
            return self.method(node, function)
        if isinstance(function, Own):
            return self.own_method(node, function)
        if isinstance(function, Question):
            return self._answer(node, function, receiver)
        if function == "item" and not node.args and not node.keywords:
            return values.as_python(receiver, "item") or Computed(True, True)
        if isinstance(function, str):  # a method of an array
            return self._function(node, function, [receiver, *self._arguments(node)])
        given = getattr(function, "value", None)
        name = pure.builtin(given)
        if name is not None:
            return self._builtin(node, name, self._arguments(node))
        if pure.is_clock(given) and not node.args and not node.keywords:
            return Computed(is_scalar=True, is_python=True)
        if pure.is_of_math(given) and len(node.args) == 1 and not node.keywords:
            return self._of_a_number(node)
        if pure.computes_numbers(given) and node.args and not node.keywords:
            return self._of_numbers(node, given)
        if given in (hasattr, isinstance) and len(node.args) == 2 and not node.keywords:
            return self._asked_of_an_object(node, given)
        if draws(given):
            return self.draw(node, given)
        if given is pure.ARANGE:
            return self.numbers_up_to(node)
        name = pure.numpys(given)
        if name is None and isinstance(given, FunctionType):
            return self.own_function(node, given)
        if name is None:
            raise Unread(f"it calls {shown(node.func)} in each turn, which "
                         + ("is read in adopted classes alone" if pure.is_of_loops(given) else
                            "may do more than to compute"))
        return self._function(node, name, self._arguments(node))

    def _of_a_number(self, node: ast.Call) -> Computed:
        """math.isnan(loss)"""
        given = self.value(node.args[0])
        if not isinstance(given, Computed) or not given.is_scalar:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return Computed(True, True)

    def _of_numbers(self, node: ast.Call, function: Any) -> Any:
        """math.cos(math.pi * epoch / 100)"""
        operands = self._arguments(node)
        if not self.counting.takes(*operands):
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        return self.counting.call(self.counting.text(Known(function)), operands)

    def _as_method(self, function: Any) -> Any:
        """What is called where that is an object: its `__call__`."""
        if isinstance(function, Thing):
            name = function.role.method("__call__")
            if name is not None:
                self.methods.append((function.role, "__call__"))
                return Method(function.role, "__call__", name)
        if isinstance(function, Known) and function.path is not None and is_own(function.value):
            found = method_of(function.value, "__call__")
            if found is not None:
                return Own(function, "__call__", found)
        return function

    def _answer(self, node: ast.Call, asked: Question, receiver: Any) -> Computed:
        """What a method gives that only computes with attributes of its arguments."""
        given = [receiver, *self._arguments(node)]
        for place, (*lists, name) in asked.reads:
            one = given[place] if place < len(given) else None
            for thing in self._those(one, lists, node):
                held = _held(thing, name) if name else 0
                if not is_plain(held) and not is_array(held):
                    raise Unread(f"'{shown(node)}' computes with {said_of(Known(held))}, not with "
                                 "numbers and arrays alone")
        return Computed()

    def _those(self, one: Any, lists: list[str], node: ast.Call) -> list[Any]:
        """The object that a symbol is, or the members of a list that it holds."""
        if not isinstance(one, Thing):
            raise Unread(f"'{shown(node)}' asks {said_of(one)}, which is no layer, loss or "
                         "optimizer")
        if not lists:
            return [one.role.thing]
        (name,) = lists
        members = self.names[self.names.root(one.role.thing), name]
        if type(members) not in (list, tuple) or not all(map(role_of, members)):
            raise Unread(f"'{shown(node)}' goes over something else than a list of layers")
        return list(members)

    def _asked_of_an_object(self, node: ast.Call, question: Any) -> Known:
        """hasattr(layer, "weights"), isinstance(layer, Layer_Dense)."""
        thing, wanted = self.value(node.args[0]), self.value(node.args[1])
        if isinstance(thing, Thing) and isinstance(wanted, Known) and not hasattr(
                type(thing.role.thing), "__getattr__"):
            if question is hasattr and type(wanted.value) is str and not isinstance(
                    inspect.getattr_static(type(thing.role.thing), wanted.value, None), property):
                return Known(hasattr(thing.role.thing, wanted.value))
            if question is isinstance and type(wanted.value) is type:
                return Known(isinstance(thing.role.thing, wanted.value))
        raise Unread(f"'{shown(node)}' is not a plain computation")

    def _called(self, node: ast.expr) -> tuple[Any, Any]:
        """What is called, and of whom: each is looked at once, as the program does."""
        if not isinstance(node, ast.Attribute):
            return self.value(node), None
        base = self.value(node.value)
        of_array = isinstance(base, Read | Computed | Rows) or (
            isinstance(base, Known) and type(base.value) is np.ndarray)
        if node.attr == "item" and isinstance(base, Computed) and base.is_scalar and (
                not base.is_python):
            return node.attr, base
        if of_array and pure.is_method(node.attr):
            return node.attr, base
        of_stream = method_of_a_stream(base, node.attr)
        if of_stream is not None:
            return of_stream, base
        return self._attribute_of(base, node), base

    def _arguments(self, node: ast.Call) -> list[Any]:
        if any(isinstance(one, ast.Starred) for one in node.args) or not all(
                word.arg in pure.KEYWORDS for word in node.keywords):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        for word in node.keywords:
            self._plain(word.value, self.value(word.value))
        return [self.value(one) for one in node.args]

    def _function(self, node: ast.Call, name: str, arguments: list[Any]) -> Any:
        self._plain(node, *arguments)
        if len(arguments) > pure.before_out(name):
            raise Unread(f"'{shown(node)}' writes into what it is given")
        if any(isinstance(one, Counted) for one in arguments):
            raise Unread(f"'{shown(node)}' computes with the loop's variable")
        if name == "power" and not (len(arguments) == 2 and _is_no_less_than_0(arguments[1])):
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        return values.function_of(name, node, arguments) or Computed(
            pure.gives_scalar(name, len(arguments) + len(node.keywords)))

    def _builtin(self, node: ast.Call, name: str, arguments: list[Any]) -> Any:
        if node.keywords:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        if name == "len" and len(arguments) == 1 and isinstance(arguments[0], Known):
            return self._length(node, arguments[0].value)
        if name == "len" and len(arguments) == 1 and isinstance(arguments[0], Listed):
            return Length(True, True)
        if name == "len" and len(arguments) == 1 and isinstance(arguments[0], Drawn):
            return Known(arguments[0].count)
        if name == "len" and len(arguments) == 1 and isinstance(arguments[0], Rows):
            return self.many(arguments[0])
        if self.counting.takes(*arguments) and arguments:
            return self.counting.call(name, arguments)
        if name == "float" and len(arguments) == 1 and values.is_recorded(arguments[0]):
            return values.Float(True, True, arguments[0])
        if name == "int":
            made = values.as_python(arguments[0], name) if len(arguments) == 1 else None
            if made is None:
                raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
            return made
        if name == "round" and len(arguments) != 2:
            raise Unread(f"'{shown(node)}' may raise in one turn and not in another")
        if name in ("max", "min") and not all(
                isinstance(one, Listed) and len(arguments) == 1
                or isinstance(one, Computed) and one.is_scalar or isinstance(one, Known)
                for one in arguments):
            raise Unread(f"'{shown(node)}' is not a plain computation")
        self._plain(node, *arguments)
        return Computed(True, name in ("float", "len", "sum", "max", "min", "round", "abs"))

    def _length(self, node: ast.Call, value: Any) -> Any:
        if type(value) not in (np.ndarray, tuple, list) or getattr(value, "shape", None) == ():
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return Known(len(value))

    def method(self, node: ast.Call, method: Method) -> Any:
        """A call of an object's method."""
        raise NotImplementedError

    def own_method(self, node: ast.Call, method: Own) -> Any:
        """A call of a method of the program's own."""
        raise NotImplementedError

    def own_function(self, node: ast.Call, function: FunctionType) -> Any:
        """A call of a function of the program's own."""
        raise NotImplementedError


def _is_no_less_than_0(symbol: Any) -> bool:
    """Whether it is a number by which whole numbers can be raised, too."""
    value: Any = getattr(symbol, "value", None)
    return type(value) in (int, float) and value >= 0


def _held(thing: Any, name: str) -> Any:
    """An attribute of an object, or of its class, where reading it does no more; else MISSING."""
    of_class = inspect.getattr_static(type(thing), name, MISSING)
    if hasattr(type(of_class), "__get__"):
        return MISSING
    return vars(thing).get(name, of_class)
