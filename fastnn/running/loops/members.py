"""What a program's own classes have besides: objects called as functions are, further methods of
layers, properties, and what stands in the class.

    out = layer(out)            def step(self, rate):           @property
    if layer.trainable: ...         self.weights -= ...         def trained(self): ...

An adopted class has methods that are none of ours. What they do in a turn is what their statements
do, as with those of a Model: they can do no more to a layer than the loop's body itself could.
"""

import ast
import dis
import inspect
from abc import ABCMeta
from types import FunctionType
from typing import Any, NamedTuple

from fastnn.running.loops import adopted
from fastnn.running.loops.inner import Inner
from fastnn.running.loops.lookups import is_own, shown
from fastnn.running.loops.methods import source_or_why
from fastnn.running.loops.names import MISSING, has_plain_attributes, is_plain, method_of
from fastnn.running.loops.questions import question
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Known, Method, Own, Thing, Unread
from fastnn.running.loops.texts import Text, own
from fastnn.support.bodies import is_made_of, made_of


class InClass(NamedTuple):
    """A value that stands in the class of an object, and not in the object."""

    thing: Any
    name: str
    value: Any

    def still_stands(self) -> bool:
        """Whether it is there as it was."""
        return self.name not in vars(self.thing) and inspect.getattr_static(
            type(self.thing), self.name, None) is self.value


class OfKind(NamedTuple):
    """What isinstance says of an abstract class, which others may be registered with later."""

    thing: Any
    kind: type
    answer: bool

    def still_stands(self) -> bool:
        """Whether it says so still."""
        return isinstance(self.thing, self.kind) is self.answer


class PropertyText(NamedTuple):
    """A property of a class that was read, and what it was then."""

    kind: type
    name: str
    found: property
    made_of: tuple[Any, ...]

    def still_stands(self) -> bool:
        """Whether it is what was read."""
        function = self.found.fget
        return inspect.getattr_static(self.kind, self.name, None) is self.found and isinstance(
            function, FunctionType) and is_made_of(function, self.made_of)


class Members(Inner):
    """Reads these, too."""

    def _called(self, node: ast.expr) -> tuple[Any, Any]:
        function, receiver = super()._called(node)
        if isinstance(function, Thing):
            return self._called_thing(function.role) or function, receiver
        if isinstance(function, Known) and function.path is not None and is_own(function.value):
            found = method_of(function.value, "__call__")
            if found is not None and self.names[(*function.path, "__call__")] is MISSING:
                return Own(function, "__call__", found), receiver
        return function, receiver

    def _called_thing(self, role: Role) -> Any:
        ours = role.method("__call__")
        if ours is None:
            return self._of_the_class(role, "__call__")
        self.methods.append((role, "__call__"))
        return Method(role, "__call__", ours)

    def _of_a_thing(self, role: Role, node: ast.Attribute) -> Any:
        kind, name = type(role.thing), node.attr
        if (id(role.thing), name) not in self.set and role.proof is not None and (
                role.method(name) is None and question(kind, name) is None):
            found = self._of_the_class(role, name) or self._of_the_object(role, name)
            if found is not None:
                return found
        return super()._of_a_thing(role, node)

    def _of_the_class(self, role: Role, name: str) -> Any:
        """A method that is none of ours, or a number or text in the class."""
        thing = role.thing
        if role.proof is None or name in vars(thing) or name in role.names.values() or (
                not has_plain_attributes(thing) or name.startswith("__") and name != "__call__"):
            return None
        held = inspect.getattr_static(type(thing), name, MISSING)
        if is_plain(held):
            self.texts.append(InClass(thing, name, held))
            return Known(held)
        if not isinstance(held, FunctionType) or self.names[
                self.names.root(thing), name] is not MISSING:
            return None
        return Own(Thing(role), name, held)

    def _of_the_object(self, role: Role, name: str) -> Any:
        """layer.trainable, layer.name: of the object, where no method sets it."""
        held = vars(role.thing).get(name, MISSING)
        if type(held) not in (bool, str) or role.attribute(name) is not None or _sets(role, name):
            return None
        path = self.names.root(role.thing), name
        return Known(held, path) if self.names[path] is held else None

    def own_method(self, node: ast.Call, method: Own) -> Any:
        """What a method gives back, those of layers, too."""
        if not isinstance(method.receiver, Thing):
            return super().own_method(node, method)
        kind = type(method.receiver.role.thing)
        tree = source_or_why(own(method.function))
        if isinstance(tree, str):
            raise Unread(f"nothing is known of '{shown(node.func)}': {tree}")
        if adopted.stands_for(method.function):
            raise Unread(f"nothing is known of '{shown(node.func)}': {kind.__name__} inherits it "
                         "from a class that was changed")
        return self.called_within(node, own(method.function), tree, [method.receiver],
                                  f"{kind.__name__}.{method.name}",
                                  lambda: Text.of(kind, method.name))

    def _of_a_value(self, base: Known, node: ast.Attribute) -> Any:
        kind = type(base.value)
        if base.path is None or not is_own(base.value):
            return super()._of_a_value(base, node)
        held = inspect.getattr_static(kind, node.attr, MISSING)
        if type(held) is property:
            return self._property(base, node, held)
        if is_plain(held) and (id(base.value), node.attr) not in self.set and self.names[
                (*base.path, node.attr)] is MISSING:
            self.texts.append(InClass(base.value, node.attr, held))
            return Known(held)
        return super()._of_a_value(base, node)

    def _property(self, base: Known, node: ast.Attribute, held: property) -> Any:
        """What a property gives: its method is read as if it were called."""
        kind, function = type(base.value), held.fget
        tree = source_or_why(function, property) if isinstance(function, FunctionType) else ""
        if not isinstance(function, FunctionType) or isinstance(tree, str):
            raise Unread(f"nothing is known of '{shown(node)}'")
        return self.called_within(
            ast.Call(node, [], []), function, tree, [base], f"{kind.__name__}.{node.attr}",
            lambda: PropertyText(kind, node.attr, held, made_of(function)))

    def _asked_of_an_object(self, node: ast.Call, question: Any) -> Known:
        """hasattr(block, "update"), isinstance(block, Block)."""
        one = self.value(node.args[0])
        if question is isinstance and isinstance(one, Thing | Known):
            thing = one.role.thing if isinstance(one, Thing) else one.value
            wanted = getattr(self.value(node.args[1]), "value", None)
            if is_own(thing) and type(wanted) is ABCMeta and inspect.getattr_static(
                    wanted, "__subclasshook__") is vars(object)["__subclasshook__"]:
                self.texts.append(OfKind(thing, wanted, isinstance(thing, wanted)))
                return Known(isinstance(thing, wanted))
        if not isinstance(one, Known) or one.path is None or not is_own(one.value) or hasattr(
                type(one.value), "__getattr__"):
            return super()._asked_of_an_object(node, question)
        wanted = getattr(self.value(node.args[1]), "value", None)
        if question is isinstance and type(wanted) is type:
            return Known(isinstance(one.value, wanted))
        if question is not hasattr or type(wanted) is not str or (
                id(one.value), wanted) in self.set:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        held = inspect.getattr_static(type(one.value), wanted, None)
        if hasattr(type(held), "__get__") and not isinstance(held, FunctionType):
            raise Unread(f"'{shown(node)}' is not a plain computation")
        self._looked_at.add((id(one.value), wanted))
        return Known(self.names[(*one.path, wanted)] is not MISSING or hasattr(
            type(one.value), wanted))


def _sets(role: Role, name: str) -> bool:
    """Whether a method, other than the one that makes an object, or a function that one of those
    proved calls, may set an attribute.
    """
    functions = [found for kind in type(role.thing).__mro__ for place, found in vars(kind).items()
                 if place != "__init__"]
    functions += [one for method in role.proof.methods for one in method.theirs.made_of]
    return any(_stores(own(one).__code__, name) for one in functions
               if isinstance(one, FunctionType))


def _stores(code: Any, name: str) -> bool:
    return any(one.opname == "STORE_ATTR" and one.argval == name
               for one in dis.get_instructions(code)) or any(
        _stores(one, name) for one in code.co_consts if inspect.iscode(one))
