"""What a name or an attribute in a loop's body stands for, and what of the turn that depends on."""

import ast
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from fastnn.running.loops import pure, values
from fastnn.running.loops.counting import Counting
from fastnn.running.loops.events import Event
from fastnn.running.loops.names import (
    METACLASSES,
    MISSING,
    Names,
    has_plain_attributes,
    is_array,
    is_plain,
    method_of,
)
from fastnn.running.loops.questions import question
from fastnn.running.loops.roles import role_of
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Drawn,
    Known,
    Method,
    Own,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)
from fastnn.running.loops.texts import Text
from fastnn.support.articles import with_article


class Scope(NamedTuple):
    """Of a method: the names of its module, and its own."""

    globals: dict[str, Any]
    locals: tuple[str, ...]


class Lookups:
    """Reads names and attributes.

    names: those of the running program; variable: the loop's own.
    """

    def __init__(self, names: Names, variable: str) -> None:
        self.names, self.variable = names, variable
        self.env: dict[str, Any] = {variable: Counted("_n")}
        self.counting = Counting()
        self.called: dict[tuple[int, str], int] = {}  # results of this turn: of which call
        self.events: list[Event] = []
        self.scope: Scope | None = None  # of the method that is being read; None: the loop's own
        self.set: dict[tuple[int, str], Any] = {}  # attributes that the turn has set, of objects
        self.set_on: list[tuple[Any, str]] = []  # which were these
        self.texts: list[Any] = []  # of the program's that were read, `Text` and the like
        self._looked_at: set[tuple[int, str]] = set()  # attributes, before the turn had set them
        self.methods: list[tuple[Any, str]] = []  # what is called of whom
        self.lists: list[Any] = []  # the program's, and arrays, one for each time that one is read
        self.draws: list[Drawn] = []  # orders of the samples
        self.numbers: list[str] = []  # what a skipped turn would compute of the variable, too

    def value(self, node: ast.expr) -> Any:
        """What it stands for."""
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return read(node)

    def _constant(self, node: ast.Constant) -> Any:
        return Known(node.value)

    def _name(self, node: ast.Name) -> Any:
        self._unmangled(node.id, node)
        if node.id in self.env:
            return self.env[node.id]
        path: tuple[Any, ...] = (node.id,)
        if self.scope is not None:
            if node.id in self.scope.locals:
                raise Unread(f"{shown(node)} is not set before it is read")
            path = (self.names.root(self.scope.globals), node.id)
        return self._at(path, node)

    @staticmethod
    def _unmangled(name: str, node: ast.expr) -> None:
        """In a class __name is another name."""
        if name.startswith("__") and not name.endswith("__"):
            raise Unread(f"'{shown(node)}' is another name in each class")

    def _at(self, path: tuple[Any, ...], node: ast.expr) -> Any:
        """What stands at a path."""
        return self._classified(self.names[path], node, path)

    def _classified(self, value: Any, node: ast.expr, path: tuple[Any, ...] | None = None) -> Any:
        if type(value) in (list, np.ndarray):
            self.lists.append(value)
        if value is MISSING:
            raise Unread(f"{shown(node)} is not set before the loop's body reads it")
        role = role_of(value)
        return Known(value, path) if role is None else Thing(role)

    def _attribute(self, node: ast.Attribute) -> Any:
        return self._attribute_of(self.value(node.value), node)

    def _attribute_of(self, base: Any, node: ast.Attribute) -> Any:
        self._unmangled(node.attr, node)
        if isinstance(base, Thing):
            return self._of_a_thing(base.role, node)
        if isinstance(base, Known):
            return self._of_a_value(base, node)
        if isinstance(base, Rows) and base.is_whole and node.attr in ("shape", "size", "ndim"):
            return Known(getattr(base.array, node.attr))
        if isinstance(base, Drawn) and node.attr in ("shape", "size"):
            return Known(base.count if node.attr == "size" else (base.count,))
        if isinstance(base, Rows) and node.attr == "shape":
            return Several((self.many(base), *map(Known, np.shape(base.array)[1:])))
        if isinstance(base, Rows) and node.attr == "size" and np.ndim(base.array) < 2:
            return self.many(base)
        if isinstance(base, Read | Computed | Rows) and node.attr in pure.ATTRIBUTES:
            return Computed()
        raise Unread(f"'{shown(node)}' is not known to be a plain attribute")

    def many(self, rows: Rows) -> Any:
        """How many rows there are."""
        whole = rows.order or rows.array
        count = whole.count if isinstance(whole, Drawn) else len(whole)
        if rows.is_whole:
            return Known(count)
        text = f"len({self.counting.text(Known(range(count)))}[{rows.low}:{rows.high}])"
        self.numbers.append(text)
        return Counted(text) if "_" in rows.low + rows.high else Computed(True, True)

    def _of_a_thing(self, role: Any, node: ast.Attribute) -> Any:
        handed = self.set.get((id(role.thing), node.attr))
        if handed is not None:
            return handed
        method = role.method(node.attr)
        if method is not None:
            self.methods.append((role, node.attr))
            return Method(role, node.attr, method)
        held = vars(role.thing).get(node.attr, MISSING)
        if is_own(held) and role.holds(node.attr, held):  # the layer behind it, or the loss that
            path = (self.names.root(role.thing), node.attr)  # is in the combined class
            if held is self.names[path]:
                return self._classified(held, node, path)
        asked = question(type(role.thing), node.attr) if held is MISSING and role.proof else None
        if asked is not None:
            self.texts.append(Text.of(asked.kind, asked.name))
            return asked
        name = role.attribute(node.attr)
        if name is None:
            raise Unread(f"'{shown(node)}' is not what it is in fastnn's {role.ours.__name__}")
        if role.keeps_all and name not in ("output", "dinputs"):
            return values.kept(name, *self.kept(node, role), self._forward_of(role))
        if not is_array(held) and not is_plain(held):
            raise Unread(f"'{shown(node)}' is neither an array nor a number")
        if name == "current_learning_rate" and role.steps_alone:
            return Computed(is_scalar=True)  # one for each layer, of which fit records none
        if name == "current_learning_rate":
            updated = any(event.name == "pre_update_params" for event in self.events)
            return values.Rate(True, False, role.thing, updated)
        return Read(role.thing, name, self.called.get((id(role.thing), name), 0))

    def kept(self, node: ast.expr, role: Any) -> tuple[Any, Any]:
        """The outputs and the targets of which an object keeps all, in this turn."""
        made = self._forward_of(role)
        if made is None or len(made.arguments) != 2:
            raise Unread(f"'{shown(node)}' is of what came forward in the turn before")
        return Read(role.thing, "output", made.time), made.arguments[1]

    def _forward_of(self, role: Any) -> Event | None:
        return next((one for one in reversed(self.events) if one.name == "forward"
                     and one.thing.thing is role.thing), None)

    def _of_a_value(self, base: Known, node: ast.Attribute) -> Any:
        value, name = base.value, node.attr
        if (id(value), name) in self.set:
            return self.set[id(value), name]
        if type(value) is np.ndarray and name in pure.ATTRIBUTES:
            return Known(getattr(value, name)) if name != "T" else Computed()
        path = None if base.path is None else (*base.path, name)
        if path is None or self.names[path] is MISSING:
            function = None if path is None or _is_ours(type(value)) else method_of(value, name)
            if function is not None:
                return Own(base, name, function)
            raise Unread(f"nothing is known of '{shown(node)}'")
        self._looked_at.add((id(value), name))
        return self._at(path, node)

    def _inner(self, value: Any, node: ast.expr) -> Any:
        """What a member of a list or a tuple stands for, which nobody watches by itself."""
        if type(value) in (list, tuple) or is_array(value) or (
                role_of(value) is None and is_own(value)):
            return self._at((self.names.root(value),), node)
        if not is_plain(value) and role_of(value) is None:
            raise Unread(f"'{shown(node)}' holds more than numbers, arrays and layers")
        return self._classified(value, node)


def is_own(value: Any) -> bool:
    """Whether it may be an object of a class of the program's own, or has a role."""
    kind = type(value)
    if type(kind) not in METACLASSES or kind.__module__ == "builtins" or not (
            has_plain_attributes(value)):
        return False
    return not _is_ours(kind) or role_of(value) is not None


def _is_ours(kind: type) -> bool:
    return (kind.__module__ or "").partition(".")[0] == __name__.partition(".")[0]


def shown(node: ast.AST) -> str:
    """A piece of the program, for a sentence."""
    text = " ".join(ast.unparse(node).split())
    text = text if '"' in text else text.replace("'", '"')  # it stands between single ones
    return text if len(text) <= 50 else f"{text[:47]}..."


def said_of(symbol: Any) -> str:
    """What a symbol stands for, in a sentence: "a defaultdict", "an Optimizer_Adam"."""
    found = symbol.role.thing if isinstance(symbol, Thing) else getattr(symbol, "value", symbol)
    if found is None:
        return "None"
    if found is symbol and not isinstance(symbol, Known):
        return "something that each turn makes"
    if isinstance(found, type):
        return f"the class {found.__name__}"
    return _SAID.get(type(found)) or with_article(type(found).__name__)


_SAID: dict[type, str] = {str: "a text", dict: "a dictionary", FunctionType: "a function",
                          ModuleType: "a module", BuiltinFunctionType: "a function"}
